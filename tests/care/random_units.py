"""Random units, the same for the same seed: small ones full of exceptions, covered ones, and one as large as a town's.

Made for comparing what the rules say with what the oracle says, so everything that could go wrong between people is
there: loops of substitutes, absences upon absences, nights, closures, weeks when the clocks change.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.care.facts_rules import Absence, Assignment, Closure, Contact, Key, Patient, Shift, State, Unit
from app.care.hours_rules import MIDNIGHT, Period, Span, Week
from tests.care.oracle import Oracle

STOCKHOLM = ZoneInfo("Europe/Stockholm")
LONG_AGO = date(2024, 1, 1)
DAY: tuple[Span, ...] = (Span(8 * 60, 16 * 60 + 30),)
WEEKDAYS: Week = (DAY,) * 5 + ((), ())
STARTS = (
    datetime(2026, 10, 19, 7, 40, tzinfo=UTC),
    datetime(2026, 12, 14, 9, 15, tzinfo=UTC),
    datetime(2027, 3, 22, 6, 59, tzinfo=UTC),
    datetime(2027, 5, 3, 23, 30, tzinfo=UTC),
)
RED = frozenset(
    date(*day)
    for day in (
        *((2026, 10, 30), (2026, 12, 24), (2026, 12, 25), (2026, 12, 31), (2027, 1, 1), (2027, 1, 6)),
        *((2027, 3, 26), (2027, 3, 29), (2027, 5, 6), (2027, 6, 25)),
    )
)


@dataclass
class World:
    """What the gap report and the order are asked with."""

    unit: Unit
    at: datetime
    assignments: list[Assignment] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    duty: list[Shift] = field(default_factory=list)
    patients: list[Patient] = field(default_factory=list)
    states: dict[Key, State] = field(default_factory=dict)

    def oracle(self) -> Oracle:
        return Oracle(self.unit, self.assignments, self.absences, self.duty, self.states)

    @property
    def today(self) -> date:
        return self.at.astimezone(STOCKHOLM).date()

    def moment(self, days: int, minutes: int = 0) -> datetime:
        """So many days from today, at a wall time."""
        wall = datetime.combine(self.today + timedelta(days=days), time(0), STOCKHOLM) + timedelta(minutes=minutes)
        return wall.astimezone(UTC)


def people(count: int, letter: str = "p") -> list[Key]:
    return [f"{letter}{n:02}" for n in range(count)]


def random_world(seed: int, *, staff: int = 5, patients: int = 4) -> World:
    """Anything that the tables could hold, however unwise."""
    chance = random.Random(seed)
    at = chance.choice(STARTS) + timedelta(days=chance.randrange(10), minutes=chance.randrange(1440))
    world = World(random_unit(chance, at.astimezone(STOCKHOLM).date()), at)
    here, there = people(staff), people(chance.randrange(3), "q")
    everybody = [*here, *there, "stranger"]
    for person in here:
        if chance.random() < 0.95:
            world.assignments.append(random_assignment(chance, world, "u", person, everybody))
        if chance.random() < 0.1:
            world.assignments.append(random_assignment(chance, world, "v", person, everybody))
    world.assignments += [random_assignment(chance, world, "v", person, everybody) for person in there]
    for person in everybody:
        world.absences += [random_absence(chance, world, person, everybody) for _ in range(chance.choice((0, 0, 1, 2)))]
        world.states[person] = random_state(chance, world)
    if chance.random() < 0.5:
        world.duty = [random_shift(chance, world, everybody) for _ in range(chance.randrange(1, 12))]
    world.patients = [random_patient(chance, world, f"patient{n}", everybody) for n in range(patients)]
    return world


def random_unit(chance: random.Random, today: date) -> Unit:
    closures = tuple(random_closure(chance, today) for _ in range(chance.choice((0, 0, 1, 2))))
    longest = timedelta(minutes=chance.choice((0, 60, 240, 510, 510, 510, 1020)))
    return Unit(
        key="u",
        office=random_week(chance),
        red_days=RED if chance.random() < 0.7 else frozenset(),
        closures=closures,
        longest_gap=longest,
        promise=timedelta(minutes=chance.choice((60, 480, 960, 961))),
        head="p00",
        head_substitutes=("p01",) if chance.random() < 0.5 else (),
        function="f",
    )


def random_closure(chance: random.Random, today: date) -> Closure:
    first = today + timedelta(days=chance.randrange(-3, 30))
    last = first + timedelta(days=chance.randrange(0, 10))
    cover = chance.choice((None, "v", "v", "f"))
    if cover is None:
        return Closure(first, last)
    off = frozenset(first + timedelta(days=n) for n in range(10) if chance.random() < 0.2)
    week = random_week(chance) if chance.random() < 0.8 else None
    head = chance.choice((None, "q00", "p02"))
    return Closure(first, last, cover, week, off, head, ("q01",) if head and chance.random() < 0.3 else ())


def random_spans(chance: random.Random) -> tuple[Span, ...]:
    """Mostly a day's work; at times split, short, through a night, or in the hours when the clocks change."""
    kind = chance.random()
    if kind < 0.6:
        return DAY
    if kind < 0.7:
        return (Span(8 * 60, 12 * 60), Span(13 * 60, 17 * 60))
    if kind < 0.8:
        return (Span(0, chance.randrange(1, 9) * 30), Span(22 * 60, MIDNIGHT))
    if kind < 0.85:
        return (Span(0, MIDNIGHT),)
    opens = chance.randrange(0, 1439)
    return (Span(opens, chance.randrange(opens + 1, MIDNIGHT + 1)),)


