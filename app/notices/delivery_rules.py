"""By which way somebody is told of a thing out of the app, when, and when no more. Pure and total.

One way at a time: the device that showed something last, the other devices, e-mail, a text message. The next one comes
when the one before has not shown it in time, or at once when it cannot.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from types import MappingProxyType
from uuid import UUID

from app.core.recurrence import Quiet, quiet_until
from app.notices.rules import CHANNELS, DUTY, KINDS, QUIET

DEVICE = "push"
MOST_DEVICES = 3
"""Who has more than these has left the others in a drawer, and is reached sooner by e-mail."""
SOON, PATIENT = timedelta(minutes=2), timedelta(minutes=15)
COVERS = timedelta(minutes=15)
LOOK_AGAIN = timedelta(hours=1)
LEASE = timedelta(seconds=60)
HOURS, DAY, DAYS = timedelta(hours=2), timedelta(hours=12), timedelta(days=3)
TRIAL, TRIAL_LIVES = "trial", timedelta(minutes=10)
# Of what patients and relatives are told: what somebody rings about, or has just failed to, is of today, and so is a
# time that is in a few hours.
DUE_TODAY = frozenset({"called", "call_late", "booking_hit", "booking_hit_soon", "booking_soon"})
# What cannot wait until somebody wakes: they would set out in vain. Who has chosen quiet hours themselves keeps them.
WAKES = frozenset({"booking_hit_soon"})
HIGH, NORMAL, LOW, VERY_LOW = "high", "normal", "low", "very-low"
# RFC 8030, 5.3. A phone that sleeps is woken by "high" alone.
URGENCY = {
    "reply": HIGH,
    "written": HIGH,
    "called": HIGH,
    "call_late": HIGH,
    "booking_given": HIGH,
    "booking_hit": HIGH,
    "booking_hit_soon": HIGH,
    "substitute": HIGH,
    "booking_soon": HIGH,
    "taken": LOW,
    "back": VERY_LOW,
    "log_answer": LOW,
    "log_late": LOW,
    TRIAL: HIGH,
}
OF_GROUP = {"questions": HIGH}


@dataclass(frozen=True)
class Claimed:
    """What one message out of the app needs. An e-mail or a text message may stand for several deliveries.

    `about` is which group of things it is about, where all are of one, and `fuller` that it may be said. `failing`: its
    way has failed before, so that there is something to take back when it does not.
    """

    keys: tuple[UUID, ...]
    channel: str
    to: str = field(repr=False)
    host: str
    vapid: int
    language: str
    about: str
    fuller: bool
    badge: int
    topic: str
    urgency: str
    ttl: int
    receipt: str = field(repr=False)
    tries: int
    failing: bool

    @property
    def key(self) -> UUID:
        return self.keys[0]


@dataclass(frozen=True)
class Way:
    """A channel, and which device or address it goes to."""

    channel: str
    key: Hashable


@dataclass(frozen=True)
class Tried:
    """A way that was taken at a moment, and how far it came: waiting, accepted, shown, opened or ended."""

    way: Way
    at: datetime
    status: str


@dataclass(frozen=True)
class Next:
    """The way to take now, if any, and when to look again; neither is that nothing more can be done."""

    way: Way | None
    look_at: datetime | None


NOTHING = Next(None, None)


def patience(kind: str) -> timedelta:
    """How long one way has to show it."""
    return SOON if KINDS[kind].capacity == DUTY or kind in DUE_TODAY else PATIENT


def urgency(kind: str) -> str:
    return URGENCY.get(kind) or OF_GROUP.get(KINDS[kind].about, NORMAL)


def lives(kind: str) -> timedelta:
    """How long it is worth telling: what ends by itself is of the day it was told."""
    if kind == TRIAL:
        return TRIAL_LIVES
    if kind == "booking_soon":
        return HOURS
    return DAY if KINDS[kind].while_open else DAYS


def ways(devices: Sequence[Hashable], points: Iterable[tuple[str, Hashable]], open_: Collection[str]) -> list[Way]:
    """All the ways to somebody, the first to be taken first. `devices` come with the best first; `open_` are the
    channels that are set up here and that they want this by."""
    found = [Way(DEVICE, key) for key in devices[:MOST_DEVICES]]
    found += sorted((Way(*point) for point in points), key=lambda way: CHANNELS.index(way.channel))
    return [way for way in found if way.channel in open_]


def following(
    kind: str,
    there: Sequence[Way],
    tried: Collection[Tried],
    *,
    quiet: Quiet | None,
    now: datetime,
    covered: Mapping[str, datetime] = MappingProxyType({}),
) -> Next:
    """What to do now for one notice that has not been seen. It is asked again when it says so, or when one failed.

    `covered`: by which channels something else has said it too, and since when.
    """
    if any(it.status in ("shown", "opened") for it in tried):
        return NOTHING
    taken = {it.way for it in tried}
    # An address that was changed in between is the same mail once more.
    used = {it.way.channel for it in tried} - {DEVICE}
    left = [way for way in there if way not in taken and way.channel not in used]
    if not left:
        return NOTHING
    last = max((it.at for it in tried if it.status != "ended"), default=None)
    if last and now < last + patience(kind):
        return Next(None, last + patience(kind))
    if until := quiet_until(quiet, now):
        return Next(None, until)
    if since := covered.get(left[0].channel):
        tried = [*tried, Tried(left[0], since, "accepted")]
        return following(kind, there, tried, quiet=quiet, now=now, covered=covered)
    return Next(left[0], now + patience(kind))


def covering(at: datetime, *, show_at: datetime, unseen: bool) -> datetime | None:
    """Since when an e-mail or a text message of another thing says this one too: it came after this was there to be
    seen, or shortly before and they have not looked since. None when it does not."""
    after = at >= show_at or (unseen and at >= show_at - COVERS)
    return max(at, show_at) if after else None


def off_at(at: datetime | None, now: datetime) -> datetime | None:
    """When to look again at somebody who may not be reached before `at`, which may change meanwhile."""
    return None if at is None or at <= now else min(at, now + LOOK_AGAIN)


def quiet_of(capacity: str, chosen: tuple[time | None, time | None] | None) -> Quiet | None:
    """Somebody's quiet hours: those they chose, or chose not to have; the usual where they have chosen nothing."""
    begins, ends = chosen if chosen is not None else QUIET[capacity] or (None, None)
    return Quiet(begins, ends) if begins is not None and ends is not None else None


