"""Bring in a file of rows: looked through first with nothing stored, then all of it or none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from app.core import audit, db
from app.core.audit import Actor, Entry
from app.core.errors import NotFound
from app.exchange import row_rules
from app.exchange.file_reader import Table, table
from app.exchange.models import ImportFile
from app.exchange.row_rules import COLUMNS, MOST_ROWS, Fault, Report, packed, unpacked
from app.exchange.row_service import BadRow, Brought, lock_units, put

KEPT = timedelta(hours=1)


@dataclass(frozen=True)
class Brings:
    """Somebody of the staff for whom the keeper of the machine brings in a file."""

    person_id: UUID
    capacity: str = "duty"


class Refused(Exception):
    """Some rows are wrong: nothing of the file is to be stored."""

    def __init__(self, report: Report) -> None:
        super().__init__(f"{report.bad} rows")
        self.report = report


class Tried(Exception):
    """It was only to be looked through: nothing of the file is to be stored."""

    def __init__(self, report: Report) -> None:
        super().__init__(f"{report.new} rows")
        self.report = report


class Gone(Exception):
    """It was kept for an hour, and that is over."""


def read(kind: str, text: str, *, most: int = MOST_ROWS) -> Table:
    """The rows of a file of this kind; raises Unreadable."""
    columns = COLUMNS[kind]
    return table(text, [it.name for it in columns], [it.name for it in columns if it.needed], most=most)


def bring_in(kind: str, found: Table, *, by: Actor, now: datetime) -> Report:
    """Store each row that is not here already. Raises Refused when any is wrong, and whoever calls stores nothing."""
    lock_units(kind, found)
    faults, new, same = list(found.faults), 0, 0
    seen: dict[tuple[str, ...], int] = {}
    brought = Brought(by, now)
    for row in found.rows:
        wrong = row_rules.missing(kind, row.line, row.cells)
        who = tuple(row.cells[name].casefold() for name in SAME[kind])
        if not wrong and (first := seen.setdefault(who, row.line)) != row.line:
            wrong = [Fault(row.line, SAME[kind][0], "again", str(first))]
        if not wrong:
            try:
                # What falls takes its own row with it, and not the rows before: all that is wrong is said at once.
                with db.session().begin_nested():
                    made = put(kind, row, brought)
                new, same = new + made, same + (not made)
            except BadRow as error:
                wrong = list(error.faults)
        faults += wrong
    report = Report(new, same, tuple(sorted(faults, key=lambda it: it.line)))
    if faults:
        raise Refused(report)
    if new:
        audit.record(db.session(), Entry("file.brought_in", object=f"file:{kind}"), by=by, now=now)
    return report


def look_through(kind: str, found: Table, *, by: Actor, now: datetime) -> Report:
    """What would come of a file. It always raises, so that whoever calls stores nothing: Tried, or Refused."""
    raise Tried(bring_in(kind, found, by=by, now=now))


def tried(work: Callable[[], object]) -> Report:
    """What a look has found."""
    try:
        work()
    except (Tried, Refused) as error:
        return error.report
    raise AssertionError("a look stores nothing")


def keep(kind: str, text: str, report: Report, *, by: Actor, now: datetime) -> UUID:
    """Keep a file that was looked through for an hour; returns its key."""
    file = ImportFile(id=db.new_key(), kind=kind, by_id=by.person_id, at=now, ends_at=now + KEPT)
    file.content, file.report = text, packed(report)
    db.session().add(file)
    db.session().flush()
    audit.record(db.session(), Entry("file.looked_through", object=f"file:{kind}"), by=by, now=now)
    return file.id


def store(file_id: UUID, *, by: Actor, now: datetime) -> Report:
    """Store a file that is kept; to do it twice is to do it once. Raises NotFound, Gone, and Refused when something has
    come in its way since it was looked through."""
    file = _held(file_id, by)
    if file.stored_at is not None:
        return unpacked(file.report)
    if file.ends_at <= now:
        raise Gone
    report = bring_in(file.kind, read(file.kind, file.content), by=by, now=now)
    # Nothing of what it held is left here when it stands where it belongs.
    file.stored_at, file.report, file.content = now, packed(report), ""
    db.session().flush()
    return report


def note(file_id: UUID, report: Report, *, by: Actor, now: datetime) -> None:
    """What was found in it when it was to be stored."""
    file = _held(file_id, by)
    if file.stored_at is None:
        file.report = packed(report)


def forget_old_files(*, by: Actor, now: datetime, batch: int = 200) -> int:
    """Files whose hour is over are gone."""
    old = select(ImportFile.id).where(ImportFile.ends_at <= now).limit(batch)
    return db.run(delete(ImportFile).where(ImportFile.id.in_(old))).rowcount


def _held(file_id: UUID, by: Actor) -> ImportFile:
    asked = select(ImportFile).where(ImportFile.id == file_id, ImportFile.by_id == by.person_id).with_for_update()
    found = db.session().scalars(asked.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found


SAME = {
    "people": ("personnummer", "hsa-id", "typ"),
    "assignments": ("hsa-id", "mottagning"),
    "contacts": ("personnummer", "hsa-id", "mottagning"),
    "bookings": ("personnummer", "dag", "börjar"),
}
"""The columns that say which row it is: two rows that are alike in them are one too many."""