def random_week(chance: random.Random) -> Week:
    usual = DAY if chance.random() < 0.7 else random_spans(chance)
    odd = chance.random() < 0.3
    return tuple(
        random_spans(chance) if odd and chance.random() < 0.4 else (usual if day < 5 or chance.random() < 0.08 else ())
        for day in range(7)
    )


def part_time(chance: random.Random) -> tuple[Week, ...]:
    """A cycle of one to ten weeks, each with some days off."""
    kept = chance.choice((1.0, 1.0, 0.8, 0.5, 0.2))
    return tuple(
        tuple(spans if chance.random() < kept else () for spans in random_week(chance))
        for _ in range(chance.choice((1, 1, 2, 3, 10)))
    )


def random_periods(chance: random.Random, today: date) -> tuple[Period, ...]:
    anchor = LONG_AGO + timedelta(days=chance.randrange(700))
    if chance.random() < 0.6:
        return (Period(LONG_AGO, None, anchor, part_time(chance)),)
    turn = today + timedelta(days=chance.randrange(-5, 30))
    last = None if chance.random() < 0.7 else turn + timedelta(days=chance.randrange(1, 30))
    return (
        Period(LONG_AGO, turn - timedelta(days=1), anchor, part_time(chance)),
        Period(turn, last, turn, part_time(chance)),
    )


def random_assignment(chance: random.Random, world: World, unit: Key, person: Key, everybody: list[Key]) -> Assignment:
    starts = LONG_AGO if chance.random() < 0.9 else world.today + timedelta(days=chance.randrange(1, 20))
    ends = None if chance.random() < 0.85 else max(starts, world.today + timedelta(days=chance.randrange(-5, 30)))
    standing = tuple(chance.sample(everybody, chance.choice((0, 0, 1, 1, 2))))
    periods = random_periods(chance, world.today) if chance.random() < 0.95 else ()
    return Assignment(unit, person, chance.random() < 0.92, starts, ends, periods, standing)


def random_absence(chance: random.Random, world: World, person: Key, everybody: list[Key]) -> Absence:
    starts = world.at + timedelta(days=chance.randrange(-5, 25), minutes=chance.randrange(1440))
    length = timedelta(days=chance.choice((0, 1, 4, 14)), minutes=chance.randrange(1, 1440))
    ends = None if chance.random() < 0.1 else starts + length
    substitutes = tuple(chance.sample(everybody, chance.choice((0, 1, 1, 2))))
    return Absence(person, starts, ends, substitutes, world.at - timedelta(seconds=chance.randrange(10**6)))


def random_shift(chance: random.Random, world: World, everybody: list[Key]) -> Shift:
    starts = world.moment(chance.randrange(-1, 25), chance.choice((0, 480, 480, 1200, chance.randrange(1440))))
    length = timedelta(minutes=chance.choice((240, 510, 510, 720)))
    unit = "u" if chance.random() < 0.85 else "v"
    return Shift(unit, starts, starts + length, tuple(chance.sample(everybody, chance.choice((1, 1, 2)))))


def random_state(chance: random.Random, world: World) -> State:
    asked = None if chance.random() < 0.3 else world.at - timedelta(minutes=chance.randrange(5))
    return State(chance.random() < 0.96, chance.random() < 0.92, chance.randrange(3), asked)


def random_patient(chance: random.Random, world: World, key: Key, everybody: list[Key]) -> Patient:
    contacts = []
    for n, person in enumerate(chance.sample(everybody, min(len(everybody), chance.choice((1, 1, 1, 2, 3))))):
        starts = LONG_AGO if chance.random() < 0.9 else world.today + timedelta(days=chance.randrange(-2, 15))
        ends = None if chance.random() < 0.85 else max(starts, world.today + timedelta(days=chance.randrange(-20, 20)))
        contacts.append(Contact(person, n == 0 and chance.random() < 0.7, starts, ends))
    if chance.random() < 0.05:
        contacts = []
    few = frozenset(it for it in everybody if chance.random() < 0.05)
    invited = frozenset(it for it in everybody if chance.random() < 0.03)
    # Somebody who works here may be a patient here, but is so only once.
    of_the_staff = chance.random() < 0.2 and key == "patient0"
    return Patient(chance.choice(everybody) if of_the_staff else key, tuple(contacts), few, invited)


