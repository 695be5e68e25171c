"""When nobody at steps 1 to 4 answers a patient's question: the order of rules.py, about all minutes at once.

Patients whom the order treats alike are looked at once, and what one person's substitutes cover is found once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from app.care.calendar_rules import Mask
from app.care.cover_rules import Cover, Route
from app.care.facts_rules import Contact, Key, Patient


@dataclass(frozen=True)
class Hole:
    """Minutes at which a question to one contact comes to step 5 or later, for patients who are all alike."""

    person: Key
    reason: str
    mask: Mask
    patients: tuple[Key, ...]


@dataclass(frozen=True)
class Alike:
    """Patients whom the order treats alike: the same contacts at the same time, and the same people kept out."""

    written_to: tuple[tuple[Key, Mask], ...]
    others: tuple[tuple[Key, Mask], ...]
    unappointed: Mask
    blocked: frozenset[Key]
    invited: frozenset[Key]


class Order:
    """The order, asked about all minutes of a cover at once."""

    def __init__(self, cover: Cover) -> None:
        self.cover = cover
        self.routes: dict[Key, list[Route]] = {}
        self.chains: dict[tuple[Key, frozenset[Key]], Mask] = {}
        self.cones: dict[Key, frozenset[Key]] = {}
        self.rosters: dict[frozenset[Key], Mask] = {}
        self.on_roster = frozenset(it for route in cover.roster for it in route.people)
        self.groups: dict[Alike, list[Key]] = {}

    def holes(self, patients: Iterable[Patient]) -> list[Hole]:
        for patient in patients:
            if patient.contacts:
                self.groups.setdefault(self.alike(patient), []).append(patient.key)
        merged: dict[tuple[Key, str, Mask], list[Key]] = {}
        for alike, keys in self.groups.items():
            for person, reason, mask in self.uncovered(alike):
                merged.setdefault((person, reason, mask), []).extend(keys)
        return [Hole(*what, tuple(keys)) for what, keys in merged.items()]

    def alike(self, patient: Patient) -> Alike:
        calendar = self.cover.calendar
        now: dict[Key, Mask] = {}
        for it in patient.contacts:
            now[it.person] = now.get(it.person, 0) | calendar.during(it.starts_on, it.ends_on) & calendar.window
        written, left = dict(now), calendar.window
        working = begun = 0
        for person, mask in now.items():
            left &= ~mask
            if self.cover.state(person).active:
                working |= mask & self.cover.active.get(person, 0)
        for it in sorted(patient.contacts, key=ended, reverse=True) if left else ():
            if it.ends_on is not None:
                after = calendar.during(it.ends_on + timedelta(days=1), None) & left
                same = [other.person for other in patient.contacts if other.ends_on == it.ends_on]
                for person in same:
                    written[person] = written.get(person, 0) | after
                left &= ~after
        for it in patient.contacts:
            begun |= calendar.during(it.starts_on, None)
        known = frozenset(self.cover.ever)
        return Alike(
            written_to=tuple((person, mask) for person, mask in written.items() if mask),
            others=tuple((person, mask) for person, mask in now.items() if mask),
            unappointed=calendar.window & begun & ~working,
            blocked=patient.blocked & known,
            invited=(patient.invited | {patient.key}) & known,
        )

    def uncovered(self, alike: Alike) -> Iterator[tuple[Key, str, Mask]]:
        """Whose question, why they do not answer it themselves, and when nobody at steps 1 to 4 does."""
        kept_out = alike.blocked | alike.invited
        # While the function covers a closure it was named to answer.
        covered = self.roster(kept_out) | self.cover.at_site.get(self.cover.unit.function, 0)
        for person, mask in alike.others:
            if person not in kept_out:
                covered |= mask & self.cover.open.get(person, 0)
        for person, mask in alike.written_to:
            left = mask & ~covered
            if left:
                left &= ~self.chain(person, kept_out)
            for reason, holds in self.reasons(person, alike) if left else ():
                if part := left & holds:
                    yield person, reason, part
                left &= ~holds

    def reasons(self, person: Key, alike: Alike) -> Iterator[tuple[str, Mask]]:
        cover, state = self.cover, self.cover.state(person)
        every = cover.calendar.every
        ever, active = cover.ever.get(person, 0), cover.active.get(person, 0)
        yield "absent", cover.absent.get(person, 0)
        yield "ended", ever & ~active if state.active else every
        yield "no_right", every & ~ever
        yield "out_of_reach", every & ~cover.reach.get(person, 0)
        yield "no_right", every if person in alike.invited else every & ~cover.cares.get(person, 0)
        yield "blocked", every if person in alike.blocked else 0
        yield "no_channel", every

    def routes_of(self, person: Key) -> list[Route]:
        if person not in self.routes:
            self.routes[person] = self.cover.routes(person)
        return self.routes[person]

    def cone(self, person: Key) -> frozenset[Key]:
        """Everybody who could come to be asked instead of a person."""
        if person not in self.cones:
            found, left = {person}, [person]
            while left:
                new = {it for route in self.routes_of(left.pop()) for it in route.people} - found
                found |= new
                left += new
            self.cones[person] = frozenset(found)
        return self.cones[person]

    def chain(self, person: Key, kept_out: frozenset[Key]) -> Mask:
        """When steps 1 and 2 find somebody: the least masks that hold, so that loops need no care."""
        cone = self.cone(person)
        key = person, kept_out & cone
        if key not in self.chains:
            found = {it: 0 if it in kept_out else self.cover.open.get(it, 0) for it in cone}
            grown = True
            while grown:
                grown = False
                for it in cone:
                    mask = found[it]
                    for route in self.routes_of(it):
                        for other in route.people:
                            mask |= route.mask & found[other]
                    if mask != found[it]:
                        found[it], grown = mask, True
            self.chains[key] = found[person]
        return self.chains[key]

    def roster(self, kept_out: frozenset[Key]) -> Mask:
        """When step 4 finds somebody."""
        key = kept_out & self.on_roster
        if key not in self.rosters:
            found = 0
            for route in self.cover.roster:
                for person in route.people:
                    if person not in key:
                        found |= route.mask & self.cover.open[person]
            self.rosters[key] = found
        return self.rosters[key]


def ended(contact: Contact) -> date:
    return contact.ends_on or date.min
