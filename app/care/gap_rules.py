"""The gap report: the office minutes ahead at which somebody's question would come to step 5 or later.

A question is one that belongs to any of a patient's contacts of that day. When the last contact has ended and nobody
has come after, threads still belong to the one who ended last, so that is whose gap it is. A patient who never had a
contact here is nobody's gap. That a patient *has* no contact is told apart from that nobody answers (`Ending`): a
roster may well answer, and the head must still appoint somebody.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from app.care.calendar_rules import Mask, bits, runs_of
from app.care.cover_rules import Cover
from app.care.facts_rules import Absence, Assignment, Key, Patient, Shift, State, Unit
from app.care.hole_rules import Hole, Order


@dataclass(frozen=True)
class Cause:
    """A contact who does not answer, and the first reason of `REASONS` that holds. `patients` are theirs in the gap."""

    person: Key
    reason: str
    patients: tuple[Key, ...]


@dataclass(frozen=True)
class Gap:
    """Office time at which nobody named answers; one gap over nights and closed days while its causes are the same.

    `fills` are in reach all of it, `helps` a part of it; all of them have the right, and a channel.
    """

    starts_at: datetime
    ends_at: datetime
    spans: tuple[tuple[datetime, datetime], ...]
    causes: tuple[Cause, ...]
    patients: tuple[Key, ...]
    fills: tuple[Key, ...]
    helps: tuple[Key, ...]

    @property
    def contacts(self) -> tuple[Key, ...]:
        return tuple(dict.fromkeys(it.person for it in self.causes))


@dataclass(frozen=True)
class Weak:
    """Somebody named as a substitute who does not count as one: `no_channel` or `no_right`, and for whom."""

    person: Key
    reason: str
    instead_of: tuple[Key, ...]


@dataclass(frozen=True)
class Ending:
    """From a day on these patients have no contact who works here. `person` is the one who ends."""

    person: Key
    since: date
    patients: tuple[Key, ...]


@dataclass(frozen=True)
class Report:
    """All that is wrong with a unit's cover, in order of time."""

    gaps: tuple[Gap, ...]
    weak: tuple[Weak, ...]
    endings: tuple[Ending, ...]


def gaps(
    unit: Unit,
    assignments: Sequence[Assignment],
    absences: Sequence[Absence],
    duty: Sequence[Shift],
    patients: Sequence[Patient],
    states: Mapping[Key, State],
    *,
    at: datetime,
    days: int = 60,
) -> list[Gap]:
    """The gaps from now to the end of the last day; today is the first of `days`."""
    cover = Cover(unit, assignments, absences, duty, states, at=at, days=days)
    return list(joined(cover, Order(cover).holes(patients), patients))


def gaps_of_absence(
    unit: Unit,
    assignments: Sequence[Assignment],
    absences: Sequence[Absence],
    duty: Sequence[Shift],
    patients: Sequence[Patient],
    states: Mapping[Key, State],
    proposed: Absence,
    *,
    at: datetime,
    days: int = 60,
) -> list[Gap]:
    """The gaps that a proposed absence would make. One that is changed is left out of `absences`."""
    without = Cover(unit, assignments, absences, duty, states, at=at, days=days)
    there: dict[tuple[Key, Key], Mask] = {}
    for hole in Order(without).holes(patients):
        for patient in hole.patients:
            there[patient, hole.person] = there.get((patient, hole.person), 0) | hole.mask
    cover = Cover(unit, assignments, [*absences, proposed], duty, states, at=at, days=days)
    made = [
        Hole(hole.person, hole.reason, mask, (patient,))
        for hole in Order(cover).holes(patients)
        for patient in hole.patients
        if (mask := hole.mask & ~there.get((patient, hole.person), 0))
    ]
    return list(joined(cover, made, patients))


def report(cover: Cover, patients: Sequence[Patient]) -> Report:
    """Everything at once, of a cover that the picture is drawn from too."""
    order = Order(cover)
    found = tuple(joined(cover, order.holes(patients), patients))
    return Report(found, tuple(weak(order)), tuple(endings(order)))


