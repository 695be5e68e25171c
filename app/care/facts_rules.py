"""What the order is decided from, handed over as data, and what it gives back."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.care.hours_rules import Period, Week

Key = Hashable

REASONS = ("absent", "ended", "out_of_reach", "no_right", "blocked", "no_channel", "already_asked")


@dataclass(frozen=True)
class Closure:
    """Days (the last included) when a unit is closed, and who covers: another unit, the function, or nobody.

    While a unit or the function covers, `office` minus `closed_days` of the covering one is the office time that
    counts, and at steps 4 to 6 it is the covering unit's roster, people and head that are asked. Without an `office`
    the unit's own week counts; `closed_days` are the covering one's red days and its own closed days. Where closures
    overlap, one that is covered counts, the earliest given first.
    """

    starts_on: date
    ends_on: date
    covered_by: Key | None = None
    office: Week | None = None
    closed_days: frozenset[date] = frozenset()
    head: Key | None = None
    head_substitutes: tuple[Key, ...] = ()


@dataclass(frozen=True)
class Unit:
    """A unit's time and its last resorts. `red_days` are the public holidays and the eves, handed over as data.

    Without `head_substitutes`, those of the head's own absence count, else the head's standing ones.
    """

    key: Key
    office: Week
    red_days: frozenset[date]
    closures: tuple[Closure, ...]
    longest_gap: timedelta
    promise: timedelta
    head: Key
    head_substitutes: tuple[Key, ...]
    function: Key


@dataclass(frozen=True)
class Assignment:
    """A person's work at one unit. `cares` is true for licensed and care staff, who may answer patients.

    `starts_on` to `ends_on`, the last day included. Without periods the person is never at work by pattern.
    """

    unit: Key
    person: Key
    cares: bool
    starts_on: date
    ends_on: date | None
    periods: tuple[Period, ...]
    standing: tuple[Key, ...]


@dataclass(frozen=True)
class Absence:
    """When a person is away, and who answers meanwhile, in order. Those who said no are not among them."""

    person: Key
    starts_at: datetime
    ends_at: datetime | None
    substitutes: tuple[Key, ...]
    registered_at: datetime


@dataclass(frozen=True)
class Shift:
    """A duty shift at a unit, and who has it, in order."""

    unit: Key
    starts_at: datetime
    ends_at: datetime
    people: tuple[Key, ...]


@dataclass(frozen=True)
class Contact:
    """Whom a patient has as fast vårdkontakt at the unit, in the order they were appointed."""

    person: Key
    coordinating: bool
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True)
class Patient:
    """What the order needs of a patient. `invited` are persons whom the patient has let in as relatives."""

    key: Key
    contacts: tuple[Contact, ...]
    blocked: frozenset[Key] = frozenset()
    invited: frozenset[Key] = frozenset()


@dataclass(frozen=True)
class State:
    """What is true of a person at the moment: account, channel, and how much they already have."""

    active: bool = True
    channel: bool = True
    open_waits: int = 0
    last_asked: datetime | None = None


@dataclass(frozen=True)
class Passed:
    """Somebody whom the order passed over, and the first reason of `REASONS` that holds."""

    person: Key
    reason: str


@dataclass(frozen=True)
class Answer:
    """Who holds a question. `asked_at` is T; `until` the next moment at which the order would give somebody else.

    `step` is 1 to 7. `promise` is when the patient has an answer at the latest.
    """

    asked_at: datetime
    holder: Key
    step: int
    passed: tuple[Passed, ...]
    until: datetime | None
    promise: datetime
