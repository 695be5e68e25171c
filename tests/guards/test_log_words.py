"""Every deed that the log can hold of a patient is said in plain words: a verb that writes a new one gives it some."""

import ast
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from app.core import db
from app.log import rules, words
from tests.guards.source import Source, app_files, parse
from tests.guards.walk import Scene

# Deeds whose rows never name a patient, so that none reads them: the beginning of the action, and why.
OF_NO_PATIENT = {
    "absence.": "when staff are away",
    "account.closed": "an account of anybody's, by whoever looks after the region",
    "account.reopened": "the same, taken back",
    "assignment.": "work at a unit",
    "closure.": "when a unit is closed",
    "direct.": "the number of somebody of the staff",
    "source.": "another system that times are read from",
    "file.": "that a file of rows was looked through or brought in; each row that it stores has words of its own",
    "fault.": "a fault of the pages, told by anybody",
    "function.": "the region's function",
    "gap.": "cover",
    "head_substitute.": "who answers for a head",
    "notices.": "one's own choice",
    "pattern.": "working hours",
    "person.": "that somebody exists",
    "region.": "the region",
    "client.": "another system that is let in, and comes in",
    "roster.": "the roster",
    "session.ended": "one's own session",
    "shift.": "the roster",
    "sign_in.": "a try by nobody knows whom",
    "staff.": "somebody of the staff",
    "standing.": "who answers for whom",
    "told.": "what is never shown to whom it is about",
    "location.": "a place of a unit",
    "slot.freed": "a free time of a unit",
    "slot.published": "the same",
    "slot.put_back": "the same",
    "service_type.": "what a unit offers times for",
    "drop_in.": "a unit's open hours, and a visit of somebody whom nobody knows",
    "heard.": "the same, as staff see it",
    "unit.": "a unit",
    "check.made": "a check as such",
    "check.finished": "a check as such",
    "relative.": "a relative's own choice",
    "call.": "a relative's own wish to be rung, which is not the patient's to see",
    "log.": "the log as such",
    "oidc-": "a try by nobody knows whom",
    "session.unit_chosen": "where staff work today",
}
# What is put together from more than one word, and of what.
PARTS = {
    "booking.{what}": (
        "made",
        "moved",
        "staff",
        "place",
        "bring",
        "link",
        "cancelled",
        "answered",
        "hit",
        "offered",
        "restored",
        "lapsed",
        "fulfilled",
        "noshow",
        "entered-in-error",
        "reopened",
    ),
    "wait.{reason}": ("handed_over", "taken", "kept", "no_answer"),
    "queue.{how}": ("left", "taken_off", "over"),
    "slot.{how}": ("accepted", "refused", "lapsed", "withdrawn"),
    "relation.{how}": ("taken_back", "not_them", "declined", "left", "expired", "care_ended"),
}


def makers(files: tuple[Source, ...]) -> dict[str, int]:
    """The functions that make an entry out of an action, with the place of the action among what they take."""
    found = {"Entry": 0}
    for file in files:
        for node in ast.walk(file.tree):
            if isinstance(node, ast.FunctionDef):
                names = [it.arg for it in (*node.args.posonlyargs, *node.args.args)]
                if "action" in names and (node.returns is None or ast.unparse(node.returns) in ("Entry", "None")):
                    found[node.name] = names.index("action")
    return found


def said(node: ast.expr, values: dict[str, list[ast.expr]]) -> Iterator[str]:
    """The actions that an expression can be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from said(node.body, values)
        yield from said(node.orelse, values)
    elif isinstance(node, ast.JoinedStr):
        whole = ast.unparse(node)[2:-1]
        yield from (whole.partition("{")[0] + part for part in PARTS.get(whole, ()))
        if whole not in PARTS:
            yield whole
    elif isinstance(node, ast.Name) and node.id != "action":
        for value in values.get(node.id, ()):
            yield from said(value, values)
    elif isinstance(node, ast.Name):
        for value in values.get("action", ()):
            yield from said(value, values)


def actions(files: tuple[Source, ...]) -> set[str]:
    there, found = makers(files), set()
    for file in files:
        values: dict[str, list[ast.expr]] = {}
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                values.setdefault(node.targets[0].id, []).append(node.value)
        for call, name in file.calls():
            place = there.get(name.rpartition(".")[2])
            given = {it.arg: it.value for it in call.keywords}
            first = given.get("action") or (call.args[place] if place is not None and len(call.args) > place else None)
            if place is not None and first is not None:
                found |= {it for it in said(first, values) if "." in it}
    return found


def bare(found: set[str]) -> set[str]:
    return {it for it in found if it not in words.SAID and not it.startswith(tuple(OF_NO_PATIENT))}


def test_every_deed_has_words() -> None:
    assert not (found := bare(actions(app_files()))), (
        f"{sorted(found)} can stand in a patient's log: say each in app/log/words.py, as its patient reads it, "
        "or in OF_NO_PATIENT why its rows never name one."
    )


def test_what_really_stands_in_the_logs_of_patients_has_words(small: Scene) -> None:
    with small.app.app_context():
        rows = db.session().execute(text("select distinct action from access_log where patient_id is not null"))
        there = set(rows.scalars())
    assert there and not there - words.SAID.keys(), sorted(there - words.SAID.keys())
    assert len(there) > 10


def test_what_leaves_something_out_knows_it() -> None:
    named = set(rules.SAID_BY) | {it for others in rules.SAID_BY.values() for it in others} | set(words.OWN)
    assert not named - words.SAID.keys()


@pytest.mark.parametrize("action", sorted(words.SAID))
def test_each_is_a_sentence_of_somebody_who_did_it(action: str) -> None:
    for own in (False, True):
        deed = words.said(action, own=own)
        assert deed.endswith(".") and deed[0].isupper() and "%" not in deed
        assert words.said(action, own=own, count=3).endswith(", 3 gånger.")


def test_every_reason_is_said_with_and_without_a_name() -> None:
    for kind in words.BECAUSE:
        for still in (False, True):
            assert words.because(kind, "Karin Ek", still=still).endswith(".")
            assert "%" not in words.because(kind, still=still)
    assert words.because("") == ""
    assert words.said("of.another_time") == "Gjorde något som gäller dig."


def test_this_guard_bites() -> None:
    file = parse(
        "app/care/service.py",
        "def a(): audit.read(Entry('patient.eaten', 1))\n"
        "def of_it(action, x) -> Entry: return Entry(action, x)\n"
        "def b(): audit.record(s, of_it('patient.drunk' if x else 'patient.opened', 1))\n"
        "def c():\n  entry = f'patient.{x}'\n  of_it(entry, 2)\n",
    )
    assert bare(actions((file,))) == {"patient.eaten", "patient.drunk", "patient.{x}"}
