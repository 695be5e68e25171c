"""A unit as its rows say it, handed to the plain definitions of tests/care/plain.py: no plan and no rule between."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.care import red_days
from app.care.facts_rules import Absence, Assignment, Closure, Contact, Key, Patient, Shift, State, Unit
from app.care.hours_rules import Period, Span, Week
from app.core import db
from tests.care.plain import World as Plain

CHANNEL = timedelta(days=30)


def rows(statement: str, **values: Any) -> list[Any]:
    return list(db.session().execute(text(statement), values).all())


def plain_of(unit: UUID, at: datetime) -> Plain:
    """The unit, whoever covers it, and all who work at either."""
    (own,) = rows("select * from unit where id = :unit", unit=unit)
    covers = rows(
        "select distinct cover_unit_id from closure where unit_id = :unit and cover_unit_id is not null", unit=unit
    )
    places = [unit, *(it.cover_unit_id for it in covers)]
    assignments = [
        assignment(it)
        for place in places
        for it in rows("select * from assignment where unit_id = :unit order by starts_on, person_id", unit=place)
    ]
    people = {it.person for it in assignments} | {own.head_id, *substitutes_of_head(unit)}
    absences = [
        absence(it)
        for it in rows(
            "select * from absence where person_id = any(:people) and cancelled_at is null order by starts_at, id",
            people=list(people),
        )
    ]
    duty = [shift(it) for place in places for it in rows("select * from duty_shift where unit_id = :unit", unit=place)]
    office = week_of("office_hours", "unit_id", unit)
    red = red_days.in_years(range(at.year - 1, at.year + 3))
    longest = own.longest_gap_minutes or max(sum(it.closes - it.opens for it in day) for day in office)
    facts = Unit(
        key=unit,
        office=office,
        red_days=red,
        closures=tuple(
            closure(it, own.region_id, red)
            for it in rows("select * from closure where unit_id = :unit order by starts_on", unit=unit)
        ),
        longest_gap=timedelta(minutes=longest),
        promise=timedelta(minutes=own.promise_minutes),
        head=own.head_id,
        head_substitutes=substitutes_of_head(unit),
        function=own.region_id,
    )
    return Plain(facts, assignments, absences, duty)


def patient_of(patient: UUID | None, unit: UUID) -> Patient:
    contacts = rows(
        "select * from contact where patient_id = :patient and unit_id = :unit order by appointed_at, id",
        patient=patient,
        unit=unit,
    )
    blocks = rows("select person_id from block where patient_id = :patient and ended_at is null", patient=patient)
    return Patient(
        patient,
        tuple(Contact(it.person_id, it.coordinating, it.starts_on, it.ends_on) for it in contacts),
        blocked=frozenset(it.person_id for it in blocks),
    )


def states_of(people: set[Any], at: datetime) -> dict[Key, State]:
    found = rows(
        "select p.id, p.closed_at is null as active, exists (select from session s where s.person_id = p.id"
        " and s.capacity = 'duty' and s.last_seen >= :since) as channel from person p where p.id = any(:people)",
        people=list(people),
        since=at - CHANNEL,
    )
    return {it.id: State(it.active, it.channel) for it in found}


def assignment(it: Any) -> Assignment:
    standing = rows("select person_id from standing_substitute where assignment_id = :key order by n", key=it.id)
    periods = rows("select * from pattern where assignment_id = :key order by starts_on", key=it.id)
    return Assignment(
        it.unit_id,
        it.person_id,
        it.role in ("licensed", "care"),
        it.starts_on,
        it.ends_on,
        tuple(Period(each.starts_on, each.ends_on, each.anchor, weeks_of(each)) for each in periods),
        tuple(one.person_id for one in standing),
    )


def weeks_of(pattern: Any) -> tuple[Week, ...]:
    weeks: list[list[list[Span]]] = [[[] for _ in range(7)] for _ in range(pattern.weeks)]
    for it in rows("select * from pattern_hours where pattern_id = :key order by week, weekday, opens", key=pattern.id):
        weeks[it.week][it.weekday].append(Span(it.opens, it.closes))
    return tuple(tuple(tuple(day) for day in week) for week in weeks)


def week_of(table: str, column: str, key: UUID) -> Week:
    days: list[list[Span]] = [[] for _ in range(7)]
    for it in rows(
        f"select weekday, opens, closes from {table} where {column} = :key order by weekday, opens", key=key
    ):
        days[it.weekday].append(Span(it.opens, it.closes))
    return tuple(tuple(day) for day in days)


def absence(it: Any) -> Absence:
    named = rows("select * from absence_substitute where absence_id = :key order by n", key=it.id)
    yes = tuple(one.person_id for one in named if one.declined_at is None)
    # Where all have said no, nobody is named, and not the standing ones again.
    return Absence(it.person_id, it.starts_at, it.ends_at, yes or (it.person_id,) * bool(named), it.registered_at)


def shift(it: Any) -> Shift:
    people = rows("select person_id from duty_person where shift_id = :key order by n", key=it.id)
    return Shift(it.unit_id, it.starts_at, it.ends_at, tuple(one.person_id for one in people))


def closure(it: Any, region: UUID, red: frozenset[Any]) -> Closure:
    if it.cover_function:
        return Closure(it.starts_on, it.ends_on, region, week_of("function_hours", "region_id", region), red)
    if it.cover_unit_id is None:
        return Closure(it.starts_on, it.ends_on)
    (other,) = rows("select * from unit where id = :unit", unit=it.cover_unit_id)
    closed = {
        each.starts_on + timedelta(days=n)
        for each in rows("select * from closure where unit_id = :unit", unit=other.id)
        for n in range((each.ends_on - each.starts_on).days + 1)
    }
    week = week_of("office_hours", "unit_id", other.id)
    head = other.head_id, substitutes_of_head(other.id)
    return Closure(it.starts_on, it.ends_on, other.id, week, red | closed, *head)


def substitutes_of_head(unit: UUID) -> tuple[UUID, ...]:
    return tuple(
        it.person_id for it in rows("select * from head_substitute where unit_id = :unit order by n", unit=unit)
    )
