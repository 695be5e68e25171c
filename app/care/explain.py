"""`flask care explain`: a case as JSON, to who answers it and why (the format is fixed in docs/operations.md).

Left out, `closed`, `absences`, `duty`, `contacts`, `blocked`, `substitutes` and `standing` are empty, `longest_gap_h`
is the longest office day, `promise_h` is 16, `registered` is when the absence begins, and a person has an account, a
channel and nothing that waits. A person without a `pattern` is at work only on duty. Whoever is named to answer (as a
substitute, on duty, as head) and not described among `people` works the unit's office hours.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.care import red_days
from app.care.case_reader import MOST_WEEKS, BadCase, Node, loads
from app.care.hours_rules import ZONE, Period, Week
from app.care.rules import (
    Absence,
    Answer,
    Assignment,
    Closure,
    Contact,
    Key,
    Patient,
    Plan,
    Shift,
    State,
    Unit,
    answers,
)

DEFAULT_PROMISE_H = 16
MONDAY = date(2026, 1, 5)
PATIENT: Key = ("the patient",)
"""A case's patient has no key of their own, and this one is no text, so nobody in the case has it."""


def explain(text: str) -> Any:
    """The answer to a case, or the answers to a list of cases. Raises BadCase, one line that says where."""
    found = loads(text)
    if isinstance(found.value, list):
        return [_answer(node) for node in found.items()]
    return _answer(found)


class Known(set[str]):
    """The people whom a case describes, and those whom it only names as somebody who answers."""

    def __init__(self) -> None:
        super().__init__()
        self.named: set[str] = set()

    def to_answer(self, node: Node) -> str:
        """Somebody who may be asked. Whoever is not described works the unit's office hours (`_in_office`)."""
        self.named.add(node.key())
        return node.key()


def _answer(node: Node) -> dict[str, Any]:
    case = node.fields("unit", "people", "patient", "thread", "at", absences=[], duty=[])
    at = case["at"].moment()
    people = [
        it.fields("key", "units", pattern=None, standing=[], channel=True, active=True, open_waits=0, last_asked=None)
        for it in case["people"].items()
    ]
    known = Known()
    for it in people:
        if it["key"].key() in known:
            raise BadCase(f'{it["key"].place}: "{it["key"].value}" is there already.')
        known.add(it["key"].key())
    unit = _unit(case["unit"], known, at)
    described = [assignment for it in people for assignment in _assignments(it, unit.key, known)]
    absences = [_absence(it, known) for it in case["absences"].items()]
    duty = [_shift(it, known) for it in case["duty"].items()]
    named = [_in_office(person, unit) for person in sorted(known.named - known)]
    plan = Plan(unit, [*described, *named], absences, duty, around=at)
    belongs_to = case["thread"].fields("belongs_to")["belongs_to"].one_of(known)
    states: dict[Key, State] = {it["key"].key(): _state(it) for it in people}
    answer = answers(plan, _patient(case["patient"], known), belongs_to, states=states, at=at)
    return said(answer)


def said(answer: Answer, key: Callable[[Any], Any] = lambda key: key) -> dict[str, Any]:
    """An answer in the fixed format; `key` makes of a person's key what is printed."""
    return {
        "asked_at": local(answer.asked_at),
        "holder": key(answer.holder),
        "step": answer.step,
        "passed": [{"who": key(one.person), "reason": one.reason} for one in answer.passed],
        "until": None if answer.until is None else local(answer.until),
        "promise": local(answer.promise),
    }


def local(at: datetime) -> str:
    """A moment as Swedish wall time without offset, in whole minutes where it can.

    The second time that a wall time exists it has its offset, so that what is printed always reads as that moment.
    """
    wall = at.astimezone(ZONE)
    shown = wall if wall.fold else wall.replace(tzinfo=None)
    return shown.isoformat(timespec="auto" if wall.second or wall.microsecond else "minutes")