@dataclass(frozen=True)
class Standing:
    """How it stands with something that is about to leave: whether it is still to be told, whether its way is still
    open, until when the person is not to be reached, and until when the service is left alone."""

    kind: str
    told_at: datetime
    wanted: bool = True
    way_open: bool = True
    peace: datetime | None = None
    paused: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """Send it; or end it so; or try again at that time. `anew`: it counts from then, as if it had not been begun."""

    ended_how: str | None = None
    at: datetime | None = None
    anew: bool = False

    @property
    def sends(self) -> bool:
        return self.ended_how is None and self.at is None


SEND, NOT_NEEDED, TOO_LATE = Verdict(), Verdict("not_needed"), Verdict("too_late")


def verdict(it: Standing, now: datetime) -> Verdict:
    """Whether something that was planned is still to be sent, at the moment when it would be."""
    if not (it.wanted and it.way_open):
        return NOT_NEEDED
    if it.peace and it.peace > now:
        return Verdict(at=it.peace, anew=True)
    if now >= it.told_at + lives(it.kind):
        return TOO_LATE
    return Verdict(at=it.paused) if it.paused and it.paused > now else SEND


def left_to_live(kind: str, told_at: datetime, now: datetime) -> int:
    """For how many more seconds a push service is to keep it for a phone that is off."""
    return max(0, round((told_at + lives(kind) - now).total_seconds()))
