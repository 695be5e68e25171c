"""Tell people, once each, and let it rest until they may be reached.

Those who tell say what has happened, to whom and from when. By which ways it reaches them is decided below: in the app
now, and by each channel that is added.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Text,
    Update,
    Uuid,
    bindparam,
    case,
    cast,
    column,
    delete,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from app.accounts.models import Person
from app.core import audit, db, live
from app.core.audit import Actor, Entry
from app.core.locale import local
from app.notices import rules
from app.notices.models import Notice, NoticeChoice

BATCH = 200
UNSEEN = (Notice.seen_at.is_(None), Notice.withdrawn_at.is_(None))


@dataclass(frozen=True)
class Told:
    """One thing that one person is told, from when it may be shown to them. `about` is what it is about."""

    person_id: UUID
    kind: str
    key: str
    show_at: datetime
    about: UUID | None = None


_COLUMNS = {"id": Uuid, "person_id": Uuid, "kind": Text, "key": Text, "object_id": Uuid, "capacity": Text}
_given = (
    func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON))
    .table_valued(
        *(column(name, kind()) for name, kind in _COLUMNS.items()), column("show_at", DateTime(timezone=True))
    )
    .render_derived(with_types=True)
)
_NOW = bindparam("now", type_=DateTime(timezone=True))
_SHOW_AT = func.greatest(_NOW, _given.c.show_at)
_rows = upsert(Notice).from_select(
    [*_COLUMNS, "language", "made_at", "show_at", "next_at"],
    select(*(_given.c[name] for name in _COLUMNS), Person.language, _NOW, _SHOW_AT, _SHOW_AT)
    .join_from(_given, Person, Person.id == _given.c.person_id)
    # Accounts that are closed are told nothing. In one order, so that two who tell never wait for each other.
    .where(Person.closed_at.is_(None))
    .order_by(_given.c.person_id, _given.c.kind, _given.c.key),
)
# What was withdrawn has never been shown, so that the same may be told again.
_TELL = _rows.on_conflict_do_update(
    index_elements=["person_id", "kind", "key"],
    set_={
        name: _rows.excluded[name]
        for name in ("made_at", "show_at", "next_at", "object_id", "language", "withdrawn_at")
    },
    where=Notice.withdrawn_at.is_not(None),
).returning(Notice.person_id)


def tell(
    people: Mapping[UUID, datetime], kind: str, key: str, *, about: UUID | None = None, by: Actor, now: datetime
) -> None:
    """Tell each person of this kind of thing, from the moment each may be reached; the same kind and key again is
    nothing new, unless it was withdrawn. Accounts that are closed are told nothing."""
    tell_many((Told(person, kind, key, at, about) for person, at in people.items()), by=by, now=now)


def tell_many(told: Iterable[Told], *, by: Actor, now: datetime) -> None:
    """The same for many people and things at once, in one statement."""
    _write(told, now)


def remind(people: Mapping[UUID, datetime], *, by: Actor, now: datetime) -> None:
    """Remind each of what waits for them, from the moment each may be reached: two reminders a day and no more.

    A reminder stands for every question that has waited half its time, and what is told while one is not seen joins it.
    """
    days = {person: f"{local(max(at, now)):%Y-%m-%d}" for person, at in people.items()}
    keys = {f"{day}:{number}" for day in days.values() for number in range(1, rules.REMINDERS_A_DAY + 1)}
    known = select(Notice.person_id, Notice.key, Notice.seen_at).where(
        Notice.person_id.in_(days), Notice.kind == "reminder", Notice.key.in_(keys), Notice.withdrawn_at.is_(None)
    )
    there: dict[UUID, list[tuple[int, bool]]] = {person: [] for person in days}
    for row in db.run(known) if days else ():
        day, number = row.key.rsplit(":", 1)
        if day == days[row.person_id]:
            there[row.person_id].append((int(number), row.seen_at is not None))
    told = [
        Told(person, "reminder", f"{days[person]}:{number}", people[person])
        for person, stands in there.items()
        if (number := rules.next_reminder(stands)) is not None
    ]
    _write(told, now)


def seen(person_id: UUID, *, about: UUID, by: Actor, now: datetime) -> None:
    """Note that a person has been shown what they were told of one thing."""
    _see(update(Notice).where(Notice.person_id == person_id, Notice.object_id == about), now, person_id)


def opened(key: UUID, *, by: Actor, now: datetime) -> None:
    """Note that one notice of one's own was opened, and with it what else was told of the same thing."""
    this = select(Notice.object_id).where(Notice.id == key).scalar_subquery()
    mine = update(Notice).where(Notice.person_id == by.person_id, Notice.capacity == by.capacity)
    _see(mine.where(or_(Notice.id == key, Notice.object_id == this)), now, by.person_id)


def seen_all(*, by: Actor, now: datetime, kind: str | None = None) -> None:
    """Note that all that one could see has been seen, or all of one kind."""
    mine = update(Notice).where(Notice.person_id == by.person_id, Notice.capacity == by.capacity)
    _see(mine.where(Notice.kind == kind) if kind else mine, now, by.person_id)


