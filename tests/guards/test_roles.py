"""The same few file names in every package, each with its rights (docs/architecture.md, Files)."""

import ast
import re
import sys
from collections.abc import Iterator

import pytest

from tests.guards.source import ROOT, Source, app_files, parse, with_role

COMMIT_AT_THE_EDGE = {
    *("app/worker.py", "app/sender.py", "app/puller.py", "app/core/pages.py", "app/core/db.py"),
    *("app/cli.py", "app/fhir_import.py", "app/table_cli.py"),
}
OWN_TRANSACTIONS = {"app/core/rotation.py": "each batch is a transaction of its own, so that it can be stopped"} | {
    "app/core/schema.py": "a migration is a transaction of its own",
    "app/exchange/file_service.py": "each row has a savepoint, so that all that is wrong is said at once",
}
TABLES = re.compile(r"[._]models\b")
WITHOUT_BY = {
    "accounts.seen": "a session in use is nobody's deed",
    "care.raise_version": "a step of other verbs, which take them",
    "bookings.written": "the words of a letter, which the verbs that take them store",
    "exchange.lock_units": "a step of bring_in, which takes them",
    "care.raise_versions_of": "the same step, for every unit of a person",
}
ASKS = {"db.session", "db.run", "session", "run"}
WRITES = ("insert", "update", "delete", "merge")
WRITING = {"add", "add_all", "delete", "merge", "commit", "flush", "begin", "begin_nested"}
DATABASE = ("sqlalchemy", "psycopg", "app.core.db")
MODELS_MAY = ("app.core.db", "app.core.crypto", "sqlalchemy", "app.core.audit")
ADVICE = "docs/architecture.md, Files, says which file it belongs in."


def is_of(name: str, *roots: str) -> bool:
    return any(name == root or name.startswith(root + ".") for root in roots)


