"""What an administrator sees of the checks of the log, and what a sample is drawn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Text, bindparam, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased

from app.accounts.models import Person, RegionRole, Staff
from app.accounts.queries import Viewer, person_name
from app.care.models import Unit
from app.core import crypto, db
from app.core.db import run
from app.core.errors import NotFound
from app.core.locale import SWEDEN
from app.core.paging import cut
from app.log import check_rules as rules
from app.log.models import LogCheck, LogCheckRow

PAGE = 20
MOST_PAIRS = 20_000
CANCELLED = "57014"


class TooMuch(Exception):
    """So many have been read that one period cannot be looked through at once."""


@dataclass(frozen=True)
class Check:
    """A check in a list, or the whole head of one."""

    key: UUID
    rule: str
    starts_on: date
    ends_on: date
    seed: int
    found: int
    made_at: datetime
    made_by: str
    size: int
    judged: int
    odd: int
    ended_at: datetime | None
    words: str

    @property
    def done(self) -> bool:
        return self.judged == self.size


@dataclass(frozen=True)
class Row:
    """One row of a check. The patient stands by initials; `patient_name` is there once it was opened with a reason."""

    n: int
    actor_id: UUID
    actor_name: str
    actor_title: str
    patient_id: UUID
    initials: str
    patient_name: str | None
    unit_id: UUID | None
    unit_name: str
    day: date
    first_at: datetime
    last_at: datetime
    times: int
    actions: tuple[str, ...]
    judged: str | None
    judged_at: datetime | None
    judged_by: str | None
    words: str
    because: str


@dataclass(frozen=True)
class Drawn:
    """What a draw gives: from how many, and the rows."""

    found: int
    rows: Sequence[Any]


_administers = (
    select(RegionRole.region_id)
    .where(RegionRole.person_id == bindparam("viewer"), RegionRole.role == "administrator")
    .scalar_subquery()
)
_maker = aliased(Person, name="maker")


def _count(*which: Any) -> Any:
    return select(func.count()).where(LogCheckRow.check_id == LogCheck.id, *which).scalar_subquery()


_checks = (
    select(
        *LogCheck.__table__.c,
        _maker.name_sealed,
        _count().label("size"),
        _count(LogCheckRow.judged.is_not(None)).label("judged"),
        _count(LogCheckRow.judged == "look_into").label("odd"),
    )
    .join(_maker, _maker.id == LogCheck.made_by)
    .where(LogCheck.region_id == _administers)
    .order_by(LogCheck.made_at.desc(), LogCheck.id.desc())
    .limit(PAGE + 1)
)
_before = tuple_(LogCheck.made_at, LogCheck.id) < tuple_(bindparam("at"), bindparam("id"))
_lasts = select(LogCheck.rule, func.max(LogCheck.ends_on)).where(LogCheck.region_id == _administers)
_actor, _patient, _judge = (aliased(Person, name=name) for name in ("actor", "patient", "judge"))
_rows = (
    select(
        *LogCheckRow.__table__.c,
        _actor.name_sealed.label("actor_name_sealed"),
        _patient.name_sealed.label("patient_name_sealed"),
        _judge.name_sealed.label("judge_name_sealed"),
        Staff.title,
        Unit.name.label("unit_name"),
    )
    .join(LogCheck, LogCheck.id == LogCheckRow.check_id)
    .join(_actor, _actor.id == LogCheckRow.actor_id)
    .join(_patient, _patient.id == LogCheckRow.patient_id)
    .outerjoin(Staff, Staff.person_id == LogCheckRow.actor_id)
    .outerjoin(Unit, Unit.id == LogCheckRow.unit_id)
    .outerjoin(_judge, _judge.id == LogCheckRow.judged_by)
    .where(LogCheck.region_id == _administers, LogCheck.id == bindparam("check"))
    .order_by(LogCheckRow.n)
    .limit(rules.MOST_ROWS)
)


def checks_of(
    viewer: Viewer, *, before: tuple[datetime, UUID] | None = None
) -> tuple[list[Check], tuple[datetime, UUID] | None]:
    """The region's checks, the latest first, and where to go on when there are more."""
    values: dict[str, Any] = {"viewer": viewer.person_id}
    if before:
        values |= {"at": before[0], "id": before[1]}
    found, more = cut(run(_checks.where(_before) if before else _checks, values).all(), PAGE)
    return [_check(row) for row in found], (found[-1].made_at, found[-1].id) if more else None


