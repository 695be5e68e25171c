"""What happens to a wait as tables: the steps of its ladder, and what one round decides, whoever is there or not."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.care.office_rules import OfficeClock
from app.care.rules import Plan
from app.waits import rules
from app.waits.rules import ASK_NEXT, BREAK, REMIND, Climb, Here, Key, Office, Outcome, Promise, Waiting
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


def test_after_a_broken_promise_only_the_next_one_is_left() -> None:
    here, climb = office("2026-11-04 15.00"), Climb(Promise(at("2026-11-04 15.00"), at("2026-11-06 14.00")), rung=2)
    told = []
    for _ in range(3):
        step = rules.next_step(climb, here)
        assert step.kind == BREAK
        told.append(said(step.due_at))
        climb = rules.renewed(step.after, step.due_at, here)
    assert told == ["Fri 6 Nov 14.00", "Mon 9 Nov 16.30", "Tue 10 Nov 16.30"]


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


# One round.


@dataclass(frozen=True)
class Found:
    holder: Key
    step: int
    until: datetime | None


@dataclass(frozen=True)
class Unit:
    """Who the order gives at which step ("karin:1 erik:5"), and why some of them cannot hold now ("karin:absent").

    Who is away until a moment ("karin:absent:2026-11-09 08.00") can hold from then on; `until` is when the order gives
    another, `leaves` when the holder must let it go.
    """

    order: str = "karin:1 erik:5 head:6"
    out: str = ""
    until: str = ""
    leaves: str = ""
    head: str | None = "head"
    for_heads: bool = False

    def why(self, person: Key, moment: datetime) -> str:
        for one in self.out.split(", ") if self.out else ():
            who, reason, *back = one.split(":")
            if who == person and not (back and moment >= at(back[0])):
                return reason
        return ""

    def first(self, asked: frozenset[Key], moment: datetime, least: int) -> Found:
        for one in self.order.split():
            who, step = one.split(":")
            if int(step) >= least and who not in asked and not self.why(who, moment):
                return Found(who, int(step), at(self.until) if self.until else None)
        return Found("function", 7, at(self.until) if self.until else None)

    @property
    def here(self) -> Here:
        return Here(
            office=office("2026-11-04 15.00"),
            keeps=lambda who, moment: (self.why(who, moment), at(self.leaves) if self.leaves else None),
            answers=lambda asked, moment: self.first(asked, moment, 6 if self.for_heads else 1),
            heads=lambda asked, moment: self.first(asked, moment, 6),
            head=self.head,
            function=("f1", "f2"),
        )


ASKED, DUE = "2026-11-04 15.00", "2026-11-06 14.00"


def waiting(
    holder: str | None = "karin", *, rung: int = 0, broken: int = 0, asked: str = "", begins: str = ASKED, **more: bool
) -> Waiting:
    """Asked on Wednesday at three: ½ on Thursday 14.30, ¾ on Friday 10.00, promised for Friday 14.00."""
    due = DUE if begins == ASKED else "2026-11-11 12.00"
    climb = Climb(Promise(at(begins), at(due)), rung, broken)
    return Waiting(holder, 1 if holder else 7, climb, frozenset(asked.split()), **more)


def told(outcome: Outcome) -> str:
    """A round's outcome as one would say it."""
    turns = [
        f"{turn.holder or 'function'}/{turn.step} {turn.reason}"
        + (f" {said(turn.promised_at)}" if turn.promised_at else "")
        for turn in outcome.turns
    ]
    asks = [f"asks {who}" for who in outcome.asks]
    return ", ".join([*turns, *asks, *([f"reminds {outcome.reminds}"] if outcome.reminds else [])])


