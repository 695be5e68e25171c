"""What an R4 resource means here: a dict as it came becomes what we want, or the reason why it cannot. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from app.exchange.rules import HSA_ID, PERSONNUMMER, SAMORDNINGSNUMMER

Resource = Mapping[str, Any]
NUMBERS = {PERSONNUMMER, SAMORDNINGSNUMMER}
LONGEST = timedelta(hours=12)
BOOKED = {"proposed", "pending", "booked", "arrived", "checked-in"}
STATUSES = dict.fromkeys(BOOKED, "booked") | {
    it: it for it in ("fulfilled", "noshow", "cancelled", "entered-in-error", "waitlist")
}
MOST_NAME = 100
# How one meets is said in words by most systems. Only what cannot be misread is taken for it.
MODES = {
    "video": re.compile(r"video|digital", re.I),
    "phone": re.compile(r"telefon|phone|telephone", re.I),
    "home": re.compile(r"hembesök|home visit", re.I),
}


class Unusable(Exception):
    """A resource that cannot be used; `reason` is of rules.py, and `path` says where in it."""

    def __init__(self, reason: str, path: str | None = None) -> None:
        super().__init__(reason)
        self.reason, self.path = reason, path


@dataclass(frozen=True)
class Ref:
    """What a resource points at: another of the same source by type and id, or somebody by an identifier."""

    type: str
    id: str | None = None
    number: str | None = None
    hsa_id: str | None = None
    path: str = ""


@dataclass(frozen=True)
class Human:
    """A patient by number, or somebody of the staff by HSA-id."""

    number: str | None = None
    hsa_id: str | None = None


@dataclass(frozen=True)
class Place:
    name: str
    address: str
    unit: str | None
    """The HSA-id of the unit that has it."""


@dataclass(frozen=True)
class Role:
    """Somebody's work at a unit (PractitionerRole)."""

    who: Ref
    unit: str | None
    organization: Ref | None


@dataclass(frozen=True)
class Calendar:
    """Whose free times a Schedule holds, and where."""

    staff: tuple[Ref, ...]
    places: tuple[Ref, ...]
    kind: str | None


@dataclass(frozen=True)
class Free:
    """A stretch of somebody's calendar; `free` when somebody may take it."""

    schedule: Ref
    starts_at: datetime
    ends_at: datetime
    free: bool
    kind: str | None


@dataclass(frozen=True)
class Visit:
    """A time that a patient has, as the other system says it."""

    status: str
    starts_at: datetime
    ends_at: datetime
    patient: Ref
    staff: tuple[Ref, ...]
    places: tuple[Ref, ...]
    kind: str | None
    mode: str | None


@dataclass(frozen=True)
class Nothing:
    """Nothing that concerns us; `why` is said in the report."""

    why: str


Wanted = Human | Place | Role | Calendar | Free | Visit | Nothing


def wanted(resource: Resource) -> Wanted:
    """What one resource of our types means here; raises Unusable."""
    return _MAP[resource["resourceType"]](resource)


def refs_of(resource: Resource) -> set[tuple[str, str]]:
    """The type and id of each person and place that an Appointment, a Schedule or a role points at."""
    kind = resource.get("resourceType")
    if kind == "Appointment":
        found = [it.get("actor") for it in _dicts(resource.get("participant"))]
    elif kind == "Schedule":
        found = list(_dicts(resource.get("actor")))
    elif kind == "PractitionerRole":
        found = [resource.get("practitioner")]
    elif kind == "Slot":
        found = [resource.get("schedule")]
    else:
        found = []
    known = (_ref(it, resource, "") for it in found if isinstance(it, Mapping))
    return {(it.type, it.id) for it in known if it.id}


def identified(identifiers: Any) -> Iterator[tuple[str, str]]:
    """The system of each identifier as a bare OID, and its value."""
    for it in _dicts(identifiers):
        value, system = it.get("value"), it.get("system")
        if isinstance(value, str) and value.strip() and isinstance(system, str) and it.get("use") != "old":
            yield system.removeprefix("urn:oid:").strip(), value.strip()


def moment(text: Any) -> datetime | None:
    """An instant, in UTC; None where nothing can be read, or where it says no zone."""
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo else None


def updated(resource: Resource) -> datetime | None:
    meta = resource.get("meta")
    return moment(meta.get("lastUpdated")) if isinstance(meta, Mapping) else None


