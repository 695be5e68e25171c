"""E-identification, against a real provider in a process of its own: who gets in, and everything that is refused."""

import time
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import ending_service, oidc
from app.accounts import service as accounts
from app.accounts.models import SignIn
from app.accounts.throttle_rules import ROOM
from app.care import service as care
from app.care import unit_service
from app.care.service import Cycle
from app.care.unit_service import Place
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.locale import local
from app.machine.postgres import Server
from tests.accounts.oidc.doors import arrives, browser, comes_back, last_refusal, own, refusals, staff_of
from tests.provider import CLIENT, LEVEL, NUMBER, Provider
from tests.world import OFFICE, World, token_in


def test_a_patient_comes_in_by_their_number_in_private(world: World, provider: Provider, number: str) -> None:
    provider.lets_in({NUMBER: number})
    phone = browser(world)
    answer = arrives(phone)
    assert (answer.status_code, answer.location) == (303, "/meddelanden")
    assert phone.get("/meddelanden").status_code == 200 and phone.get("/vag-in").status_code == 404
    asked = provider.asked
    assert asked["code_challenge_method"] == "S256" and asked["prompt"] == "login" and LEVEL in asked["acr_values"]
    assert asked["redirect_uri"] == "http://localhost:8000/logga-in/e-legitimation/klar"
    with phone.session_transaction() as cookie:
        assert "oidc" not in cookie and number not in repr(dict(cookie))


def test_staff_come_in_by_their_hsa_id_on_duty(world: World, provider: Provider) -> None:
    karin = staff_of(world)
    hsa = db.session().scalars(select(accounts.Staff.hsa_id).where(accounts.Staff.person_id == karin.person.id)).one()
    provider.lets_in({"employeeHsaId": hsa})
    phone = browser(world)
    assert arrives(phone, "tjanst").status_code == 303
    assert phone.get("/vag-in").status_code == 200
    way = db.session().scalars(select(SignIn.way).where(SignIn.person_id == karin.person.id, SignIn.way == "oidc"))
    assert way.all() == ["oidc"]


@pytest.mark.parametrize("claim", ["SE-GRANEN", "SE-EKEN", "SE-NOWHERE", None, 17])
def test_the_unit_chosen_on_the_way_in_is_taken_when_it_is_ours_and_theirs(
    world: World, provider: Provider, claim: object
) -> None:
    today, hsa = local(clock.now()).date(), f"SE-NORA-{claim}"
    units = {name: world.unit(f"Mottagning {name}") for name in ("Granen", "Eken", "Tallen")}
    with db.transaction():
        nora = accounts.register_staff(accounts.Who("Nora Ås"), hsa_id=hsa, title="skötare", by=SYSTEM, now=clock.now())
        for name in ("Granen", "Eken"):
            said = Place(f"Mottagning {name}", "+46313900610", "", hsa_id=f"SE-{name.upper()}")
            unit_service.change_place(units[name].id, said, by=SYSTEM, now=clock.now())
        for name in ("Granen", "Tallen"):
            cycle = Cycle((OFFICE,), today)
            care.assign(nora.id, units[name], role="care", starts_on=today, cycle=cycle, by=SYSTEM, now=clock.now())
    provider.lets_in({"employeeHsaId": hsa, "careUnitHsaId": claim})
    phone = browser(world)
    assert arrives(phone, "tjanst").status_code == 303
    taken = claim == "SE-GRANEN"
    answer = phone.get("/franvaro")
    assert (answer.status_code == 200) is taken and ("/arbetsplats" in (answer.location or "")) is not taken
    newest = select(SignIn.unit_id).where(SignIn.person_id == nora.id).order_by(SignIn.started_at.desc())
    assert db.session().scalars(newest.limit(1)).first() == (units["Granen"].id if taken else None)


def test_the_word_for_one_door_opens_no_other(world: World, provider: Provider, number: str) -> None:
    provider.lets_in({NUMBER: number})
    phone = browser(world)
    away = phone.get("/logga-in/tjanst", lint=False).location
    assert comes_back(phone, away).status_code == 502 and last_refusal() == "oidc-staff:claim"
    away = phone.get("/logga-in/tjanst", lint=False).location
    answer = comes_back(phone, away.replace("%2Ftjanst%2F", "%2Fe-legitimation%2F"))
    assert answer.status_code == 403 and last_refusal() == "oidc-patient:state"