def check_for(viewer: Viewer, key: UUID) -> Check:
    """One of the region's checks; raises NotFound."""
    row = run(_checks.where(LogCheck.id == key), {"viewer": viewer.person_id}).one_or_none()
    if row is None:
        raise NotFound
    return _check(row)


def lasts_of(viewer: Viewer) -> dict[str, date]:
    """Up to which day the region's log was last drawn from, by rule."""
    rows = run(_lasts.group_by(LogCheck.rule), {"viewer": viewer.person_id}).all()
    return {row.rule: row.max for row in rows}


def rows_of(viewer: Viewer, check: Check) -> list[Row]:
    """All rows of a check, in the order they were drawn."""
    return [_row(row) for row in run(_rows, {"viewer": viewer.person_id, "check": check.key}).all()]


def row_for(viewer: Viewer, check: Check, n: int) -> Row:
    """One row of a check; raises NotFound."""
    found = run(_rows.where(LogCheckRow.n == n), {"viewer": viewer.person_id, "check": check.key}).one_or_none()
    if found is None:
        raise NotFound
    return _row(found)


def _check(row: Any) -> Check:
    words = crypto.keyring().open(row.words_sealed, crypto.place("log_check.words", row.id)) if row.words_sealed else ""
    return Check(
        row.id,
        row.rule,
        row.starts_on,
        row.ends_on,
        row.seed,
        row.found,
        row.made_at,
        person_name(row.made_by, row.name_sealed),
        row.size,
        row.judged,
        row.odd,
        row.ended_at,
        words,
    )


def _row(row: Any) -> Row:
    name, ring = person_name(row.patient_id, row.patient_name_sealed), crypto.keyring()

    def opened(sealed: bytes | None, column: str) -> str:
        return ring.open(sealed, crypto.place(f"log_check_row.{column}", row.check_id, row.n)) if sealed else ""

    return Row(
        n=row.n,
        actor_id=row.actor_id,
        actor_name=person_name(row.actor_id, row.actor_name_sealed),
        actor_title=row.title or "",
        patient_id=row.patient_id,
        initials=rules.initials(name),
        patient_name=name if row.opened_at else None,
        unit_id=row.unit_id,
        unit_name=row.unit_name or "",
        day=row.day,
        first_at=row.first_at,
        last_at=row.last_at,
        times=row.times,
        actions=tuple(row.actions),
        judged=row.judged,
        judged_at=row.judged_at,
        judged_by=person_name(row.judged_by, row.judge_name_sealed) if row.judged_by else None,
        words=opened(row.words_sealed, "words"),
        because=opened(row.because_sealed, "because"),
    )


# A draw reads the months of its days, and seldom: an index over all of it would cost every page that is read.
_DAY = "(l.at at time zone 'Europe/Stockholm')::date"
_READS = """l.at >= :starts and l.at < :ends and l.capacity = 'duty' and l.patient_id is not null
  and l.patient_id <> l.actor_id"""
