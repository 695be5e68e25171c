"""Every verb writes the access log, or stands in unlogged.txt with a reason that a patient could be told."""

import ast
from pathlib import Path

from tests.guards.source import Source, parse, with_role
from tests.guards.test_roles import verbs

LIST = Path(__file__).with_name("unlogged.txt")
LOGS = {"audit.record", "audit.read"}


def reasons() -> dict[str, str]:
    lines = [line for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    return {name.strip(): why.strip() for name, _, why in (line.partition(":") for line in lines)}


def logging_verbs(file: Source) -> set[str]:
    """The functions that write the log themselves, or through a private function of the same file."""
    functions = {node.name: node for node in file.tree.body if isinstance(node, ast.FunctionDef)}
    said = {
        name: {ast.unparse(it.func) for it in ast.walk(node) if isinstance(it, ast.Call)}
        for name, node in functions.items()
    }
    found = {name for name in functions if said[name] & LOGS}
    while more := {name for name in functions.keys() - found if {it for it in said[name] & found if it[0] == "_"}}:
        found |= more
    return found


def unlogged(file: Source) -> set[str]:
    return {f"{file.package}.{verb.name}" for verb in verbs(file)} - {
        f"{file.package}.{name}" for name in logging_verbs(file)
    }


def test_every_verb_writes_the_log() -> None:
    bare = set().union(*(unlogged(file) for file in with_role("service"))) - reasons().keys()
    assert not bare, (
        f"{sorted(bare)} change something and write no log: call audit.record(…, by=by, now=now) in each, "
        f"or say in {LIST.name} why nobody needs to know."
    )


def test_the_list_is_short_and_true() -> None:
    bare = set().union(*(unlogged(file) for file in with_role("service")))
    assert not (gone := reasons().keys() - bare), f"{sorted(gone)} log now, or are gone: take them from {LIST.name}."
    thin = [name for name, why in reasons().items() if len(why.split()) < 5]
    assert not thin, f"{thin} stand in {LIST.name} without a reason that can be judged: write a sentence."


def test_this_guard_bites() -> None:
    file = parse(
        "app/care/service.py",
        "def bare(): db.session().execute(1)\n"
        "def through(): _do()\n"
        "def _do(): audit.record(db.session(), 1)\n"
        "def pure(): return 1\n",
    )
    assert unlogged(file) == {"care.bare"}
