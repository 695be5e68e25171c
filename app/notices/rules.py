"""What people are told of: the closed list of kinds, and when a reminder is one too many. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time, timedelta

DUTY, PRIVATE = "duty", "private"
KEPT = timedelta(days=90)
REMINDERS_A_DAY = 2


@dataclass(frozen=True)
class Kind:
    """A kind of thing to be told of: as whom, to which group of things it belongs, and on which page it is seen.

    `about` is what people choose channels by, and all that a notice out of the app can give away of what it is about.
    `with_key`: what the page calls the thing that the notice is about, where it is one thing's page. `while_open`: it
    says nothing any longer once what it is about has been answered or has ended, so that it is withdrawn when it has
    not been seen.
    """

    name: str
    capacity: str
    about: str
    page: str
    with_key: str = ""
    while_open: bool = False


_KINDS = (
    Kind("wait", DUTY, "questions", "messages.thread", "thread", while_open=True),
    Kind("asked", DUTY, "questions", "messages.thread", "thread", while_open=True),
    Kind("reminder", DUTY, "questions", "home.start", while_open=True),
    Kind("taken", DUTY, "questions", "home.start"),
    Kind("back", DUTY, "work", "home.back"),
    Kind("wish", DUTY, "work", "appointing.wishes", while_open=True),
    Kind("gap", DUTY, "work", "cover.cover", while_open=True),
    Kind("told", DUTY, "questions", "heard.show", "heard", while_open=True),
    Kind("call_wanted", DUTY, "questions", "heard.show", "heard", while_open=True),
    Kind("log_question", DUTY, "questions", "log.answering", "question", while_open=True),
    Kind("booking_wait", DUTY, "questions", "answers.waiting", "booking", while_open=True),
    Kind("booking_given", DUTY, "work", "booking.show", "booking"),
    Kind("booking_taken", DUTY, "work", "booking.show", "booking"),
    Kind("booking_left", DUTY, "work", "booking.show", "booking"),
    Kind("source_silent", DUTY, "work", "sources.show", "source", while_open=True),
    Kind("substitute", DUTY, "work", "absence.index", while_open=True),
    Kind("substitute_changed", DUTY, "work", "absence.index"),
    Kind("substitute_no", DUTY, "work", "absence.show", "absence", while_open=True),
    Kind("reply", PRIVATE, "answers", "messages.thread", "thread"),
    Kind("written", PRIVATE, "answers", "messages.thread", "thread"),
    Kind("called", PRIVATE, "answers", "messages.thread", "thread", while_open=True),
    Kind("ended", PRIVATE, "answers", "messages.thread", "thread"),
    Kind("handed_over", PRIVATE, "answers", "messages.thread", "thread", while_open=True),
    Kind("promise_broken", PRIVATE, "answers", "messages.thread", "thread", while_open=True),
    Kind("call_ended", PRIVATE, "answers", "calls.show", "call"),
    Kind("call_late", PRIVATE, "answers", "calls.show", "call", while_open=True),
    Kind("wish_late", PRIVATE, "answers", "contacts.mine", while_open=True),
    Kind("booking_made", PRIVATE, "bookings", "bookings.show", "booking", while_open=True),
    Kind("booking_moved", PRIVATE, "bookings", "bookings.show", "booking"),
    Kind("booking_changed", PRIVATE, "bookings", "bookings.show", "booking", while_open=True),
    Kind("booking_cancelled", PRIVATE, "bookings", "bookings.show", "booking"),
    Kind("booking_hit", PRIVATE, "bookings", "bookings.show", "booking", while_open=True),
    Kind("booking_hit_soon", PRIVATE, "bookings", "bookings.show", "booking", while_open=True),
    Kind("booking_restored", PRIVATE, "bookings", "bookings.show", "booking"),
    Kind("booking_offered", PRIVATE, "bookings", "bookings.show", "booking", while_open=True),
    Kind("booking_kept", PRIVATE, "bookings", "bookings.show", "booking"),
    Kind("booking_late", PRIVATE, "bookings", "bookings.show", "booking", while_open=True),
    Kind("slot_offered", PRIVATE, "bookings", "slots.show", "slot", while_open=True),
    Kind("booking_reminder", PRIVATE, "bookings", "bookings.show", "booking", while_open=True),
    Kind("booking_soon", PRIVATE, "bookings", "bookings.show", "booking", while_open=True),
    Kind("booking_near", PRIVATE, "bookings", "guests.along", "booking", while_open=True),
    Kind("booking_guest", PRIVATE, "bookings", "guests.along", "booking", while_open=True),
    Kind("booking_near_moved", PRIVATE, "bookings", "guests.along", "booking", while_open=True),
    Kind("booking_near_cancelled", PRIVATE, "bookings", "guests.along", "booking", while_open=True),
    Kind("relative_answered", PRIVATE, "near", "relatives.show", "relation", while_open=True),
    Kind("let_in", PRIVATE, "near", "shared.show", "relation", while_open=True),
    Kind("log_answer", PRIVATE, "log", "log.mine"),
    Kind("log_late", PRIVATE, "log", "log.mine", while_open=True),
)
ABOUT = {DUTY: ("questions", "work"), PRIVATE: ("answers", "bookings", "near", "log")}
CHANNELS = ("push", "email", "sms")
# When nothing leaves the app, for whoever has not chosen: a patient sleeps, and the staff have peace off duty already.
QUIET: dict[str, tuple[time, time] | None] = {DUTY: None, PRIVATE: (time(21), time(7))}
KINDS = {kind.name: kind for kind in _KINDS}
WHILE_OPEN = tuple(kind.name for kind in _KINDS if kind.while_open)
# What is no letter has a page of its own, and so its own words, for whoever holds it and whoever is asked as well.
OF_WAIT = {
    "contact_request": "wish",
    "new_contact": "wish",
    "cover_gap": "gap",
    "told": "told",
    "relative_call": "call_wanted",
    "log_question": "log_question",
    "booking_answer": "booking_wait",
}
LATE = {"booking_answer": "booking_late", "contact_request": "wish_late", "log_question": "log_late"}


def of_wait(kind: str, told: str) -> str:
    """What somebody is told of a wait of a kind: `told`, which is wait, asked or promise_broken, where it is a
    letter's."""
    if told == "promise_broken":
        return LATE.get(kind, told)
    return OF_WAIT.get(kind, told)


def next_reminder(there: Collection[tuple[int, bool]]) -> int | None:
    """Which of a day's reminders a further one becomes; None where it joins one, or is one too many.

    `there` are those of the day that stand, by number, and whether each has been seen. One not yet seen is joined.
    """
    if any(not seen for _number, seen in there) or len(there) >= REMINDERS_A_DAY:
        return None
    return len(there) + 1
