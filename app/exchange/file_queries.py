"""A file that was looked through, as whoever brought it sees it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select

from app.accounts.models import Staff
from app.accounts.queries import Viewer
from app.core import crypto, db
from app.core.audit import Actor
from app.core.errors import NotFound
from app.core.query import Query
from app.exchange.models import ImportFile
from app.exchange.row_rules import Report, unpacked

_FILE = Query(
    select(
        ImportFile.id,
        ImportFile.kind,
        ImportFile.ends_at,
        ImportFile.stored_at,
        ImportFile.report_sealed,
        ImportFile.content_sealed,
    ).where(ImportFile.id == bindparam("file"), ImportFile.by_id == bindparam("viewer"))
)


@dataclass(frozen=True)
class Looked:
    """A file and what was found in it. It is kept until `ends_at`, and stored at `stored_at`."""

    key: UUID
    kind: str
    ends_at: datetime
    stored_at: datetime | None
    report: Report


def whoever_has(viewer: Actor, hsa_id: str) -> UUID:
    """Who of the staff has an HSA-id, as the keeper of the machine asks; raises NotFound."""
    found = db.session().scalar(select(Staff.person_id).where(Staff.hsa_id == hsa_id.upper()))
    if found is None:
        raise NotFound
    return found


def file_for(viewer: Viewer, key: UUID) -> Looked:
    """A file that the viewer has had looked through; raises NotFound."""
    row = _FILE.row(viewer=viewer.person_id, file=key)
    if row is None:
        raise NotFound
    report = crypto.keyring().open(row.report_sealed, crypto.place("import_file.report", row.id))
    return Looked(row.id, row.kind, row.ends_at, row.stored_at, unpacked(report))


def text_for(viewer: Viewer, key: UUID) -> str:
    """What stands in it; raises NotFound."""
    row = _FILE.row(viewer=viewer.person_id, file=key)
    if row is None:
        raise NotFound
    return crypto.keyring().open(row.content_sealed, crypto.place("import_file.content", row.id))
