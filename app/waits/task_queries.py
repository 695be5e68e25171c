"""What waits for somebody as head, one line for each kind of thing, as their start page shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.accounts.queries import person_name


@dataclass(frozen=True)
class Task:
    """What waits for the viewer as head, of one kind at one unit: how many, and by when the first."""

    kind: str
    unit_id: UUID
    unit_name: str
    count: int
    promised_at: datetime
    broken: bool
    key: UUID
    about: str | None


@dataclass(frozen=True)
class Tasks:
    """What waits for the viewer as head, the first to be due first, and how many questions are or may be late."""

    tasks: tuple[Task, ...]
    late: int


def task_of(row: Any) -> Task:
    """One of them, as it is read with what else stands there."""
    return Task(
        kind="long_absence" if row.kind == "new_contact" and row.of_nobody else row.kind,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        count=row.number,
        promised_at=row.promised_at,
        broken=row.broken,
        key=UUID(row.key),
        about=row.about_id and person_name(row.about_id, row.about_sealed),
    )
