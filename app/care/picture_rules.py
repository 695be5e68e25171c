"""The gap report as a picture and as a table: who is away, who answers also for somebody else, where nobody does.

Drawn are the people who matter: contacts who are away or whom a gap concerns, and those who answer for them. A day's
edge is drawn where a day's office time begins or ends, so that whole days look whole.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import ceil, floor

from app.care.calendar_rules import Mask, bits, runs_of
from app.care.cover_rules import Cover
from app.care.facts_rules import Key, Patient
from app.care.gap_rules import Gap
from app.care.hole_rules import Order
from app.care.hours_rules import ZONE, micros, moment


@dataclass(frozen=True)
class Bar:
    """A stretch of the picture: shares of its width, 0 to 1, half-open, and the days it touches, the last included."""

    left: float
    right: float
    first: date
    last: date

    @property
    def width(self) -> float:
        return self.right - self.left


@dataclass(frozen=True)
class Strip:
    """A person's line: here (`on`), away (`off`), and over it where they answer for others (`also`), and for whom."""

    person: Key
    on: tuple[Bar, ...]
    off: tuple[Bar, ...]
    also: tuple[Bar, ...]
    answers_for: tuple[Key, ...]


@dataclass(frozen=True)
class Picture:
    """`somebody` and `gaps` are the sum line; gap n of the report is `gaps[n - 1]`. `now` is a share of the width."""

    strips: tuple[Strip, ...]
    somebody: tuple[Bar, ...]
    gaps: tuple[Bar, ...]
    closed: tuple[Bar, ...]
    weeks: tuple[tuple[float, int], ...]
    now: float


@dataclass(frozen=True)
class Row:
    """Days in a row, closed ones between them not counted, with the same people away and answering.

    `gaps` are the numbers of the gaps that begin on or last into these days.
    """

    first: date
    last: date
    away: tuple[Key, ...]
    answers: tuple[Key, ...]
    gaps: tuple[int, ...]


def strips(there: "Presence") -> Picture:
    """The whole picture, closed days and weeks included."""
    draw = Drawing(there.cover)
    lines = []
    for person in there.people:
        also = 0
        for mask in there.instead.get(person, {}).values():
            also |= mask
        lines.append(
            Strip(
                person,
                tuple(draw.rest(there.off[person])),
                tuple(draw.bars(there.off[person])),
                tuple(draw.bars(also)),
                tuple(there.instead.get(person, {})),
            )
        )
    nobody = 0
    for mask in there.gaps:
        nobody |= mask
    return Picture(
        strips=tuple(lines),
        somebody=tuple(draw.rest(nobody)),
        gaps=tuple(bar for mask in there.gaps for bar in draw.bars(mask)),
        closed=tuple(draw.closed()),
        weeks=tuple(draw.weeks()),
        now=draw.bar(0, draw.place(there.cover.calendar.now)).right,
    )


def table(there: "Presence") -> list[Row]:
    """The same in words. Days when nobody who matters is away have no row."""
    calendar = there.cover.calendar
    days: list[tuple[date, tuple[tuple[Key, ...], tuple[Key, ...], tuple[int, ...]]]] = []
    for n in range(calendar.days):
        day = bits(calendar.dawns[n], calendar.dawns[n + 1]) & calendar.window
        if day:
            away = tuple(it for it in there.people if there.off[it] & day)
            answers = tuple(it for it in there.people if any(m & day for m in there.instead.get(it, {}).values()))
            numbers = tuple(number for number, mask in enumerate(there.gaps, 1) if mask & day)
            days.append((date.fromordinal(calendar.first + n), (away, answers, numbers)))
    rows = []
    for (away, answers, numbers), same in groupby(days, key=lambda it: it[1]):
        those = [day for day, _ in same]
        if away or numbers:
            rows.append(Row(those[0], those[-1], away, answers, numbers))
    return rows


