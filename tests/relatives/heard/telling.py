"""Somebody who tells a unit something, without a session, and what stands behind the page."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from werkzeug.test import TestResponse

from app.accounts.rules import born
from app.care.models import Unit
from app.core import clock, db
from app.core.audit import SYSTEM
from app.relatives import told_service
from app.relatives.models import Told
from app.waits.models import Wait
from tests.client import LintedClient
from tests.world import Patient, World, form_in

TEXT = "Hon har inte sovit på en vecka, och ringer mig om nätterna."


def tells(
    world: World, unit: Unit, name: str, birth: str, text: str = TEXT, *, phone: LintedClient | None = None, **more: str
) -> TestResponse:
    """Fill in the page and send it."""
    phone = phone or world.app.test_client()  # type: ignore[assignment]
    assert phone
    page = f"/beratta/{db.short(unit.id)}"
    said = {"name": name, "birth": birth, "text": text, "reach": ""} | more
    return phone.post(page, data=form_in(phone.get(page).text) | said)


def birth_of(patient: Patient) -> str:
    return born(patient.person.number or "").isoformat()


def works_on(world: World) -> None:
    """The worker's look at what was told, and then at what waits."""
    for one in told_service.unlooked(by=SYSTEM, now=clock.now()):
        with db.transaction():
            told_service.see_to(one, by=SYSTEM, now=clock.now())
    world.works_on()


def told() -> list[Told]:
    db.session().expire_all()
    return list(db.session().scalars(select(Told).order_by(Told.told_at, Told.id)))


def wait_of(key: UUID) -> Wait:
    db.session().expire_all()
    return db.session().scalars(select(Wait).where(Wait.subject_id == key)).one()
