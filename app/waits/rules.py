"""What happens to a wait as time passes: pure, late or twice with the same result (ANSWERING.md, Waits, The ladder)."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

REMIND, ASK_NEXT, BREAK = 1, 2, 3
SHARES = {REMIND: 0.5, ASK_NEXT: 0.75}
FUNCTION_AT = 2

COLLEAGUES, HEADS, FUNCTION = 5, 6, 7
"""The last steps of the order at which a colleague, a head and the region's function are found."""

ASKED, BROKEN = "asked", "promise_broken"
AWAY = ("absent", "out_of_reach")
LOOK_AGAIN = timedelta(minutes=10)
"""While nobody but the function has a wait: that somebody can be reached again is no change of the unit's plan."""

Key = Hashable


@dataclass(frozen=True)
class Promise:
    """A span of office time: from when it is counted, and when it is due."""

    counts_from: datetime
    due_at: datetime


@dataclass(frozen=True)
class Climb:
    """How far a wait has come up its ladder. `rung` is the last step taken; `broken` how many promises have passed."""

    promise: Promise
    rung: int = 0
    broken: int = 0


@dataclass(frozen=True)
class Office:
    """Office time as the ladder asks for it: how much lies between two moments, what comes after some more of it, and
    the end of the next office day after a moment."""

    between: Callable[[datetime, datetime], timedelta]
    add: Callable[[datetime, timedelta], datetime]
    end_of_next_day: Callable[[datetime], datetime]


@dataclass(frozen=True)
class Step:
    """One step of the ladder, when it is due, and where the wait stands when it has been taken.

    REMIND: the holder is reminded. ASK_NEXT: the next in the order is asked as well. BREAK: the head is told and asked,
    from the second time on the function too, and the patient is told with the new promise.
    """

    kind: int
    due_at: datetime
    after: Climb


def due_at(climb: Climb, kind: int, office: Office) -> datetime:
    """When a step of this promise is due: at its share of the office time, the last at the promise itself."""
    promise = climb.promise
    if kind == BREAK:
        return promise.due_at
    whole = office.between(promise.counts_from, promise.due_at)
    return office.add(promise.counts_from, whole * SHARES[kind])


def next_step(climb: Climb, office: Office) -> Step:
    """The next step of the ladder and when it is due. There is always one: a wait never ends by itself.

    After a broken promise nobody is reminded again: each new promise is only kept or broken.
    """
    kind = min(climb.rung + 1, BREAK)
    at = due_at(climb, kind, office)
    if kind != BREAK:
        return Step(kind, at, replace(climb, rung=kind))
    return Step(BREAK, at, replace(climb, rung=ASK_NEXT, broken=climb.broken + 1))


def renewed(climb: Climb, at: datetime, office: Office) -> Climb:
    """The ladder after a promise was broken at `at`: the new promise is the end of the next office day."""
    return replace(climb, promise=Promise(at, office.end_of_next_day(at)))


# One round.


class Found(Protocol):
    """Whom the order gives, at which of its steps, and the next moment at which it would give another."""

    @property
    def holder(self) -> Key: ...
    @property
    def step(self) -> int: ...
    @property
    def until(self) -> datetime | None: ...


@dataclass(frozen=True)
class Waiting:
    """A wait as a round finds it, and as it leaves it. No holder is the region's function.

    `for_heads`: it is for a head to answer. `only_contact`: the patient waits for their contact alone.
    """

    holder: Key | None
    step: int
    climb: Climb
    asked: frozenset[Key] = frozenset()
    only_contact: bool = False
    for_heads: bool = False


@dataclass(frozen=True)
class Here:
    """What a round asks of the unit: its office time, its order for this wait, and who stands above.

    `keeps` says why somebody may not hold the wait at a moment, or "", and when that may be another. `answers` is the
    order without some people, `heads` the same from its sixth step. `head` and `function` are who is told in any case.
    """

    office: Office
    keeps: Callable[[Key, datetime], tuple[str, datetime | None]]
    answers: Callable[[frozenset[Key], datetime], Found]
    heads: Callable[[frozenset[Key], datetime], Found]
    head: Key | None
    function: tuple[Key, ...]