class Presence:
    """Who matters, when they are off, and who answers instead of whom, in bits; the strips and the table show it."""

    def __init__(self, cover: Cover, patients: Sequence[Patient], gaps: Sequence[Gap]) -> None:
        self.cover, self.order = cover, Order(cover)
        calendar = cover.calendar
        self.whole = bits(0, calendar.dawns[calendar.days])
        self.gaps = [calendar.between(micros(it.starts_at), micros(it.ends_at)) for it in gaps]
        contacts: dict[Key, Mask] = {}
        self.beside: dict[Key, dict[Key, Mask]] = {}
        for patient in patients:
            held = [(it.person, calendar.during(it.starts_on, it.ends_on) & self.whole) for it in patient.contacts]
            for person, mask in held:
                contacts[person] = contacts.get(person, 0) | mask
                if len(held) > 1:
                    beside = self.beside.setdefault(person, {})
                    for other, also in held:
                        if other != person:
                            beside[other] = beside.get(other, 0) | mask & also
        self.off: dict[Key, Mask] = {}
        for person, mask in contacts.items():
            if off := self.missed(person, gaps) | (self.away(person) if mask else 0):
                self.off[person] = off
        self.instead: dict[Key, dict[Key, Mask]] = {}
        for person, off in self.off.items():
            for other, mask in self.answering(person, off).items():
                self.instead.setdefault(other, {})[person] = mask
        helpers = [it for it in self.instead if it not in self.off]
        self.off |= {it: self.away(it) for it in helpers}
        self.people = sorted(self.off, key=self.turn)

    def away(self, person: Key) -> Mask:
        """Absent, or no longer or not yet at work here."""
        cover = self.cover
        gone = cover.ever.get(person, 0) & ~cover.active.get(person, 0) if cover.state(person).active else -1
        return self.whole & (cover.absent.get(person, 0) | gone)

    def missed(self, person: Key, gaps: Sequence[Gap]) -> Mask:
        """A part-timer's free days are no news, but where they make a gap."""
        found = 0
        for gap, mask in zip(gaps, self.gaps, strict=True):
            found |= mask if person in gap.contacts else 0
        return found

    def turn(self, person: Key) -> tuple[bool, int, str]:
        """Those who are away first, in order of time."""
        mask = self.off[person] or next(iter(self.instead[person].values()))
        return not self.off[person], (mask & -mask).bit_length(), str(person)

    def answering(self, person: Key, left: Mask) -> dict[Key, Mask]:
        """Who is asked first while a person is off: their substitutes, then other contacts, then the roster."""
        found: dict[Key, Mask] = {}

        def ask(mask: Mask, people: Iterable[Key], met: frozenset[Key]) -> Mask:
            """What is left when these have been asked, then those asked instead of them."""
            queue = list(people)
            while queue and mask:
                other = queue.pop(0)
                if other in met:
                    continue
                met |= {other}
                if hit := mask & self.cover.open.get(other, 0):
                    found[other] = found.get(other, 0) | hit
                    mask &= ~hit
                routes = [it for it in self.order.routes_of(other) if it.mask & mask]
                if len(routes) == 1 and not mask & ~routes[0].mask:
                    queue += routes[0].people
                elif routes:
                    rest = mask
                    for route in routes:
                        rest &= ~route.mask
                    parts = [ask(mask & it.mask, [*queue, *it.people], met) for it in routes]
                    return sum(parts) | ask(rest, queue, met)
            return mask

        for route in self.order.routes_of(person):
            part = left & route.mask
            left = left & ~part | ask(part, route.people, frozenset({person}))
        for other, mask in self.beside.get(person, {}).items():
            if hit := left & mask & self.cover.open.get(other, 0):
                # Not every patient has this other contact, so the roster is named too.
                found[other] = found.get(other, 0) | hit
        for route in self.cover.roster:
            for other in route.people:
                if hit := left & route.mask & self.cover.open[other]:
                    found[other] = found.get(other, 0) | hit
                    left &= ~hit
        return found


class Drawing:
    """From bits to shares of the width, in which every day is as wide whatever the clocks do."""

    def __init__(self, cover: Cover) -> None:
        self.calendar = cover.calendar
        self.whole = bits(0, self.calendar.dawns[self.calendar.days])

    def bar(self, left: float, right: float) -> Bar:
        """Between two places in days from the left edge."""
        first, last = (date.fromordinal(self.calendar.first + n) for n in (floor(left), ceil(right) - 1))
        return Bar(round(left / self.calendar.days, 5), round(right / self.calendar.days, 5), first, last)

    def place(self, at: int) -> float:
        wall = moment(at).astimezone(ZONE)
        return wall.toordinal() - self.calendar.first + (wall.hour * 60 + wall.minute) / (24 * 60)

    def edge(self, bit: int, *, end: bool) -> float:
        """Where a run begins or ends; at a day's first or last office minute that is the day's own edge."""
        day = self.calendar.day(bit - end)
        if bit == self.calendar.dawns[day + end]:
            return day + end
        ((starts, ends),) = self.calendar.moments(bit - end, bit - end + 1)
        return self.place(micros(ends if end else starts))

    def edges(self, mask: Mask) -> Iterator[tuple[float, float]]:
        for starts, ends in runs_of(mask & self.whole):
            yield self.edge(starts, end=False), self.edge(ends, end=True)

    def bars(self, mask: Mask) -> Iterator[Bar]:
        return (self.bar(left, right) for left, right in self.edges(mask))

    def rest(self, mask: Mask) -> Iterator[Bar]:
        """What the bars leave free, from edge to edge."""
        done = 0.0
        for left, right in [*self.edges(mask), (float(self.calendar.days), 0.0)]:
            if left > done:
                yield self.bar(done, left)
            done = right

    def closed(self) -> Iterator[Bar]:
        """Days in a row without office time."""
        dawns = self.calendar.dawns
        for shut, group in groupby(range(self.calendar.days), key=lambda n: dawns[n] == dawns[n + 1]):
            if shut:
                days = list(group)
                yield self.bar(days[0], days[-1] + 1)

    def weeks(self) -> Iterator[tuple[float, int]]:
        """Where each week begins, and its number."""
        for n in range(self.calendar.days):
            day = date.fromordinal(self.calendar.first + n)
            if day.weekday() == 0 or n == 0:
                yield round(n / self.calendar.days, 5), day.isocalendar().week