def is_standard(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in sys.stdlib_module_names or is_of(name, "app.core.recurrence")


def is_rules(name: str) -> bool:
    """Which package's is decided by the layers."""
    parts = name.split(".")
    return len(parts) > 2 and parts[0] == "app" and (parts[2] == "rules" or parts[2].endswith("_rules"))


def bad_imports(file: Source) -> Iterator[tuple[int, str]]:
    """What a file of this role may not import."""
    for line, name in file.imports():
        flask = name.split(".")[0].startswith(("flask", "werkzeug"))
        tables = TABLES.search(name) is not None
        bad = {
            "models": flask or (name.startswith("app.") and not is_of(name, *MODELS_MAY) and not tables),
            "rules": not (is_standard(name) or is_rules(name)),
            "queries": flask and name != "flask_login.UserMixin",
            "service": flask,
            "forms": is_of(name, *DATABASE) or tables or name.endswith((".queries", ".service")),
            "views": tables or is_of(name, "sqlalchemy", "psycopg"),
        }
        if bad.get(file.role, False):
            yield line, name


def writing(file: Source) -> Iterator[tuple[int, str]]:
    """What changes rows: a writing statement that is imported, or a writing call on the session."""
    for line, name in file.imports():
        if name.startswith("sqlalchemy") and name.endswith(WRITES):
            yield line, name
    for call, said in file.calls():
        if "session()." in said and said.rpartition(".")[2] in WRITING:
            yield call.lineno, said


def commits(file: Source) -> Iterator[tuple[int, str]]:
    for call, said in file.calls():
        if said.endswith(("transaction", ".commit", ".begin", ".begin_nested")) and said != "sessions.begin":
            yield call.lineno, said


def queries_in_models(file: Source) -> Iterator[tuple[int, str]]:
    for call, said in file.calls():
        if said.rpartition(".")[2] in ("select", "execute", "scalar", "scalars", "query", "session"):
            yield call.lineno, said


def verbs(file: Source) -> Iterator[ast.FunctionDef]:
    """The public functions of a service that reach the database, themselves or through their own helpers."""
    functions = {node.name: node for node in file.tree.body if isinstance(node, ast.FunctionDef)}

    def reaches(name: str, seen: frozenset[str] = frozenset()) -> bool:
        said = {ast.unparse(node.func) for node in ast.walk(functions[name]) if isinstance(node, ast.Call)}
        return bool(ASKS & said) or any(
            reaches(other, seen | {name}) for other in said & functions.keys() if other not in seen
        )

    return (node for name, node in functions.items() if not name.startswith("_") and reaches(name))


def lacks_by_and_now(file: Source) -> Iterator[str]:
    for verb in verbs(file):
        keywords = {argument.arg for argument in verb.args.kwonlyargs}
        if missing := {"by", "now"} - keywords:
            yield f"{file.package}.{verb.name} lacks {' and '.join(sorted(missing))}"


def viewerless(file: Source) -> Iterator[str]:
    for verb in verbs(file):
        first = verb.args.args[0].arg if verb.args.args else "nothing"
        if first not in ("viewer", "token"):
            yield f"{file.package}.{verb.name} takes {first} first"


@pytest.mark.parametrize("file", app_files(), ids=lambda file: file.name)
def test_a_file_imports_what_its_role_may(file: Source) -> None:
    if file.package in ("", "core", "demo"):
        assert not [it for it in bad_imports(file) if file.role == "views"], f"{file.name}: views never see tables."
        return
    found = [f"line {line}: {name}" for line, name in bad_imports(file)]
    assert not found, f"{file.name} may not import {found}: {ADVICE}"


def test_queries_only_read() -> None:
    found = [f"{file.name}:{line} {said}()" for file in with_role("queries") for line, said in writing(file)]
    assert not found, f"{found}: a query never writes; make it a verb in service.py."


def test_models_hold_no_queries() -> None:
    found = [f"{file.name}:{line} {said}()" for file in with_role("models") for line, said in queries_in_models(file)]
    assert not found, f"{found}: a model is a table and its constraints; the read goes into queries.py."


def test_only_the_edge_commits() -> None:
    found = [
        f"{file.name}:{line} {said}()"
        for file in app_files()
        if file.role != "views" and file.name not in COMMIT_AT_THE_EDGE | OWN_TRANSACTIONS.keys()
        for line, said in commits(file)
    ]
    assert not found, (
        f"{found}: `with transaction():` stands in views, worker, sender and cli only, so two verbs are one truth."
    )


def test_every_verb_says_by_whom_and_when() -> None:
    found = [it for file in with_role("service") for it in lacks_by_and_now(file)]
    found = [it for it in found if it.split()[0] not in WITHOUT_BY]
    assert not found, f"{found}: a verb takes `*, by: Actor, now: datetime`, so that log and clock are given to it."


def test_every_query_asks_through_the_viewer() -> None:
    found = [it for file in with_role("queries") for it in viewerless(file)]
    assert not found, f"{found}: what is reachable, is so only through `viewer`, the first argument."


def test_exceptions_are_still_needed() -> None:
    there = {f"{file.package}.{verb.name}" for file in with_role("service") for verb in verbs(file)}
    assert not (gone := WITHOUT_BY.keys() - there), f"{gone} are no verbs any longer: take them from WITHOUT_BY."
    assert not (gone := {it for it in COMMIT_AT_THE_EDGE | OWN_TRANSACTIONS.keys() if not (ROOT / it).exists()}), gone


BAD = {
    "models": "from flask import g\nselect(Unit)",
    "rules": "from app.core.clock import now",
    "queries": "from flask import request\nfrom sqlalchemy import update\ndef all_of(unit): run(update(Unit))",
    "service": "from flask import g\ndef do(it, *, by): db.session().commit()",
    "forms": "from app.core.db import session",
    "views": "from app.care.models import Unit",
}


@pytest.mark.parametrize("role", BAD)
def test_these_guards_bite(role: str) -> None:
    file = parse(f"app/care/{role}.py", BAD[role])
    assert list(bad_imports(file))
    if role == "models":
        assert list(queries_in_models(file))
    if role == "queries":
        assert list(writing(file))
        assert list(viewerless(file))
    if role == "service":
        assert list(commits(file))
        assert list(lacks_by_and_now(file)) == ["care.do lacks now"]
