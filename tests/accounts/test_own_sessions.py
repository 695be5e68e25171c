"""A person sees where they are signed in, ends it there, and locks it all at once."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, text

from app.accounts import (
    authenticator,
    ending_service,
    passkey_service,
    queries,
    rules,
    service,
    session_queries,
    session_service,
)
from app.accounts.authenticator import Party
from app.accounts.models import SignIn
from app.core import audit, clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from tests.accounts.soft_key import SoftKey
from tests.client import LintedClient
from tests.world import OnDuty, Someone, World, token_in

NOON = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Mobile Safari/537.36"


def signed_in(someone: Someone, agent: str = PHONE) -> queries.Viewer:
    with db.transaction():
        token = service.sign_in(
            someone.person.id, capacity=someone.capacity, way="demo", agent=agent, by=SYSTEM, now=clock.now()
        )
    viewer = queries.viewer_of(token, now=clock.now())
    assert viewer
    return viewer


def lives(viewer: queries.Viewer) -> bool:
    return queries.viewer_of(viewer.token, now=clock.now()) is not None


def press(phone: LintedClient, path: str, page: str = "/inloggningar") -> int:
    return phone.post(path, data={"csrf_token": token_in(phone.get(page).text)}).status_code


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (PHONE, "Chrome/android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605.1 Version/18.0 Safari/604.1", "Safari/iphone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/131.0 Safari/537.36 Edg/131.0", "Edge/windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox/linux"),
        ("curl/8", "/"),
        ("", "/"),
    ],
)
def test_a_device_is_known_by_two_words_and_no_more(agent: str, device: str) -> None:
    assert rules.device(agent) == device


def test_neither_cookie_alone_is_a_session(world: World) -> None:
    phone = world.patient("Siv").phone()
    assert phone.get("/meddelanden").status_code == 200
    phone.delete_cookie("narlinjen-here")
    assert phone.get("/meddelanden").status_code == 302, "the half that scripts cannot reach is no session"
    other = world.patient("Siv").phone()
    other.delete_cookie("narlinjen")
    assert other.get("/meddelanden").status_code == 302, "the half that scripts can delete is no session"


def test_the_half_of_one_session_does_not_fit_another(world: World) -> None:
    siv, tom = world.patient("Siv"), world.patient("Tom")
    phone = siv.phone()
    phone.set_cookie("narlinjen-here", tom.viewer.token.split(".")[1])
    assert phone.get("/meddelanden").status_code == 302


def test_the_demo_hands_out_both_halves_and_signing_out_takes_them_back(own_world: World) -> None:
    siv = own_world.patient("Siv")
    phone = siv.phone()
    answer = phone.post("/logga-ut", data={"csrf_token": token_in(phone.get("/logga-ut").text)})
    gone = [it for it in answer.headers.getlist("Set-Cookie") if it.startswith("narlinjen-here=out;")]
    assert gone and "HttpOnly" not in gone[0] and "SameSite=Lax" in gone[0]


def test_one_sees_ones_own_places_in_this_capacity_and_no_others(world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    with time_machine.travel(NOON, tick=False):
        signed_in(siv)
        signed_in(OnDuty(world, siv.person))
        signed_in(karin)
        page = siv.phone().get("/inloggningar").text
        found = session_queries.sessions_of(siv.viewer, now=NOON)
    assert [it.this for it in found] == [True, False]
    assert "Chrome på en telefon eller platta med Android" in page
    assert page.count("Här är du nu") == 1 and page.count("Avsluta<") == 1


def test_what_has_run_out_is_not_shown(world: World) -> None:
    siv = world.patient("Siv")
    with time_machine.travel(NOON, tick=False) as clockwork:
        signed_in(siv)
        clockwork.shift(timedelta(days=7))
        assert [it.this for it in session_queries.sessions_of(signed_in(siv), now=clock.now())] == [True]


def test_one_ends_one_place_and_it_dies_at_its_next_request(world: World) -> None:
    siv = world.patient("Siv")
    other = signed_in(siv)
    phone = siv.phone()
    key = db.session().scalars(select(SignIn.key).where(SignIn.id == other.session_id)).one()
    assert press(phone, f"/inloggningar/{db.short(key)}/avsluta") == 303
    assert not lives(other) and lives(siv.viewer)
    assert "Inloggningen är avslutad" in phone.get("/inloggningar?klart=en").text
    assert press(phone, f"/inloggningar/{db.short(key)}/avsluta") == 303, "ended twice is ended"


def test_one_ends_all_others_and_stays(world: World) -> None:
    siv = world.patient("Siv")
    others, at_work = [signed_in(siv) for _ in range(3)], signed_in(OnDuty(world, siv.person))
    phone = siv.phone()
    assert press(phone, "/inloggningar/avsluta-andra") == 303
    assert not any(map(lives, others)) and lives(at_work)
    assert phone.get("/inloggningar").status_code == 200


@pytest.mark.parametrize("whose", ["another's", "one's own at work", "nobody's"])
def test_no_other_session_can_be_ended(world: World, whose: str) -> None:
    siv = world.patient("Siv")
    other = {"another's": world.patient("Tom"), "one's own at work": OnDuty(world, siv.person)}.get(whose)
    key = db.new_key()
    if other:
        viewer = signed_in(other)
        key = db.session().scalars(select(SignIn.key).where(SignIn.id == viewer.session_id)).one()
    with pytest.raises(NotFound):
        session_service.end_session(key, by=siv.viewer, now=clock.now())
    assert other is None or lives(viewer)


def test_a_patient_locks_everything_at_once(world: World) -> None:
    siv = world.patient("Siv")
    elsewhere, at_work = siv.phone(), signed_in(OnDuty(world, siv.person))
    phone = siv.phone()
    assert "låsa allt" in phone.get("/inloggningar/las").text
    answer = phone.post("/inloggningar/las", data={"csrf_token": token_in(phone.get("/inloggningar/las").text)})
    assert (answer.status_code, answer.location) == (303, "/logga-in/last")
    assert phone.get("/meddelanden").status_code == elsewhere.get("/meddelanden").status_code == 302
    assert lives(at_work), "a lock is on what is private"
    assert "Så kommer du in igen" in phone.get(answer.location).text
    with db.transaction():
        token = service.sign_in(siv.person.id, capacity="private", way="demo", by=SYSTEM, now=clock.now())
    assert queries.viewer_of(token, now=clock.now()) is None, "whatever is begun while it is locked does not live"


def test_a_lock_is_logged_and_told(world: World) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    with db.transaction():
        ending_service.lock(siv.person.id, unit_id=karin.unit.id, by=karin.viewer, now=clock.now())
    rows = db.session().execute(
        select(audit.log.c.action, audit.log.c.unit_id).where(audit.log.c.patient_id == siv.person.id)
    )
    assert ("account.locked", karin.unit.id) in [tuple(row) for row in rows]
    with db.transaction():
        ending_service.unlock(siv.person.id, by=karin.viewer, now=clock.now())
        ending_service.unlock(siv.person.id, by=karin.viewer, now=clock.now())
    page = siv.phone().get("/inloggningar").text
    assert "Karin Ek låste allt åt dig." in page
    assert page.count("Karin Ek öppnade låset.") == 1, "what was open is not opened"


def test_staff_have_no_lock_of_their_own(world: World) -> None:
    phone = world.staff("Karin Ek").phone()
    assert "Lås allt" not in phone.get("/inloggningar").text
    assert phone.get("/inloggningar/las").status_code == 404


def test_the_page_asks_the_same_whatever_there_is(world: World) -> None:
    siv = world.patient("Siv")
    phone = siv.phone()
    phone.get("/inloggningar")
    few = len(phone.heard)
    for _ in range(60):
        signed_in(siv)
    phone.get("/inloggningar")
    assert len(phone.heard) == few <= 6
    assert db.session().scalar(text("select count(*) from session where ended_at is null")) > 50


def test_over_https_both_halves_are_for_this_host_only(make_app: Callable[..., Flask], database: str) -> None:
    app = make_app(database, BASE_URL="https://narlinjen.example.org")
    with app.app_context():
        made = World(app)
        siv, key = made.patient("Siv"), SoftKey("https://narlinjen.example.org", "narlinjen.example.org")
        key_of(siv, key)
        client = app.test_client()
        base = {"base_url": "https://narlinjen.example.org", "headers": {"Referer": "https://narlinjen.example.org/"}}
        token = token_in(client.get("/logga-in", **base).text)
        asked = json.loads(client.post("/nyckel/fraga", data={"csrf_token": token}, **base).text)
        data = {"csrf_token": token, "credential": key.answers(asked)}
        answer = client.post("/nyckel/logga-in", data=data, **base)
    assert answer.status_code == 303
    given = [it for it in answer.headers.getlist("Set-Cookie") if not it.startswith("__Host-narlinjen-here=;")]
    assert sorted(it.partition("=")[0] for it in given) == ["__Host-narlinjen", "__Host-narlinjen-here"]
    for it in given:
        assert "Secure" in it and "SameSite=Lax" in it and "Path=/" in it and "Domain" not in it
        assert ("HttpOnly" in it) != it.startswith("__Host-narlinjen-here")
    app.extensions["db"]["engine"].dispose()


def key_of(siv: Someone, key: SoftKey) -> None:
    made = authenticator.made(
        Party(key.origin), key.makes({"challenge": "AAAA"}), challenge=authenticator.decoded("AAAA")
    )
    with db.transaction():
        passkey_service.add(siv.person.id, siv.capacity, made, name="Min", agent="", by=siv.viewer, now=clock.now())
