"""What staff do with what was told about a patient, or with a relative who wants to be rung: end it, or give it on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from app.accounts.queries import Viewer
from app.core import db
from app.notices import service as notices
from app.relatives.heard_queries import Heard
from app.waits import service as waits
from app.waits.models import Wait


class NothingWaits(Exception):
    """Somebody has ended it already; nothing was stored."""


class Elsewhere(Exception):
    """Somebody else has it now; nothing was stored."""


_wait = (
    select(Wait.id, Wait.holder_id)
    .where(Wait.kind == bindparam("kind"), Wait.subject_id == bindparam("subject"), Wait.ended_at.is_(None))
    .with_for_update(key_share=True)
)


def talked(heard: Heard, at: datetime, *, by: Viewer, now: datetime) -> None:
    """Whoever told it, or asked, has been talked with. Raises NothingWaits."""
    _locked(heard)
    waits.end(heard.kind, heard.key, "talked", talked_at=at, by=by, now=now)


def nothing_more(heard: Heard, reason: str, *, by: Viewer, now: datetime) -> None:
    """It is read, and nothing more is to be done. Why stays with the staff, unless a relative asked to be rung: they
    are told. Raises NothingWaits."""
    _locked(heard)
    waits.end(heard.kind, heard.key, "no_need", reason=reason, by=by, now=now)
    if heard.relative_id and not heard.over:
        notices.tell({heard.relative_id: now}, "call_ended", db.short(heard.key), about=heard.key, by=by, now=now)


def hand_over(heard: Heard, to: UUID, words: str, *, by: Viewer, now: datetime) -> None:
    """Give it to a colleague. Raises NothingWaits, Elsewhere, CannotHold."""
    if _locked(heard).holder_id not in (by.person_id, to, None):
        raise Elsewhere
    waits.hand_over(heard.kind, heard.key, to, words=words, by=by, now=now)


def ask(heard: Heard, person: UUID, words: str, *, by: Viewer, now: datetime) -> None:
    """Ask a colleague as well; it stays where it is. Raises NothingWaits, CannotHold."""
    _locked(heard)
    waits.ask_colleague(heard.kind, heard.key, person, words=words, by=by, now=now)


def take(heard: Heard, words: str | None, *, by: Viewer, now: datetime) -> None:
    """Take it oneself. Raises NothingWaits, CannotHold."""
    _locked(heard)
    waits.take(heard.kind, heard.key, words=words, by=by, now=now)


def _locked(heard: Heard) -> Any:
    """The wait as it is now, under its lock; raises NothingWaits."""
    wait = db.run(_wait, {"kind": heard.kind, "subject": heard.key}).one_or_none()
    if wait is None:
        raise NothingWaits
    return wait
