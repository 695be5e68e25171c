"""The systems that may read from us, as the region's administrator sees them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, select

from app.accounts.models import Person, RegionRole
from app.accounts.queries import Viewer, person_name
from app.care.models import Unit
from app.core.db import run, short
from app.core.errors import NotFound
from app.exchange.models import ApiClient

MOST = 60


@dataclass(frozen=True)
class Client:
    """A system that may read, or might: what, where, since when, and when it last asked to come in."""

    key: UUID
    name: str
    scopes: frozenset[str]
    unit_name: str | None
    made_at: datetime
    made_by: str
    used_at: datetime | None
    ended_at: datetime | None

    @property
    def id_words(self) -> str:
        """What the system calls itself when it asks to come in."""
        return short(self.key)


_administers = exists().where(
    RegionRole.region_id == ApiClient.region_id,
    RegionRole.person_id == bindparam("viewer"),
    RegionRole.role == "administrator",
)
_clients = (
    select(
        ApiClient.id,
        ApiClient.name,
        ApiClient.scopes,
        Unit.name.label("unit_name"),
        ApiClient.made_at,
        ApiClient.made_by,
        Person.name_sealed,
        ApiClient.used_at,
        ApiClient.ended_at,
    )
    .join(Person, Person.id == ApiClient.made_by)
    .outerjoin(Unit, Unit.id == ApiClient.unit_id)
    .where(_administers)
)
_listed = _clients.order_by(ApiClient.ended_at.desc().nulls_first(), ApiClient.name, ApiClient.id).limit(MOST)
_one = _clients.where(ApiClient.id == bindparam("client"))


def clients_of(viewer: Viewer) -> list[Client]:
    """Those that are let in, by name, and then those that have been, the last one first: as many as fit on a page."""
    return [_of(row) for row in run(_listed, {"viewer": viewer.person_id})]


def client_for(viewer: Viewer, key: UUID) -> Client:
    """One of them; raises NotFound."""
    row = run(_one, {"viewer": viewer.person_id, "client": key}).one_or_none()
    if row is None:
        raise NotFound
    return _of(row)


def _of(row: Any) -> Client:
    return Client(
        key=row.id,
        name=row.name,
        scopes=frozenset(row.scopes),
        unit_name=row.unit_name,
        made_at=row.made_at,
        made_by=person_name(row.made_by, row.name_sealed),
        used_at=row.used_at,
        ended_at=row.ended_at,
    )