def covered_world(seed: int) -> World:
    """A unit where everybody works all office hours, so that nobody waits until something is taken away."""
    chance = random.Random(seed)
    at = chance.choice(STARTS) + timedelta(days=chance.randrange(10), minutes=chance.randrange(1440))
    today = at.astimezone(STOCKHOLM).date()
    week: Week = WEEKDAYS if chance.random() < 0.6 else usable(chance)
    longest = max(sum(it.closes - it.opens for it in day) for day in week) + 60
    unit = Unit("u", week, RED, (), timedelta(minutes=longest), timedelta(hours=16), "head", ("h2",), "f")
    if chance.random() < 0.2:
        first = today + timedelta(days=chance.randrange(2, 20))
        covered = Closure(first, first + timedelta(days=chance.randrange(2, 6)), "v", week)
        unit = Unit("u", week, RED, (covered,), unit.longest_gap, unit.promise, "head", ("h2",), "f")
    world = World(unit, at)
    period = Period(LONG_AGO, None, LONG_AGO, (week,))
    for person in people(chance.randrange(3, 7)):
        world.assignments.append(Assignment("u", person, True, LONG_AGO, None, (period,), ()))
    for person in people(2, "q"):
        world.assignments.append(Assignment("v", person, True, LONG_AGO, None, (period,), ()))
    roster = [
        Shift("v", world.moment(day, span.opens), world.moment(day, span.closes), ("q00", "q01"))
        for day in range(70)
        for span in week[(today + timedelta(days=day)).weekday()]
    ]
    world.duty = roster if unit.closures else []
    here = [it.person for it in world.assignments if it.unit == "u"]
    for n in range(chance.randrange(2, 7)):
        world.patients.append(Patient(f"patient{n}", (Contact(chance.choice(here[:-1]), True, LONG_AGO, None),)))
    return world


def usable(chance: random.Random) -> Week:
    """A week that is open on some day."""
    while True:
        week = random_week(chance)
        if any(week):
            return week


def town(seed: int = 1, *, staff: int = 40, patients: int = 1000) -> World:
    """A large clinic two weeks before Christmas: part-time, leave with and without substitutes, a roster, a closure."""
    chance = random.Random(seed)
    at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    closures = (Closure(date(2026, 12, 28), date(2026, 12, 30), "v", WEEKDAYS),)
    gap, promise = timedelta(hours=8.5), timedelta(hours=16)
    world = World(Unit("u", WEEKDAYS, RED, closures, gap, promise, "p00", ("p01",), "f"), at)
    here = people(staff)
    for n, person in enumerate(here):
        share = chance.choice((1.0, 1.0, 1.0, 0.8, 0.8, 0.6))
        weeks = tuple(
            tuple(day if chance.random() < share else () for day in WEEKDAYS) for _ in range(chance.choice((1, 2, 4)))
        )
        standing = (here[(n + 1) % staff],) if chance.random() < 0.7 else ()
        ends = date(2026, 12, 31) if chance.random() < 0.03 else None
        period = Period(LONG_AGO, None, LONG_AGO, weeks)
        world.assignments.append(Assignment("u", person, chance.random() < 0.95, LONG_AGO, ends, (period,), standing))
        for _ in range(chance.choice((0, 1, 1, 2))):
            first = chance.randrange(-2, 55)
            away = (world.moment(first), world.moment(first + chance.choice((1, 3, 7, 14))))
            named = tuple(chance.sample(here, chance.choice((0, 1, 1, 2))))
            world.absences.append(Absence(person, *away, named, at - timedelta(minutes=n)))
        world.states[person] = State(channel=chance.random() < 0.95, open_waits=chance.randrange(8))
    period = Period(LONG_AGO, None, LONG_AGO, (WEEKDAYS,))
    world.assignments += [Assignment("v", it, True, LONG_AGO, None, (period,), ()) for it in people(6, "q")]
    for day in range(70):
        unit, who = ("v", people(6, "q")) if world.today + timedelta(days=day) >= date(2026, 12, 28) else ("u", here)
        if WEEKDAYS[(world.today + timedelta(days=day)).weekday()] and chance.random() < 0.6:
            world.duty.append(Shift(unit, world.moment(day, 480), world.moment(day, 990), tuple(chance.sample(who, 2))))
    for n in range(patients):
        chosen = chance.sample(here, chance.choice((1, 1, 1, 1, 2)))
        since = date(2025, 1, 1) + timedelta(days=chance.randrange(600))
        contacts = tuple(Contact(person, i == 0, since, None) for i, person in enumerate(chosen))
        blocked = frozenset(chance.sample(here, 1)) if chance.random() < 0.05 else frozenset()
        invited = frozenset(chance.sample(here, 1)) if chance.random() < 0.01 else frozenset()
        world.patients.append(Patient(f"patient{n}", contacts, blocked, invited))
    return world
