"""A unit that publishes free times, what its pages say, and what becomes of a time."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from werkzeug.test import TestResponse

from app.bookings.models import Booking
from app.bookings.slot_rules import Span
from app.core import clock, db
from app.core.audit import SYSTEM
from app.slots import freed_service, queue_service, slot_service, take_service
from app.slots.models import Queued, Slot, SlotOffer
from tests.bookings.times import offers
from tests.client import LintedClient
from tests.world import Someone, Staff, token_in, wall


def publishes(
    staff: Staff,
    *starts: str,
    kind: str = "Samtal",
    minutes: int = 45,
    for_whom: str = "unit",
    also: tuple[Staff, ...] = (),
) -> list[UUID]:
    """Publish times with somebody, from Swedish wall times such as "2026-11-24 09:00"; their keys."""
    spans = [Span(at, at + timedelta(minutes=minutes)) for at in map(wall, starts)]
    key = offers(staff, kind, also=also)
    with db.transaction():
        return slot_service.publish(key, staff.person.id, spans, for_whom=for_whom, by=staff.viewer, now=clock.now())


def takes(who: Someone, key: UUID) -> UUID:
    with db.transaction():
        return take_service.take(key, by=who.viewer, now=clock.now())


def refuses(who: Someone, key: UUID) -> bool:
    with db.transaction():
        return take_service.refuse(key, by=who.viewer, now=clock.now())


def waits(who: Someone, *parts: str, kind: UUID, notice: int = 24) -> UUID:
    """Let a patient stand on the list for a kind."""
    with db.transaction():
        return queue_service.join(kind, who.person.id, parts, notice, by=who.viewer, now=clock.now())


def rounds(most: int = 9) -> int:
    """The worker looks at what has become free until nothing is left to do; how much it did."""
    done = 0
    for _turn in range(most):
        found = [
            see_to(key, by=SYSTEM, now=clock.now())
            for due, see_to in ((queue_service.due, queue_service.see_to), (freed_service.due, freed_service.see_to))
            for key in due(by=SYSTEM, now=clock.now())
        ]
        db.session().commit()
        if not any(found):
            return done
        done += sum(found)
    raise AssertionError("the worker's round does not come to rest")


def slot(key: UUID) -> Slot:
    return fresh(Slot, key)


def fresh(kind: Any, key: UUID) -> Any:
    found = db.session().get_one(kind, key)
    db.session().refresh(found)
    return found


def slots() -> list[Slot]:
    asked = select(Slot).order_by(Slot.starts_at).execution_options(populate_existing=True)
    return list(db.session().scalars(asked))


def bookings() -> list[Booking]:
    asked = select(Booking).order_by(Booking.made_at, Booking.id).execution_options(populate_existing=True)
    return list(db.session().scalars(asked))


def slot_offers() -> list[SlotOffer]:
    asked = select(SlotOffer).order_by(SlotOffer.offered_at, SlotOffer.id).execution_options(populate_existing=True)
    return list(db.session().scalars(asked))


def queue() -> list[Queued]:
    asked = select(Queued).order_by(Queued.since, Queued.id).execution_options(populate_existing=True)
    return list(db.session().scalars(asked))


def address(key: UUID, after: str = "") -> str:
    return f"/lediga-tider/{db.short(key)}{after}"


def heading(html: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    return re.sub(r"<[^>]+>", "", found[1]).strip() if found else ""


def presses(phone: LintedClient, page: TestResponse, path: str, **typed: str) -> TestResponse:
    """Press a button that stands on a page."""
    assert f'action="{path}"' in page.text, f"there is no button to {path}"
    return phone.post(path, data={"csrf_token": token_in(page.text)} | typed)