@dataclass(frozen=True)
class Turn:
    """A line of the wait's history: with whom it is from now on, found at which step, and why; a new promise too."""

    holder: Key | None
    step: int
    reason: str
    promised_at: datetime | None = None


@dataclass(frozen=True)
class Outcome:
    """What one round decides: how the wait stands after it, and what is to be written and told."""

    wait: Waiting
    next_at: datetime
    turns: tuple[Turn, ...] = ()
    asks: tuple[Key, ...] = ()
    reminds: Key | None = None

    @property
    def silent(self) -> bool:
        """Whether nothing has happened but that the wait was looked at."""
        return not (self.turns or self.asks or self.reminds)


def decide(wait: Waiting, here: Here, now: datetime) -> Outcome:
    """Let a wait go on if its holder may not keep it, then take every step of its ladder that is due.

    However late the round comes, a promise is broken once, and the new one lies ahead.
    """
    turns, until = _judged(wait, here, now)
    if turns:
        wait = replace(wait, holder=turns[0].holder, step=turns[0].step, only_contact=False)
    asks: list[Key] = []
    reminds = None
    while (step := next_step(wait.climb, here.office)).due_at <= now:
        climb, new = step.after, set[Key]()
        if step.kind == REMIND:
            reminds = wait.holder
        elif step.kind == ASK_NEXT:
            new = _next(wait, here, now)
        else:
            climb = renewed(climb, now, here.office)
            turns.append(Turn(wait.holder, wait.step, BROKEN, climb.promise.due_at))
            new = _above(wait, here, now, to_function=climb.broken >= FUNCTION_AT)
        asks += sorted(new - wait.asked, key=str)
        wait = replace(wait, climb=climb, asked=wait.asked | new)
    looks = [until] if until and until > now else []
    if wait.holder is None:
        looks.append(now + LOOK_AGAIN)
    return Outcome(wait, min([step.due_at, *looks]), tuple(turns), tuple(asks), reminds)


def _judged(wait: Waiting, here: Here, now: datetime) -> tuple[list[Turn], datetime | None]:
    """To whom a wait goes on, if it must, and when that may be another.

    Before a wait begins to count it is judged for that moment: for the window in which the patient is to be rung, for
    when the contact is back. That nobody else reads before then holds though the contact be late.
    """
    begins = wait.climb.promise.counts_from
    at = max(now, begins)
    reason, until = (ASKED, None) if wait.holder is None else here.keeps(wait.holder, at)
    if not reason:
        return [], until
    if wait.only_contact and now < begins and reason in AWAY:
        return [], begins
    found = here.answers(frozenset(), at)
    holder = None if found.step == FUNCTION else found.holder
    turns = [] if holder == wait.holder else [Turn(holder, found.step, reason)]
    return turns, found.until


def _next(wait: Waiting, here: Here, now: datetime) -> set[Key]:
    """The next in the order who is new; where there is nobody, the step is passed over and the head asked already."""
    found = here.answers(wait.asked | _with(wait), now)
    if found.step <= (HEADS if wait.for_heads else COLLEAGUES):
        return {found.holder}
    return _head(wait, here, now)


def _above(wait: Waiting, here: Here, now: datetime, *, to_function: bool) -> set[Key]:
    """Who hears of a broken promise: the head, and in time, or where there is no head to hear it, the function."""
    head = _head(wait, here, now)
    if wait.holder is not None and (to_function or not head):
        return head.union(here.function) - _with(wait)
    return head


def _head(wait: Waiting, here: Here, now: datetime) -> set[Key]:
    """The first of the heads who can hold the wait and does not; else the head, who sees it on their return."""
    found = here.heads(_with(wait), now)
    head = found.holder if found.step == HEADS else here.head
    return set() if head is None or head == wait.holder else {head}


def _with(wait: Waiting) -> frozenset[Key]:
    return frozenset() if wait.holder is None else frozenset({wait.holder})
