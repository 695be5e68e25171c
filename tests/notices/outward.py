"""Ways out of the app for tests: devices and addresses of people, and what is sent there."""

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.core import clock, db
from app.core.audit import SYSTEM
from app.notices import delivery_service as deliveries
from app.notices import point_service as points
from app.notices import service as notices
from app.notices import subscription_service as subscriptions
from app.notices.delivery_rules import Claimed
from app.notices.models import Delivery, Notice
from app.notices.outcome_rules import Answer
from app.notices.subscription_service import Address
from tests.world import Someone

HOST = "updates.push.services.mozilla.com"
TAKEN, GONE, DOWN = Answer(201), Answer(410), Answer(503)


def device(who: Someone, name: str = "Chrome/Android", *, host: str = HOST, language: str = "sv") -> UUID:
    """A browser of theirs that may be pushed to; its key."""
    found = Address(f"https://{host}/wpush/{os.urandom(9).hex()}", "BKey", "auth", host, language, name)
    with db.transaction():
        return subscriptions.turn_on(found, 1, who.viewer.session_id, by=who.viewer, now=clock.now())


def address(who: Someone, system: str = "email", value: str = "siv@example.org") -> UUID:
    """An address of theirs that they have confirmed."""
    with db.transaction():
        asked = points.ask(system, value, by=who.viewer, now=clock.now())
        points.sent(asked, by=who.viewer, now=clock.now())
        assert points.confirm(asked.key, asked.code, by=who.viewer, now=clock.now()) == "done"
    return asked.key


def told(who: Someone, kind: str = "reply", *, about: UUID | None = None, at: datetime | None = None) -> UUID:
    """They are told something; the notice's key."""
    key = db.short(db.new_key())
    with db.transaction():
        notices.tell(
            {who.person.id: at or clock.now()}, kind, key, about=about or db.new_key(), by=SYSTEM, now=clock.now()
        )
    return db.session().scalars(select(Notice.id).where(Notice.key == key)).one()


@dataclass
class Post:
    """What the sender does, with answers that the test gives; `sent` is all that has left."""

    answers: dict[str, Answer] = field(default_factory=dict)
    sent: list[Claimed] = field(default_factory=list)

    def round(self, **options: Any) -> list[str]:
        """Plan, claim and record until nothing is due; the channels of what was sent, in order."""
        first = len(self.sent)
        with db.transaction():
            while deliveries.plan(by=SYSTEM, now=clock.now(), **options).taken:
                pass
        while claimed := self.claims(**options):
            self.sent += claimed
            with db.transaction():
                told = [(it, self.answers.get(it.host or it.channel, TAKEN)) for it in claimed]
                deliveries.record(told, by=SYSTEM, now=clock.now())
        return [it.channel for it in self.sent[first:]]

    def claims(self, **options: Any) -> list[Claimed]:
        with db.transaction():
            return deliveries.claim(by=SYSTEM, now=clock.now(), **options)


def shown(it: Claimed, what: str = "shown") -> bool:
    """The device says that it has shown it."""
    with db.transaction():
        return deliveries.receipt(it.receipt, what, by=SYSTEM, now=clock.now())


def rows(notice: UUID | None = None) -> list[tuple[str, str]]:
    """Each delivery's channel and status, or how it ended, in the order they were made."""
    which = select(Delivery).order_by(Delivery.made_at, Delivery.id).execution_options(populate_existing=True)
    found = db.session().scalars(which.where(Delivery.notice_id == notice) if notice else which)
    return [(it.channel, it.ended_how or it.status) for it in found]


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
