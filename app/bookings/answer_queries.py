"""What a patient has answered to a time, what is offered instead and what waits: as they see it, and as staff do."""

import json
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.accounts.queries import Viewer, person_name, shown_name
from app.bookings.offer_rules import Suits, unpacked
from app.core import crypto
from app.core.db import run
from app.core.errors import NotFound

LATE = timedelta(hours=24)
"""An answer that somebody cannot come is late within this: then it is said that it was right to say so all the same."""


@dataclass(frozen=True)
class Offer:
    """Another time, or somebody else (`who`) at the same time."""

    key: UUID
    starts_at: datetime | None
    ends_at: datetime | None
    who: str | None
    title: str


@dataclass(frozen=True)
class Asked:
    """What waits for the unit, or last did. No `holder` is the region's function; the patient reads `reason`."""

    holder_id: UUID | None
    holder: str
    since: datetime
    promised_at: datetime
    broken: int
    ended_at: datetime | None
    ended_how: str | None
    ended_by: str
    ended_by_id: UUID | None
    talked_at: datetime | None
    reason: str | None


@dataclass(frozen=True)
class Standing:
    """How a time stands with its patient. `mark` is what an answer carries of it: the version, and how many answers.

    `answer` is the last one, where it was said of the time as it is. `open`: it can still be answered. `asked` waits,
    unless it has ended. `late`: it is so near that nobody thinks that they may still say no. `closed`: it is hit since
    the whole unit is closed then.
    """

    key: UUID
    version: int
    n: int
    answer: str | None
    suits: Suits
    at: datetime | None
    offers: tuple[Offer, ...]
    asked: Asked | None
    open: bool
    hit: bool
    late: bool
    closed: bool = False

    @property
    def mark(self) -> str:
        return f"{self.version}.{self.n}"

    @property
    def waits(self) -> bool:
        return self.asked is not None and self.asked.ended_at is None


@dataclass(frozen=True)
class Matter:
    """A time whose patient has answered, or whom nobody can meet, as the unit has it.

    `stands`: it is still to be, and can be another. `kept_in`: the other system where alone it is changed. `reads`: it
    has come to the viewer. `may_take`: they see that it waits, and can take it; `why`: not without saying why.
    """

    key: UUID
    unit_id: UUID
    unit_name: str
    care_version: int
    patient_id: UUID
    name: str
    title: str
    mode: str
    place: str
    starts_at: datetime
    ends_at: datetime
    cancelled: bool
    stands: bool
    kept_in: str | None
    whom: tuple[str, ...]
    standing: Standing
    asked: Asked
    counts_from: datetime
    mine: bool
    reads: bool
    also_asked: bool
    why: bool
    works: bool


