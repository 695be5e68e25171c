"""Whether something waits."""

from uuid import UUID

from sqlalchemy import bindparam, select

from app.accounts.queries import Viewer
from app.core.query import Query
from app.waits.models import Wait

_OPEN = Query(
    select(Wait.id).where(
        Wait.kind == bindparam("kind"), Wait.subject_id == bindparam("subject"), Wait.ended_at.is_(None)
    )
)


def is_open(viewer: Viewer, kind: str, subject: UUID) -> bool:
    """Whether a question is open about something that the viewer has reached; ask it under the subject's lock."""
    return bool(_OPEN.rows(kind=kind, subject=subject))
