"""What somebody has chosen of reminders, and whose times they may be reminded of."""

from dataclasses import dataclass

from sqlalchemy import Text, bindparam, exists, func, select

from app.accounts.queries import Viewer
from app.bookings.models import ReminderChoice
from app.bookings.reminder_rules import NEAR, NIGHT, OWN, USUAL
from app.bookings.rules import MODES
from app.core.query import Query
from app.core.recurrence import Quiet
from app.notices import setting_queries
from app.relatives.models import Relation

Befores = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Choice:
    """How long before the times of each kind the viewer is reminded: of their own, and of those of somebody near.

    None where they have no such times. `quiet` are their own quiet hours, where these are others than the night.
    """

    own: Befores | None
    near: Befores | None
    quiet: Quiet | None


_CHOSEN = Query(
    select(
        ReminderChoice.whose,
        ReminderChoice.mode,
        func.array_to_string(ReminderChoice.before, " ", type_=Text).label("before"),
    ).where(ReminderChoice.person_id == bindparam("viewer"))
)
# Whoever waits to be let in may choose already.
_NEAR = Query(
    select(exists().where(Relation.relative_id == bindparam("viewer"), Relation.ended_at.is_(None)).label("near"))
)


def choice_of(viewer: Viewer) -> Choice:
    rows = _CHOSEN.rows(viewer=viewer.person_id)
    near = _NEAR.row(viewer=viewer.person_id)
    chosen = {(row.whose, row.mode): tuple(row.before.split()) for row in rows}
    quiet = setting_queries.choice_of(viewer).quiet

    def befores(whose: str) -> Befores:
        return {mode: chosen.get((whose, mode), USUAL[whose]) for mode in MODES}

    return Choice(
        own=befores(OWN) if "patient" in viewer.kinds else None,
        near=befores(NEAR) if near and near.near else None,
        quiet=quiet if quiet != NIGHT else None,
    )
