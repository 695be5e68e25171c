"""Who somebody's fast vårdkontakt is, and who answers now, as another system reads it (FHIR R5 CareTeam)."""

import json
from typing import Any

import pytest
import time_machine

from app.accounts import service as accounts
from app.care import contact_service
from app.care import queries as care_queries
from app.care import service as care
from app.core import clock, db
from app.core.audit import SYSTEM
from app.exchange.elements import moment
from tests.exchange.reading import System, fault, given, resources
from tests.world import ADULT, Patient, Staff, World, today, wall, who_answers

NOW = "2026-11-04 09:00"
GUIDE = "https://fhir.inera.se/ig/careteam"


@pytest.fixture
def at() -> Any:
    with time_machine.travel(wall(NOW), tick=False) as traveller:
        yield traveller


@pytest.fixture
def karin(world: World, at: Any) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def siv(world: World, karin: Staff) -> Patient:
    return world.patient("Siv Nyberg")


@pytest.fixture
def system(world: World, karin: Staff) -> System:
    return System(world)


def number(who: Patient) -> str:
    assert who.person.number
    return who.person.number


def answers_now(team: Any) -> dict[str, Any]:
    (extension,) = team["extension"]
    parts = extension["extension"]
    return {it["url"]: value for it in parts for name, value in it.items() if name != "url"}


def test_it_is_as_the_guide_has_it(system: System, siv: Patient, karin: Staff) -> None:
    assert siv.contact
    (team,) = resources(system.contacts_of(number(siv)))
    assert team["id"] == str(siv.contact.id) and team["status"] == "active"
    assert team["meta"]["profile"] == [f"{GUIDE}/StructureDefinition/RIVCareManager-careteam"]
    assert team["category"][0]["coding"] == [
        {"system": f"{GUIDE}/CodeSystem/typ-av-careteam-cs", "code": "fast-kontakt"}
    ]
    assert team["period"] == {"start": siv.contact.starts_on.isoformat()}
    assert team["subject"]["identifier"]["value"] == number(siv) and "display" not in team["subject"]
    (participant,) = team["participant"]
    codes = {it["system"]: it["code"] for it in participant["role"]["coding"]}
    assert set(codes.values()) == {"1"} and "urn:oid:1.2.752.129.5.1.69" in codes
    assert participant["member"]["display"] == "Karin Ek, sjuksköterska"
    held = {f"#{it['id']}": it for it in team["contained"]}
    role = held[participant["member"]["reference"]]
    assert role["resourceType"] == "PractitionerRole"
    assert held[role["practitioner"]["reference"]]["name"] == [{"text": "Karin Ek"}]
    assert held[role["organization"]["reference"]]["name"] == "Mottagning Björken"
    (phone,) = team["telecom"]
    (available,) = phone["extension"]
    assert (phone["value"], available["url"]) == (
        "+46313900612",
        f"{GUIDE}/StructureDefinition/RIVContactPointAvailability",
    )
    assert available["valueAvailability"]["availableTime"] == [
        {
            "daysOfWeek": ["mon", "tue", "wed", "thu", "fri"],
            "availableStartTime": "08:00:00",
            "availableEndTime": "16:00:00",
        }
    ]
    assert team["note"] == [{"text": "Telefontid: Vardagar 8–16"}]
    assert given(system.get(f"/r5/CareTeam/{team['id']}")) == team
    assert resources(given(system.get(f"/r5/CareTeam?_id={team['id']}"))) == [team]


def test_without_a_number_of_their_own_they_are_reached_through_the_team(
    system: System, siv: Patient, karin: Staff
) -> None:
    with db.transaction():
        care.change_direct(karin.assignment, None, by=SYSTEM, now=clock.now())
    found = system.contacts_of(number(siv))
    (manager,), (team,) = resources(found), resources(found, "include")
    assert "telecom" not in manager
    (via,) = manager["participant"][0]["extension"]
    assert via["url"] == f"{GUIDE}/StructureDefinition/riv-contact-via-team-extension"
    assert via["valueReference"]["reference"] == f"CareTeam/{team['id']}"
    assert team["meta"]["profile"] == [f"{GUIDE}/StructureDefinition/RIVManagingTeam-careteam"]
    assert team["name"] == "Mottagning Björken" and team["telecom"][0]["value"] == "+46313900610"
    assert given(system.get(f"/r5/CareTeam/{team['id']}")) == team


def test_the_one_who_coordinates_has_another_code_where_there_are_several(
    system: System, world: World, siv: Patient
) -> None:
    lena = world.staff("Lena Lind", unit="Mottagning Linden")
    with db.transaction():
        contact_service.appoint(
            siv.person, lena.person.id, lena.unit, coordinating=False, born=ADULT, by=SYSTEM, now=clock.now()
        )
    teams = resources(system.contacts_of(number(siv)))
    assert [it["participant"][0]["role"]["coding"][0]["code"] for it in teams] == ["4", "1"]


