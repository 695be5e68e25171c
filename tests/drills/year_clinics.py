"""Three clinics for a year: who works there and when, their patients, their roster and their closed days."""

from __future__ import annotations

import heapq
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.accounts import service as accounts
from app.accounts.service import Who
from app.care import contact_service as contacts
from app.care import red_days, roster_service, unit_service
from app.care import service as care
from app.care.facts_rules import Absence, Assignment, Closure, Shift, Unit
from app.care.hours_rules import Period, Week, weekdays
from app.care.models import Unit as UnitRow
from app.care.roster_service import Days, Times, at_wall
from app.care.service import Cycle
from app.core import db
from app.core.audit import SYSTEM
from app.demo.people import test_number
from tests.bench.figures import scaled
from tests.care.plain import World as Plain
from tests.care.worlds import week

FIRST = date(2026, 11, 2)
DAYS = 365
STAFF = (16, 14, 10)
PATIENTS, QUESTIONS, ILLNESSES, LEAVERS = 400, 2_000, 300, 4
OFFICE = weekdays("08:00", "16:30")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEKS: tuple[tuple[Week, ...], ...] = (
    (OFFICE,),
    (OFFICE,),
    (OFFICE,),
    (week(mon_thu="8-16.30"),),
    (week(mon_wed="8-16.30"),),
    (week(tue_fri="9-15"),),
    (week(mon_wed="8-16.30"), week(wed_fri="8-16.30")),
)


def rows(statement: str, **values: Any) -> list[Any]:
    return list(db.run(text(statement), values).all())


class Clinics:
    """Everybody and everything, and what has been seen to be wrong."""

    def __init__(self) -> None:
        self.chance = random.Random(int(os.environ.get("SEED", "20261102")))
        self.order = count()
        self.ahead: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self.seen: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()
        self.silence = timedelta()
        self.units: list[UnitRow] = []
        self.plain: dict[UUID, Plain] = {}
        self.home: dict[UUID, UUID] = {}
        self.work: dict[UUID, Any] = {}
        self.absences: list[Absence] = []
        self.signs: dict[UUID, Any] = {}
        self.heard: set[UUID] = set()
        self.told: set[tuple[UUID, datetime]] = set()
        self.threads: dict[UUID, list[UUID]] = {}
        self.checked: date | None = None

    def at(self, moment: datetime, call: Callable[[datetime], None]) -> None:
        heapq.heappush(self.ahead, (moment, next(self.order), call))

    def moment(self, day: int, minutes: int = 0) -> datetime:
        return at_wall(FIRST + timedelta(days=day), minutes)

    # The clinics.

    def opens(self) -> None:
        now = self.moment(-1)
        began = FIRST - timedelta(days=400)
        total = sum(STAFF)
        with db.transaction():
            people = [
                accounts.register_staff(
                    Who(f"Person {n}"), hsa_id=f"SE-Y{n:04}", title="skötare", by=SYSTEM, now=now
                ).id
                for n in range(total + 2)
            ]
            self.staff, self.function = people[:total], people[total:]
            region = accounts.open_region(
                "Provlandet",
                "20",
                function_phone="+46313900600",
                function=self.function,
                administrator=self.function[0],
                by=SYSTEM,
                now=now,
            )
        first = 0
        for n, size in enumerate(STAFF):
            here = self.staff[first : first + size]
            first += size
            with db.transaction():
                unit = unit_service.open_unit(
                    region,
                    f"Mottagning {n}",
                    phone="+46313900610",
                    phone_hours="Vardagar",
                    office=OFFICE,
                    head=here[0],
                    head_substitutes=(here[1],),
                    by=SYSTEM,
                    now=now,
                )
                self.units.append(unit)
                assignments = []
                for i, person in enumerate(here):
                    weeks = WEEKS[i % len(WEEKS)] if i > 1 else WEEKS[0]
                    standing = (here[(i + 3) % size],) if i % 3 else ()
                    self.work[person] = care.assign(
                        person,
                        unit,
                        role="licensed",
                        starts_on=began,
                        cycle=Cycle(weeks, began),
                        standing=standing,
                        by=SYSTEM,
                        now=now,
                    )
                    self.home[person] = unit.id
                    monday = began - timedelta(days=began.weekday())
                    period = Period(began, None, monday, weeks)
                    assignments.append(Assignment(unit.id, person, True, began, None, (period,), standing))
            facts = Unit(
                key=unit.id,
                office=OFFICE,
                red_days=red_days.in_years(range(FIRST.year, FIRST.year + 3)),
                closures=(),
                longest_gap=timedelta(hours=8.5),
                promise=timedelta(hours=16),
                head=here[0],
                head_substitutes=(here[1],),
                function=region.id,
            )
            self.plain[unit.id] = Plain(facts, assignments, self.absences, [])
        for n in range(scaled(PATIENTS, least=20)):
            self.patient(n, now)
        self.roster(now)
        self.closes(now)
        self.fills_the_year()

    def patient(self, n: int, now: datetime) -> None:
        digits, born = test_number(n)
        with db.transaction():
            person = accounts.register_patient(Who(f"Patient {n}", number=digits), by=SYSTEM, now=now)
            helper = self.staff[n % len(self.staff)]
            unit = next(it for it in self.units if it.id == self.home[helper])
            contacts.appoint(person, helper, unit, coordinating=True, born=born, by=SYSTEM, now=now)
        self.threads[person.id] = []

    def roster(self, now: datetime) -> None:
        """The first unit has somebody on duty every weekday, by a week that comes again."""
        unit = self.units[0]
        full = [
            it for it in self.staff[: STAFF[0]] if len(self.work_weeks(it)) == 1 and self.work_weeks(it)[0] == OFFICE
        ]
        with db.transaction():
            for day in range(5):
                who = [full[day % len(full)], full[(day + 1) % len(full)]]
                times = Times(FIRST + timedelta(days=day), 8 * 60, 16 * 60 + 30)
                roster_service.add_shift(unit.id, times, who, by=SYSTEM, now=now)
            roster_service.repeat_week(unit.id, FIRST, weeks=26, by=SYSTEM, now=now)
            later = FIRST + timedelta(weeks=26)
            roster_service.repeat_week(unit.id, later, weeks=26, by=SYSTEM, now=now)
        shifts = rows("select starts_at, ends_at, id from duty_shift where unit_id = :unit", unit=unit.id)
        people = rows("select shift_id, person_id from duty_person order by shift_id, n")
        self.plain[unit.id].duty = [
            Shift(unit.id, it.starts_at, it.ends_at, tuple(one.person_id for one in people if one.shift_id == it.id))
            for it in shifts
        ]

    def work_weeks(self, person: UUID) -> tuple[Week, ...]:
        here = self.plain[self.home[person]].of(person)
        return here[0].periods[0].weeks

    def closes(self, now: datetime) -> None:
        """The smallest unit closes between Christmas and New Year, and the first one covers."""
        unit, cover = self.units[2], self.units[0]
        days = Days(date(2026, 12, 28), date(2026, 12, 30), "Jul", cover_unit=cover.id)
        with db.transaction():
            roster_service.close(unit.id, days, by=SYSTEM, now=now)
        own, other = self.plain[unit.id], self.plain[cover.id]
        facts = other.unit
        shut = Closure(
            days.starts_on, days.ends_on, cover.id, OFFICE, facts.red_days, facts.head, facts.head_substitutes
        )
        own.unit = replace(own.unit, closures=(shut,))
        own.assignments = [*own.assignments, *other.assignments]
        own.duty = other.duty

    # What will happen.
