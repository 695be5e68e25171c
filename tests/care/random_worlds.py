"""Worlds by chance, from a seed: everything that the order looks at, near the days where it is hard."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from app.care import red_days
from app.care.hours_rules import ZONE, Period, Span, Week
from app.care.rules import Absence, Assignment, Closure, Contact, Key, Patient, Plan, Shift, State, Unit
from tests.care.plain import World

STEP = 30
"""Minutes: every time in these worlds is on the half-hour, so that looking at each half-hour sees all there is."""

HARD_DAYS = (date(2026, 10, 23), date(2027, 3, 26), date(2026, 12, 22), date(2026, 4, 1), date(2026, 6, 17))
OFFICES: tuple[tuple[tuple[int, int], ...], ...] = (
    ((480, 990),),
    ((480, 990),),
    ((480, 720), (780, 960)),
    ((0, 1440),),
    ((0, 150), (1320, 1439)),
    ((120, 180), (600, 840)),
)
FUNCTION: Key = "function"


@dataclass
class Question:
    patient: Patient
    belongs_to: Key | None
    states: dict[Key, State]
    at: datetime
    asked: frozenset[Key]


@dataclass
class Given:
    """A world, as it is handed to the rule."""

    unit: Unit
    assignments: list[Assignment]
    absences: list[Absence]
    duty: list[Shift]
    around: datetime
    people: list[Key] = field(default_factory=list)

    @property
    def plan(self) -> Plan:
        return Plan(self.unit, self.assignments, self.absences, self.duty, around=self.around)

    @property
    def plain(self) -> World:
        return World(self.unit, self.assignments, self.absences, self.duty)


class Maker:
    """Makes one world and questions to it; the same seed makes the same."""

    def __init__(self, seed: int, *, people: int = 7) -> None:
        self.by = random.Random(seed)
        start = (
            self.by.choice(HARD_DAYS)
            if self.by.random() < 0.6
            else date(2026, 1, 1) + timedelta(self.by.randrange(500))
        )
        self.around = self.near(datetime(start.year, start.month, start.day, tzinfo=ZONE), days=3)
        self.people: list[Key] = [f"p{n}" for n in range(self.by.randint(2, people))]
        self.given = self.world()

    def chance(self, share: float) -> bool:
        return self.by.random() < share

    def near(self, at: datetime, *, days: int) -> datetime:
        steps = days * 24 * 60 // STEP
        return at.astimezone(UTC) + timedelta(minutes=STEP * self.by.randint(-steps, steps))

    def some(self, most: int) -> tuple[Key, ...]:
        return tuple(self.by.sample(self.people, min(len(self.people), self.by.randint(0, most))))

    def day(self, before: int, after: int) -> date:
        return self.around.astimezone(ZONE).date() + timedelta(self.by.randint(-before, after))

    def week(self, share: float) -> Week:
        spans = tuple(Span(*it) for it in self.by.choice(OFFICES))
        part = (Span(*sorted(self.by.sample(range(0, 1441, STEP), 2))),)
        return tuple((spans if self.chance(0.8) else part) if self.chance(share) else () for _ in range(7))

    def office(self) -> Week:
        spans = tuple(Span(*it) for it in self.by.choice(OFFICES))
        days = 7 if self.chance(0.3) else 5
        week = [spans if n < days else () for n in range(7)]
        if self.chance(0.3):
            week[self.by.randrange(5)] = ()
        return tuple(week)

    def world(self) -> Given:
        year = self.around.year
        red = red_days.in_years(range(year - 1, year + 3)) if self.chance(0.8) else frozenset[date]()
        deputies = self.some(2) if self.chance(0.5) else ()
        unit = Unit(
            key="unit",
            office=self.office(),
            red_days=red,
            closures=tuple(self.closure(red) for _ in range(self.by.choice((0, 0, 0, 1, 1, 2)))),
            longest_gap=timedelta(hours=self.by.choice((0, 1, 4, 8.5, 8.5, 8.5, 8.5, 24))),
            promise=timedelta(hours=self.by.choice((1, 8, 16, 16, 16, 40))),
            head=self.by.choice(self.people),
            head_substitutes=deputies,
            function=FUNCTION,
        )
        assignments = [it for person in self.people for it in self.assignments(person)]
        absences = [self.absence() for _ in range(self.by.randint(0, len(self.people) + 2))]
        duty = [self.shift() for _ in range(self.by.choice((0, 0, 4, 12)))]
        return Given(unit, assignments, absences, duty, self.around, self.people)

    def closure(self, red: frozenset[date]) -> Closure:
        starts_on = self.day(12, 12)
        covered_by = self.by.choice((None, "other", "other", FUNCTION))
        return Closure(
            starts_on,
            starts_on + timedelta(self.by.randint(0, 12)),
            covered_by,
            None if covered_by is None or self.chance(0.3) else self.office(),
            red if self.chance(0.7) else frozenset(),
            self.by.choice((None, *self.people)),
            self.some(1),
        )

    def assignments(self, person: Key) -> list[Assignment]:
        units = self.by.choice((*[("unit",)] * 6, ("unit", "other"), ("other",), ()))
        return [self.assignment(person, unit) for unit in units]

    def assignment(self, person: Key, unit: Key) -> Assignment:
        starts_on = self.day(4, 4) if self.chance(0.1) else date(2020, 1, 1)
        ends_on = starts_on + timedelta(self.by.randint(0, 8)) if self.chance(0.1) else None
        return Assignment(
            unit,
            person,
            self.chance(0.9),
            starts_on,
            self.day(2, 8) if self.chance(0.1) and not ends_on and starts_on.year == 2020 else ends_on,
            self.periods(),
            self.some(2),
        )

    def periods(self) -> tuple[Period, ...]:
        if self.chance(0.1):
            return ()
        share = self.by.choice((1, 1, 0.8, 0.5, 0.3))
        weeks = [tuple(self.week(share) for _ in range(self.by.choice((1, 1, 1, 2, 3, 10)))) for _ in range(2)]
        if self.chance(0.8):
            return (Period(date(2020, 1, 1), None, self.day(30, 30), weeks[0]),)
        turn = self.day(5, 10)
        return (
            Period(date(2020, 1, 1), turn, self.day(30, 30), weeks[0]),
            Period(turn + timedelta(self.by.randint(1, 3)), None, self.day(30, 30), weeks[1]),
        )

    def absence(self) -> Absence:
        starts_at = self.near(self.around, days=10)
        length = timedelta(minutes=STEP * self.by.choice((1, 10, 48, 200, 1000)))
        ends_at = None if self.chance(0.1) else starts_at + length
        return Absence(self.by.choice(self.people), starts_at, ends_at, self.some(2), self.near(starts_at, days=20))

    def shift(self) -> Shift:
        starts_at = self.near(self.around, days=5)
        length = timedelta(minutes=STEP * self.by.choice((4, 16, 17, 48)))
        unit = "other" if self.chance(0.2) else "unit"
        return Shift(unit, starts_at, starts_at + length, self.some(2))

    def question(self) -> Question:
        contacts = tuple(
            Contact(
                person,
                self.chance(0.3),
                self.day(8, 2) if self.chance(0.2) else date(2020, 1, 1),
                self.day(1, 8) if self.chance(0.2) else None,
            )
            for person in self.some(3)
        )
        few = 0.15 if self.chance(0.5) else 0
        patient = Patient(
            "patient" if self.chance(0.95) else self.by.choice(self.people),
            contacts,
            frozenset(self.people) if self.chance(0.03) else frozenset(it for it in self.people if self.chance(few)),
            frozenset(it for it in self.people if self.chance(few / 2)),
        )
        states = {it: self.state(few) for it in self.people if self.chance(0.9)}
        belongs_to = None if self.chance(0.03) else self.by.choice(self.people)
        asked = frozenset(it for it in self.people if self.chance(few))
        return Question(patient, belongs_to, states, self.near(self.around, days=5), asked)

    def state(self, few: float) -> State:
        last = None if self.chance(0.3) else self.near(self.around, days=10)
        return State(not self.chance(few / 3), not self.chance(few), self.by.randint(0, 3), last)
