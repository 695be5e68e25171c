"""The administrator's checks: what each rule draws, that each judgement is kept, and that checking is itself logged."""

import csv
import io
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.accounts import service as accounts
from app.core import audit, db
from app.core.audit import SYSTEM, Entry
from app.core.errors import NotFound
from app.core.locale import local
from app.log import check_queries as queries
from app.log import check_rules as rules
from app.log import check_service as service
from app.log.check_service import Over, Unjudged
from tests.client import LintedClient
from tests.world import Someone, Staff, World, token_in


@pytest.fixture
def karin(world: World) -> Staff:
    return world.staff("Karin Ek")


def reads(who: Staff, whom: Someone, at: datetime, action: str = "thread.read") -> None:
    """Somebody has read something about a patient."""
    with db.transaction() as session:
        audit.record(session, Entry(action, whom.person.id, who.unit.id), by=who.viewer, now=at)


def drawn(world: World, rule: str, *, size: int = 50, seed: int = 1) -> list[tuple[UUID, UUID]]:
    today = local(world.now()).date()
    found = queries.draw(world.admin().viewer, rule, today - timedelta(days=3), today, seed=seed, size=size)
    assert found.found >= len(found.rows)
    return [(row.actor_id, row.patient_id) for row in found.rows]


def test_a_row_is_what_one_person_did_with_one_patient_on_one_day(world: World, karin: Staff) -> None:
    siv, now = world.patient("Siv Nyberg"), world.now()
    for minutes in (0, 1, 2):
        reads(karin, siv, now - timedelta(minutes=minutes))
    reads(karin, siv, now - timedelta(minutes=3), "patient.opened")
    reads(karin, siv, now - timedelta(days=2))
    today = local(now).date()
    found = queries.draw(world.admin().viewer, "random", today - timedelta(days=3), today, seed=1, size=50)
    mine = [row for row in found.rows if row.patient_id == siv.person.id and row.actor_id == karin.person.id]
    assert sorted(row.times for row in mine)[-1] >= 4 and len({row.day for row in mine}) == 2
    assert max(mine, key=lambda row: row.times).actions.count("thread.read") == 1


def test_at_random_passes_over_what_was_only_seen_in_a_list_and_the_same_seed_draws_the_same(
    world: World, karin: Staff
) -> None:
    siv, tom = world.patient("Siv Nyberg"), world.patient("Tom Dahl")
    reads(karin, siv, world.now(), "thread.glimpsed")
    reads(karin, tom, world.now())
    pairs = drawn(world, "random")
    assert (karin.person.id, tom.person.id) in pairs and (karin.person.id, siv.person.id) not in pairs
    for number in range(12):
        reads(karin, world.patient(f"Patient {number}"), world.now())
    assert drawn(world, "random", size=4, seed=7) == drawn(world, "random", size=4, seed=7)
    assert any(drawn(world, "random", size=4, seed=7) != drawn(world, "random", size=4, seed=n) for n in (8, 9, 10))
    assert len(drawn(world, "random", size=4)) == 4


def test_own_unit_apart_draws_those_whose_patients_they_are_not(world: World, karin: Staff) -> None:
    siv = world.patient("Siv Nyberg")
    anna = world.staff("Anna Berg", unit="Mottagning Granen")
    other = world.patient("Tom Dahl", contact="Anna Berg")
    reads(karin, siv, world.now())
    reads(karin, other, world.now())
    reads(anna, siv, world.now(), "patient.listed")
    assert set(drawn(world, "own_unit")) == {(karin.person.id, other.person.id), (anna.person.id, siv.person.id)}


def test_same_surname_draws_namesakes_alone(world: World, karin: Staff) -> None:
    siv, tom = world.patient("Siv Nyberg-Ek"), world.patient("Tom Ekman")
    reads(karin, siv, world.now())
    reads(karin, tom, world.now())
    assert drawn(world, "surname") == [(karin.person.id, siv.person.id)]


