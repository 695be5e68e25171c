"""A patient's times as they may have them: each with what has happened, what they answered, and its letters."""

from typing import Any
from uuid import UUID

from app.bookings.models import (
    AppointmentLetter,
    Booking,
    BookingAnswer,
    BookingChange,
    BookingGuest,
    BookingOffer,
    Participant,
)
from app.bookings.offer_rules import unpacked
from app.core import db
from app.log.known import Known, rows, said
from app.relatives.models import Relation


def times_of(patient_id: UUID, known: Known) -> list[dict[str, Any]]:
    """Every time, the first to begin first. No place of somebody whose identity is protected: a file may be lost."""
    found = rows(Booking, Booking.patient_id == patient_id, Booking.starts_at, Booking.id)
    keys = [it.id for it in found]
    met = _by(keys, Participant, Participant.role == "staff", Participant.person_id)
    lines = _by(keys, BookingChange, None, BookingChange.n)
    answers = _by(keys, BookingAnswer, None, BookingAnswer.n)
    offers = _by(keys, BookingOffer, None, BookingOffer.id)
    letters = _by(keys, AppointmentLetter, None, AppointmentLetter.version)
    guests = _by(keys, BookingGuest, None, BookingGuest.invited_at)
    known.learn((it.person_id for them in met.values() for it in them), (it.unit_id for it in found))
    names = {it.id: it.name for it in rows(Relation, Relation.patient_id == patient_id, Relation.id)}
    return [
        {
            "key": db.short(it.id),
            "title": it.title,
            "mode": it.mode,
            "status": it.status,
            "starts_at": said(it.starts_at),
            "ends_at": said(it.ends_at),
            "unit": known.unit(it.unit_id),
            "place": None if known.hides_places else it.place,
            "bring": it.bring,
            "meets": [known.name(one.person_id) for one in met[it.id]],
            "kept_in": it.kept_in,
            "made_at": said(it.made_at),
            "cancelled_at": said(it.cancelled_at),
            "happened": [
                {
                    "at": said(line.at),
                    "who": known.name(line.by_id),
                    "what": line.what,
                    "starts_before": said(line.starts_before),
                    "words": line.words,
                }
                for line in lines[it.id]
            ],
            "answers": [{"at": said(one.at), "answer": one.answer} | _suits(one.words) for one in answers[it.id]],
            "offers": [
                {
                    "offered_at": said(one.offered_at),
                    "starts_at": said(one.starts_at),
                    "ends_at": said(one.ends_at),
                    "who": known.name(one.staff_id),
                    "answered_at": said(one.answered_at),
                    "accepted": one.accepted,
                    "withdrawn_at": said(one.withdrawn_at),
                }
                for one in offers[it.id]
            ],
            "letters": [
                {"version": one.version, "made_at": said(one.made_at)}
                | {"words": None if known.hides_places else one.words, "closing": one.closing}
                for one in letters[it.id]
            ],
            "taken_along": [
                {
                    "name": names.get(one.relation_id),
                    "invited_at": said(one.invited_at),
                    "taken_back_at": said(one.taken_back_at),
                }
                for one in guests[it.id]
            ],
        }
        for it in found
    ]


def _suits(words: str | None) -> dict[str, Any]:
    suits = unpacked(words)
    return {"suits": list(suits.choices), "words": suits.words or None}


def _by(keys: list[UUID], model: Any, which: Any, order: Any) -> dict[UUID, list[Any]]:
    """The rows that belong to each of some bookings."""
    found: dict[UUID, list[Any]] = {key: [] for key in keys}
    theirs = model.booking_id.in_(keys)
    for row in rows(model, theirs if which is None else theirs & which, model.booking_id, order):
        found[row.booking_id].append(row)
    return found
