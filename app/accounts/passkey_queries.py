"""A person's own keys, in the capacity that they look in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from app.accounts.models import Passkey
from app.accounts.passkey_rules import MOST
from app.accounts.queries import Viewer
from app.core import crypto
from app.core.db import run
from app.core.errors import NotFound


@dataclass(frozen=True)
class Key:
    """One key as its owner knows it."""

    key: UUID
    name: str
    device: str
    made_at: datetime
    used_at: datetime | None


_keys = (
    select(Passkey.id, Passkey.name_sealed, Passkey.device, Passkey.made_at, Passkey.used_at, Passkey.credential_id)
    .where(
        Passkey.person_id == bindparam("person"),
        Passkey.capacity == bindparam("capacity"),
        Passkey.ended_at.is_(None),
    )
    .order_by(Passkey.made_at, Passkey.id)
    .limit(MOST)
)
_key = _keys.where(Passkey.id == bindparam("key"))


def keys_of(viewer: Viewer) -> list[Key]:
    """The viewer's keys in their capacity, the oldest first."""
    return [_as_key(row) for row in run(_keys, _of(viewer)).all()]


def key_for(viewer: Viewer, key: UUID) -> Key:
    """One of the viewer's keys; raises NotFound."""
    row = run(_key, _of(viewer) | {"key": key}).one_or_none()
    if row is None:
        raise NotFound
    return _as_key(row)


def credentials_of(viewer: Viewer) -> list[bytes]:
    """What the viewer's keys call themselves, so that a phone does not make a second one."""
    return [row.credential_id for row in run(_keys, _of(viewer)).all()]


def _of(viewer: Viewer) -> dict[str, object]:
    return {"person": viewer.person_id, "capacity": viewer.capacity}


def _as_key(row: object) -> Key:
    name = crypto.keyring().open(row.name_sealed, crypto.place("passkey.name", row.id))  # type: ignore[attr-defined]
    return Key(row.id, name, row.device, row.made_at, row.used_at)  # type: ignore[attr-defined]
