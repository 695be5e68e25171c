"""Made-up people whom a patient lets in, for the component page, in every state."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from app.core.clock import now
from app.relatives.forms import OfferForm
from app.relatives.queries import Given


def given() -> list[Given]:
    at = now()
    anna = Given(
        key=UUID(int=0),
        name="Anna",
        items=frozenset({"contact", "bookings"}),
        until_at=at + timedelta(days=180),
        stage="let_in",
        how=None,
        offered_at=at - timedelta(days=3),
        offer_ends_at=at + timedelta(days=4),
        accepted_at=at - timedelta(days=2),
        ended_at=None,
        who="Anna Lind",
        seen_at=at - timedelta(hours=3),
    )
    only = replace(anna, name="Olle", items=frozenset({"contact"}), seen_at=None)
    return [anna, only, *(replace(only, stage=stage) for stage in ("answered", "offered", "lapsed"))]


def offering() -> OfferForm:
    """With nothing ticked, and a fault for it."""
    made = OfferForm(formdata=None, data={"name": "Anna", "items": []}, meta={"csrf": False})
    made.validate()
    return made
