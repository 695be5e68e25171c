"""Who else at a unit can have a question now, and until when they are at work."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from app.accounts.queries import Viewer
from app.care import rules as care
from app.care.answer_queries import AWAY, Face, as_patient, faces
from app.care.hours_rules import micros, moment
from app.care.office_rules import OfficeClock, keeps
from app.care.plan_queries import Place

SILENT = "no_channel"
OFFICE_DAYS = 10


@dataclass(frozen=True)
class Colleague:
    """Somebody at the unit as whoever hands over sees them.

    `reason` is why they cannot have the question, or "". `until` is when their work of now ends, `back` when they are
    next at work where they are not. Why somebody is away is not told.
    """

    key: UUID
    name: str
    title: str
    reason: str
    until: datetime | None
    back: datetime | None


def colleagues(
    viewer: Viewer,
    place: Place,
    patient: UUID | None,
    *,
    holder: UUID | None,
    counts_from: datetime,
    at: datetime,
    today: date,
) -> tuple[list[Colleague], list[Colleague]]:
    """Those who can have a patient's question now, whoever is at work first; and those who are away or silent.

    Whom the patient does not want to have asked, and whoever has no right, are in neither.
    """
    known = faces(viewer, place.people - {viewer.person_id, holder}, at=at, today=today, patient=patient)
    asks = as_patient(patient, place.key, known)
    found = []
    for face in known.values():
        reason, _until = keeps(place.plan, asks, face.key, state=face.state, at=max(at, counts_from))
        found.append(_colleague(place, face, reason or ("" if face.state.channel else SILENT), at))
    return (
        _in_order(it for it in found if not it.reason),
        _in_order(it for it in found if it.reason in (*AWAY, SILENT)),
    )


def _colleague(place: Place, face: Face, reason: str, at: datetime) -> Colleague:
    plan = place.plan.covering(at)
    ends = next((end for start, end in plan.work(face.key) if start <= micros(at) < end), None)
    back = None if ends else care.back(plan, face.key, at)
    return Colleague(face.key, face.name, face.title, reason, moment(ends) if ends else None, back)


def _in_order(them: Iterable[Colleague]) -> list[Colleague]:
    return sorted(them, key=lambda it: (it.until is None, it.back is None, it.back or it.until, it.name))


def office_days(place: Place, *, at: datetime) -> list[datetime]:
    """When each of the coming ten office days ends; the day of `at` is one while some of its office time is left."""
    clock, end = OfficeClock(place.plan, at), at - timedelta(days=2)
    ends: list[datetime] = []
    while len(ends) < OFFICE_DAYS:
        end = clock.end_of_day(end, 1)
        ends += [end] if end > at else []
    return ends
