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
from app.notices.models import Subscription
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


def ended(someone: Someone) -> list[str | None]:
    """How each of somebody's browsers has ended, by name, and then None for each that is on."""
    mine = select(Subscription.ended_how).where(Subscription.person_id == someone.person.id)
    return sorted(db.session().scalars(mine), key=lambda how: (how is None, how or ""))