BROKEN = "karin/1 promise_broken Mon 9 Nov 16.30"
ALONE = "karin:1 head:6"
ROUNDS = {
    "nothing is due": (waiting(), Unit(), "2026-11-05 14.29", "", "Thu 5 Nov 14.30"),
    "at half the holder is reminded": (waiting(), Unit(), "2026-11-05 14.30", "reminds karin", "Fri 6 Nov 10.00"),
    "once": (waiting(rung=1), Unit(), "2026-11-06 09.59", "", "Fri 6 Nov 10.00"),
    "at three quarters the next is asked": (
        waiting(rung=1), Unit(), "2026-11-06 10.00", "asks erik", "Fri 6 Nov 14.00",
    ),
    "somebody who is asked already is not asked again": (
        waiting(rung=1, asked="erik"), Unit("karin:1 erik:4 maja:5"), "2026-11-06 10.00", "asks maja",
        "Fri 6 Nov 14.00",
    ),
    "where nobody is new the head is asked already": (
        waiting(rung=1, asked="erik"), Unit(), "2026-11-06 10.00", "asks head", "Fri 6 Nov 14.00",
    ),
    "a head is asked as a head and not as a colleague": (
        waiting(rung=1), Unit("karin:1 stand-in:6", head="head"), "2026-11-06 10.00", "asks stand-in",
        "Fri 6 Nov 14.00",
    ),
    "one head is asked, and not the next": (
        waiting(rung=1, asked="erik head"),
        Unit("karin:1 erik:5 head:6 stand-in:6"),
        "2026-11-06 10.00",
        "",
        "Fri 6 Nov 14.00",
    ),
    "of the heads each in turn where it is for them": (
        waiting("head", rung=1, asked="stand-in", for_heads=True),
        Unit("head:6 stand-in:6 third:6", for_heads=True),
        "2026-11-06 10.00",
        "asks third",
        "Fri 6 Nov 14.00",
    ),
    "a promise that is broken is said, and the head asked": (
        waiting(rung=2), Unit(), DUE, f"{BROKEN}, asks head", "Mon 9 Nov 16.30",
    ),
    "a minute before it is not": (waiting(rung=2), Unit(), "2026-11-06 13.59", "", "Fri 6 Nov 14.00"),
    "a head who was asked is not asked again, nor the function yet": (
        waiting(rung=2, asked="head"), Unit(), DUE, BROKEN, "Mon 9 Nov 16.30",
    ),
    "at the second also the function": (
        waiting(rung=2, broken=1), Unit(), DUE, f"{BROKEN}, asks f1, asks f2, asks head", "Mon 9 Nov 16.30",
    ),
    "and only those who are new": (
        waiting(rung=2, broken=2, asked="head f1"), Unit(), DUE, f"{BROKEN}, asks f2", "Mon 9 Nov 16.30",
    ),
    "the first head who can": (
        waiting(rung=2), Unit("karin:1 head:6 stand-in:6", out="head:absent"), DUE, f"{BROKEN}, asks stand-in",
        "Mon 9 Nov 16.30",
    ),
    "the head sees it later where none can": (
        waiting(rung=2), Unit(out="head:absent"), DUE, f"{BROKEN}, asks head", "Mon 9 Nov 16.30",
    ),
    "where no head may know of it the function hears at once": (
        waiting(rung=2), Unit(out="head:blocked", head=None), DUE, f"{BROKEN}, asks f1, asks f2", "Mon 9 Nov 16.30",
    ),
    "what the head holds goes to their stand-in": (
        waiting("head", rung=2), Unit("head:6 stand-in:6"), DUE,
        "head/1 promise_broken Mon 9 Nov 16.30, asks stand-in", "Mon 9 Nov 16.30",
    ),
    "and where there is none to the function": (
        waiting("head", rung=2), Unit("head:6"), DUE,
        "head/1 promise_broken Mon 9 Nov 16.30, asks f1, asks f2", "Mon 9 Nov 16.30",
    ),
    "somebody of the function who holds it is not asked": (
        waiting("f1", rung=2, broken=1), Unit(), DUE,
        "f1/1 promise_broken Mon 9 Nov 16.30, asks f2, asks head", "Mon 9 Nov 16.30",
    ),
    "a round that comes days late tells of one broken promise, and the new one lies ahead": (
        waiting(), Unit(), "2026-11-12 03.00",
        "karin/1 promise_broken Fri 13 Nov 16.30, asks erik, asks head, reminds karin", "Fri 13 Nov 16.30",
    ),
    "a holder who is ill lets it go": (
        waiting(), Unit(out="karin:absent"), "2026-11-05 08.30", "erik/5 absent", "Thu 5 Nov 14.30",
    ),
    "and whoever has it then is reminded": (
        waiting(), Unit(out="karin:absent"), "2026-11-05 14.30", "erik/5 absent, reminds erik", "Fri 6 Nov 10.00",
    ),
    "it is looked at again when the order gives another": (
        waiting(), Unit(out="karin:absent", until="2026-11-05 09.00"), "2026-11-05 08.30", "erik/5 absent",
        "Thu 5 Nov 09.00",
    ),
    "or when the holder leaves": (
        waiting(), Unit(leaves="2026-11-04 16.30"), "2026-11-04 16.00", "", "Wed 4 Nov 16.30",
    ),
    "but not when that is past": (
        waiting(), Unit(leaves="2026-11-04 16.30"), "2026-11-04 16.30", "", "Thu 5 Nov 14.30",
    ),
    "with nobody left it is the function's, and looked at often": (
        waiting(), Unit(out="karin:ended, erik:no_channel, head:no_right"), "2026-11-05 08.30", "function/7 ended",
        "Thu 5 Nov 08.40",
    ),
    "it stays there": (
        waiting(None), Unit(out="karin:absent, erik:absent, head:absent"), "2026-11-05 08.30", "", "Thu 5 Nov 08.40",
    ),
    "and sooner when the order says so": (
        waiting(None), Unit(out="karin:absent, erik:absent, head:absent", until="2026-11-05 08.35"),
        "2026-11-05 08.30", "", "Thu 5 Nov 08.35",
    ),
    "and no later than that": (
        waiting(None), Unit(out="karin:absent, erik:absent, head:absent", until="2026-11-06 08.00"),
        "2026-11-05 08.30", "", "Thu 5 Nov 08.40",
    ),
    "from there it goes to whoever can hold it again": (
        waiting(None), Unit(out="karin:absent"), "2026-11-05 08.30", "erik/5 asked", "Thu 5 Nov 14.30",
    ),
    "the function is not reminded, and the head sees what it has": (
        waiting(None), Unit(out="karin:absent, erik:absent, head:absent"), "2026-11-06 10.00", "asks head",
        "Fri 6 Nov 10.10",
    ),
    "nor asked for what it has": (
        waiting(None, rung=2, broken=1), Unit(out="karin:absent, erik:absent, head:absent"), DUE,
        "function/7 promise_broken Mon 9 Nov 16.30, asks head", "Fri 6 Nov 14.10",
    ),
    "what waits for somebody alone is judged for when they are back": (
        waiting(begins="2026-11-09 08.00", only_contact=True), Unit(out="karin:absent:2026-11-09 08.00"),
        "2026-11-05 12.00", "", "Tue 10 Nov 10.00",
    ),
    "and stays till then when they will not be, for nobody else was to read it": (
        waiting(begins="2026-11-09 08.00", only_contact=True), Unit(out="karin:absent"), "2026-11-05 12.00", "",
        "Mon 9 Nov 08.00",
    ),
    "or be out of reach": (
        waiting(begins="2026-11-09 08.00", only_contact=True), Unit(out="karin:out_of_reach"), "2026-11-05 12.00", "",
        "Mon 9 Nov 08.00",
    ),
    "then it goes on": (
        waiting(begins="2026-11-09 08.00", only_contact=True), Unit(out="karin:absent"), "2026-11-09 08.00",
        "erik/5 absent", "Tue 10 Nov 10.00",
    ),
    "and at once when they will never be": (
        waiting(begins="2026-11-09 08.00", only_contact=True), Unit(out="karin:ended"), "2026-11-05 12.00",
        "erik/5 ended", "Tue 10 Nov 10.00",
    ),
    "a call goes to somebody who can hold it then": (
        waiting(begins="2026-11-09 08.00"), Unit(out="karin:absent, erik:absent:2026-11-09 08.00"),
        "2026-11-05 12.00", "erik/5 absent", "Tue 10 Nov 10.00",
    ),
    "what is for the heads asks the next head": (
        waiting("head", rung=1, for_heads=True), Unit("karin:1 head:6 stand-in:6", for_heads=True),
        "2026-11-06 10.00", "asks stand-in", "Fri 6 Nov 14.00",
    ),
    "if there is one": (
        waiting("head", rung=1, for_heads=True), Unit("karin:1 head:6", for_heads=True), "2026-11-06 10.00", "",
        "Fri 6 Nov 14.00",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROUNDS)
def test_a_round_decides(name: str) -> None:
    wait, unit, now, expected, next_at = ROUNDS[name]
    outcome = rules.decide(wait, unit.here, at(now))
    assert (told(outcome), said(outcome.next_at)) == (expected, next_at)
    assert outcome.silent == (not expected)


def test_a_holder_whom_the_order_gives_again_keeps_it() -> None:
    """The two sayings of the order never differ; were they to, nothing would be handed from somebody to themselves."""
    here = replace(Unit().here, keeps=lambda who, moment: ("absent", None))
    assert told(rules.decide(waiting(), here, at("2026-11-05 08.30"))) == ""


def test_a_round_leaves_the_wait_as_it_has_decided() -> None:
    late, unit = at("2026-11-12 03.00"), Unit(out="karin:absent")
    after = rules.decide(waiting(only_contact=True), unit.here, late).wait
    promise = Promise(late, at("2026-11-13 16.30"))
    assert after == Waiting("erik", 5, Climb(promise, rung=2, broken=1), frozenset({"head"}), only_contact=False)
    kept = rules.decide(waiting(only_contact=True), Unit().here, at("2026-11-05 14.30")).wait
    assert kept == replace(waiting(only_contact=True), climb=replace(waiting().climb, rung=1))


people = ("karin", "erik", "maja", "head", "stand-in")
orders = st.lists(st.sampled_from(("karin:1", "erik:3", "maja:5")), unique=True).map(" ".join)
outs = st.lists(st.sampled_from([f"{who}:{why}" for who in people for why in ("absent", "no_right")]), max_size=5)
units = st.builds(
    lambda order, out, later, for_heads: Unit(
        f"{order} head:6 stand-in:6", ", ".join(out), until=later, leaves=later, for_heads=for_heads
    ),
    orders,
    outs,
    st.sampled_from(("", "2026-11-05 09.00", "2026-11-10 09.00")),
    st.booleans(),
)
waits = st.builds(
    lambda holder, rung, broken, asked, for_heads: waiting(
        holder, rung=rung, broken=broken, asked=" ".join(asked), for_heads=for_heads
    ),
    st.sampled_from((*people, None)),
    st.integers(0, 2),
    st.integers(0, 3),
    st.sets(st.sampled_from(people)),
    st.booleans(),
)


@given(waits, units, minutes)
def test_what_holds_after_every_round(wait: Waiting, unit: Unit, now: datetime) -> None:
    outcome, here = rules.decide(wait, unit.here, now), unit.here
    after = outcome.wait
    assert outcome.next_at > now
    assert after.holder is None or not unit.why(after.holder, now)
    if after.holder is None:
        assert here.answers(frozenset(), now).step == 7 and outcome.next_at <= now + rules.LOOK_AGAIN
    moves = [turn for turn in outcome.turns if turn.promised_at is None]
    breaks = [turn.promised_at for turn in outcome.turns if turn.promised_at]
    assert len(moves) <= 1 and bool(moves) == (after.holder != wait.holder)
    assert len(breaks) == after.climb.broken - wait.climb.broken <= 1
    assert all(promised > now and promised == after.climb.promise.due_at for promised in breaks)
    assert len(set(outcome.asks)) == len(outcome.asks) and not wait.asked & set(outcome.asks)
    assert after.holder not in outcome.asks and after.asked == wait.asked | set(outcome.asks)
    assert after.climb.rung >= wait.climb.rung
    # Twice is as once.
    again = rules.decide(after, here, now)
    assert again.silent and again.wait == after and again.next_at > now


@given(waits, units, st.integers(0, 48 * 60))
def test_late_is_as_in_time(wait: Waiting, unit: Unit, after: int) -> None:
    """Up to the first new promise: of several that were missed only the last could still be kept, and is told."""
    now = at(ASKED) + timedelta(minutes=after)
    last = rules.decide(wait, unit.here, now)
    step, asks = rules.decide(wait, unit.here, at(ASKED)), 0
    reminds = step.reminds
    asks += len(step.asks)
    while step.next_at <= now:
        step = rules.decide(step.wait, unit.here, step.next_at)
        asks, reminds = asks + len(step.asks), reminds or step.reminds
    assert (step.wait.holder, step.wait.asked, step.wait.climb.rung) == (
        last.wait.holder,
        last.wait.asked,
        last.wait.climb.rung,
    )
    assert (asks, reminds) == (len(last.asks), last.reminds)
    assert step.wait.climb.promise.due_at == last.wait.climb.promise.due_at
