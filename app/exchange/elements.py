"""The parts that FHIR resources are made of, as plain JSON, alike in R4 and R5 (hl7.org/fhir)."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
MIME = "application/fhir+json"
HSA = "urn:oid:1.2.752.129.2.1.4.1"
PERSON, COORDINATION = (
    f"http://electronichealth.se/identifier/{name}" for name in ("personnummer", "samordningsnummer")
)
SCOPES = {"Appointment": "system/Appointment.rs", "CareTeam": "system/CareTeam.rs"}
"""What a client must have been given to read each (SMART App Launch 2)."""


def moment(at: datetime) -> str:
    """In UTC, which has no hour twice and none that is missing."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def number(digits: str) -> Json:
    """A personnummer or samordningsnummer, whose day is raised by sixty."""
    return {"system": COORDINATION if int(digits[6:8]) > 60 else PERSON, "value": digits}


def hsa(code: str) -> Json:
    return {"system": HSA, "value": code}


def patient(digits: str | None, *, protected: bool) -> Json:
    """Whom it is about, by their number where it may be told."""
    if digits:
        return {"type": "Patient", "identifier": number(digits)}
    return {"type": "Patient", "display": "Skyddade personuppgifter" if protected else "Utan personnummer"}


def security(*, protected: bool) -> list[Json]:
    system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    return [{"system": system, "code": "V", "display": "very restricted"}] if protected else []


def present(fields: Mapping[str, Any]) -> Json:
    """An element has no empty ones."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {}, ())}


def outcome(severity: str, code: str, said: str) -> Json:
    """What went wrong, in words (OperationOutcome)."""
    issue = {"severity": severity, "code": code, "diagnostics": said}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def searchset(
    base: str, found: Iterable[Json], *, also: Iterable[Json] = (), note: Json | None = None, links: Mapping[str, str]
) -> Json:
    """What a search found, what comes with it, and where further pages are. How much there is in all is not counted."""
    entries = [_entry(base, it, "match") for it in found] + [_entry(base, it, "include") for it in also]
    if note:
        entries.append({"resource": note, "search": {"mode": "outcome"}})
    return present(
        {
            "resourceType": "Bundle",
            "type": "searchset",
            "link": [{"relation": relation, "url": url} for relation, url in links.items()],
            "entry": entries,
        }
    )


def _entry(base: str, resource: Json, mode: str) -> Json:
    url = f"{base}/{resource['resourceType']}/{resource['id']}"
    return {"fullUrl": url, "resource": resource, "search": {"mode": mode}}
