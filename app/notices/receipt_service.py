"""What a device proves: that it was shown what it was sent."""

import base64
import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
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


def said(token: bytes) -> str:
    """The token as it is sent."""
    return base64.urlsafe_b64encode(token).rstrip(b"=").decode()


def proof(given: bytes) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(given).digest()


_RECEIPTS = text(
    """
    with given as (select * from json_to_recordset(cast(:rows as json)) as r (digest bytea, opened boolean)),
    this as (
      select d.id, d.subscription_id, d.topic, d.made_at, given.opened, given.digest
      from given join delivery d on d.receipt_digest = given.digest),
    meant as (
      select id, bool_or(own) as own, bool_or(opened) as opened from (
        select id, true as own, opened from this
        union all
        select o.id, false, false from this join delivery o on o.subscription_id = this.subscription_id
          and o.topic = this.topic and o.accepted_at is not null and o.shown_at is null and o.made_at <= this.made_at
      ) one group by id),
    held as materialized (
      select d.id, meant.own, meant.opened from meant join delivery d on d.id = meant.id
      order by d.id for no key update of d),
    done as (
      update delivery d set accepted_at = coalesce(d.accepted_at, :now), shown_at = coalesce(d.shown_at, :now),
        opened_at = case when held.opened then coalesce(d.opened_at, :now) else d.opened_at end,
        ended_at = null, ended_how = null, lease_until = null
      from held where d.id = held.id and (d.shown_at is null or (held.opened and d.opened_at is null))
        and (held.own or d.accepted_at is not null)
      returning d.subscription_id),
    devices as materialized (
      select s.id from subscription s where s.id in (select subscription_id from done)
      order by s.id for no key update of s),
    device as (update subscription s set shown_at = :now, failing_since = null from devices where s.id = devices.id)
    select distinct digest from this
    """
)


def receipt(given: str, what: str, *, by: Actor, now: datetime) -> bool:
    """Note that a device has `shown` or `opened` what it was sent, by the token that proves it; whether it is known."""
    return receipts([(given, what)], by=by, now=now)[0]


def receipts(given: Sequence[tuple[str, str]], *, by: Actor, now: datetime) -> list[bool]:
    """The same for many at once, in one statement.

    One may come before the push service has said that it took it, and twice. What was sent before it about the same
    thing was replaced by it on the phone, and counts as shown.
    """
    found = [(_proof_of(token), what == "opened") for token, what in given]
    rows = [{"digest": f"\\x{digest.hex()}", "opened": opened} for digest, opened in found]
    known = {bytes(row.digest) for row in run(_RECEIPTS, {"rows": json.dumps(rows), "now": now})}
    return [digest in known for digest, _opened in found]


def _proof_of(given: str) -> bytes:
    try:
        return proof(base64.urlsafe_b64decode(given[:64] + "=="))
    except ValueError:
        return proof(b"")