def version_of(resource: Resource) -> str | None:
    meta = resource.get("meta")
    version = meta.get("versionId") if isinstance(meta, Mapping) else None
    return version if isinstance(version, str) and version else None


def content_of(resource: Resource) -> dict[str, Any]:
    """What of it can change what we do: all but which version it is, and when."""
    meta = resource.get("meta")
    kept = {k: v for k, v in meta.items() if k not in ("versionId", "lastUpdated")} if isinstance(meta, Mapping) else {}
    return {**resource, "meta": kept}


def _patient(resource: Resource) -> Wanted:
    number = _number(resource.get("identifier"))
    if number is None:
        raise Unusable("no_identifier", "Patient.identifier")
    return Human(number=number)


def _practitioner(resource: Resource) -> Wanted:
    hsa_id = _hsa_id(resource.get("identifier"))
    if hsa_id is None:
        raise Unusable("no_identifier", "Practitioner.identifier")
    return Human(hsa_id=hsa_id)


def _role(resource: Resource) -> Wanted:
    if resource.get("active") is False:
        return Nothing("ended")
    who = resource.get("practitioner")
    if not isinstance(who, Mapping):
        raise Unusable("reference", "PractitionerRole.practitioner")
    organization = resource.get("organization")
    ref = _ref(organization, resource, "PractitionerRole.organization") if isinstance(organization, Mapping) else None
    unit = _hsa_id(resource.get("identifier")) or (ref.hsa_id if ref else None)
    return Role(_ref(who, resource, "PractitionerRole.practitioner"), unit, ref)


def _location(resource: Resource) -> Wanted:
    if resource.get("status") == "inactive":
        return Nothing("ended")
    name = _short(resource.get("name"))
    if not name:
        raise Unusable("place_unknown", "Location.name")
    address = resource.get("address")
    organization = resource.get("managingOrganization")
    ref = _ref(organization, resource, "") if isinstance(organization, Mapping) else None
    unit = (ref.hsa_id if ref else None) or _hsa_id(resource.get("identifier"))
    return Place(name, _address(address) if isinstance(address, Mapping) else "", unit)


def _schedule(resource: Resource) -> Wanted:
    if resource.get("active") is False:
        return Nothing("ended")
    refs = [_ref(it, resource, f"Schedule.actor[{n}]") for n, it in enumerate(_dicts(resource.get("actor")))]
    staff, places = _staff_of(refs), tuple(it for it in refs if it.type == "Location")
    return Calendar(staff, places, _kind(resource))


def _slot(resource: Resource) -> Wanted:
    if resource.get("status") == "entered-in-error":
        return Nothing("entered-in-error")
    starts_at, ends_at = _span(resource)
    schedule = resource.get("schedule")
    if not isinstance(schedule, Mapping):
        raise Unusable("reference", "Slot.schedule")
    ref = _ref(schedule, resource, "Slot.schedule")
    free = resource.get("status") == "free" and not resource.get("overbooked")
    return Free(ref, starts_at, ends_at, free, _kind(resource))


def _appointment(resource: Resource) -> Wanted:
    status = STATUSES.get(str(resource.get("status")))
    if status is None:
        raise Unusable("invalid", "Appointment.status")
    if status == "waitlist":
        return Nothing("waitlist")
    if not resource.get("start") and resource.get("status") in ("proposed", "pending", "cancelled"):
        return Nothing("no_time_yet")
    starts_at, ends_at = _span(resource)
    refs = [
        _ref(actor, resource, f"Appointment.participant[{n}].actor")
        for n, it in enumerate(_dicts(resource.get("participant")))
        if isinstance(actor := it.get("actor"), Mapping) and not (it.get("status") == "declined" and _is_staff(actor))
    ]
    patients = [it for it in refs if it.type == "Patient"]
    if len(patients) != 1:
        raise Unusable("several_patients" if patients else "no_patient", "Appointment.participant")
    places = tuple(it for it in refs if it.type == "Location")
    kind = _kind(resource)
    return Visit(status, starts_at, ends_at, patients[0], _staff_of(refs), places, kind, _mode(resource, places))


def _is_staff(actor: Mapping[str, Any]) -> bool:
    return "Practitioner" in str(actor.get("reference") or actor.get("type"))


