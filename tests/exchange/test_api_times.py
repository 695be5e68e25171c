"""Times that are kept here, as another system reads them (FHIR R4 Appointment)."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine

from app.accounts import service as accounts
from app.bookings import answer_service
from app.bookings import service as bookings
from app.bookings.models import Booking
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.bookings.times import books, offers
from tests.exchange.reading import CONTACTS, PERSON, TIMES, System, fault, given, link, resources, validate
from tests.world import Patient, Staff, World, token_in, wall

NOW = "2026-11-02 09:00"


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


def actors(time: Any) -> dict[str, str]:
    return {it["actor"]["type"]: it["actor"].get("display", "") for it in time["participant"]}


def test_a_time_says_when_where_and_with_whom_and_not_what_the_letter_says(
    system: System, siv: Patient, karin: Staff
) -> None:
    key = books(karin, siv, "2026-11-10 09:00", bring="Ta med kortet")
    (time,) = resources(system.times_of(number(siv)))
    assert time["id"] == str(key) and time["status"] == "booked"
    assert (time["start"], time["end"]) == ("2026-11-10T08:00:00.000Z", "2026-11-10T08:45:00.000Z")
    assert time["minutesDuration"] == 45 and time["description"] == "Tid"
    assert time["serviceType"] == [{"text": "Samtal"}] and time["appointmentType"] == {"text": "Besök"}
    assert actors(time) == {
        "Patient": "",
        "Practitioner": "Karin Ek, sjuksköterska",
        "HealthcareService": "Mottagning Björken",
        "Location": "Kyrkogatan 12, våning 2",
    }
    patient = time["participant"][0]
    assert patient["actor"]["identifier"] == {"system": PERSON, "value": number(siv)}
    assert patient["status"] == "needs-action"
    assert "kortet" not in json.dumps(time) and "Siv" not in json.dumps(time)
    assert given(system.get(f"/r4/Appointment/{key}")) == time


def test_what_happens_to_it_is_seen(system: System, siv: Patient, karin: Staff, at: Any) -> None:
    key = books(karin, siv, "2026-11-10 09:00")
    with db.transaction():
        answer_service.answer(key, "accepted", by=siv.viewer, now=clock.now())
    time = given(system.get(f"/r4/Appointment/{key}"))
    assert time["participant"][0]["status"] == "accepted"
    at.move_to(wall("2026-11-03 10:30"))
    with db.transaction():
        bookings.cancel(key, by=karin.viewer, now=clock.now())
    system.enters()
    time = given(system.get(f"/r4/Appointment/{key}"))
    assert (time["status"], time["meta"]["versionId"]) == ("cancelled", "2")
    assert time["meta"]["lastUpdated"] == "2026-11-03T09:30:00.000Z"


def test_a_home_is_no_place_that_is_told(system: System, siv: Patient, karin: Staff) -> None:
    books(karin, siv, "2026-11-10 09:00", kind="Hembesök", mode="home", place="Storgatan 1, portkod 1234")
    (time,) = resources(system.times_of(number(siv)))
    assert "Location" not in actors(time) and "portkod" not in json.dumps(time)


def test_what_has_changed_is_found_in_its_order_page_by_page(
    system: System, world: World, siv: Patient, karin: Staff, at: Any
) -> None:
    rut = world.patient("Rut Ahl")
    keys = []
    for day, whom in ((10, siv), (11, rut), (12, siv)):
        keys.append(books(karin, whom, f"2026-11-{day} 09:00"))
        at.shift(timedelta(minutes=1))
    at.move_to(wall("2026-11-02 10:00"))
    with db.transaction():
        bookings.cancel(keys[0], by=karin.viewer, now=clock.now())
    system.enters()
    first = given(system.get("/r4/Appointment?_lastUpdated=ge2026-11-02T09:00:00%2B01:00&_count=2"))
    assert [it["id"] for it in resources(first)] == [str(keys[1]), str(keys[2])]
    more = link(first, "next")
    assert more and "total" not in first
    last = given(system.get(more))
    assert [it["id"] for it in resources(last)] == [str(keys[0])] and link(last, "next") is None
    again = given(system.get(link(first, "self") or ""))
    assert resources(again) == resources(first)
    late = given(system.get("/r4/Appointment?_lastUpdated=gt2026-11-02T10:00:00%2B01:00"))
    assert resources(late) == []
    only = given(system.get("/r4/Appointment?_lastUpdated=ge2026-11-02&status=cancelled"))
    assert [it["id"] for it in resources(only)] == [str(keys[0])]
    day = given(system.get("/r4/Appointment?_lastUpdated=ge2026-11-02&date=2026-11-11"))
    assert [it["id"] for it in resources(day)] == [str(keys[1])]


def test_a_patients_times_are_found_page_by_page_and_no_address_knows_whose(
    system: System, siv: Patient, karin: Staff, at: Any
) -> None:
    keys = [str(books(karin, siv, f"2026-11-{day} 09:00")) for day in range(10, 15)]
    page, found = system.times_of(number(siv), _count="2"), []
    for _more in range(2):
        found += [it["id"] for it in resources(page)]
        for it in page["link"]:
            assert number(siv) not in it["url"] and number(siv)[2:] not in it["url"]
        page = given(system.get(link(page, "next") or ""))
    assert found + [it["id"] for it in resources(page)] == keys
    assert [it["id"] for it in resources(given(system.get(link(page, "self") or "")))] == keys[-1:]
    bounded = system.times_of(number(siv), date="ge2026-11-13")
    assert [it["id"] for it in resources(bounded)] == keys[3:]
    again = system.times_of(number(siv), _lastUpdated="gt2026-11-02")
    assert resources(again) == []


def test_a_page_is_for_the_client_that_got_it(system: System, world: World, siv: Patient, karin: Staff) -> None:
    for day in (10, 11):
        books(karin, siv, f"2026-11-{day} 09:00")
    more = link(system.times_of(number(siv), _count="1"), "next")
    assert more
    other = System(world, "Ett annat")
    assert "not one that was given" in fault(other.get(more), 400)
    for broken in (more[:-2] + "AA", "/r4/Appointment?page=%C3%A5", "/r4/Appointment?page=AAAA", f"{more}&_count=5"):
        fault(system.get(broken), 400)


def test_an_identity_number_never_stands_in_an_address(system: System, siv: Patient, karin: Staff) -> None:
    books(karin, siv, "2026-11-10 09:00")
    token = quote(f"{PERSON}|{number(siv)}", safe="")
    for name in ("patient.identifier", "patient:identifier", "patient", "actor:identifier"):
        said = fault(system.get(f"/r4/Appointment?{name}={token}&_lastUpdated=ge2026-01-01"), 400)
        assert "_search" in said and number(siv) not in said
        fault(system.get(f"/r5/CareTeam?{name}={token}"), 400)
        fault(system.posts(f"/r4/Appointment/_search?{name}={token}"), 400)
        fault(system.posts(f"/r5/CareTeam/_search?{name}={token}"), 400)


def test_a_search_says_of_whom_or_since_when(system: System) -> None:
    for path in ("", "?date=ge2026-11-01", "?_lastUpdated=le2026-11-01", "?status=booked"):
        assert "_lastUpdated" in fault(system.get(f"/r4/Appointment{path}"), 400)
    assert "_search" in fault(system.get("/r5/CareTeam"), 400)
    fault(system.posts("/r5/CareTeam/_search"), 400)
    fault(system.posts("/r4/Appointment/_search", **{"patient:identifier": f"{PERSON}|0000"}), 400)
    fault(system.posts("/r4/Appointment/_search", **{"patient:identifier": "urn:oid:1.2|191212121212"}), 400)


def test_unknown_parameters_are_refused_unless_the_other_is_lenient(system: System) -> None:
    path = "/r4/Appointment?_lastUpdated=ge2026-11-01&_sort=date"
    assert "_sort" in fault(system.get(path), 400)
    found = given(system.get(path, Prefer="handling=lenient"))
    (note,) = resources(found, "outcome")
    assert "_sort" in note["issue"][0]["diagnostics"] and note["issue"][0]["severity"] == "warning"
    fault(system.get("/r4/Appointment?_lastUpdated=snart"), 400)
    fault(system.get("/r4/Appointment?_lastUpdated=ge2026-11-01&_format=xml"), 406)
    fault(system.get("/r4/Appointment?_lastUpdated=ge2026-11-01", Accept="application/fhir+xml"), 406)
    given(system.get("/r4/Appointment?_lastUpdated=ge2026-11-01", Accept="application/fhir+json; fhirVersion=4.0"))


def test_what_another_system_keeps_is_not_given_on_as_ours(system: System, siv: Patient, karin: Staff) -> None:
    kind = offers(karin)
    begins = wall("2026-11-10 13:00")
    wanted = bookings.Wanted(
        kind, siv.person.id, (karin.person.id,), begins, begins + timedelta(minutes=45), "", kept_in="Cosmic"
    )
    with db.transaction():
        key = bookings.make(wanted, by=SYSTEM, now=clock.now())
    assert db.session().get_one(Booking, key).kept_in
    assert resources(system.times_of(number(siv))) == []
    assert resources(given(system.get("/r4/Appointment?_lastUpdated=ge2026-11-01"))) == []
    fault(system.get(f"/r4/Appointment/{key}"), 404)
    (own,) = resources(taken_out(siv))
    assert own["id"] == str(key), "It is the patient's own all the same."


def taken_out(who: Patient) -> Any:
    """The file of a patient's own times."""
    phone = who.phone()
    token = token_in(phone.get("/inloggningar").text)
    answer = phone.post("/mina-uppgifter/tider", data={"csrf_token": token})
    assert answer.status_code == 200 and "attachment" in answer.headers["Content-Disposition"]
    said = json.loads(answer.text)
    validate(said, "R4")
    assert answer.mimetype == "application/fhir+json" and said["type"] == "collection"
    return said


