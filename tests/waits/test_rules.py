"""What happens next to a wait, as a table: the steps, when each is due, and that there is always one more."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.care.office_rules import OfficeClock
from app.care.rules import Plan
from app.waits import rules
from app.waits.rules import ASK_NEXT, BREAK, REMIND, Climb, Office, Promise
from tests.care.worlds import at, said, unit


def office(around: str) -> Office:
    clock = OfficeClock(Plan(unit(), (), (), (), around=at(around)), at(around))
    return Office(clock.between, clock.add, clock.end_of_next_day)


# From, due; then ½, ¾, and the promise that follows when it is broken the minute it is due.
LADDERS = [
    ("2026-11-04 15.00", "2026-11-06 14.00", "Thu 5 Nov 14.30", "Fri 6 Nov 10.00", "Mon 9 Nov 16.30"),
    ("2026-11-07 22.00", "2026-11-10 15.30", "Mon 9 Nov 16.00", "Tue 10 Nov 11.30", "Wed 11 Nov 16.30"),
    ("2026-11-06 16.00", "2026-11-10 15.00", "Mon 9 Nov 15.30", "Tue 10 Nov 11.00", "Wed 11 Nov 16.30"),
]


@pytest.mark.parametrize(("begins", "due", "half", "three_quarters", "renewed"), LADDERS)
def test_the_ladder_is_climbed_by_shares_of_office_time(
    begins: str, due: str, half: str, three_quarters: str, renewed: str
) -> None:
    here, climb, steps = office(begins), Climb(Promise(at(begins), at(due))), []
    for _ in range(3):
        step = rules.next_step(climb, here)
        steps.append((step.kind, said(step.due_at)))
        climb = step.after
    assert steps == [(REMIND, half), (ASK_NEXT, three_quarters), (BREAK, said(at(due)))]
    assert (climb.broken, climb.promise.due_at) == (1, at(due))
    assert said(rules.renewed(climb, at(due), here).promise.due_at) == renewed


def test_after_a_broken_promise_only_the_next_one_is_left_and_the_function_hears_of_the_second() -> None:
    here, climb = office("2026-11-04 15.00"), Climb(Promise(at("2026-11-04 15.00"), at("2026-11-06 14.00")), rung=2)
    told = []
    for _ in range(3):
        step = rules.next_step(climb, here)
        assert step.kind == BREAK
        told.append((said(step.due_at), step.tells_function))
        climb = rules.renewed(step.after, step.due_at, here)
    assert told == [("Fri 6 Nov 14.00", False), ("Mon 9 Nov 16.30", True), ("Tue 10 Nov 16.30", True)]


EPOCH = datetime(2026, 11, 4, tzinfo=UTC)
minutes = st.integers(0, 60 * 24 * 30).map(lambda n: EPOCH + timedelta(minutes=n))


@given(minutes, st.integers(1, 40 * 60), st.integers(1, 12))
def test_no_wait_ends_by_itself_and_no_step_goes_back(begins: datetime, length: int, steps: int) -> None:
    here = office("2026-11-04 08.00")
    climb = Climb(Promise(begins, here.add(begins, timedelta(minutes=length))))
    last = begins
    for _ in range(steps):
        step = rules.next_step(climb, here)
        assert step.due_at >= last
        last, climb = step.due_at, step.after
        if step.kind == BREAK:
            climb = rules.renewed(climb, step.due_at, here)
            assert climb.promise.due_at > climb.promise.counts_from
