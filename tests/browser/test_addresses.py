"""An e-mail address to be told on, from nothing to the letter that says that there is something new."""

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core import clock, db
from app.machine.postgres import Server
from app.notices import setting_service as settings
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.browser.site import Site
from tests.browser.waiting import until
from tests.mail_server import MailServer, running
from tests.sms_service import Service, serving
from tests.world import World

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def post() -> Iterator[MailServer]:
    with running() as made:
        yield made


@pytest.fixture(scope="module")
def texts() -> Iterator[Service]:
    with serving() as made:
        yield made


@pytest.fixture(scope="module")
def site(
    server: Server, local: Path, secrets: dict[str, str], demo: str, post: MailServer, texts: Service
) -> Iterator[Site]:
    """A site that can send, by e-mail and as text messages."""
    name = f"narlinjen_{uuid.uuid4().hex[:12]}"
    server.create_database(name, template=demo)
    made = Site(local / name, server, name, secrets | {"SMTP_URL": post.url, "SMS_URL": texts.url})
    try:
        made.start()
        yield made
    finally:
        made.stop()


def letters_to(post: MailServer, to: str) -> list[str]:
    return [letter.get_content() for whom, letter, _secure in post.box.letters if whom == to]


def code_in(text: str) -> str:
    return re.findall(r"\b\d{6}\b", text)[-1]


def heading(page: Page) -> str:
    return page.get_by_role("heading", level=1).inner_text()


def test_an_address_is_given_confirmed_and_written_to(
    phone: Callable[..., Phone], world: World, post: MailServer
) -> None:
    hedvig = world.staff("Hedvig Alm", unit="Mottagning Almen")
    vera, mine = world.patient("Vera Alm", contact="Hedvig Alm"), "vera.alm@example.org"
    thread = vera.asks("Kan jag få en ny tid?")
    with db.transaction():
        settings.choose_quiet(None, by=vera.viewer, now=clock.now())
    held = phone()
    held.expects(422)
    page = held.page
    steps_in(page, "Vera Alm")
    page.goto("/aviseringar/adresser")
    assert heading(page) == "E-post och sms" and not faults(page)
    expect(page.get_by_role("main")).to_contain_text("Där står bara att du har något nytt i Närlinjen.")

    page.get_by_role("link", name="Lägg till e-post").click()
    page.get_by_label("Din e-postadress").fill("vera.alm")
    page.get_by_role("button", name="Skicka kod").click()
    expect(page.get_by_label("Din e-postadress")).to_have_value("vera.alm")
    expect(page.locator("#faults")).to_contain_text("Så ser en e-postadress ut")
    assert not faults(page)
    page.get_by_label("Din e-postadress").fill(mine)
    page.get_by_role("button", name="Skicka kod").click()
    expect(page.get_by_role("main")).to_contain_text(f"Vi har skickat sex siffror till {mine}.")
    assert not faults(page)

    page.get_by_label("Koden").fill("000 000" if code_in(letters_to(post, mine)[0]) != "000000" else "000 001")
    page.get_by_role("button", name="Bekräfta").click()
    expect(page.locator("#faults")).to_contain_text("Koden stämmer inte.")
    page.get_by_role("button", name="Skicka en ny kod").click()
    expect(page.locator("#faults")).to_have_count(0)
    page.get_by_label("Koden").fill(code_in(letters_to(post, mine)[1]))
    page.get_by_role("button", name="Bekräfta").click()
    expect(page.get_by_role("main")).to_contain_text("Klart. Nu kan vi nå dig med e-post.")
    assert not faults(page)
    page.go_back()
    page.reload()
    assert heading(page) == "E-post och sms", "a code that has been used is asked for no more"

    hedvig.writes("Ja, på tisdag klockan tio.", thread=thread)
    until(lambda: len(letters_to(post, mine)) > 2, "the letter", patience=60)
    letter = letters_to(post, mine)[2]
    assert "tisdag" not in letter and "Hedvig" not in letter and "Almen" not in letter
    (address,) = re.findall(r"http\S+", letter)
    page.goto(address)
    expect(page.get_by_role("main")).to_contain_text("Ja, på tisdag klockan tio.")


def test_a_mobile_number_on_a_phone_without_javascript(
    phone: Callable[..., Phone], world: World, texts: Service
) -> None:
    world.patient("Viggo Alm", contact="Hedvig Alm")
    page = phone(java_script_enabled=False).page
    steps_in(page, "Viggo Alm")
    page.goto("/aviseringar/adresser")
    page.get_by_role("link", name="Lägg till mobilnummer").click()
    page.get_by_label("Ditt mobilnummer").fill("0701740615")
    page.get_by_role("button", name="Skicka kod").click()
    expect(page.get_by_role("main")).to_contain_text("070-174 06 15")
    (asked,) = [it for it in texts.asked if it["to"] == "+46701740615"]
    page.get_by_label("Koden").fill(code_in(asked["text"]))
    page.get_by_role("button", name="Bekräfta").click()
    expect(page.get_by_role("main")).to_contain_text("Klart. Nu kan vi nå dig med sms.")
    page.get_by_role("button", name="Ta bort").click()
    expect(page.get_by_role("main")).to_contain_text("Borttaget. Vi skickar inget mer dit.")
    expect(page.get_by_role("main")).not_to_contain_text("070-174 06 15")
