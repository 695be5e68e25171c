"""What other systems can read here, and how (FHIR CapabilityStatement)."""

from typing import Any

from app.exchange.elements import MIME, SCOPES, Json

RELEASED = "2026-11-22"
OAUTH = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
CARE_TEAM = "http://hl7.org/fhir/SearchParameter/CareTeam-patient"
PARAMETERS = {
    "Appointment": (
        ("patient:identifier", "token", "A personnummer or samordningsnummer, in the body of a POST to _search alone."),
        ("date", "date", "When the time begins; with eq, ge, gt, le or lt."),
        ("_lastUpdated", "date", "When it last changed in any way; with eq, ge, gt, le or lt."),
        ("status", "token", "One or more of the statuses, with commas."),
    ),
    "CareTeam": (
        ("patient:identifier", "token", "A personnummer or samordningsnummer, in the body of a POST to _search alone."),
        ("_id", "token", "One contact."),
        ("status", "token", "active, which is what is found by patient in any case."),
    ),
}
SAYS = {
    "Appointment": "Times that are kept here: when, whether they stand, whom one meets and where. A search is by "
    "patient, in the body of a POST, or by _lastUpdated. What the kallelse says is not in it.",
    "CareTeam": "The fast vårdkontakt, by Inera's draft guide CareTeam 0.9, with who answers now as an extension.",
}


def statement(kind: str, version: str, base: str, token_url: str, **more: Any) -> Json:
    """What is served in one version of FHIR: one kind of resource, read only."""
    smart = {"system": "http://terminology.hl7.org/CodeSystem/restful-security-service", "code": "SMART-on-FHIR"}
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{base}/metadata",
        "status": "active",
        "date": RELEASED,
        "publisher": "Närlinjen",
        "kind": "instance",
        "software": {"name": "Närlinjen"},
        "implementation": {"description": "Närlinjen", "url": base},
        "fhirVersion": version,
        "format": [MIME, "json"],
        "rest": [
            {
                "mode": "server",
                "documentation": SAYS[kind],
                "security": {
                    "cors": False,
                    "service": [{"coding": [smart]}],
                    "description": f"OAuth2 client credentials (RFC 6749 4.4), over https, scope {SCOPES[kind]}.",
                    "extension": [{"url": OAUTH, "extension": [{"url": "token", "valueUri": token_url}]}],
                },
                "resource": [
                    {
                        "type": kind,
                        "interaction": [{"code": "read"}, {"code": "search-type"}],
                        "searchParam": [
                            {"name": name, "type": type_, "documentation": said}
                            for name, type_, said in PARAMETERS[kind]
                        ],
                        **more,
                    }
                ],
            }
        ],
    }
