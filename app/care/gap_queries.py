"""What an absence would leave unanswered, and who could answer then: the gap rules over what is stored."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.accounts.queries import Viewer
from app.care.answer_queries import Face, faces
from app.care.facts_rules import Absence, Key, Patient, State
from app.care.gap_rules import Gap, gaps_of_absence
from app.care.hours_rules import micros
from app.care.patient_queries import patients_at
from app.care.plan_queries import Place, places

AHEAD = 60
"""Days that are looked at; what lies beyond is looked at when it comes closer."""


@dataclass(frozen=True)
class Way:
    """Somebody who could answer: all of a gap, or only a part of it (`whole` is false)."""

    key: UUID
    name: str
    whole: bool


@dataclass(frozen=True)
class Unable:
    """Somebody who cannot answer in a gap; `silent` when it is only that the app has not been opened for long."""

    key: UUID
    name: str
    silent: bool


@dataclass(frozen=True)
class Uncovered:
    """A gap with its unit, its head and the ways to fill it. `patients` says how many it concerns."""

    unit_name: str
    head: UUID
    head_name: str
    starts_at: datetime
    ends_at: datetime
    whole_days: bool
    patients: int
    ways: tuple[Way, ...]
    unable: tuple[Unable, ...]

    @property
    def through_head(self) -> Way | None:
        return next((way for way in self.ways if way.key == self.head), None)


def gaps_made_by(
    viewer: Viewer,
    versions: Mapping[UUID, int | None],
    proposed: Absence,
    *,
    at: datetime,
    instead: bool = False,
    keep: bool = True,
) -> list[Uncovered]:
    """The gaps that an absence would make at units, in order of time.

    `versions` says which version of each unit is wanted, None for the newest there is. `instead`: what is stored of
    the same absence, known by its person and the moment it was registered, is left out of account. `keep` is for
    plans (see plan_queries).
    """
    there = places(viewer, versions, at=at, keep=keep)
    patients = patients_at(viewer, there)
    known = faces(viewer, {key for place in there.values() for key in place.people}, at=at)
    states: dict[Key, State] = {key: face.state for key, face in known.items()}
    found = [
        _uncovered(place, gap, known)
        for place in there.values()
        for gap in _gaps(place, patients[place.key], states, proposed, at, instead)
    ]
    return sorted(found, key=lambda it: (it.starts_at, it.unit_name))


def _gaps(
    place: Place, patients: list[Patient], states: Mapping[Key, State], proposed: Absence, at: datetime, instead: bool
) -> list[Gap]:
    assignments, absences, duty = place.plan.given
    if instead:
        same = proposed.person, proposed.registered_at
        absences = tuple(it for it in absences if (it.person, it.registered_at) != same)
    unit = place.plan.unit
    return gaps_of_absence(unit, assignments, absences, duty, patients, states, proposed, at=at, days=AHEAD)


def _uncovered(place: Place, gap: Gap, known: Mapping[UUID, Face]) -> Uncovered:
    able = [*((key, True) for key in gap.fills), *((key, False) for key in gap.helps)]
    ways = [Way(key, known[key].name, whole) for key, whole in able if isinstance(key, UUID)]
    could = _carers(place) - {way.key for way in ways} - set(gap.contacts)
    unable = [Unable(key, known[key].name, not known[key].state.channel) for key in could if known[key].state.active]
    office = place.plan.office
    return Uncovered(
        unit_name=place.name,
        head=place.head,
        head_name=known[place.head].name,
        starts_at=gap.starts_at,
        ends_at=gap.ends_at,
        whole_days=_begins(office.opens, gap.starts_at) and _begins(office.closes, gap.ends_at),
        patients=len(gap.patients),
        ways=tuple(sorted(ways, key=lambda it: (not it.whole, it.name))),
        unable=tuple(sorted(unable, key=lambda it: (not it.silent, it.name))),
    )


def _carers(place: Place) -> set[UUID]:
    """Those who may answer patients of the unit."""
    works: Iterable[Key] = (it.person for it in place.plan.given[0] if it.unit == place.key and it.cares)
    return {key for key in works if isinstance(key, UUID)}


def _begins(edges: Iterable[int], at: datetime) -> bool:
    return micros(at) in edges
