"""What somebody has chosen about how they are told."""

from dataclasses import dataclass

from sqlalchemy import Text, Uuid, and_, bindparam, func, literal, select

from app.accounts.queries import Viewer
from app.core.db import run
from app.core.recurrence import Quiet
from app.notices.delivery_rules import quiet_of
from app.notices.models import ChannelOff, NoticeChoice
from app.notices.rules import ABOUT, CHANNELS


@dataclass(frozen=True)
class Choice:
    """What holds for the viewer in their capacity: what they chose, else what is usual.

    `quiet` is between which hours nothing leaves the app. `off` is which groups of things they do not want by which
    channels. `app_only`: they have said that the app is enough.
    """

    off_duty: bool
    fuller: bool
    quiet: Quiet | None
    app_only: bool
    off: frozenset[tuple[str, str]]

    def on(self, about: str) -> list[str]:
        """The channels by which they want to know of one group of things."""
        return [channel for channel in CHANNELS if (about, channel) not in self.off]


_PART = "/"
_VIEWER, _CAPACITY = bindparam("viewer", type_=Uuid()), bindparam("capacity", type_=Text())
_off = (
    select(func.string_agg(ChannelOff.about + _PART + ChannelOff.channel, literal(" "), type_=Text))
    .where(ChannelOff.person_id == _VIEWER, ChannelOff.capacity == _CAPACITY)
    .scalar_subquery()
)
_one = select(literal(1).label("one")).subquery()
_choice = select(
    NoticeChoice.chosen_at,
    NoticeChoice.off_duty,
    NoticeChoice.fuller,
    NoticeChoice.quiet_from,
    NoticeChoice.quiet_until,
    NoticeChoice.app_only,
    _off.label("channels_off"),
).select_from(_one.outerjoin(NoticeChoice, and_(NoticeChoice.person_id == _VIEWER, NoticeChoice.capacity == _CAPACITY)))


def choice_of(viewer: Viewer) -> Choice:
    row = run(_choice, {"viewer": viewer.person_id, "capacity": viewer.capacity}).one()
    pairs = (it.partition(_PART) for it in (row.channels_off or "").split())
    off = frozenset((about, channel) for about, _, channel in pairs if about in ABOUT[viewer.capacity])
    if row.chosen_at is None:
        return Choice(False, False, quiet_of(viewer.capacity, None), False, off)
    quiet = quiet_of(viewer.capacity, (row.quiet_from, row.quiet_until))
    return Choice(row.off_duty, row.fuller, quiet, row.app_only, off)
