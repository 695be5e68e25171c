"""What has become of what left the app, as those it was for may see it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.accounts.queries import Viewer


@dataclass(frozen=True)
class Trial:
    """A trial of one's own, and how far it has come: waiting, accepted, shown, opened, or ended (gone or refused)."""

    key: UUID
    subscription_id: UUID
    made_at: datetime
    status: str
    ended_how: str | None


def trial_of(viewer: Viewer, key: UUID, *, now: datetime) -> Trial:
    """A trial of the viewer's own; raises NotFound."""
    raise NotImplementedError
