"""What a device proves: that it was shown what it was sent."""

import base64
import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core import crypto
from app.core.audit import Actor
from app.core.db import run

TOKEN = 16


def topic(person: UUID, about: object) -> str:
    """What makes ten messages about one thing one notice on the phone; it says nothing of it (RFC 8030, 5.4)."""
    return base64.urlsafe_b64encode(crypto.keyring().digest("topic", str(person), str(about))[:24]).decode()


def token(delivery: UUID) -> bytes:
    """What a device proves by that it was shown this; worked out anew when it must be sent again."""
    return crypto.keyring().digest("receipt", str(delivery))[:TOKEN]


def proof(given: bytes) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(given).digest()


_RECEIPT = text(
    """
    with this as (select id, subscription_id, topic, made_at from delivery where receipt_digest = :digest),
    held as materialized (
      select d.id, d.id = (select id from this) as own from delivery d
      where d.id = any (array(select id from this union select o.id from this join delivery o
        on o.subscription_id = this.subscription_id and o.topic = this.topic and o.accepted_at is not null
          and o.shown_at is null and o.made_at <= this.made_at))
      order by d.id for no key update of d),
    done as (
      update delivery d set accepted_at = coalesce(d.accepted_at, :now), shown_at = coalesce(d.shown_at, :now),
        opened_at = case when held.own and :opened then coalesce(d.opened_at, :now) else d.opened_at end,
        ended_at = null, ended_how = null, lease_until = null
      from held where d.id = held.id and (d.shown_at is null or (held.own and :opened and d.opened_at is null))
        and (held.own or d.accepted_at is not null)
      returning d.subscription_id),
    device as (update subscription s set shown_at = :now, failing_since = null from done
      where s.id = done.subscription_id)
    select exists (select from this) as known
    """
)


def receipt(given: str, what: str, *, by: Actor, now: datetime) -> bool:
    """Note that a device has `shown` or `opened` what it was sent, by the token that proves it; whether it is known.

    It may come before the push service has said that it took it, and twice. What was sent before it about the same
    thing was replaced by it on the phone, and counts as shown.
    """
    try:
        digest = proof(base64.urlsafe_b64decode(given[:64] + "=="))
    except ValueError:
        digest = proof(b"")
    found: Any = run(_RECEIPT, {"digest": digest, "opened": what == "opened", "now": now}).one()
    return bool(found.known)
