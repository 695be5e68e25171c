"""The administrator's pages: a system is let in by name, its secret is shown once, and it is shut out at once."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from app.core import audit, db
from app.exchange.models import ApiClient
from tests.client import LintedClient
from tests.exchange.reading import CONTACTS, TIMES, System
from tests.world import World, token_in

NEW = "/region/klienter/ny"


@pytest.fixture
def phone(world: World) -> LintedClient:
    world.staff("Karin Ek")
    return world.admin().phone()


def fills(phone: LintedClient, *, follow: bool = True, **form: object) -> str:
    data = {"name": "1177", "reads": [CONTACTS], "unit": "hela"} | form
    token = token_in(phone.get(NEW).text)
    answer = phone.post(NEW, data=data | {"csrf_token": token}, follow_redirects=follow)
    assert answer.status_code in (200, 422)
    return unescape(answer.text)


def secret_in(html: str) -> str:
    found = re.search(r'id="secret">([^<]+)<', html)
    assert found, "the page shows no secret"
    return found[1]


def presses(phone: LintedClient, page: str, verb: str) -> str:
    token = token_in(phone.get(page).text)
    answer = phone.post(f"{page}/{verb}", data={"csrf_token": token}, follow_redirects=True)
    return unescape(answer.text)


def the_client() -> ApiClient:
    return db.session().scalars(select(ApiClient)).one()


def test_it_is_let_in_and_its_secret_is_shown_once(world: World, phone: LintedClient) -> None:
    assert "Inget annat system läser härifrån" in phone.get("/region/klienter").text
    html = fills(phone)
    client = the_client()
    page = f"/region/klienter/{db.short(client.id)}"
    secret = secret_in(html)
    assert db.short(client.id) in html and client.scopes == [CONTACTS] and client.unit_id is None
    again = phone.get(page).text
    assert secret not in again and "Inte använd än." in again
    listed = phone.get("/region/klienter").text
    assert "1177" in listed and "Fast vårdkontakt" in listed and "Hela regionen" in listed
    other = System.__new__(System)
    other.__dict__.update(world=world, key=client.id, secret=secret, client=world.app.test_client(), _token="")
    other.enters()
    assert "Senast använd" in phone.get(page).text


def test_what_is_missing_is_said_and_what_was_typed_is_kept(phone: LintedClient) -> None:
    html = fills(phone, name="", reads=[], unit="")
    assert "Skriv vad systemet heter." in html and "Välj minst en sak" in html and "Välj en i listan." in html
    html = fills(phone, reads=["system/*.rs"], unit="hela", name="Öppna jämförelser")
    assert 'value="Öppna jämförelser"' in html and "går inte att välja längre" in html
    assert db.session().scalars(select(ApiClient)).all() == []


def test_two_are_not_called_the_same(world: World, phone: LintedClient) -> None:
    fills(phone)
    assert "Ett annat system heter så." in fills(phone)
    presses(phone, f"/region/klienter/{db.short(the_client().id)}", "avsluta")
    assert "Hemligheten visas bara nu" in fills(phone), "What has ended keeps no name."


def test_for_one_unit(world: World, phone: LintedClient) -> None:
    fills(phone, reads=[CONTACTS, TIMES], unit=db.short(world.unit().id))
    assert the_client().unit_id == world.unit().id
    assert "Mottagning Björken" in phone.get("/region/klienter").text


def test_another_secret_and_the_end(phone: LintedClient) -> None:
    first = secret_in(fills(phone))
    page = f"/region/klienter/{db.short(the_client().id)}"
    second = secret_in(presses(phone, page, "ny-hemlighet"))
    assert second != first
    assert "Det läser inget härifrån." in presses(phone, page, "avsluta")
    assert "Läser inte längre" in phone.get("/region/klienter").text
    token = token_in(phone.get("/om").text)
    twice = phone.post(f"{page}/avsluta", data={"csrf_token": token})
    assert twice.status_code == 409 and "redan avslutat" in twice.text
    assert phone.post(f"{page}/ny-hemlighet", data={"csrf_token": token}).status_code == 404
    done = db.run(select(audit.log.c.action).where(audit.log.c.action.like("client.%")).order_by(audit.log.c.id))
    assert list(done.scalars()) == ["client.let_in", "client.renewed", "client.shut_out"]


def test_nobody_else_sees_or_does_it(world: World, phone: LintedClient) -> None:
    key = System(world).key
    for who in (world.staff("Karin Ek"), world.patient("Siv Nyberg")):
        theirs = who.phone()
        token = token_in(theirs.get("/om").text)
        for path in ("/region/klienter", NEW, f"/region/klienter/{db.short(key)}"):
            assert theirs.get(path).status_code == 404
        for path in (
            NEW,
            f"/region/klienter/{db.short(key)}/avsluta",
            f"/region/klienter/{db.short(key)}/ny-hemlighet",
        ):
            assert theirs.post(path, data={"csrf_token": token}).status_code == 404
    assert the_client().ended_at is None
