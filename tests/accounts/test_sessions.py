"""A session is a row: it ends when it is said to, and is one person in one capacity."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, text

from app.accounts import queries, service
from app.accounts.models import Patient as PatientRow
from app.accounts.models import SignIn
from app.care import contact_service as care
from app.core import audit, clock, db
from app.core.audit import SYSTEM
from app.demo.people import test_number as demo_number
from tests.world import Patient, Someone, Staff, World, token_in

NOON = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)


def sign_in(someone: Someone, capacity: str | None = None) -> str:
    with db.transaction():
        return service.sign_in(
            someone.person.id, capacity=capacity or someone.capacity, way="demo", by=SYSTEM, now=clock.now()
        )


def test_only_the_tokens_digest_is_kept(world: World) -> None:
    token = sign_in(world.patient("Siv"))
    kept = db.session().scalars(select(SignIn.id)).all()
    assert queries.session_digest(token) in kept and all(token.encode() not in row for row in kept)


@pytest.mark.parametrize("token", ["", "x", "å" * 50, "\x00"])
def test_no_other_token_opens_a_session(world: World, token: str) -> None:
    sign_in(world.patient("Siv"))
    assert queries.viewer_of(token, now=clock.now()) is None


@pytest.mark.parametrize(
    ("who", "unused", "longest"),
    [("staff", timedelta(hours=2), timedelta(hours=12)), ("patient", timedelta(days=7), timedelta(days=30))],
)
def test_a_session_ends_by_itself(world: World, who: str, unused: timedelta, longest: timedelta) -> None:
    someone: Someone = world.staff("Karin Ek") if who == "staff" else world.patient("Siv")
    with time_machine.travel(NOON, tick=False) as clockwork:
        phone = someone.phone()
        clockwork.move_to(NOON + unused - timedelta(seconds=1))
        assert phone.get("/meddelanden").status_code == 200
        clockwork.shift(unused)
        assert phone.get("/meddelanden").status_code == 302
    with time_machine.travel(NOON, tick=False) as clockwork:
        phone, used = someone.phone(), timedelta()
        while used + unused / 2 < longest:
            used += unused / 2
            clockwork.move_to(NOON + used)
            assert phone.get("/meddelanden").status_code == 200
        clockwork.move_to(NOON + longest)
        assert phone.get("/meddelanden").status_code == 302


def test_use_is_noted_at_most_once_a_minute(world: World) -> None:
    siv = world.patient("Siv")

    def noted() -> datetime:
        return db.session().scalars(select(SignIn.last_seen).where(SignIn.person_id == siv.person.id)).one()

    with time_machine.travel(NOON, tick=False) as clockwork:
        phone = siv.phone()
        for seconds, expected in ((59, 0), (60, 0), (61, 61), (100, 61), (122, 122)):
            clockwork.move_to(NOON + timedelta(seconds=seconds))
            phone.get("/meddelanden")
            assert noted() == NOON + timedelta(seconds=expected), seconds


def test_signing_out_ends_the_session_and_the_cookie_at_once(world: World) -> None:
    siv = world.patient("Siv")
    phone = siv.phone()
    with phone.session_transaction() as cookie:
        stolen = cookie["_user_id"]
        cookie["language"] = "en"
    token = token_in(phone.get("/logga-ut").text)
    assert phone.get("/meddelanden").status_code == 200
    answer = phone.post("/logga-ut", data={"csrf_token": token})
    assert (answer.status_code, answer.location) == (303, "/")
    with phone.session_transaction() as cookie:
        assert set(cookie) <= {"language"} and cookie["language"] == "en"
    assert phone.get("/meddelanden").status_code == 302
    assert queries.viewer_of(stolen, now=clock.now()) is None
    actions = db.session().scalars(select(audit.log.c.action).where(audit.log.c.actor_id == siv.person.id)).all()
    assert actions[-1] == "session.ended"


def test_signing_out_on_one_device_leaves_the_other_signed_in(world: World) -> None:
    siv = world.patient("Siv")
    first, second = sign_in(siv), sign_in(siv)
    viewer = queries.viewer_of(first, now=clock.now())
    assert viewer
    with db.transaction():
        service.sign_out(viewer.session_id, by=viewer, now=clock.now())
    assert queries.viewer_of(first, now=clock.now()) is None
    assert queries.viewer_of(second, now=clock.now())


def test_signing_out_needs_the_button_and_its_token(world: World) -> None:
    phone = world.patient("Siv").phone()
    assert phone.post("/logga-ut", data={}).status_code == 403
    assert phone.get("/meddelanden").status_code == 200


def test_signing_out_when_signed_out_is_no_fault(world: World) -> None:
    client = world.app.test_client()
    token = token_in(client.get("/logga-ut").text)
    assert client.post("/logga-ut", data={"csrf_token": token}).status_code == 303


def test_the_cookie_holds_no_name_and_no_number(world: World) -> None:
    siv = world.patient("Siv Nyberg")
    phone = siv.phone()
    phone.get("/")
    with phone.session_transaction() as cookie:
        names, held = set(cookie), repr(dict(cookie))
    assert names <= {"_user_id", "nav", "csrf_token", "_permanent", "language"}
    for word in ("Siv Nyberg", "Nyberg", str(siv.person.id), db.short(siv.person.id), siv.person.number):
        assert word not in held


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    answer = world.app.test_client().get("/om")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


@pytest.fixture
def both(world: World) -> tuple[World, Staff, Patient]:
    """Karin, who works at one unit and is a patient with a contact at another."""
    karin = world.staff("Karin Ek")
    anna = world.staff("Anna Berg", unit="Mottagning Granen")
    _number, born = demo_number(1)
    with db.transaction() as session:
        session.add(PatientRow(person_id=karin.person.id, since=clock.now()))
        session.flush()
        contact = care.appoint(
            karin.person, anna.person.id, anna.unit, coordinating=True, born=born, by=SYSTEM, now=clock.now()
        )
    return world, karin, Patient(world, karin.person, contact)


def test_one_person_is_one_thing_at_a_time(both: tuple[World, Staff, Patient]) -> None:
    world, at_work, at_home = both
    asked = world.patient("Siv").asks("Fråga till Karin.")
    own = at_home.asks("Min egen fråga.")
    duty, private = at_work.phone(), at_home.phone()
    contact = at_home.contact
    assert contact
    pages = {
        f"/meddelanden/{db.short(asked)}": (200, 404),
        f"/meddelanden/{db.short(own)}": (404, 200),
        f"/meddelanden/ny/{db.short(contact.id)}": (404, 200),
    }
    for path, codes in pages.items():
        assert (duty.get(path).status_code, private.get(path).status_code) == codes, path
    assert "Min egen" not in duty.get("/meddelanden").text and "Fråga till" in duty.get("/meddelanden").text
    assert "Min egen" in private.get("/meddelanden").text and "Fråga till" not in private.get("/meddelanden").text


def test_a_draft_to_ones_own_contact_is_not_reached_from_work(both: tuple[World, Staff, Patient]) -> None:
    _world, at_work, at_home = both
    assert at_home.contact
    duty = at_work.phone()
    token = token_in(duty.get("/logga-ut").text)
    place = db.short(at_home.contact.id)
    answer = duty.post("/meddelanden/utkast", data={"place": place, "text": "Privat", "csrf_token": token})
    assert answer.status_code == 404
    assert db.session().scalar(text("select count(*) from draft")) == 0


def test_an_administrator_is_one_only_on_duty(world: World) -> None:
    world.region()
    boss = db.session().execute(text("select person_id from region_role where role = 'administrator'")).scalar_one()
    for capacity, kinds in (("duty", {"staff", "admin"}), ("private", set())):
        with db.transaction():
            token = service.sign_in(boss, capacity=capacity, way="demo", by=SYSTEM, now=clock.now())
        viewer = queries.viewer_of(token, now=clock.now())
        assert viewer and viewer.kinds == kinds