def _staff_of(refs: Iterable[Ref]) -> tuple[Ref, ...]:
    return tuple(it for it in refs if it.type in ("Practitioner", "PractitionerRole"))


def _span(resource: Resource) -> tuple[datetime, datetime]:
    kind = resource["resourceType"]
    starts_at, ends_at = moment(resource.get("start")), moment(resource.get("end"))
    if starts_at is None:
        raise Unusable("no_time", f"{kind}.start")
    minutes = resource.get("minutesDuration")
    if ends_at is None and isinstance(minutes, int) and 0 < minutes <= 720:
        ends_at = starts_at + timedelta(minutes=minutes)
    if ends_at is None or ends_at <= starts_at:
        raise Unusable("no_time", f"{kind}.end")
    if ends_at - starts_at > LONGEST:
        raise Unusable("too_long", f"{kind}.end")
    return starts_at, ends_at


def _ref(reference: Mapping[str, Any], resource: Resource, path: str) -> Ref:
    """What a Reference points at: `#id` is contained in the resource itself; an address ends with type and id."""
    text, said = reference.get("reference"), str(reference.get("type") or "")
    whole = {"identifier": [reference["identifier"]]} if isinstance(reference.get("identifier"), Mapping) else {}
    number, hsa_id = _maybe_number(whole.get("identifier")), _hsa_id(whole.get("identifier"))
    if isinstance(text, str) and text.startswith("#"):
        for it in _dicts(resource.get("contained")):
            if it.get("id") == text[1:]:
                kind = str(it.get("resourceType"))
                inside = it.get("identifier")
                return Ref(kind, None, number or _maybe_number(inside), hsa_id or _hsa_id(inside), path)
        raise Unusable("reference", path)
    if isinstance(text, str) and text:
        parts = urlsplit(text).path.rstrip("/").split("/_history/")[0].split("/")
        if len(parts) >= 2 and re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", parts[-1]):
            return Ref(parts[-2], parts[-1], number, hsa_id, path)
    if number or hsa_id:
        return Ref(said or ("Patient" if number else "Practitioner"), None, number, hsa_id, path)
    return Ref(said, path=path)


def _number(identifiers: Any) -> str | None:
    """A personnummer or samordningsnummer; an old one is no longer theirs."""
    return next((value for system, value in identified(identifiers) if system in NUMBERS), None)


_maybe_number = _number


def _hsa_id(identifiers: Any) -> str | None:
    return next((value for system, value in identified(identifiers) if system == HSA_ID), None)


def _address(address: Mapping[str, Any]) -> str:
    if isinstance(text := address.get("text"), str) and text.strip():
        return _short(text, 200)
    lines = [it for it in address.get("line") or () if isinstance(it, str)]
    last = " ".join(str(address[it]) for it in ("postalCode", "city") if address.get(it))
    return _short(", ".join(it for it in (*lines, last) if it), 200)


def _kind(resource: Resource) -> str | None:
    """What kind of time it is, in words: of what is done, and else of how it is booked."""
    for name in ("serviceType", "appointmentType", "serviceCategory"):
        found = resource.get(name)
        for concept in _dicts(found if isinstance(found, list) else [found]):
            if words := _words(concept):
                return words
    return None


def _words(concept: Mapping[str, Any]) -> str:
    if text := _short(concept.get("text")):
        return text
    return next((said for it in _dicts(concept.get("coding")) if (said := _short(it.get("display")))), "")


def _mode(resource: Resource, places: tuple[Ref, ...]) -> str | None:
    """How one meets, where it is said: somebody who is rung must not be sent to a house."""
    said = []
    for name in ("serviceType", "appointmentType", "serviceCategory"):
        found = resource.get(name)
        said += [_words(it) for it in _dicts(found if isinstance(found, list) else [found])]
    for mode, words in MODES.items():
        if any(words.search(it) for it in said):
            return mode
    return "visit" if places else None


def _short(text: Any, most: int = MOST_NAME) -> str:
    return " ".join(text.split())[:most] if isinstance(text, str) else ""


def _dicts(found: Any) -> list[Mapping[str, Any]]:
    return [it for it in found if isinstance(it, Mapping)] if isinstance(found, list) else []


_MAP = {
    "Patient": _patient,
    "Practitioner": _practitioner,
    "PractitionerRole": _role,
    "Location": _location,
    "Schedule": _schedule,
    "Slot": _slot,
    "Appointment": _appointment,
}
