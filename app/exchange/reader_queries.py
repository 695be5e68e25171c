"""Which system it is that reads from us, and of whom it asks."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from app.accounts.service import BadNumber, normalised
from app.core import crypto, db
from app.core.db import run
from app.exchange.models import ApiClient, ApiToken
from app.exchange.search_rules import Unfit


@dataclass(frozen=True)
class Client:
    """Another system that reads: the viewer of these queries. In the log it is the system, with its key in the object.

    With a unit: what is that unit's alone.
    """

    key: UUID
    region: UUID
    unit: UUID | None
    scopes: frozenset[str]
    person_id: None = None
    capacity: str = "system"

    @property
    def named(self) -> str:
        """How the log knows it."""
        return f"client:{db.short(self.key)}"


def client_of(token: str, *, now: datetime) -> Client | None:
    """Whoever holds a token that is good; None when it is not, whatever the reason."""
    row = run(_client, {"digest": digest("token", token), "now": now}).one_or_none()
    if row is None:
        return None
    return Client(row.id, row.region_id, row.unit_id, frozenset(row.given) & frozenset(row.scopes))


def digest(what: str, *secret: str) -> bytes:
    """What is kept of a secret."""
    return crypto.keyring().digest(f"api_{what}", *secret)


_client = (
    select(ApiClient.id, ApiClient.region_id, ApiClient.unit_id, ApiClient.scopes, ApiToken.scopes.label("given"))
    .join(ApiToken, ApiToken.client_id == ApiClient.id)
    .where(ApiToken.digest == bindparam("digest"), ApiToken.ends_at > bindparam("now"), ApiClient.ended_at.is_(None))
)


def number_index(said: str) -> bytes:
    """By what somebody with an identity number is found; raises Unfit."""
    try:
        return crypto.keyring().digest("person.number", normalised(said))
    except BadNumber as error:
        raise Unfit("The identifier is not a personnummer or samordningsnummer.") from error
