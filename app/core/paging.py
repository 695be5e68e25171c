"""Keyset paging: a page begins after a row, never at a number, so that new rows move nothing."""

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from app.core import clock

PAGE = 20

Row = TypeVar("Row")


def cut(rows: Sequence[Row], size: int = PAGE) -> tuple[list[Row], bool]:
    """The page out of one row more than it holds, and whether there is more behind it."""
    return list(rows[:size]), len(rows) > size


def cursor(at: datetime, key: UUID) -> str:
    """A row's place in a list ordered by time and key, for an address."""
    return base64.urlsafe_b64encode(clock.micros(at).to_bytes(8, "big") + key.bytes).decode()


def place(text: str | None) -> tuple[datetime, UUID] | None:
    """The place behind a cursor; None for the first page, and for a cursor that somebody has changed."""
    try:
        raw = base64.urlsafe_b64decode(text or "")
        if len(raw) != 24:
            return None
        return clock.EPOCH + int.from_bytes(raw[:8], "big") * clock.MICRO, UUID(bytes=raw[8:])
    except (ValueError, OverflowError):
        return None