def _unit(node: Node, known: Known, at: datetime) -> Unit:
    unit = node.fields("key", "office", "head", "function", closed=[], longest_gap_h=None, promise_h=DEFAULT_PROMISE_H)
    office = unit["office"].week()
    closed = [it.day() for it in unit["closed"].items()]
    gap = unit["longest_gap_h"]
    year = at.astimezone(ZONE).year
    return Unit(
        key=unit["key"].key(),
        office=office,
        red_days=red_days.in_years(range(year - 1, year + 3)),
        closures=tuple(Closure(day, day) for day in closed),
        longest_gap=longest_day(office) if gap.value is None else timedelta(hours=gap.hours()),
        promise=timedelta(hours=unit["promise_h"].hours()),
        head=known.to_answer(unit["head"]),
        head_substitutes=(),
        function=unit["function"].key(),
    )


def _in_office(person: str, unit: Unit) -> Assignment:
    return Assignment(unit.key, person, True, date.min, None, (Period(date.min, None, MONDAY, (unit.office,)),), ())


def longest_day(office: Week) -> timedelta:
    """The most office time that a day of the week has: the longest gap of a unit that names none."""
    return timedelta(minutes=max(sum(span.closes - span.opens for span in day) for day in office))


def _assignments(person: dict[str, Node], asked: Key, known: Known) -> list[Assignment]:
    units = [it.key() for it in person["units"].items()]
    standing = tuple(known.to_answer(it) for it in person["standing"].items())
    periods = () if person["pattern"].value is None else (_pattern(person["pattern"]),)
    return [
        Assignment(unit, person["key"].key(), True, date.min, None, periods if unit == asked else (), standing)
        for unit in dict.fromkeys(units)
    ]


def _pattern(node: Node) -> Period:
    pattern = node.fields("anchor", "weeks")
    weeks = tuple(it.week() for it in pattern["weeks"].items())
    if not 1 <= len(weeks) <= MOST_WEEKS:
        raise BadCase(f"{pattern['weeks'].place}: a pattern has 1 to {MOST_WEEKS} weeks, not {len(weeks)}.")
    return Period(date.min, None, pattern["anchor"].day(), weeks)


def _absence(node: Node, known: Known) -> Absence:
    it = node.fields("who", "from", "to", substitutes=[], registered=None)
    starts_at = it["from"].moment()
    registered = it["registered"]
    return Absence(
        it["who"].one_of(known),
        starts_at,
        it["to"].until(starts_at),
        tuple(known.to_answer(one) for one in it["substitutes"].items()),
        starts_at if registered.value is None else registered.moment(),
    )


def _shift(node: Node, known: Known) -> Shift:
    it = node.fields("unit", "from", "to", "who")
    starts_at = it["from"].moment()
    ends_at = it["to"].until(starts_at)
    if ends_at is None:
        raise it["to"].bad("when the shift ends")
    return Shift(it["unit"].key(), starts_at, ends_at, tuple(known.to_answer(one) for one in it["who"].items()))


def _patient(node: Node, known: Known) -> Patient:
    it = node.fields(contacts=[], blocked=[])
    contacts = tuple(_contact(one, known) for one in it["contacts"].items())
    return Patient(PATIENT, contacts, frozenset(one.one_of(known) for one in it["blocked"].items()))


def _contact(node: Node, known: Known) -> Contact:
    it = node.fields("who", **{"coordinating": False, "from": None, "to": None})
    starts_on = date.min if it["from"].value is None else it["from"].day()
    stop = None if it["to"].value is None else it["to"].day()
    if stop is not None and stop <= starts_on:
        raise it["to"].bad("an end after its beginning")
    ends_on = stop and stop - timedelta(days=1)
    return Contact(it["who"].one_of(known), it["coordinating"].flag(), starts_on, ends_on)


def _state(person: dict[str, Node]) -> State:
    asked = person["last_asked"]
    return State(
        active=person["active"].flag(),
        channel=person["channel"].flag(),
        open_waits=person["open_waits"].count(),
        last_asked=None if asked.value is None else asked.moment().astimezone(UTC),
    )
