"""Times as FHIR R4 Appointments: when, whether it stands, whom one meets and where. Never what a kallelse says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.exchange.elements import Json, hsa, moment, patient, present, security

TITLE = "Tid"
"""All that a time is called, as in a calendar: what it is about stays here."""
HOW = {"visit": "Besök", "phone": "Telefonsamtal", "video": "Videosamtal", "home": "Hembesök"}
SAID = {"accepted": "accepted", "tentative": "tentative", "declined": "declined"}


@dataclass(frozen=True)
class Met:
    """Somebody of the staff whom a patient is to meet."""

    hsa_id: str
    said: str


@dataclass(frozen=True)
class Time:
    """A time as other systems know it.

    `number` is the patient's, where it may be told. `protected`: their identity is, and then nothing here says where,
    with whom or what it is. `changed_at` is when it last changed in any way, and `answer` what the patient has said.
    """

    key: UUID
    number: str | None
    protected: bool
    status: str
    starts_at: datetime
    ends_at: datetime
    version: int
    made_at: datetime
    changed_at: datetime
    mode: str
    kind: str = ""
    whom: tuple[Met, ...] = ()
    unit: str = ""
    unit_hsa: str | None = None
    place: str = ""
    answer: str | None = None


def appointment(time: Time) -> Json:
    """One time (FHIR R4 Appointment)."""
    return present(
        {
            "resourceType": "Appointment",
            "id": str(time.key),
            "meta": present(
                {
                    "versionId": str(time.version),
                    "lastUpdated": moment(time.changed_at),
                    "security": security(protected=time.protected),
                }
            ),
            "status": time.status,
            "serviceType": [{"text": time.kind}] if time.kind else [],
            "appointmentType": None if time.protected else {"text": HOW[time.mode]},
            "description": TITLE,
            "start": moment(time.starts_at),
            "end": moment(time.ends_at),
            "minutesDuration": max(1, round((time.ends_at - time.starts_at).total_seconds() / 60)),
            "created": moment(time.made_at),
            "participant": [
                {
                    "actor": patient(time.number, protected=time.protected),
                    "status": SAID.get(time.answer or "", "needs-action"),
                },
                *(_there("Practitioner", it.said, it.hsa_id) for it in time.whom),
                *([_there("HealthcareService", time.unit, time.unit_hsa)] if time.unit else ()),
                *([_there("Location", time.place)] if time.place else ()),
            ],
        }
    )


def _there(kind: str, said: str, code: str | None = None) -> Json:
    actor = present({"type": kind, "identifier": hsa(code) if code else None, "display": said})
    return {"actor": actor, "status": "accepted"}


def collection(base: str, times: Iterable[Time], *, made_at: datetime) -> Json:
    """Some times as one file (FHIR R4 Bundle)."""
    entries = [{"fullUrl": f"{base}/Appointment/{it.key}", "resource": appointment(it)} for it in times]
    return present({"resourceType": "Bundle", "type": "collection", "timestamp": moment(made_at), "entry": entries})
