"""The patients of units as the order sees them: whose they are, and whom they do not want to have asked."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.accounts.queries import Viewer
from app.care.facts_rules import Contact, Patient
from app.core.db import run

_patients = text(
    """
    select c.unit_id, c.patient_id,
      json_agg(json_build_array(c.person_id, c.coordinating, c.starts_on, c.ends_on) order by c.appointed_at, c.id)
        as contacts,
      (select json_agg(b.person_id) from block b where b.patient_id = c.patient_id and b.ended_at is null) as blocked
    from contact c join person p on p.id = c.patient_id
    where c.unit_id = any(:units) and p.closed_at is null
    group by c.unit_id, c.patient_id
    order by c.unit_id, c.patient_id
    """
).bindparams(bindparam("units", type_=ARRAY(Uuid())))


def patients_at(viewer: Viewer, units: Iterable[UUID]) -> dict[UUID, list[Patient]]:
    """The patients of units that the viewer works at or leads, for the gap check alone: nobody is named."""
    found: dict[UUID, list[Patient]] = {unit: [] for unit in units}
    for row in run(_patients, {"units": list(found)}):
        contacts = tuple(_contact(it) for it in row.contacts)
        found[row.unit_id].append(Patient(row.patient_id, contacts, frozenset(map(UUID, row.blocked or ()))))
    return found


def _contact(it: Any) -> Contact:
    person, coordinating, starts_on, ends_on = it
    return Contact(
        UUID(person), coordinating, date.fromisoformat(starts_on), date.fromisoformat(ends_on) if ends_on else None
    )