def weak(order: Order) -> Iterator[Weak]:
    """Substitutes who do not count: of the contacts whom patients write to, and of those asked instead of them."""
    window = order.cover.calendar.window
    found: dict[tuple[Key, str], list[Key]] = {}
    contacts = dict.fromkeys(person for alike in order.groups for person, _ in alike.written_to)
    for person in dict.fromkeys(it for contact in contacts for it in sorted(order.cone(contact), key=str)):
        for route in order.routes_of(person):
            for it in route.people if route.mask & window else ():
                right = order.cover.cares.get(it, 0) if order.cover.state(it).active else 0
                if route.mask & window & ~right:
                    found.setdefault((it, "no_right"), []).append(person)
                elif not order.cover.state(it).channel:
                    found.setdefault((it, "no_channel"), []).append(person)
    for (person, reason), instead_of in found.items():
        yield Weak(person, reason, tuple(dict.fromkeys(instead_of)))


def endings(order: Order) -> Iterator[Ending]:
    calendar = order.cover.calendar
    found: dict[tuple[int, Key], list[Key]] = {}
    for alike, keys in order.groups.items():
        for person, mask in alike.written_to:
            if part := alike.unappointed & mask:
                found.setdefault((calendar.day((part & -part).bit_length() - 1), person), []).extend(keys)
    for (day, person), keys in sorted(found.items(), key=lambda it: it[0][0]):
        yield Ending(person, date.fromordinal(calendar.first + day), tuple(keys))


def joined(cover: Cover, holes: Sequence[Hole], patients: Sequence[Patient]) -> Iterator[Gap]:
    """Holes as a head reads them: one gap as long as the same contacts lack for the same reasons."""
    masks: dict[tuple[Key, str], Mask] = {}
    for hole in holes:
        cause = hole.person, hole.reason
        masks[cause] = masks.get(cause, 0) | hole.mask
    turns: dict[int, set[tuple[Key, str]]] = {}
    for cause, mask in masks.items():
        for starts_ends in runs_of(mask):
            for turn in starts_ends:
                turns.setdefault(turn, set()).symmetric_difference_update({cause})
    kept_out = {it.key: it.blocked | it.invited | {it.key} for it in patients}
    places = {it.key: n for n, it in enumerate(patients)}
    now: set[tuple[Key, str]] = set()
    for starts, ends in pairwise([*sorted(turn for turn, causes in turns.items() if causes), 0]):
        now ^= turns[starts]
        if now:
            run = bits(starts, ends)
            yield gap(
                cover, run, [it for it in holes if (it.person, it.reason) in now and it.mask & run], kept_out, places
            )


def gap(
    cover: Cover,
    run: Mask,
    holes: Sequence[Hole],
    kept_out: Mapping[Key, frozenset[Key]],
    places: Mapping[Key, int],
) -> Gap:
    causes: dict[tuple[Key, str], dict[Key, None]] = {}
    for hole in holes:
        causes.setdefault((hole.person, hole.reason), {}).update(dict.fromkeys(hole.patients))
    concerned = sorted({patient for keys in causes.values() for patient in keys}, key=places.__getitem__)
    nobodys = frozenset.intersection(*(kept_out[it] for it in concerned))
    able = [it for it in cover.people if it not in nobodys and cover.open[it] & run]
    whole = [it for it in able if not run & ~cover.open[it]]
    ((starts, ends),) = runs_of(run)
    spans = tuple(cover.calendar.moments(starts, ends))
    return Gap(
        starts_at=spans[0][0],
        ends_at=spans[-1][1],
        spans=spans,
        causes=tuple(Cause(*cause, tuple(keys)) for cause, keys in causes.items()),
        patients=tuple(concerned),
        fills=tuple(whole),
        helps=tuple(it for it in able if it not in whole),
    )
