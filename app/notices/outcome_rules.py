"""What becomes of something that was sent out of the app, by what the service said: pure and total.

A mail server's and an SMS service's answers are put as the HTTP status of the same meaning, and decided here too.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal, get_args

# What went wrong on the way, in place of an answer; `alone` comes with a 401 or 403 and says whose fault it is not.
Fault = Literal[
    "timeout",  # nobody took the call in time, or nothing was said in time
    "slow",  # an answer began, and was not finished in time
    "connect",  # nobody is at home at that address
    "reset",  # they hung up before they had answered
    "name",  # the name leads nowhere now
    "tls",  # they could not prove who they are
    "garbage",  # what came back is no answer
    "resting",  # not tried: the host has failed too many times running
    "address",  # no address that we send to: host, scheme, port, or a name that leads into somebody's own network
    "keys",  # the browser's keys, or our own by that number, are no keys
    "content",  # we made something that may not be sent
    "alone",  # the host refuses our key for this one, and takes it for others
]
FAULTS: tuple[str, ...] = get_args(Fault)
NEVER_SENT = frozenset(("address", "keys", "content"))

ACCEPTED = frozenset((200, 201, 202, 204))
GONE = frozenset((404, 410))
KEY = frozenset((401, 403))
# 408 and 425 ask for another try; 406 is how Windows' service says that it is too much.
AGAIN = frozenset((406, 408, 425))
MANY = 429

FIRST, MOST = timedelta(seconds=10), timedelta(minutes=15)
ASKED, SHORTEST, LONGEST = timedelta(minutes=1), timedelta(seconds=1), timedelta(hours=1)
KEY_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True)
class Answer:
    """What a service said: its status, or a fault where it said nothing that can be read."""

    status: int | None
    retry_after: str | None = None
    fault: Fault | None = None


@dataclass(frozen=True)
class Pause:
    """That a host is left alone until then: it asked for it, or it does not take our key, which somebody must mend."""

    until: datetime
    why: Literal["asked", "key"]


@dataclass(frozen=True)
class Outcome:
    """`accepted`; `gone`, the address is no more; `later`, try again `at`; `refused`, this one is never sent."""

    what: Literal["accepted", "gone", "later", "refused"]
    at: datetime | None = None
    pause: Pause | None = None


def outcome(answer: Answer, *, tries: int, now: datetime) -> Outcome:
    """What becomes of it after so many tries, this one included. Only 404 and 410 end an address.

    How long it is tried is no answer's business: who sends ends what is too late to be told.
    """
    status, fault = answer.status, answer.fault
    if fault in NEVER_SENT:
        return Outcome("refused")
    if status in ACCEPTED:
        return Outcome("accepted")
    if status in GONE:
        return Outcome("gone")
    if status in KEY and fault != "alone":
        until = now + KEY_PAUSE
        return Outcome("later", until, Pause(until, "key"))
    if status == MANY or (status is not None and status >= 500):
        asked = asked_for(answer.retry_after, now)
        if asked or status == MANY:
            until = now + (asked or ASKED)
            return Outcome("later", until, Pause(until, "asked"))
    if status is None or status in KEY or status in AGAIN or status >= 500 or status < 200:
        return Outcome("later", now + backoff(tries))
    return Outcome("refused")


def backoff(tries: int) -> timedelta:
    """Ten seconds after the first try, then twice as long each time, never over a quarter of an hour."""
    return min(MOST, FIRST * 2 ** min(max(tries - 1, 0), 16))


def asked_for(retry_after: str | None, now: datetime) -> timedelta | None:
    """How long the service wants to be left alone: seconds or a date (RFC 9110, 10.2.3), within reason; None if
    it cannot be read."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return bounded(int(text)) if len(text) < 10 else LONGEST
    try:
        at = parsedate_to_datetime(text[:64])
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return bounded(((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())


def bounded(seconds: float) -> timedelta:
    return min(LONGEST, max(SHORTEST, timedelta(seconds=seconds)))
