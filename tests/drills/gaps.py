"""Five hundred holes planted in covered units: the report must find each, and say nothing where there is none.

What is a hole is said by the oracle (tests/care/oracle.py), minute by minute. Sixty days of every unit would take it
hours, so it looks at all office minutes of the days around the hole, and of some others by chance; on those days the
report must agree with it about each minute. Before the hole is planted the report must be empty.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta

from app.care.facts_rules import Absence, Contact, Key, Shift, State
from app.care.gap_rules import Gap, gaps
from app.care.hours_rules import NEVER, Period
from tests.bench.figures import Figure, must, say, scaled
from tests.care.oracle import STOCKHOLM, moment_of
from tests.care.random_units import LONG_AGO, World, covered_world

HOLES = 500
AROUND = range(-2, 7)
ELSEWHERE = 4
DAYS = 60
TRIES = 40

Plant = Iterator[None]


def run() -> list[Figure]:
    count = scaled(HOLES, least=8)
    with ProcessPoolExecutor(2) as pool:
        results = list(pool.map(drill, range(count), chunksize=5))
    kinds = Counter(kind for kind, _, _ in results)
    say("    " + ", ".join(f"{kind} {n}" for kind, n in sorted(kinds.items())))
    for seed, (kind, found, false) in enumerate(results):
        if not found or false:
            say(f"    hole {seed} ({kind}): {'found' if found else 'not found'}, {false} false")
    return [
        Figure("gaps", "found", sum(found for _, found, _ in results), "", count, least=True),
        Figure("gaps", "false", sum(false for _, _, false in results), "", 0),
    ]


def drill(seed: int) -> tuple[str, bool, int]:
    """The kind of hole, whether it was found whole, and how many gaps were told that are none."""
    chance = random.Random(seed)
    for turn in range(TRIES):
        world = covered_world(1000 * seed + turn)
        kind = chance.choice(KINDS)
        contact = chance.choice(sorted({it.contacts[0].person for it in world.patients}))
        day = chance.randrange(2, 45)
        plant = kind(world, chance, contact, day)
        next(plant)
        before = len(told(world))
        next(plant, None)
        days = {day + n for n in AROUND} | {chance.randrange(DAYS) for _ in range(ELSEWHERE)}
        true = holes(world, days)
        if true:
            report = told(world)
            return kind.__name__, all(there(report, *hole) for hole in true), before + false(world, report, true, days)
    must(False, f"no hole could be planted with seed {seed}")
    raise AssertionError


def told(world: World) -> list[Gap]:
    facts = world.unit, world.assignments, world.absences, world.duty, world.patients, world.states
    return gaps(*facts, at=world.at, days=DAYS)


def minutes(world: World, days: set[int]) -> Iterator[int]:
    """Each minute of some days from today, but none that has been."""
    for day in sorted(days):
        starts, ends = world.moment(day), world.moment(day + 1)
        yield from range(int(max(starts, world.at).timestamp()) // 60, int(ends.timestamp()) // 60)


def holes(world: World, days: set[int]) -> set[tuple[int, Key]]:
    """The minutes of these days at which a patient's question comes to step 5 or later, as the oracle has it."""
    oracle = world.oracle()
    office = [it for it in minutes(world, days) if oracle.is_office(it)]
    return {(it, patient.key) for it in office for patient in world.patients if oracle.is_gap(patient, it)}


def there(report: list[Gap], minute: int, patient: Key) -> bool:
    at = moment_of(minute)
    return any(patient in gap.patients and any(a <= at < b for a, b in gap.spans) for gap in report)


def false(world: World, report: list[Gap], true: set[tuple[int, Key]], days: set[int]) -> int:
    """Gaps of which a minute that was looked at is no hole, or which name a patient who has none there."""
    found = 0
    for gap in report:
        looked_at = [it for it in minutes(world, days) if any(a <= moment_of(it) < b for a, b in gap.spans)]
        wrong = any(not any((it, key) in true for key in gap.patients) for it in looked_at)
        all_of_it = all((a.astimezone(STOCKHOLM).date() - world.today).days in days for a, _ in gap.spans)
        too_many = all_of_it and any(not any((it, key) in true for it in looked_at) for key in gap.patients)
        found += wrong or too_many
    return found


# Ways to dig a hole. Each covers its unit first, stops, and then takes something away.