def test_a_patient_takes_out_their_own_times(world: World, siv: Patient, karin: Staff) -> None:
    rut = world.patient("Rut Ahl")
    keys = [books(karin, whom, f"2026-11-{day} 09:00") for day, whom in ((12, siv), (11, rut), (10, siv))]
    found = resources(taken_out(siv))
    assert [it["id"] for it in found] == [str(keys[2]), str(keys[0])]
    assert actors(found[0])["Location"] == "Kyrkogatan 12, våning 2"
    assert "Hämtade dina tider som en fil." in siv.phone().get("/vem-har-last").text
    assert "entry" not in taken_out(world.patient("Utan tider"))
    with db.transaction():
        accounts.protect(siv.person.id, True, by=karin.viewer, now=clock.now())
    assert set(actors(resources(taken_out(siv))[0])) == {"Patient"}


def test_a_protected_identity_has_no_place_and_is_found_by_number_alone(
    system: System, siv: Patient, karin: Staff
) -> None:
    key = books(karin, siv, "2026-11-10 09:00")
    with db.transaction():
        accounts.protect(siv.person.id, True, by=karin.viewer, now=clock.now())
    assert resources(given(system.get("/r4/Appointment?_lastUpdated=ge2026-11-01"))) == []
    (time,) = resources(system.times_of(number(siv)))
    assert time["meta"]["security"][0]["code"] == "V"
    assert actors(time) == {"Patient": ""} and time["start"].startswith("2026-11-10")
    said = json.dumps([time, given(system.get(f"/r4/Appointment/{key}"))])
    assert not [word for word in ("Karin", "Björken", "Kyrkogatan", "Samtal", "Besök", "Siv") if word in said]
    assert number(siv) not in json.dumps(given(system.get(f"/r4/Appointment/{key}")))