def test_many_in_an_hour_draws_whoever_opened_that_many_and_nobody_else(
    world: World, karin: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MANY", 4)
    erik = world.staff("Erik Lund")
    at = world.now().replace(minute=30) - timedelta(days=1)
    patients = [world.patient(f"Patient {number}") for number in range(6)]
    for number, patient in enumerate(patients):
        if number < 4:
            reads(karin, patient, at + timedelta(minutes=number))
        reads(erik, patient, at - timedelta(hours=number))
        reads(erik, patient, at, "patient.listed")
    assert {actor for actor, _patient in drawn(world, "many")} == {karin.person.id}
    assert len(drawn(world, "many")) == 4


def test_a_colleague_as_patient_is_drawn_and_ones_own_reading_is_not(world: World, karin: Staff) -> None:
    erik, siv = world.staff("Erik Lund"), world.patient("Siv Nyberg")
    with db.transaction() as session:
        session.add(accounts.Patient(person_id=erik.person.id, since=world.now()))
        session.flush()
    reads(karin, erik, world.now())
    reads(erik, erik, world.now())
    reads(karin, siv, world.now())
    assert drawn(world, "colleague") == [(karin.person.id, erik.person.id)]


def test_what_patients_and_the_system_do_is_never_drawn(world: World, karin: Staff) -> None:
    siv = world.patient("Siv Nyberg")
    with db.transaction() as session:
        audit.record(session, Entry("thread.read", siv.person.id), by=siv.viewer, now=world.now())
        audit.record(session, Entry("thread.read", siv.person.id), by=SYSTEM, now=world.now())
    assert all(actor != siv.person.id for actor, _patient in drawn(world, "random"))


@pytest.fixture
def check(world: World, karin: Staff) -> UUID:
    """Two rows: Karin has read Siv's and Tom's."""
    for name in ("Siv Nyberg", "Tom Dahl"):
        reads(karin, world.patient(name), world.now())
    return made(world, size=2)


def made(world: World, rule: str = "random", *, size: int = 20) -> UUID:
    admin, today = world.admin(), local(world.now()).date()
    with db.transaction():
        return service.make(world.region().id, rule, today, today, size=size, by=admin.viewer, now=world.now())


def test_a_check_is_judged_row_by_row_and_signed_once(world: World, check: UUID) -> None:
    admin = world.admin().viewer
    with pytest.raises(Unjudged), db.transaction():
        service.finish(check, "Klart.", by=admin, now=world.now())
    with db.transaction():
        service.judge(check, 1, "as_should", "", by=admin, now=world.now())
        service.judge(check, 2, "look_into", "Frågar chefen.", by=admin, now=world.now())
        service.judge(check, 2, "look_into", "Frågar Karin.", by=admin, now=world.now())
        service.finish(check, "En ska utredas.", by=admin, now=world.now())
    found = queries.check_for(admin, check)
    assert (found.size, found.judged, found.odd, found.words) == (2, 2, 1, "En ska utredas.")
    assert [row.words for row in queries.rows_of(admin, found)] == ["", "Frågar Karin."]
    for late in (
        lambda: service.judge(check, 1, "look_into", "x", by=admin, now=world.now()),
        lambda: service.open_name(check, 1, "x", by=admin, now=world.now()),
        lambda: service.finish(check, "x", by=admin, now=world.now()),
    ):
        with pytest.raises(Over), db.transaction():
            late()
    assert queries.check_for(admin, check).words == "En ska utredas."


def test_nobody_but_the_administrator_reaches_a_check(world: World, check: UUID, karin: Staff) -> None:
    siv = world.patient("Siv Nyberg")
    for who in (karin, siv):
        for path in ("", "/ny", f"/{db.short(check)}", f"/{db.short(check)}/1", f"/{db.short(check)}/csv"):
            assert who.phone().get(f"/loggkontroll{path}").status_code == 404
        with pytest.raises(NotFound):
            queries.check_for(who.viewer, check)
    admin = world.admin().phone()
    for path in (f"/{db.short(db.new_key())}", f"/{db.short(check)}/99"):
        assert admin.get(f"/loggkontroll{path}").status_code == 404


def posts(phone: LintedClient, path: str, page: str | None = None, **data: object) -> tuple[int, str]:
    token = token_in(phone.get(page or path).text)
    answer = phone.post(path, data={"csrf_token": token, **data})
    return answer.status_code, answer.location or answer.text


def test_the_administrator_draws_judges_and_signs(world: World, karin: Staff) -> None:
    reads(karin, world.patient("Siv Nyberg"), world.now())
    phone, today = world.admin().phone(), local(world.now()).date()
    assert "Fem loggkontroller ska göras nu" in phone.get("/loggkontroll").text
    wrong = {"rule": "random", "starts_on": today, "ends_on": today - timedelta(days=1), "size": "0"}
    code, html = posts(phone, "/loggkontroll/ny", **wrong)
    assert code == 422 and "Slutdagen kommer före startdagen" in html and "från 1 till 100" in html
    code, html = posts(phone, "/loggkontroll/ny", **wrong | {"ends_on": today + timedelta(days=1), "size": "många"})
    assert code == 422 and "Välj en dag som har varit" in html and 'value="många"' in html
    code, place = posts(phone, "/loggkontroll/ny", rule="random", starts_on=today, ends_on=today, size=1)
    assert code == 303
    page = phone.get(place).text
    assert "0 av 1 rader är bedömda" in page and "S. N." in page and "Siv Nyberg" not in page
    code, html = posts(phone, f"{place}/1", judged="look_into", text=" ")
    assert code == 422 and "Skriv vad som ska utredas" in html
    code, html = posts(phone, f"{place}/1/namn", f"{place}/1", because="")
    assert code == 422 and "Siv Nyberg" not in html
    assert posts(phone, f"{place}/1/namn", f"{place}/1", because="Karin frågade mig.")[0] == 303
    opened = phone.get(f"{place}/1").text
    assert "Patient Siv Nyberg" in opened and "Karin frågade mig." in opened
    assert posts(phone, f"{place}/1", judged="as_should", text="")[1].endswith("#klar")
    assert "Alla rader är bedömda" in phone.get(place).text
    assert posts(phone, place, text="")[0] == 422
    assert posts(phone, place, text="Allt hör till arbetet.") == (303, place)
    done = phone.get(place).text
    assert "Kontrollen är klar" in done and "Allt hör till arbetet." in done
    token = token_in(done)
    assert phone.post(place, data={"csrf_token": token, "text": "En gång till."}).status_code == 409
    listed = phone.get("/loggkontroll").text
    assert "Fyra loggkontroller ska göras nu" in listed and "1 av 1 bedömda" in listed


def test_a_draw_of_nothing_is_kept_as_its_own_proof(world: World) -> None:
    phone = world.admin().phone()
    days = {"starts_on": date(2020, 1, 1), "ends_on": date(2020, 1, 31)}
    code, place = posts(phone, "/loggkontroll/ny", rule="surname", size=20, **days)
    assert code == 303 and "Det fanns inget att pröva" in phone.get(place).text
    assert posts(phone, place, text="Inget fanns.")[0] == 303


def test_to_read_a_check_is_itself_in_the_log_of_each_patient(world: World, check: UUID) -> None:
    phone, siv = world.admin().phone(), world.patient("Siv Nyberg")
    phone.get(f"/loggkontroll/{db.short(check)}")
    phone.get(f"/loggkontroll/{db.short(check)}/csv", lint=False)
    mine = select(audit.log.c.action).where(audit.log.c.patient_id == siv.person.id).order_by(audit.log.c.id)
    told = [it for it in db.session().scalars(mine) if it.startswith("check.")]
    assert told == ["check.listed", "check.exported"]


def test_the_table_is_whole_safe_and_without_names_of_patients(world: World, karin: Staff) -> None:
    reads(karin, world.patient("Siv Nyberg"), world.now())
    key, admin = made(world, size=1), world.admin()
    with db.transaction():
        service.open_name(key, 1, "Provas.", by=admin.viewer, now=world.now())
        service.judge(key, 1, "look_into", "=HYPERLINK(x)", by=admin.viewer, now=world.now())
    answer = admin.phone().get(f"/loggkontroll/{db.short(key)}/csv", lint=False)
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    said = answer.get_data().decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(said), delimiter=";"))
    assert "Siv" not in said and lines[-1][1] == "Karin Ek" and lines[-1][4] == "S. N."
    assert lines[-1][10:12] == ["ska utredas", "'=HYPERLINK(x)"] and lines[-1][9] == "Läste dina meddelanden."


def test_the_list_of_checks_goes_on_and_asks_no_more_for_many(world: World) -> None:
    phone = world.admin().phone()
    for _number in range(queries.PAGE + 3):
        made(world, "colleague")
    first = phone.get("/loggkontroll").text
    assert len(phone.heard) <= 6 and first.count("0 av 0 bedömda") == queries.PAGE
    older = first.split('href="/loggkontroll?fore=')[1].split('"')[0]
    assert phone.get(f"/loggkontroll?fore={older}").text.count("0 av 0 bedömda") == 3


def test_no_draw_takes_more_pairs_than_it_can_open(world: World, karin: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Siv Nyberg", "Tom Dahl"):
        reads(karin, world.patient(name), world.now())
    monkeypatch.setattr(queries, "MOST_PAIRS", 1)
    today = local(world.now()).date()
    answer = posts(world.admin().phone(), "/loggkontroll/ny", rule="surname", starts_on=today, ends_on=today, size=20)
    assert answer[0] == 422 and "Välj färre dagar" in answer[1]