def withdraw(
    about: UUID,
    *,
    people: Collection[UUID] | None = None,
    kinds: Collection[str] = rules.WHILE_OPEN,
    by: Actor,
    now: datetime,
) -> list[UUID]:
    """Take back what is not seen of something that has been answered, has ended or is no longer theirs: from all, or
    from some. What has been seen stays. Returns from whom."""
    theirs = (Notice.person_id.in_(people),) if people is not None else ()
    return _change(Notice.object_id == about, Notice.kind.in_(kinds), *theirs, withdrawn_at=now)


def withdraw_many(
    pairs: Collection[tuple[UUID, UUID]],
    *,
    kinds: Collection[str] = rules.WHILE_OPEN,
    by: Actor,
    now: datetime,
) -> None:
    """The same for many things, each from the one person whose it no longer is."""
    if pairs:
        theirs = tuple_(Notice.object_id, Notice.person_id).in_(pairs)
        _change(theirs, Notice.kind.in_(kinds), withdrawn_at=now)


def withdraw_lists(absences: Collection[UUID], *, by: Actor, now: datetime) -> None:
    """Take back the lists that wait on return from some absences, which are no longer what they were."""
    if absences:
        _change(Notice.object_id.in_(absences), Notice.kind == "back", withdrawn_at=now)


def withdraw_reminders(people: Collection[UUID], *, by: Actor, now: datetime) -> None:
    """Take back the reminders of those who have nothing left to be reminded of."""
    _change(Notice.person_id.in_(people), Notice.kind == "reminder", withdrawn_at=now)


def silence(person_id: UUID, *, by: Actor, now: datetime) -> None:
    """Take back all that a patient has not seen: nothing more is to reach them."""
    _change(Notice.person_id == person_id, Notice.capacity == rules.PRIVATE, withdrawn_at=now)


def put_off(person_id: UUID, until: datetime, *, back: datetime | None = None, by: Actor, now: datetime) -> None:
    """Let what somebody of the staff has not seen rest until they may be reached, or show it where that is now. The
    list of what was done meanwhile rests until they are `back`; without it, as long as it did."""
    lists = Notice.kind == "back"
    then = case((lists, literal(back or until, _NOW.type)), else_=literal(until, _NOW.type))
    later = or_(then > now, Notice.show_at > now)
    mine = (Notice.person_id == person_id, Notice.capacity == rules.DUTY, Notice.show_at != then, later)
    kept = () if back else (~lists,)
    shown = func.greatest(Notice.made_at, then)
    _change(*mine, *kept, show_at=shown, next_at=shown)


def choose(off_duty: bool, *, by: Actor, now: datetime) -> None:
    """Choose whether one may be reached off duty too. Whoever chooses it is shown at once what was resting; the list of
    what was done meanwhile is for the return."""
    choice = upsert(NoticeChoice).values(
        person_id=by.person_id, capacity=rules.DUTY, off_duty=off_duty, fuller=False, chosen_at=now
    )
    fresh = {"off_duty": choice.excluded.off_duty, "chosen_at": choice.excluded.chosen_at}
    db.run(choice.on_conflict_do_update(index_elements=["person_id", "capacity"], set_=fresh))
    if off_duty and by.person_id:
        put_off(by.person_id, now, by=by, now=now)
    audit.record(db.session(), Entry("notices.off_duty" if off_duty else "notices.in_peace"), by=by, now=now)


def forget_old_notices(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Take away notices ninety days after they were made; returns how many."""
    old = select(Notice.id).where(Notice.made_at < now - rules.KEPT).order_by(Notice.made_at).limit(batch)
    return len(db.run(delete(Notice).where(Notice.id.in_(old)).returning(Notice.id)).all())


def _write(told: Iterable[Told], now: datetime) -> None:
    # One statement cannot meet the same row twice: of what is told twice in it, the first is told.
    rows = {
        (it.person_id, it.kind, it.key): {
            "id": db.new_key(),
            "person_id": it.person_id,
            "kind": it.kind,
            "key": it.key,
            "object_id": it.about,
            "capacity": rules.KINDS[it.kind].capacity,
            "show_at": it.show_at,
        }
        for it in reversed(list(told))
    }
    if rows:
        _wake(db.run(_TELL, {"rows": json.dumps(list(rows.values()), default=str), "now": now}).scalars())


def _see(mine: Update, now: datetime, person_id: UUID | None) -> None:
    seen_now = mine.where(*UNSEEN, Notice.show_at <= now).values(seen_at=now)
    if person_id and db.run(seen_now.returning(Notice.id)).first():
        _wake([person_id])


def _change(*those: ColumnElement[bool], **values: Any) -> list[UUID]:
    """Change what is not seen of some notices; gives back whose they are."""
    # Locked in one order, which is also that in which whoever sees theirs finds them: nobody waits for one who waits.
    keys = select(Notice.id).where(*those, *UNSEEN).order_by(Notice.person_id, Notice.show_at, Notice.id)
    changed = update(Notice).where(Notice.id.in_(keys.with_for_update(key_share=True))).values(**values)
    people = list(dict.fromkeys(db.run(changed.returning(Notice.person_id)).scalars()))
    _wake(people)
    return people


def _wake(people: Iterable[UUID]) -> None:
    live.changed(*(live.topic("p", person) for person in dict.fromkeys(people)))
