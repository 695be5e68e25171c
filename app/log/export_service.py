"""Take out what is kept of a patient, and write down that it was taken out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.accounts.queries import Viewer
from app.core import audit, db
from app.core.audit import Actor, Entry
from app.exchange import api_queries, bundle
from app.log import export_queries as queries


def take_out(patient_id: UUID, *, by: Actor, now: datetime) -> dict[str, Any]:
    """All that is kept of a patient, for themselves or for the keeper of the machine; raises NotFound."""
    found = queries.file_of(by, patient_id, now=now)
    audit.record(db.session(), Entry("export.made", patient_id), by=by, now=now)
    return found


def take_out_times(base: str, *, by: Viewer, now: datetime) -> dict[str, Any]:
    """A patient's own times, for other programs to read (FHIR R4 Bundle)."""
    found = bundle.collection(base, api_queries.own_times(by), made_at=now)
    audit.record(db.session(), Entry("export.times", by.person_id), by=by, now=now)
    return found