def test_a_units_system_sees_that_unit_alone(world: World, siv: Patient, karin: Staff) -> None:
    lena = world.staff("Lena Lind", unit="Mottagning Linden")
    rut = world.patient("Rut Tall", contact="Lena Lind")
    mine, theirs = books(karin, siv, "2026-11-10 09:00"), books(lena, rut, "2026-11-10 09:00", kind="Samtal där")
    system = System(world, "Björkens kösystem", TIMES, CONTACTS, unit=karin.unit.id)
    given(system.get(f"/r4/Appointment/{mine}"))
    assert fault(system.get(f"/r4/Appointment/{theirs}"), 404) == fault(
        system.get("/r4/Appointment/00000000-0000-0000-0000-000000000000"), 404
    )
    found = given(system.get("/r4/Appointment?_lastUpdated=ge2026-11-01"))
    assert [it["id"] for it in resources(found)] == [str(mine)]
    nobodys, others = (system.times_of(it) for it in ("191212121212", number(rut)))
    assert nobodys == others and resources(others) == []


def test_whoever_tries_numbers_is_slowed_down(system: System) -> None:
    form = {"patient:identifier": f"{PERSON}|191212121212"}
    answers = [system.posts("/r4/Appointment/_search", **form).status_code for _number in range(61)]
    assert answers == [200] * 60 + [429]


def test_other_addresses_and_verbs_are_refused_in_fhir_too(system: System) -> None:
    for path in ("/r4/Patient/1", "/r4/Appointment/inte-en-nyckel", "/r5/Appointment", "/r4/CareTeam", "/nej"):
        fault(system.get(path), 404)
    for verb in ("put", "delete", "patch"):
        fault(getattr(system.client, verb)("/fhir/r4/Appointment", headers=system.headers), 405)
