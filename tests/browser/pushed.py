"""What stories about notices on a phone have in common: who writes to whom, and what became of what was sent."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from app.core import clock, db
from app.notices import setting_service as settings
from app.notices.models import Delivery, Subscription
from tests.browser import waiting
from tests.browser.test_notices import always_there
from tests.world import Patient, Someone, Staff, World

TITLE, TEXT = "Du har något nytt", "Öppna Närlinjen för att se vad."


@dataclass
class Pair:
    """A patient, whoever answers them, and the question that stands between them."""

    patient: Patient
    staff: Staff
    thread: UUID

    def reply(self, text: str) -> None:
        self.staff.writes(text, thread=self.thread)


def pair(world: World, unit: str, patient: str, staff: str) -> Pair:
    """A patient who has asked something, and may be told of the answer at any hour."""
    there = always_there(world, f"Mottagning {unit}", staff, f"Stina {unit}")[0]
    made = world.patient(patient, contact=staff)
    with db.transaction():
        settings.choose_quiet(None, by=made.viewer, now=clock.now())
    return Pair(made, there, made.asks("Kan jag sänka dosen själv?"))


def devices(who: Someone) -> list[Subscription]:
    """Their browsers, the newest first, those that have ended too."""
    db.session().commit()
    mine = select(Subscription).where(Subscription.person_id == who.person.id)
    return list(db.session().scalars(mine.order_by(Subscription.made_at.desc())))


def statuses(who: Someone) -> list[str]:
    """How far each thing that was sent to them has come, the oldest first."""
    db.session().commit()
    mine = select(Delivery.status).where(Delivery.person_id == who.person.id, Delivery.notice_id.is_not(None))
    return list(db.session().scalars(mine.order_by(Delivery.made_at, Delivery.id)))


def becomes(who: Someone, *wanted: str) -> None:
    """Wait until what was sent to them has come so far, one after the other."""
    waiting.becomes(lambda: statuses(who), list(wanted), "what was sent to come so far")