_STANDING = """
    b.id, b.version, b.status, b.starts_at, b.ends_at, b.hit_at is not null as hit, b.kept_in,
    b.hit_at is not null and exists (select from closure c where c.unit_id = b.unit_id
      and c.starts_on::timestamp at time zone 'Europe/Stockholm' < b.ends_at
      and (c.ends_on + 1)::timestamp at time zone 'Europe/Stockholm' > b.starts_at) as closed,
    a.id as answer_id, a.n, a.answer, a.words_sealed, a.at as answered_at,
    a.id is not null and not exists (select from booking_change where booking_id = b.id and version > a.version
      and what in ('moved', 'staff', 'cancelled', 'entered-in-error')) as stands,
    (select json_agg(json_build_array(o.id, o.starts_at, o.ends_at, o.staff_id, encode(p.name_sealed, 'base64'),
        s.title) order by o.starts_at, o.id)
      from booking_offer o left join staff s on s.person_id = o.staff_id left join person p on p.id = o.staff_id
      where o.booking_id = b.id and o.answered_at is null and o.withdrawn_at is null
        and coalesce(o.starts_at, b.starts_at) > :now) as offers,
    w.id as wait_id, w.holder_id, h.name_sealed as holder_sealed, w.opened_at, w.counts_from, w.promised_at, w.broken,
    w.ended_at, w.ended_how, w.ended_by, e.name_sealed as ender_sealed, w.talked_at, w.reason_sealed
"""
_FROM = """
    from booking b
    left join lateral (select * from booking_answer where booking_id = b.id order by n desc limit 1) a on true
    left join lateral (select * from wait where kind = 'booking_answer' and subject_id = b.id
      order by ended_at is null desc, opened_at desc, id desc limit 1) w on true
    left join person h on h.id = w.holder_id left join person e on e.id = w.ended_by
"""
_mine = text(f"select {_STANDING} {_FROM} where b.id = :booking and b.patient_id = :viewer")
# Of staff: whoever works at the unit, whoever it has come to, and who leads; never whom the patient has said no to, nor
# has let in, nor the patient at work.
_theirs = text(
    f"""
    select {_STANDING}, b.unit_id, u.name as unit_name, u.care_version, b.patient_id, b.mode, b.title_sealed,
      b.place_sealed, pa.name_sealed as patient_sealed, pa.protected, w.belongs_to, mine.asked, mine.of_function,
      mine.had_it, mine.works,
      (select json_agg(json_build_array(p.id, encode(p.name_sealed, 'base64')) order by p.id) from participant it
        join person p on p.id = it.person_id where it.booking_id = b.id and it.role = 'staff') as whom
    {_FROM}
    join unit u on u.id = b.unit_id join person pa on pa.id = b.patient_id
    cross join lateral (select
      exists (select from asked where wait_id = w.id and person_id = :viewer) as asked,
      exists (select from handoff where wait_id = w.id and from_id = :viewer) as had_it,
      exists (select from region_role where person_id = :viewer and role = 'function' and region_id = u.region_id)
        as of_function,
      exists (select from assignment where person_id = :viewer and unit_id = b.unit_id and starts_on <= :today
        and (ends_on is null or ends_on >= :today)) as works,
      exists (select from assignment where person_id = :viewer and starts_on <= :today
        and (ends_on is null or ends_on >= :today)) as works_somewhere,
      u.head_id = :viewer or exists (select from head_substitute where unit_id = u.id and person_id = :viewer) as leads
    ) mine
    where b.id = :booking and w.id is not null and b.patient_id <> :viewer
      and (mine.works or mine.leads or (mine.of_function and w.holder_id is null)
        or ((mine.works_somewhere or mine.of_function) and (w.holder_id = :viewer or mine.asked or mine.had_it)))
      and not exists (select from block where patient_id = b.patient_id and person_id = :viewer and ended_at is null)
      and not exists (select from relation where patient_id = b.patient_id and relative_id = :viewer
        and ended_at is null)
    """  # nosec B608  # our own words alone
)
_offered = text(
    """
    select b.id from booking b join booking_offer o on o.booking_id = b.id
    where o.id = :offer and b.patient_id = :viewer
    """
)
_overlaps = text(
    """
    select person_id from participant where booking_id <> :booking and status = 'booked'
      and person_id in (select person_id from participant where booking_id = :booking)
      and starts_at < :ends and ends_at > :starts
    """
)


def standing_for(viewer: Viewer, booking: UUID, *, now: datetime) -> Standing:
    """How one of the viewer's own times stands; raises NotFound."""
    row = run(_mine, {"booking": booking, "viewer": viewer.person_id, "now": now}).one_or_none()
    if row is None:
        raise NotFound
    return _standing(row, now)


def booking_of(viewer: Viewer, offer: UUID) -> UUID:
    """The viewer's own booking that something was offered instead of; raises NotFound."""
    row = run(_offered, {"offer": offer, "viewer": viewer.person_id}).one_or_none()
    if row is None:
        raise NotFound
    key: UUID = row.id
    return key


