"""What happens next to a wait: pure, late or twice with the same result (ANSWERING.md, The ladder)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

REMIND, ASK_NEXT, BREAK = 1, 2, 3
SHARES = {REMIND: 0.5, ASK_NEXT: 0.75}
FUNCTION_AT = 2


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
    """One step of the ladder that is due, and where the wait stands when it has been taken.

    REMIND: the holder is reminded. ASK_NEXT: the next in the order is asked as well. BREAK: the head is told and asked,
    at the second time the function too, and the patient is told with the new promise.
    """

    kind: int
    due_at: datetime
    after: Climb

    @property
    def tells_function(self) -> bool:
        return self.kind == BREAK and self.after.broken >= FUNCTION_AT


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