def test_who_answers_is_what_the_patient_is_told(
    system: System, world: World, siv: Patient, karin: Staff, at: Any
) -> None:
    now = answers_now(resources(system.contacts_of(number(siv)))[0])
    assert now["who"] == "Karin Ek, sjuksköterska" and now["instead"] is False and "back" not in now
    erik = world.staff("Erik Lund")
    karin.is_away("2026-11-04 08:00", "2026-11-09 00:00", erik)
    text = json.dumps(system.contacts_of(number(siv)))
    now = answers_now(resources(json.loads(text))[0])
    told = who_answers(siv.viewer, care_queries.contacts_of(siv.viewer, today=today())[0])
    assert now["who"] == f"{told.now.name}, {told.now.title}" == "Erik Lund, sjuksköterska"
    assert now["instead"] is True and now["back"] == "2026-11-09"
    assert now["promise"] == moment(told.promise)
    assert now["asked-at"] == "2026-11-04T08:00:00.000Z"
    assert now["telecom"]["value"] == "+46313900612"
    assert not [word for word in ("sjuk,", "ledig", "semester", "frånvar", "absen", "passed") if word in text.lower()]


def test_until_when_and_who_then(system: System, world: World, siv: Patient, karin: Staff, at: Any) -> None:
    at.move_to(wall("2026-11-06 16:00"))
    erik = world.staff("Erik Lund")
    karin.is_away("2026-11-09 00:00", "2026-11-16 00:00", erik)
    now = answers_now(resources(system.contacts_of(number(siv)))[0])
    assert now["who"].startswith("Karin Ek") and now["then"].startswith("Erik Lund")
    assert now["until"] <= now["then-from"]


def test_outside_office_time_it_says_when_somebody_reads(system: System, siv: Patient, at: Any) -> None:
    at.move_to(wall("2026-11-07 22:00"))
    now = answers_now(resources(system.contacts_of(number(siv)))[0])
    assert now["opens"] == "2026-11-09T07:00:00.000Z"


def test_a_protected_identity_has_neither_name_nor_number_nor_unit(system: System, siv: Patient, karin: Staff) -> None:
    assert siv.contact
    with db.transaction():
        accounts.protect(siv.person.id, True, by=karin.viewer, now=clock.now())
    (team,) = resources(system.contacts_of(number(siv)))
    assert team["meta"]["security"][0]["code"] == "V"
    assert team["participant"][0]["member"]["display"] == "sjuksköterska"
    text = json.dumps([team, given(system.get(f"/r5/CareTeam/{siv.contact.id}"))])
    assert not [word for word in ("Karin", "Björken", "+46", "extension", "Siv") if word in text]


def test_a_contact_that_has_ended_is_told_of_as_ended_and_then_no_more(
    system: System, siv: Patient, karin: Staff, at: Any
) -> None:
    assert siv.contact
    with db.transaction():
        siv.contact.ends_on = clock.now().date()
        db.session().flush()
    at.move_to(wall("2026-11-06 09:00"))
    assert resources(system.contacts_of(number(siv))) == []
    team = given(system.get(f"/r5/CareTeam/{siv.contact.id}"))
    assert (team["status"], team["period"]["end"]) == ("inactive", "2026-11-04") and "extension" not in team
    at.move_to(wall("2027-02-10 09:00"))
    system.enters()
    fault(system.get(f"/r5/CareTeam/{siv.contact.id}"), 404)


def test_a_units_system_sees_that_unit_alone(system: System, world: World, siv: Patient) -> None:
    lena = world.staff("Lena Lind", unit="Mottagning Linden")
    rut = world.patient("Rut Tall", contact="Lena Lind")
    assert rut.contact
    own = System(world, "Björkens system", unit=world.unit().id)
    assert len(resources(own.contacts_of(number(siv)))) == 1
    assert own.contacts_of(number(rut)) == own.contacts_of("191212121212")
    for key in (rut.contact.id, lena.unit.id):
        fault(own.get(f"/r5/CareTeam/{key}"), 404)
    assert len(resources(system.contacts_of(number(rut)))) == 1


@pytest.mark.parametrize("path", ["/fhir/r4/metadata", "/fhir/r5/metadata"])
def test_what_is_served_is_said_to_anybody(world: World, path: str) -> None:
    said = given(world.app.test_client().get(path))
    (rest,) = said["rest"]
    assert said["fhirVersion"] == ("4.0.1" if "r4" in path else "5.0.0")
    assert rest["mode"] == "server" and rest["security"]["cors"] is False
    assert rest["security"]["extension"][0]["extension"][0]["valueUri"].endswith("/fhir/token")
    assert {it["code"] for it in rest["resource"][0]["interaction"]} == {"read", "search-type"}


def test_our_extension_has_a_definition_where_it_says(system: System, siv: Patient) -> None:
    (team,) = resources(system.contacts_of(number(siv)))
    (extension,) = team["extension"]
    path = extension["url"].partition("/fhir")[2]
    definition = given(system.client.get(f"/fhir{path}"))
    assert definition["url"] == extension["url"] and definition["fhirVersion"] == "5.0.0"
    elements = definition["differential"]["element"]
    known = {it["sliceName"]: it["min"] for it in elements if "sliceName" in it}
    kinds = {
        it["id"].split(":")[1].split(".")[0]: it["type"][0]["code"]
        for it in elements
        if it["id"].endswith(".value[x]") and "type" in it
    }
    for part in extension["extension"]:
        (value,) = (name for name in part if name != "url")
        assert value.removeprefix("value").lower() == kinds[part["url"]].lower()
    assert {name for name, least in known.items() if least} <= {it["url"] for it in extension["extension"]}