def matter_for(viewer: Viewer, booking: UUID, *, now: datetime, today: date) -> Matter:
    """A time of which something waits, or has waited, as somebody of the staff may see it; raises NotFound."""
    values = {"booking": booking, "viewer": viewer.person_id, "now": now, "today": today}
    row = run(_theirs, values).one_or_none()
    standing = row and _standing(row, now)
    if row is None or standing is None or standing.asked is None:
        raise NotFound
    ring, me, it = crypto.keyring(), viewer.person_id, standing.asked
    open_ = it.ended_at is None
    reads = me == row.holder_id or row.asked or (row.of_function and row.holder_id is None)
    return Matter(
        key=row.id,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        care_version=row.care_version,
        patient_id=row.patient_id,
        name=shown_name(
            row.patient_id, row.patient_sealed, hidden=row.protected and me not in (row.belongs_to, row.holder_id)
        ),
        title=ring.open(row.title_sealed, crypto.place("booking.title", row.id)),
        mode=row.mode,
        place="" if row.protected else ring.open(row.place_sealed, crypto.place("booking.place", row.id)),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        cancelled=row.status == "cancelled",
        stands=row.status == "booked",
        kept_in=row.kept_in,
        whom=tuple(sorted(person_name(UUID(key), b64decode(sealed)) for key, sealed in _list(row.whom))),
        standing=standing,
        asked=it,
        counts_from=row.counts_from,
        mine=row.holder_id == me,
        reads=reads or (not open_ and me in (it.ended_by_id, row.belongs_to)),
        also_asked=row.asked,
        why=not reads and row.belongs_to != me,
        works=row.works,
    )


def busy_then(viewer: Viewer, booking: UUID, starts_at: datetime, ends_at: datetime) -> set[UUID]:
    """Who of those who are to be at a time has another between two moments."""
    rows = run(_overlaps, {"booking": booking, "starts": starts_at, "ends": ends_at})
    return {row.person_id for row in rows}


def _standing(row: Any, now: datetime) -> Standing:
    stands = row.stands
    words = row.words_sealed if stands else None
    return Standing(
        key=row.id,
        version=row.version,
        n=row.n or 0,
        answer=row.answer if stands else None,
        suits=unpacked(words and crypto.keyring().open(words, crypto.place("booking_answer.words", row.answer_id))),
        at=row.answered_at if stands else None,
        offers=tuple(_offer(it) for it in _list(row.offers)) if row.status == "booked" else (),
        asked=_asked(row) if row.wait_id else None,
        open=row.status == "booked" and row.starts_at > now,
        hit=row.hit,
        late=row.starts_at - now < LATE,
        closed=row.closed,
    )


def _asked(row: Any) -> Asked:
    reason = row.reason_sealed and crypto.keyring().open(row.reason_sealed, crypto.place("wait.reason", row.wait_id))
    return Asked(
        holder_id=row.holder_id,
        holder=_name(row.holder_id, row.holder_sealed),
        since=row.opened_at,
        promised_at=row.promised_at,
        broken=row.broken,
        ended_at=row.ended_at,
        ended_how=row.ended_how,
        ended_by=_name(row.ended_by, row.ender_sealed),
        ended_by_id=row.ended_by,
        talked_at=row.talked_at,
        reason=reason,
    )


def _offer(it: Sequence[Any]) -> Offer:
    key, starts, ends, staff, sealed, title = it
    return Offer(
        UUID(key),
        datetime.fromisoformat(starts) if starts else None,
        datetime.fromisoformat(ends) if ends else None,
        person_name(UUID(staff), b64decode(sealed)) if staff else None,
        title or "",
    )


def _name(person: UUID | None, sealed: bytes | None) -> str:
    return person_name(person, sealed) if person and sealed else ""


def _list(found: Any) -> Any:
    """What PostgreSQL has put together as JSON, whichever way the driver gives it."""
    return (json.loads(found) if isinstance(found, str) else found) or ()
