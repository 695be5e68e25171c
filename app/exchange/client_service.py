"""Let another system in to read, give it another secret, shut it out; and give it a token when it shows its secret."""

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select, update

from app.accounts.models import Region
from app.care.models import Unit
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.errors import NotFound
from app.exchange.models import ApiClient, ApiToken
from app.exchange.reader_queries import digest

LIVES = timedelta(minutes=5)
BATCH = 200


class NameTaken(ValueError):
    """Another system that is let in is called so."""


class NotLetIn(ValueError):
    """There is no such client, its secret is another, or it has been shut out: nobody learns which."""


class NoScope(ValueError):
    """Nothing of what it asks for has been given to it."""


@dataclass(frozen=True)
class Wanted:
    """What a system is called, what it may read, and at which unit alone, if any."""

    name: str
    scopes: tuple[str, ...]
    unit: UUID | None


@dataclass(frozen=True)
class Given:
    """A token that a client has got, and what it is good for."""

    token: str = field(repr=False)
    scopes: tuple[str, ...]


def let_in(region: UUID, wanted: Wanted, *, by: Actor, now: datetime) -> tuple[UUID, str]:
    """Let a system in: its key, and its secret, which is kept nowhere. Raises NameTaken, or NotFound for a unit that is
    not of the region."""
    # One at a time, so that the second of two with one name hears it.
    db.run(select(Region.id).where(Region.id == region).with_for_update(key_share=True))
    if db.session().scalar(select(ApiClient.id).where(ApiClient.name == wanted.name, ApiClient.ended_at.is_(None))):
        raise NameTaken
    its = (Unit.id == wanted.unit, Unit.region_id == region)
    if wanted.unit and not db.session().scalar(select(Unit.id).where(*its)):
        raise NotFound
    assert by.person_id
    key, secret = db.new_key(), _fresh()
    client = ApiClient(
        id=key,
        region_id=region,
        unit_id=wanted.unit,
        name=wanted.name,
        scopes=sorted(wanted.scopes),
        secret_digest=digest("client", db.short(key), secret),
        made_at=now,
        made_by=by.person_id,
    )
    db.session().add(client)
    db.session().flush()
    _record("client.let_in", client, by=by, now=now)
    return key, secret


def renew(region: UUID, key: UUID, *, by: Actor, now: datetime) -> tuple[UUID, str]:
    """Another secret in place of the one before, whose tokens end. Raises NotFound."""
    client, secret = _held(region, key), _fresh()
    client.secret_digest = digest("client", db.short(key), secret)
    db.run(delete(ApiToken).where(ApiToken.client_id == key))
    _record("client.renewed", client, by=by, now=now)
    return key, secret


def shut_out(region: UUID, key: UUID, *, by: Actor, now: datetime) -> None:
    """It reads no more, from this moment. Raises NotFound when it is shut out already."""
    client = _held(region, key)
    client.ended_at = now
    db.run(delete(ApiToken).where(ApiToken.client_id == key))
    _record("client.shut_out", client, by=by, now=now)


def enter(client_id: str, secret: str, asked: Iterable[str], *, by: Actor, now: datetime) -> Given:
    """A token for a client that shows its secret; all that it may read, where it asks for nothing in particular.
    Raises NotLetIn and NoScope."""
    client = _known(client_id)
    # The same work, whether there is such a client or not.
    kept = client.secret_digest if client else digest("client", "", "")
    same = hmac.compare_digest(kept, digest("client", client_id, secret))
    if client is None or not same:
        raise NotLetIn
    wanted = set(asked) or set(client.scopes)
    scopes = tuple(scope for scope in client.scopes if scope in wanted)
    if not scopes:
        raise NoScope
    old = select(ApiToken.digest).where(ApiToken.ends_at <= now).order_by(ApiToken.ends_at).limit(BATCH)
    db.run(delete(ApiToken).where(ApiToken.digest.in_(old)))
    token = _fresh()
    made = ApiToken(
        digest=digest("token", token), client_id=client.id, scopes=list(scopes), made_at=now, ends_at=now + LIVES
    )
    db.session().add(made)
    db.session().flush()
    db.run(update(ApiClient).where(ApiClient.id == client.id).values(used_at=now))
    _record("client.entered", client, by=by, now=now)
    return Given(token, scopes)


def _known(client_id: str) -> ApiClient | None:
    try:
        key = db.long(client_id)
    except ValueError:
        return None
    return db.session().scalar(select(ApiClient).where(ApiClient.id == key, ApiClient.ended_at.is_(None)))


def _held(region: UUID, key: UUID) -> ApiClient:
    its = select(ApiClient).where(ApiClient.id == key, ApiClient.region_id == region, ApiClient.ended_at.is_(None))
    found = db.session().scalar(its.with_for_update(key_share=True).execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def _fresh() -> str:
    return secrets.token_urlsafe(32)


def _record(action: str, client: ApiClient, *, by: Actor, now: datetime) -> None:
    entry = Entry(action, None, client.unit_id, f"client:{db.short(client.id)}")
    audit.record(db.session(), entry, by=by, now=now)