NOW = int(time.time())
WRONG: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "another nonce": ({"nonce": "x"}, {}, "nonce"),
    "no nonce": ({"nonce": None}, {}, "nonce"),
    "another issuer": ({"iss": "https://id.example.net"}, {}, "issuer"),
    "another issuer on the way": ({}, {"answer": {"iss": "https://id.example.net"}}, "issuer"),
    "another audience": ({"aud": "another"}, {}, "audience"),
    "among others, for another": ({"aud": [CLIENT, "another"], "azp": "another"}, {}, "audience"),
    "among others, for nobody": ({"aud": [CLIENT, "another"]}, {}, "audience"),
    "no audience": ({"aud": None}, {}, "audience"),
    "run out": ({"exp": NOW - 3600}, {}, "expired"),
    "no end": ({"exp": None}, {}, "expired"),
    "an end that is no time": ({"exp": "soon"}, {}, "expired"),
    "from tomorrow": ({"iat": NOW + 86400, "exp": NOW + 90000}, {}, "early"),
    "too low a level": ({"acr": "http://id.elegnamnden.se/loa/1.0/loa1"}, {}, "level"),
    "no level": ({"acr": None}, {}, "level"),
    "nobody named": ({NUMBER: None}, {}, "claim"),
    "a number that is no text": ({NUMBER: 195601022384}, {}, "claim"),
    "another's signature": ({}, {"stranger": True}, "signature"),
    "given up": ({}, {"answer": {"error": "access_denied", "code": None}}, "cancelled"),
    "broken at the provider": ({}, {"answer": {"error": "server_error", "code": None}}, "provider"),
    "a code that is none": ({}, {"answer": {"code": "x"}}, "provider"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_refused_in_words_and_logged(
    world: World, provider: Provider, number: str, wrong: str
) -> None:
    claims, more, why = WRONG[wrong]
    provider.lets_in({NUMBER: number} | claims, **more)
    phone = browser(world)
    answer = arrives(phone)
    assert answer.status_code in (403, 502, 503), wrong
    assert "Ring din mottagning" in answer.text and number not in answer.text
    assert last_refusal() == f"oidc-patient:{why}"
    assert phone.get("/meddelanden").status_code == 302


@pytest.mark.parametrize("state", ["x", "", None, "å"])
def test_a_state_that_is_not_this_browsers_is_refused(
    world: World, provider: Provider, number: str, state: str | None
) -> None:
    provider.lets_in({NUMBER: number})
    answer = arrives(browser(world), state=state)
    assert answer.status_code == 403 and last_refusal() == "oidc-patient:state"


def test_nobody_comes_in_on_what_another_browser_began(world: World, provider: Provider, number: str) -> None:
    provider.lets_in({NUMBER: number})
    away = browser(world).get("/logga-in/e-legitimation", lint=False).location
    other = browser(world)
    assert comes_back(other, away).status_code == 403
    other.get("/logga-in/e-legitimation", lint=False)
    assert comes_back(other, away).status_code == 403 and last_refusal() == "oidc-patient:state"


def test_an_answer_is_good_once(world: World, provider: Provider, number: str) -> None:
    provider.lets_in({NUMBER: number})
    phone = browser(world)
    away = phone.get("/logga-in/e-legitimation", lint=False).location
    assert comes_back(phone, away).status_code == 303
    assert comes_back(phone, away).status_code == 403


def test_a_sign_in_that_is_left_lying_runs_out(world: World, provider: Provider, number: str) -> None:
    provider.lets_in({NUMBER: number})
    phone = browser(world)
    with time_machine.travel(clock.now() - oidc.LIVES):
        away = phone.get("/logga-in/e-legitimation", lint=False).location
    assert comes_back(phone, away).status_code == 403 and last_refusal() == "oidc-patient:late"


def test_a_flood_of_answers_that_nobody_asked_for_does_not_fill_the_log(world: World, provider: Provider) -> None:
    before = refusals()
    with time_machine.travel(clock.now(), tick=False):
        for _ in range(ROOM + 20):
            answer = browser(world, "198.51.100.7").get("/logga-in/e-legitimation/klar?state=x&code=y", watch=False)
            assert answer.status_code == 403
    assert refusals() == before + ROOM


@pytest.mark.parametrize("who", ["nobody", "closed", "no patient", "no number"])
def test_whoever_is_not_here_is_told_the_same_whatever_the_reason(world: World, provider: Provider, who: str) -> None:
    from tests.care.around import number_for
    from tests.world import ADULT

    given = number_for(ADULT.replace(year=2001))
    if who == "closed":
        siv = own(world, who)
        given = siv.person.number
        with db.transaction():
            accounts.close_account(siv.person.id, by=SYSTEM, now=clock.now())
    elif who == "no patient":
        given = number_for(ADULT.replace(year=2002))
        with db.transaction():
            accounts.register_person(accounts.Who("Ingen", number=given), by=SYSTEM, now=clock.now())
    elif who == "no number":
        given = "12"
    provider.lets_in({NUMBER: given})
    answer = arrives(browser(world))
    assert answer.status_code == 403 and "Vi hittar dig inte här" in answer.text
    assert last_refusal() == "oidc-patient:unknown"


def test_an_unknown_hsa_id_is_told_so(world: World, provider: Provider) -> None:
    provider.lets_in({"employeeHsaId": "SE-NOBODY"})
    answer = arrives(browser(world), "tjanst")
    assert answer.status_code == 403 and "Be din chef" in answer.text


def test_who_has_locked_it_themselves_opens_it_by_showing_who_they_are(world: World, provider: Provider) -> None:
    siv = own(world, "låst")
    with db.transaction():
        ending_service.lock(siv.person.id, by=siv.viewer, now=clock.now())
    provider.lets_in({NUMBER: siv.person.number})
    phone = browser(world)
    assert arrives(phone).status_code == 303
    assert "Du öppnade låset." in phone.get("/inloggningar").text


def test_what_care_has_locked_care_opens(world: World, provider: Provider) -> None:
    siv, karin = own(world, "låst av vården"), staff_of(world)
    with db.transaction():
        ending_service.lock(siv.person.id, by=karin.viewer, now=clock.now())
    provider.lets_in({NUMBER: siv.person.number})
    phone = browser(world)
    assert arrives(phone).location == "/logga-in/last" and last_refusal() == "oidc-patient:locked"
    assert phone.get("/meddelanden").status_code == 302


def test_whoever_was_in_the_browser_before_is_signed_out(world: World, provider: Provider) -> None:
    siv, tom = own(world, "förra"), own(world, "nya")
    phone, session_id = siv.phone(), siv.viewer.session_id
    provider.lets_in({NUMBER: tom.person.number})
    arrives(phone)
    assert "Siv nya" not in phone.get("/inloggningar").text
    ended = db.session().scalars(select(SignIn.ended_at).where(SignIn.id == session_id)).one()
    assert ended is not None


def test_nobody_is_led_to_another_site(world: World, provider: Provider, number: str) -> None:
    provider.lets_in({NUMBER: number})
    phone = browser(world)
    away = phone.get("/logga-in/e-legitimation?next=//evil.example", lint=False).location
    assert comes_back(phone, away).location == "/"


def test_both_doors_stand_on_the_page(world: World) -> None:
    page = browser(world).get("/logga-in?next=/meddelanden").text
    assert "/logga-in/e-legitimation?next=/meddelanden" in page and "/logga-in/tjanst?next=/meddelanden" in page
    assert "Hur vill du logga in?" in page and token_in(page)


def test_a_provider_that_is_gone_is_said_so(make_app: Callable[..., Flask], server: Server, provider: Provider) -> None:
    settings = provider.settings("PATIENT", ISSUER="http://localhost:9")
    app = make_app("narlinjen_template", **settings)
    answer = app.test_client().get("/logga-in/e-legitimation")
    assert answer.status_code == 503 and "Vi når inte den som sköter e-legitimationen" in answer.text
    assert app.test_client().get("/logga-in/tjanst").status_code == 404, "a door that is not set up is none"
    app.extensions["live"].close()
    app.extensions["db"]["engine"].dispose()
