"""The fast vårdkontakt as a FHIR R5 CareTeam, by Inera's draft guide "CareTeam" 0.9 (profiles RIVCareManager and
RIVManagingTeam), and who answers now, which that guide does not have, as an extension of ours (docs/fhir.md)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from app.exchange.elements import Json, hsa, moment, patient, present, security
from app.exchange.phone_rules import understood

GUIDE = "https://fhir.inera.se/ig/careteam"
MANAGER, TEAM = (f"{GUIDE}/StructureDefinition/{name}-careteam" for name in ("RIVCareManager", "RIVManagingTeam"))
CATEGORY = f"{GUIDE}/CodeSystem/typ-av-careteam-cs"
VIA_TEAM = f"{GUIDE}/StructureDefinition/riv-contact-via-team-extension"
AVAILABILITY = f"{GUIDE}/StructureDefinition/RIVContactPointAvailability"
ROLE = "https://terminologitjansten.inera.se/inera-kodverksforvaltning/kodverk/kv_typ_av_fast_kontakt"
ROLE_OID = "urn:oid:1.2.752.129.5.1.69"
ROLES = {"1": "fast vårdkontakt", "4": "fast vårdkontakt med övergripande samordningsansvar"}
ANSWERS_NOW = "narlinjen-answers-now"
PARTS: dict[str, tuple[str, str, int]] = {
    "asked-at": ("instant", "When this was asked of the order that decides who answers; it is true then.", 1),
    "who": ("string", "Who answers what the patient asks now: name and title, or the region's function.", 1),
    "instead": ("boolean", "Whether it is somebody else than the contact.", 1),
    "telecom": ("ContactPoint", "The number of who answers now.", 0),
    "until": ("dateTime", "Until when they do, where somebody else has the question when the promise falls due.", 0),
    "then": ("string", "Who answers after that.", 0),
    "then-from": ("dateTime", "From when that one does.", 0),
    "back": ("date", "The day when the contact is at work again, where they are away. Never why.", 0),
    "opens": ("dateTime", "When somebody reads, where nobody does now.", 0),
    "promise": ("dateTime", "When an answer is promised, at the latest, to what is asked now.", 1),
}
"""The parts of the extension: of which type, what each says, and how often at least."""


@dataclass(frozen=True)
class Team:
    """A unit, which is reached by its own number."""

    key: UUID
    name: str
    hsa_id: str | None
    phone: str
    phone_hours: str


@dataclass(frozen=True)
class Now:
    """Who answers what a patient asks now, and until when."""

    asked_at: datetime
    who: str
    instead: bool
    phone: str | None
    until: datetime | None
    then: str | None
    then_from: datetime | None
    back: date | None
    opens: datetime | None
    promise: datetime


@dataclass(frozen=True)
class Manager:
    """Somebody's fast vårdkontakt. Where the patient's identity is protected there is no name, number or team."""

    key: UUID
    number: str | None
    protected: bool
    coordinates: bool
    starts_on: date
    ends_on: date | None
    active: bool
    title: str
    name: str = ""
    hsa_id: str | None = None
    phone: str | None = None
    phone_hours: str = ""
    team: Team | None = None
    now: Now | None = None

    @property
    def said(self) -> str:
        return f"{self.name}, {self.title}" if self.name else self.title


def manager(it: Manager, base: str) -> Json:
    """The one who is the contact, with all that it refers to (RIVCareManager)."""
    code = "4" if it.coordinates else "1"
    coding = [{"system": system, "code": code, "display": ROLES[code]} for system in (ROLE, ROLE_OID)]
    via = it.team if it.team and not it.phone else None
    return present(
        {
            "resourceType": "CareTeam",
            "id": str(it.key),
            "meta": present({"profile": [MANAGER], "security": security(protected=it.protected)}),
            "contained": _contained(it),
            "extension": [_answers_now(it.now, base)] if it.now else [],
            "status": "active" if it.active else "inactive",
            "category": [_category("fast-kontakt")],
            "subject": patient(it.number, protected=it.protected),
            "period": present({"start": it.starts_on.isoformat(), "end": it.ends_on and it.ends_on.isoformat()}),
            "participant": [
                present(
                    {
                        "extension": [{"url": VIA_TEAM, "valueReference": _to(via)}] if via else [],
                        "role": {"coding": coding},
                        "member": {"reference": "#role", "type": "PractitionerRole", "display": it.said},
                    }
                )
            ],
            "managingOrganization": [{"reference": "#unit", "display": it.team.name}] if it.team else [],
            "telecom": _phone(it.phone, it.phone_hours),
            "note": _hours(it.phone, it.phone_hours),
        }
    )


def team(it: Team) -> Json:
    """The unit that somebody is reached through (RIVManagingTeam)."""
    return present(
        {
            "resourceType": "CareTeam",
            "id": str(it.key),
            "meta": {"profile": [TEAM]},
            "identifier": [hsa(it.hsa_id)] if it.hsa_id else [],
            "status": "active",
            "category": [_category("team")],
            "name": it.name,
            "telecom": _phone(it.phone, it.phone_hours),
            "note": _hours(it.phone, it.phone_hours),
        }
    )


def teams(managers: Iterable[Manager]) -> list[Json]:
    """The units that some are reached through, each once."""
    found = {it.team.key: it.team for it in managers if it.team and not it.phone}
    return [team(it) for it in found.values()]


def _contained(it: Manager) -> list[Json]:
    role: Json = {"resourceType": "PractitionerRole", "id": "role", "code": [{"text": it.title}]}
    found: list[Json] = [role]
    if it.name:
        role["practitioner"] = {"reference": "#person"}
        identifier = [hsa(it.hsa_id)] if it.hsa_id else []
        named = [{"text": it.name}]
        found.append(present({"resourceType": "Practitioner", "id": "person", "identifier": identifier, "name": named}))
    if it.team:
        role["organization"] = {"reference": "#unit"}
        identifier = [hsa(it.team.hsa_id)] if it.team.hsa_id else []
        unit = {"resourceType": "Organization", "id": "unit", "identifier": identifier, "name": it.team.name}
        found.append(present(unit))
    return found


def _category(code: str) -> Json:
    return {"coding": [{"system": CATEGORY, "code": code}]}


def _to(it: Team) -> Json:
    return {"reference": f"CareTeam/{it.key}", "type": "CareTeam", "display": it.name}


def _phone(number: str | None, hours: str) -> list[Json]:
    """A number, and when it is answered as far as the words for that can be read."""
    if not number:
        return []
    times = [
        {"daysOfWeek": list(it.days), "availableStartTime": it.opens, "availableEndTime": it.closes}
        for it in understood(hours)
    ]
    when = [{"url": AVAILABILITY, "valueAvailability": {"availableTime": times}}] if times else []
    return [present({"extension": when, "system": "phone", "value": number})]


def _hours(number: str | None, hours: str) -> list[Json]:
    """When the number is answered, in the words of those who answer it."""
    return [{"text": f"Telefontid: {hours}"}] if number and hours else []


def _answers_now(it: Now, base: str) -> Json:
    said: Json = {
        "asked-at": {"valueInstant": moment(it.asked_at)},
        "who": {"valueString": it.who},
        "instead": {"valueBoolean": it.instead},
        "telecom": {"valueContactPoint": {"system": "phone", "value": it.phone}} if it.phone else None,
        "until": {"valueDateTime": moment(it.until)} if it.until else None,
        "then": {"valueString": it.then} if it.then else None,
        "then-from": {"valueDateTime": moment(it.then_from)} if it.then and it.then_from else None,
        "back": {"valueDate": it.back.isoformat()} if it.back else None,
        "opens": {"valueDateTime": moment(it.opens)} if it.opens else None,
        "promise": {"valueDateTime": moment(it.promise)},
    }
    parts = [{"url": name, **value} for name, value in said.items() if value]
    return {"url": definition_url(base), "extension": parts}


def definition_url(base: str) -> str:
    """What the extension is called: where its definition is."""
    return f"{base}/StructureDefinition/{ANSWERS_NOW}"


def definition(base: str) -> Json:
    """The definition of the extension that says who answers now (StructureDefinition)."""
    elements: list[Json] = [
        {
            "id": "Extension",
            "path": "Extension",
            "short": "Who answers now, and until when",
            "definition": "Asked of the same order, at the same moment, as the patient would be told it.",
            "min": 0,
            "max": "1",
        },
        {
            "id": "Extension.extension",
            "path": "Extension.extension",
            "slicing": {"discriminator": [{"type": "value", "path": "url"}], "ordered": False, "rules": "closed"},
            "min": sum(least for _type, _said, least in PARTS.values()),
            "max": str(len(PARTS)),
        },
    ]
    for name, (kind, said, least) in PARTS.items():
        key, path = f"Extension.extension:{name}", "Extension.extension"
        elements += [
            {"id": key, "path": path, "sliceName": name, "short": said, "min": least, "max": "1"},
            {"id": f"{key}.extension", "path": f"{path}.extension", "max": "0"},
            {"id": f"{key}.url", "path": f"{path}.url", "fixedUri": name},
            {"id": f"{key}.value[x]", "path": f"{path}.value[x]", "min": 1, "type": [{"code": kind}]},
        ]
    elements += [
        {"id": "Extension.url", "path": "Extension.url", "fixedUri": definition_url(base)},
        {"id": "Extension.value[x]", "path": "Extension.value[x]", "max": "0"},
    ]
    return {
        "resourceType": "StructureDefinition",
        "id": ANSWERS_NOW,
        "url": definition_url(base),
        "version": "1.0.0",
        "name": "NarlinjenAnswersNow",
        "title": "Vem som svarar nu",
        "status": "active",
        "description": "Who answers what a patient asks their fast vårdkontakt now, until when, and by when.",
        "fhirVersion": "5.0.0",
        "kind": "complex-type",
        "abstract": False,
        "context": [{"type": "element", "expression": "CareTeam"}],
        "type": "Extension",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Extension",
        "derivation": "constraint",
        "differential": {"element": elements},
    }
