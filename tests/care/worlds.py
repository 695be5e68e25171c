"""Small worlds for the rules of who answers, written as one would say them."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from app.care.hours_rules import MIDNIGHT, ZONE, Period, Span, Week, from_wall
from app.care.rules import Absence, Answer, Assignment, Closure, Contact, Key, Patient, Plan, Shift, State, Unit
from app.care.rules import answers as rule

LONG_AGO = date(2020, 1, 1)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def at(text: str, *, end: bool = False) -> datetime:
    """A Swedish wall time such as "2026-11-04 15.00"."""
    day, _, clock = text.partition(" ")
    hour, _, minute = clock.partition(".")
    return from_wall(date.fromisoformat(day), time(int(hour or 0), int(minute or 0)), end=end)


def said(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(ZONE).strftime("%a %-d %b %H.%M")


def span(text: str) -> Span:
    """ "8-16.30" in minutes of the day."""
    opens, closes = ((int(h) * 60 + int(m or 0)) for h, _, m in (end.partition(".") for end in text.split("-")))
    return Span(opens, min(closes, MIDNIGHT))


def week(**days: str) -> Week:
    """`week(mon="8-12 13-16.30", wed_fri="8-16")`: a day, or from one day to another."""
    found: list[tuple[Span, ...]] = [()] * 7
    for names, spans in days.items():
        first, _, last = names.partition("_")
        for day in range(DAYS.index(first), DAYS.index(last or first) + 1):
            found[day] = tuple(span(one) for one in spans.split())
    return tuple(found)


OFFICE = week(mon_fri="8-16.30")


def unit(office: Week = OFFICE, red: Iterable[str] = (), closures: Sequence[Closure] = (), **changed: object) -> Unit:
    return Unit(
        **{  # type: ignore[arg-type]
            "key": "unit",
            "office": office,
            "red_days": frozenset(map(date.fromisoformat, red)),
            "closures": tuple(closures),
            "longest_gap": timedelta(hours=8, minutes=30),
            "promise": timedelta(hours=16),
            "head": "head",
            "head_substitutes": (),
            "function": "function",
        }
        | changed
    )


def works(person: Key, *weeks: Week, standing: Iterable[Key] = (), **changed: object) -> Assignment:
    """An assignment at the unit, by default on its office hours; `anchor` is a Monday."""
    period = Period(LONG_AGO, None, date(2026, 1, 5), weeks or (OFFICE,))
    given = {"unit": "unit", "cares": True, "starts_on": LONG_AGO, "ends_on": None, "periods": (period,)}
    return Assignment(**given | {"person": person, "standing": tuple(standing)} | changed)  # type: ignore[arg-type]


def away(
    person: Key, start: str, end: str | None = None, substitutes: Iterable[Key] = (), registered: str = "2026-01-01"
) -> Absence:
    return Absence(person, at(start), end and at(end, end=True), tuple(substitutes), at(registered))  # type: ignore[arg-type]


def shift(start: str, end: str, *people: Key, unit: Key = "unit") -> Shift:
    return Shift(unit, at(start), at(end, end=True), people)


def contact(
    person: Key, *, coordinating: bool = False, starts_on: date = LONG_AGO, ends_on: date | None = None
) -> Contact:
    return Contact(person, coordinating, starts_on, ends_on)


def patient(*contacts: Contact, blocked: Iterable[Key] = (), invited: Iterable[Key] = ()) -> Patient:
    return Patient("patient", contacts, frozenset(blocked), frozenset(invited))


def plan(
    now: str,
    people: Iterable[Assignment],
    *,
    absences: Iterable[Absence] = (),
    duty: Iterable[Shift] = (),
    place: Unit | None = None,
) -> Plan:
    return Plan(place or unit(), people, absences, duty, around=at(now))


def answer(
    now: str,
    people: Iterable[Assignment],
    *,
    belongs_to: Key | None = "karin",
    whose: Patient | None = None,
    states: dict[Key, State] | None = None,
    asked: Iterable[Key] = (),
    **world: Any,
) -> Answer:
    """Who answers in a plan made for it."""
    made = plan(now, people, **world)
    return rule(made, whose or patient(), belongs_to, states=states or {}, at=at(now), asked=frozenset(asked))


def passed(answer: Answer) -> str:
    return " ".join(f"{one.person}:{one.reason}" for one in answer.passed)
