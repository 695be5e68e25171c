"""Two sayings of the order, written apart, agree: the rules, and the oracle that asks minute by minute."""

import random

import pytest

from app.care.plan_rules import Plan
from app.care.rules import answers
from tests.care.oracle import minute_of, moment_of
from tests.care.random_units import random_world

QUESTIONS = 12
DAYS = 25
HALF_A_DAY = 12 * 60


@pytest.mark.parametrize("first", [0, 20, 40, 60])
def test_the_rules_answer_as_the_oracle_does(first: int) -> None:
    for seed in range(first, first + 20):
        world, chance = random_world(seed), random.Random(seed)
        oracle, plan = world.oracle(), Plan(world.unit, world.assignments, world.absences, world.duty, around=world.at)
        day = chance.randrange(DAYS)
        for _ in range(QUESTIONS):
            patient = chance.choice(world.patients)
            belongs_to = chance.choice(["stranger", "p00", *(it.person for it in patient.contacts)])
            asked = frozenset(it for it in ("p00", "p01", "p02") if chance.random() < 0.1)
            now = minute_of(world.at) + day * 1440 + chance.randrange(1440)
            said = answers(plan, patient, belongs_to, states=world.states, at=moment_of(now), asked=asked)
            true = oracle.answers(patient, belongs_to, now, asked)
            where = f"unit {seed}, {moment_of(now)}, {patient.key} to {belongs_to}, asked {sorted(asked)}"
            assert (minute_of(said.asked_at), said.holder, said.step) == (true.asked_at, true.holder, true.step), where
            assert tuple((it.person, it.reason) for it in said.passed) == true.passed, where
            promise = oracle.promise(now)
            assert promise is None or minute_of(said.promise) == promise, where


@pytest.mark.parametrize(("seeds", "changes"), [((110, 113, 115, 120, 138, 141, 152, 156), 8), ((101,), 0)])
def test_until_is_when_somebody_else_would_be_asked(seeds: tuple[int, ...], changes: int) -> None:
    """Found by asking at each minute of half a day; units where that gives somebody else, and where it does not."""
    found = 0
    for seed in seeds:
        world = random_world(seed, staff=4, patients=1)
        patient, now = world.patients[0], minute_of(world.at)
        belongs_to = patient.contacts[0].person
        plan = Plan(world.unit, world.assignments, world.absences, world.duty, around=world.at)
        until = answers(plan, patient, belongs_to, states=world.states, at=world.at).until
        true = world.oracle().until(patient, belongs_to, now, minutes=HALF_A_DAY)
        near = until is not None and minute_of(until) < now + HALF_A_DAY
        assert (minute_of(until) if until and near else None) == true, f"unit {seed}"
        found += near
    assert found == changes
