"""What another system has read stands in the log before it leaves, and the patient reads it in plain words."""

from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select

from app.core import audit, db
from app.exchange import views
from app.log import export_queries
from tests.bookings.times import books
from tests.client import statements
from tests.exchange.reading import System, given, resources
from tests.world import Patient, Staff, World, wall

MOST = 6


@pytest.fixture
def at() -> Any:
    with time_machine.travel(wall("2026-11-04 09:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def karin(world: World, at: Any) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def siv(world: World, karin: Staff) -> Patient:
    return world.patient("Siv Nyberg")


@pytest.fixture
def system(world: World, karin: Staff) -> System:
    made = System(world)
    made.enters()
    return made


def number(who: Patient) -> str:
    assert who.person.number
    return who.person.number


def rows(system: System, *actions: str) -> list[Any]:
    its = (audit.log.c.object == f"client:{system.id}", audit.log.c.action.in_(actions))
    return list(db.run(select(audit.log).where(*its).order_by(audit.log.c.id)).all())


def test_each_that_is_given_is_a_row(system: System, world: World, siv: Patient, karin: Staff) -> None:
    rut = world.patient("Rut Ahl")
    key = books(karin, siv, "2026-11-10 09:00")
    books(karin, siv, "2026-11-11 09:00")
    books(karin, rut, "2026-11-12 09:00")
    system.times_of(number(siv))
    given(system.get(f"/r4/Appointment/{key}"))
    given(system.get("/r4/Appointment?_lastUpdated=ge2026-11-01"))
    found = rows(system, "api.booking_read")
    assert [it.patient_id for it in found].count(siv.person.id) == 5
    assert [it.patient_id for it in found].count(rut.person.id) == 1
    assert {(it.capacity, it.actor_id, it.unit_id) for it in found} == {("system", None, karin.unit.id)}
    system.contacts_of(number(siv))
    (read,) = rows(system, "api.contact_read")
    assert (read.patient_id, read.unit_id) == (siv.person.id, karin.unit.id)


def test_what_is_refused_or_of_nobody_is_no_reading(system: System, siv: Patient, karin: Staff) -> None:
    system.contacts_of("191212121212")
    given(system.get(f"/r5/CareTeam/{karin.unit.id}"))
    system.get(f"/r4/Appointment/{siv.person.id}")
    assert rows(system, "api.contact_read", "api.booking_read") == []
    assert [it.action for it in rows(system, "client.let_in", "client.entered")] == ["client.let_in", "client.entered"]


def test_without_a_log_nothing_leaves(
    system: System, siv: Patient, karin: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = books(karin, siv, "2026-11-10 09:00")

    def broken(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(views.audit, "record", broken)
    with pytest.raises(OSError):
        system.get(f"/r4/Appointment/{key}")


def test_the_patient_reads_who_it_was_and_what(system: System, siv: Patient, karin: Staff) -> None:
    other = System(siv.world, "Vårdens karta")
    books(karin, siv, "2026-11-10 09:00")
    system.contacts_of(number(siv))
    system.contacts_of(number(siv))
    system.times_of(number(siv))
    other.times_of(number(siv))
    html = siv.phone().get("/vem-har-last").text
    assert "Ett annat system, som regionen har släppt in: 1177" in html
    assert "Ett annat system, som regionen har släppt in: Vårdens karta" in html
    assert "Hämtade vem som är din fasta vårdkontakt, och vem som svarar nu, 2 gånger." in html
    assert "Hämtade en tid som du har." in html
    sheet = siv.phone().get("/vem-har-last/lista").text
    assert sheet.count("Ett annat system, som regionen har släppt in: 1177") == 3
    asked = siv.phone().get("/vem-har-last?fraga=1").text
    assert "1177" in asked
    file = export_queries.file_of(siv.viewer, siv.person.id, now=siv.world.now())
    named = [it["who"] for it in file["log"] if it["action"].startswith("api.")]
    assert len(named) == 4 and all(it.startswith("Ett annat system") for it in named)


@pytest.mark.parametrize("asked", ["by number", "by change", "page"])
def test_sixty_times_cost_as_many_statements_as_one(
    system: System, world: World, siv: Patient, karin: Staff, asked: str
) -> None:
    counts = []
    for days in (range(5, 6), range(6, 30), range(1, 32), range(1, 8)):
        month = 11 if days.stop <= 30 and days.start in (5, 6) else 12 if days.stop == 32 else 1
        year = 2027 if month == 1 else 2026
        for day in days:
            books(karin, siv, f"{year}-{month:02}-{day:02} 09:00")
        with statements(world.app) as heard:
            if asked == "by number":
                found = system.times_of(number(siv), _count="60")
            elif asked == "by change":
                found = given(system.get("/r4/Appointment?_lastUpdated=ge2026-11-01&_count=60"))
            else:
                first = system.times_of(number(siv), _count="60")
                heard.clear()
                found = given(system.get(first["link"][0]["url"].partition("/fhir")[2]))
        counts.append((len(resources(found)), len(heard)))
    assert counts[0][0] == 1 and counts[-1][0] == 60
    assert len({said for _rows, said in counts}) == 1 and counts[0][1] <= MOST, counts


def test_who_answers_costs_no_more_than_a_page(system: System, world: World, siv: Patient) -> None:
    with statements(world.app) as heard:
        system.contacts_of(number(siv))
    assert len(heard) <= MOST, heard


def test_a_wrong_secret_is_noted_and_tells_of_nobody(system: System) -> None:
    assert system.asks_token(secret="fel").status_code == 401
    noted = select(func.count()).where(audit.log.c.action == "sign_in.refused", audit.log.c.object == "api-client")
    assert db.run(noted).scalar() == 1
