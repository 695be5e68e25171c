"""What holds in every world: the rule against the plain definitions, and `until` against looking at each moment."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.care.rules import REASONS, Answer, Key, Plan, answers
from tests.care.plain import World
from tests.care.random_worlds import FUNCTION, STEP, Maker, Question

SEEDS = st.integers(0, 1 << 32)
HALF_HOUR = timedelta(minutes=STEP)


def ask(plan: Plan, question: Question, at: datetime | None = None) -> Answer:
    return answers(
        plan,
        question.patient,
        question.belongs_to,
        states=question.states,
        at=at or question.at,
        asked=question.asked,
    )


def plainly(world: World, question: Question, at: datetime) -> tuple[datetime, Key, int, list[tuple[Key, str]]]:
    return world.answer(question.patient, question.belongs_to, question.states, at, question.asked)


@settings(max_examples=150)
@given(SEEDS)
def test_the_rule_says_what_the_plain_definitions_say(seed: int) -> None:
    maker = Maker(seed)
    plan, plain = maker.given.plan, maker.given.plain
    for _ in range(4):
        question = maker.question()
        found = ask(plan, question)
        passed = [(one.person, one.reason) for one in found.passed]
        assert (found.asked_at, found.holder, found.step, passed) == plainly(plain, question, question.at)
        assert found.promise == plain.promise(question.at)


@settings(max_examples=60)
@given(SEEDS)
def test_a_question_to_the_heads_begins_at_step_6(seed: int) -> None:
    maker = Maker(seed)
    plan, plain = maker.given.plan, maker.given.plain
    for _ in range(4):
        it = maker.question()
        given = answers(plan, it.patient, it.belongs_to, states=it.states, at=it.at, asked=it.asked, to_heads=True)
        passed = [(one.person, one.reason) for one in given.passed]
        plainly_said = plain.answer(it.patient, it.belongs_to, it.states, it.at, it.asked, to_heads=True)
        assert (given.asked_at, given.holder, given.step, passed) == plainly_said and given.step >= 6


@settings(max_examples=40)
@given(SEEDS, st.integers(1, 29))
def test_until_is_when_another_holds_and_not_before(seed: int, beside: int) -> None:
    maker = Maker(seed, people=5)
    plan, plain = maker.given.plan, maker.given.plain
    question = maker.question()
    at = question.at + timedelta(minutes=beside)
    found = ask(plan, question, at)
    look, stop = question.at + HALF_HOUR, question.at + timedelta(days=6)
    while look < (found.until or stop) and look < stop:
        assert plainly(plain, question, look)[1] == found.holder, look
        look += HALF_HOUR
    if found.until is not None:
        assert found.until > at and plainly(plain, question, found.until)[1] != found.holder
        assert plainly(plain, question, found.until - timedelta(minutes=1))[1] == found.holder


@pytest.mark.parametrize("seed", range(6))
def test_until_is_right_to_the_minute(seed: int) -> None:
    maker = Maker(seed, people=4)
    question = maker.question()
    found = ask(maker.given.plan, question)
    plain, look = maker.given.plain, question.at
    for _ in range(24 * 60):
        look += timedelta(minutes=1)
        changed = plainly(plain, question, look)[1] != found.holder
        assert changed == (look == found.until), look
        if changed:
            break


@settings(max_examples=60)
@given(SEEDS)
def test_nobody_is_left_with_nobody_and_nobody_is_asked_who_is_not_there(seed: int) -> None:
    maker = Maker(seed)
    plan, plain = maker.given.plan, maker.given.plain
    question = maker.question()
    found = ask(plan, question)
    if found.step == 7:
        assert found.holder == FUNCTION
    else:
        state = question.states.get(found.holder)
        assert not plain.absent(found.holder, found.asked_at) and plain.in_reach(found.holder, found.asked_at)
        assert state is None or (state.active and state.channel)
        assert found.holder not in {one.person for one in found.passed} | question.asked | question.patient.blocked
    reasons = [one.person for one in found.passed if one.reason != "already_asked"]
    assert len(reasons) == len(set(reasons)) and {one.reason for one in found.passed} <= {*REASONS}


@given(SEEDS, st.lists(st.integers(0, 20 * 24 * 60), min_size=2, max_size=6))
@settings(max_examples=60)
def test_what_is_asked_later_is_promised_no_earlier(seed: int, minutes: list[int]) -> None:
    maker = Maker(seed, people=2)
    plan, question = maker.given.plan, maker.question()
    promised = [ask(plan, question, question.at + timedelta(minutes=it)).promise for it in sorted(minutes)]
    assert promised == sorted(promised)


@given(SEEDS)
@settings(max_examples=30)
def test_the_same_is_said_in_any_order_of_the_people_and_from_a_plan_made_on_another_day(seed: int) -> None:
    maker = Maker(seed)
    world, question = maker.given, maker.question()
    shuffled = world.assignments[::-1]
    found = ask(world.plan, question)
    if len({it.person for it in shuffled}) == len(shuffled):
        assert found == ask(Plan(world.unit, shuffled, world.absences, world.duty, around=world.around), question)
    moved = Plan(world.unit, world.assignments, world.absences, world.duty, around=world.around - timedelta(days=2))
    assert ask(moved, question).holder == found.holder and ask(moved, question).passed == found.passed
