"""Patients as the order sees them: contacts at a unit, whom they do not want asked, and whom they have let in."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from app.care.facts_rules import Contact, Patient
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import local

_contacts = (
    text(
        """
    select patient_id, unit_id, person_id, coordinating, starts_on, ends_on from contact
    where patient_id = any(:patients) and (ends_on is null or ends_on >= :today)
    order by patient_id, appointed_at, id
    """
    )
    .bindparams(bindparam("patients", type_=ARRAY(Uuid())))
    .columns()
)
# Relations are a package above: who was let in is read by their names, as data.
_kept_out = (
    text(
        """
    select patient_id, person_id, false as invited from block where patient_id = any(:patients) and ended_at is null
    union all
    select patient_id, relative_id, true from relation
    where patient_id = any(:patients) and ended_at is null and relative_id is not null
    """
    )
    .bindparams(bindparam("patients", type_=ARRAY(Uuid())))
    .columns()
)


def patients(viewer: Actor, pairs: Iterable[tuple[UUID, UUID]], *, at: datetime) -> dict[tuple[UUID, UUID], Patient]:
    """For each patient and unit: contacts that hold today or later, the blocks, and who is let in; by the viewer."""
    wanted = set(pairs)
    keys = list({patient for patient, _unit in wanted})
    contacts: dict[tuple[UUID, UUID], list[Contact]] = defaultdict(list)
    for row in run(_contacts, {"patients": keys, "today": local(at).date()}):
        contact = Contact(row.person_id, row.coordinating, row.starts_on, row.ends_on)
        contacts[row.patient_id, row.unit_id].append(contact)
    blocked: dict[UUID, set[Any]] = defaultdict(set)
    invited: dict[UUID, set[Any]] = defaultdict(set)
    for row in run(_kept_out, {"patients": keys}):
        (invited if row.invited else blocked)[row.patient_id].add(row.person_id)
    return {
        pair: Patient(pair[0], tuple(contacts[pair]), frozenset(blocked[pair[0]]), frozenset(invited[pair[0]]))
        for pair in sorted(wanted, key=str)
    }
