"""Browsers as they speak to us: an address at a push service, and two keys."""

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core import clock, db
from app.core.audit import Actor
from app.notices import subscription_service, webpush
from app.notices.models import Delivery, Subscription
from app.notices.subscription_service import Address
from tests.client import LintedClient
from tests.world import Someone

AT = "https://fcm.googleapis.com/fcm/send/"
AGENT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"
WHERE = "/aviseringar/telefoner"
_point = generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
P256DH, AUTH = (base64.urlsafe_b64encode(it).rstrip(b"=").decode() for it in (_point, b"sixteen letters!"))


def said(name: str, **more: Any) -> dict[str, Any]:
    """What a browser of that name says of itself."""
    return {"endpoint": AT + name, "p256dh": P256DH, "auth": AUTH} | more


def says(client: LintedClient, name: str, **more: Any) -> TestResponse:
    return client.post(WHERE, json=said(name, **more), headers={"User-Agent": AGENT})


def number(app: Flask) -> int:
    """The key that addresses are made for now."""
    return webpush.public_key(app.extensions["settings"])[0]


def turns_on(someone: Someone, name: str, *, by: Actor | None = None, **more: Any) -> Subscription:
    """Somebody turns their browser on."""
    address = Address(AT + name, P256DH, AUTH, "fcm.googleapis.com", "sv", "Chrome/android")
    viewer = someone.viewer
    with db.transaction():
        key = subscription_service.turn_on(
            address, number(someone.world.app), viewer.session_id, by=by or viewer, now=clock.now(), **more
        )
    return db.session().get_one(Subscription, key)


def tells(it: Subscription, times: int = 1, *, shown: bool = False) -> None:
    """So many notices are taken by a device's push service now, and shown or not."""
    at = clock.now()
    for _time in range(times):
        key = db.new_key()
        with db.transaction() as session:
            session.add(
                Delivery(
                    id=key,
                    person_id=it.person_id,
                    capacity=it.capacity,
                    channel="push",
                    subscription_id=it.id,
                    topic="x",
                    receipt_digest=key.bytes * 2,
                    made_at=at,
                    due_at=at,
                    tries=1,
                    accepted_at=at,
                    shown_at=at if shown else None,
                )
            )
            if shown:
                it.shown_at = at


def ended(someone: Someone) -> list[str | None]:
    """How each of somebody's browsers has ended, by name, and then None for each that is on."""
    mine = select(Subscription.ended_how).where(Subscription.person_id == someone.person.id)
    return sorted(db.session().scalars(mine), key=lambda how: (how is None, how or ""))
