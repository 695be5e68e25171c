"""Take out what is kept of a patient, and write down that it was taken out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.core import audit, db
from app.core.audit import Actor, Entry
from app.log import export_queries as queries


def take_out(patient_id: UUID, *, by: Actor, now: datetime) -> dict[str, Any]:
    """All that is kept of a patient, for themselves or for the keeper of the machine; raises NotFound."""
    found = queries.file_of(by, patient_id, now=now)
    audit.record(db.session(), Entry("export.made", patient_id), by=by, now=now)
    return found