def away(world: World, person: Key, day: int, days: int, substitutes: tuple[Key, ...] = (), minutes: int = 0) -> None:
    starts, ends = world.moment(day, minutes), world.moment(day + days, minutes // 2)
    registered = world.at - timedelta(hours=len(world.absences) + 1)
    world.absences.append(Absence(person, starts, ends, substitutes, registered))


def colleague(world: World, chance: random.Random, but: Key) -> Key:
    return chance.choice([it.person for it in world.assignments if it.unit == "u" and it.person != but])


def leave_alone(world: World, chance: random.Random, contact: Key, day: int) -> Plant:
    yield
    away(world, contact, day, chance.randrange(1, 9), minutes=chance.randrange(1440))


def for_some_hours(world: World, chance: random.Random, contact: Key, day: int) -> Plant:
    yield
    starts = world.moment(day, chance.randrange(1440))
    ends = starts + timedelta(minutes=chance.randrange(1, 300))
    world.absences.append(Absence(contact, starts, ends, (), world.at))


def until_further_notice(world: World, chance: random.Random, contact: Key, day: int) -> Plant:
    yield
    world.absences.append(Absence(contact, world.moment(day, chance.randrange(1440)), None, (), world.at))


def substitute_away(world: World, chance: random.Random, contact: Key, day: int) -> Plant:
    other = colleague(world, chance, contact)
    away(world, contact, day - 1, 7, (other,))
    yield
    away(world, other, day + chance.randrange(3), chance.randrange(1, 4), minutes=chance.randrange(1440))


def loop(world: World, chance: random.Random, contact: Key, day: int) -> Plant:
    here = [it.person for it in world.assignments if it.unit == "u" and it.person != contact]
    first, second = chance.sample(here, 2)
    away(world, contact, day, 6, (first,))
    away(world, first, day, 6, (second, contact))
    yield
    away(world, second, day, 4, (first, contact), minutes=chance.randrange(1440))


def roster_thinned(world: World, chance: random.Random, contact: Key, day: int) -> Plant:
    other, week = colleague(world, chance, contact), world.unit.office
    for n in range(day - 2, day + 14):
        for span in week[(world.today + timedelta(days=n)).weekday()]:
            shift = Shift("u", world.moment(n, span.opens), world.moment(n, span.closes), ("sick", other))
            world.duty.append(shift)
    away(world, contact, day - 1, 12)
    yield
    first, last = world.moment(day, chance.randrange(1440)), world.moment(day + chance.randrange(1, 5))
    world.duty = [it for it in world.duty if it.unit == "v" or not first <= it.starts_at < last]


def roster_of_strangers(world: World, chance: random.Random, contact: Key, day: int) -> Plant:
    yield from roster_thinned(world, chance, contact, day)
    world.duty = [replace(it, people=("sick",)) if it.unit == "u" else it for it in world.duty]


def cover_without_people(world: World, chance: random.Random, contact: Key, day: int) -> Plant:
    yield
    world.duty = [it for it in world.duty if chance.random() < 0.3]


def work_ends(world: World, chance: random.Random, contact: Key, day: int) -> Plant:
    yield
    last = world.today + timedelta(days=day)
    change(world, contact, ends_on=last)


def contact_ends_with_the_work(world: World, chance: random.Random, contact: Key, day: int) -> Plant:
    last = world.today + timedelta(days=day)
    successor = colleague(world, chance, contact)
    for n, patient in enumerate(world.patients):
        if patient.contacts[0].person == contact:
            then = Contact(successor, True, last + timedelta(days=1), None)
            world.patients[n] = replace(patient, contacts=(replace(patient.contacts[0], ends_on=last), then))
    change(world, contact, ends_on=last)
    yield
    n = next(n for n, it in enumerate(world.patients) if it.contacts[0].person == contact)
    world.patients[n] = replace(world.patients[n], contacts=world.patients[n].contacts[:1])


def fewer_days(world: World, chance: random.Random, contact: Key, day: int) -> Plant:
    yield
    turn, kept = world.today + timedelta(days=day), chance.randrange(7)
    week = world.unit.office
    weeks = (tuple(spans if n == kept else () for n, spans in enumerate(week)), NEVER)[: chance.choice((1, 2))]
    before = Period(LONG_AGO, turn - timedelta(days=1), LONG_AGO, (week,))
    change(world, contact, periods=(before, Period(turn, None, LONG_AGO, weeks)))


def change(world: World, person: Key, **what: object) -> None:
    world.assignments = [
        replace(it, **what) if it.person == person and it.unit == "u" else it  # type: ignore[arg-type]
        for it in world.assignments
    ]


def lost(world: World, chance: random.Random, contact: Key, day: int) -> Plant:
    """A substitute who stands there by name, and no longer counts."""
    other = colleague(world, chance, contact)
    if chance.random() < 0.5:
        away(world, contact, day, chance.randrange(1, 9), (other,), minutes=chance.randrange(1440))
    else:
        change(world, contact, standing=(other,))
        away(world, contact, day, chance.randrange(1, 9), minutes=chance.randrange(1440))
    yield
    n = next(n for n, it in enumerate(world.patients) if it.contacts[0].person == contact)
    match chance.choice(("channel", "account", "right", "blocked", "invited", "said no")):
        case "channel":
            world.states[other] = State(channel=False)
        case "account":
            world.states[other] = State(active=False)
        case "right":
            change(world, other, cares=False)
        case "blocked":
            world.patients[n] = replace(world.patients[n], blocked=frozenset({other}))
        case "invited":
            world.patients[n] = replace(world.patients[n], invited=frozenset({other}))
        case _:
            world.absences = [replace(it, substitutes=()) for it in world.absences]
            change(world, contact, standing=())


def later_word_counts(world: World, chance: random.Random, contact: Key, day: int) -> Plant:
    """Two absences at once: those whom the one registered last names are asked, and nobody of the other's."""
    away(world, contact, day, 8, (colleague(world, chance, contact),))
    yield
    away(world, contact, day + chance.randrange(4), 3, ("nobody",), minutes=chance.randrange(1440))
    world.absences[-1] = replace(world.absences[-1], registered_at=world.at)


KINDS: tuple[Callable[[World, random.Random, Key, int], Plant], ...] = (
    leave_alone,
    for_some_hours,
    until_further_notice,
    substitute_away,
    loop,
    roster_thinned,
    roster_of_strangers,
    cover_without_people,
    work_ends,
    contact_ends_with_the_work,
    fewer_days,
    lost,
    lost,
    later_word_counts,
)