_IN_FORCE = "{0}.starts_on <= {1} and ({0}.ends_on is null or {0}.ends_on >= {1})"
_OPENS = " and ".join(f"l.action not like '%{end}'" for end in rules.GLANCES)
_WHICH = {
    "random": "",
    "own_unit": f"""and not exists (select from contact c join assignment a on a.unit_id = c.unit_id
      where c.patient_id = l.patient_id and a.person_id = l.actor_id
      and {_IN_FORCE.format("c", _DAY)} and {_IN_FORCE.format("a", _DAY)})""",  # nosec B608  # our own words alone
    "surname": """and (l.actor_id, l.patient_id) in
      (select p.actor, p.patient
        from unnest(cast(:actors as uuid[]), cast(:patients as uuid[])) as p (actor, patient))""",
    "many": f"""and (l.actor_id, date_trunc('hour', l.at)) in
      (select l.actor_id, date_trunc('hour', l.at) from access_log l where {_READS} and {_OPENS}
        group by 1, 2 having count(distinct l.patient_id) >= :many)""",  # nosec B608  # our own words alone
    "colleague": "and exists (select from staff s where s.person_id = l.patient_id)",
}
# First who, whom, where and on which day; then, for what is drawn alone, all that was done.
_DRAW = """with drawn as (
  select *, count(*) over () as found from (
    select l.actor_id, l.patient_id, l.unit_id, {day} as day
    from access_log l where {reads} {which} group by 1, 2, 3, 4 {having}) as reads
  order by hashtextextended(concat_ws('/', actor_id, patient_id, unit_id, day), :seed),
    actor_id, patient_id, unit_id, day
  limit :size)
select d.*, those.* from drawn d, lateral (
  select min(l.at) as first_at, max(l.at) as last_at, count(*) as times,
    array_agg(distinct l.action order by l.action) as actions
  from access_log l where {reads} and l.patient_id = d.patient_id and l.actor_id = d.actor_id
    and l.unit_id is not distinct from d.unit_id
    and l.at >= d.day::timestamp at time zone 'Europe/Stockholm'
    and l.at < (d.day + 1)::timestamp at time zone 'Europe/Stockholm') as those
order by hashtextextended(concat_ws('/', d.actor_id, d.patient_id, d.unit_id, d.day), :seed),
  d.actor_id, d.patient_id, d.unit_id, d.day"""
_PAIRS = f"""select distinct l.actor_id, l.patient_id from access_log l where {_READS}
  limit {MOST_PAIRS + 1}"""  # nosec B608  # our own words alone


def draw(viewer: Viewer, rule: str, first: date, last: date, *, seed: int, size: int) -> Drawn:
    """Draw what people of the staff did with patients during some days, one row a person, patient, unit and day.

    The same seed draws the same again. Raises TooMuch.
    """
    values: dict[str, Any] = {
        "starts": datetime.combine(first, time(), SWEDEN),
        "ends": datetime.combine(last + timedelta(days=1), time(), SWEDEN),
    }
    more: dict[str, Any] = {}
    if rule == "surname":
        pairs = _of_one_name(values)
        more = {"actors": [str(one) for one, _other in pairs], "patients": [str(other) for _one, other in pairs]}
    if rule == "many":
        more = {"many": rules.MANY}
    having = f"having bool_or({_OPENS})" if rules.opens_only(rule) else ""
    asked = text(_DRAW.format(day=_DAY, reads=_READS, which=_WHICH[rule], having=having))
    if rule == "surname":
        asked = asked.bindparams(*(bindparam(name, type_=ARRAY(Text)) for name in more))
    try:
        rows = db.run(asked, values | more | {"seed": seed, "size": size}).all()
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != CANCELLED:
            raise
        raise TooMuch from error
    return Drawn(rows[0].found if rows else 0, rows)


def _of_one_name(values: dict[str, Any]) -> list[tuple[UUID, UUID]]:
    """Who of the staff and which patient share a surname, among those where one read something of the other."""
    pairs = [(row.actor_id, row.patient_id) for row in db.run(text(_PAIRS), values).all()]
    if len(pairs) > MOST_PAIRS:
        raise TooMuch
    asked = select(Person.id, Person.name_sealed).where(Person.id.in_({key for pair in pairs for key in pair}))
    known = {row.id: rules.surnames(person_name(row.id, row.name_sealed)) for row in run(asked).all()}
    return [(one, other) for one, other in pairs if known[one] & known[other]]
