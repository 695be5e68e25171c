"""Ways in and out, on real phones."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from app.accounts.models import Patient as PatientRow
from app.care import contact_service as contacts
from app.core import clock, db
from app.core.audit import SYSTEM
from app.demo.people import test_number as number_of
from tests.browser.phone import Phone, letters, sends, steps_in, writes
from tests.provider import NUMBER, Provider
from tests.world import Someone, World

pytestmark = pytest.mark.slow


class Keys:
    """The keys of a phone (a virtual authenticator, over the browser's own protocol)."""

    def __init__(self, phone: Phone, *, verifies: bool = True) -> None:
        self.session = phone.context.new_cdp_session(phone.page)
        self.session.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        options |= {"isUserVerified": verifies, "automaticPresenceSimulation": True}
        self.id = self.session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    @property
    def held(self) -> list[dict[str, Any]]:
        return self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"]

    def verify(self, *, verifies: bool) -> None:
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": verifies})


def saves_a_key(page: Page, name: str) -> None:
    page.get_by_role("link", name="Mina inloggningar").first.click()
    page.get_by_role("link", name="Spara en nyckel").click()
    page.wait_for_load_state("networkidle")
    page.get_by_label("Vad ska nyckeln heta?").fill(name)
    page.get_by_role("button", name="Spara en nyckel").click()
    expect(page.get_by_role("main")).to_contain_text("Nyckeln är sparad.")


def signs_out(page: Page) -> None:
    page.goto("/logga-ut", wait_until="networkidle")
    page.get_by_role("button", name="Logga ut").click()
    expect(page.get_by_role("link", name="Logga in").first).to_be_visible()


def uses_the_key(page: Page) -> None:
    page.goto("/logga-in", wait_until="networkidle")
    page.get_by_role("button", name="Med den här telefonen").click()


def test_signed_out_without_a_net_is_signed_out_when_it_is_back(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Vera Almgren", contact="Karin Hed")
    mine = phone()
    mine.forgives("request failed: POST", "ERR_INTERNET_DISCONNECTED")
    page = mine.page
    steps_in(page, "Vera Almgren")
    page.goto("/logga-ut", wait_until="networkidle")
    mine.context.set_offline(True)
    page.get_by_role("button", name="Logga ut").click()
    expect(page.get_by_role("heading", name="Du är utloggad på den här telefonen")).to_be_visible()
    mine.context.set_offline(False)
    page.goto("/meddelanden")
    expect(page.locator("h1")).to_have_text("Hur vill du logga in?")


def test_one_ends_the_phone_that_one_has_lost(phone: Callable[..., Phone], world: World) -> None:
    world.patient("Stina Almgren", contact="Karin Hed")
    lost, found = phone(user_agent="Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Safari/604.1"), phone()
    for one in (lost, found):
        steps_in(one.page, "Stina Almgren")
    page = found.page
    page.get_by_role("link", name="Mina inloggningar").first.click()
    gone = page.get_by_role("listitem").filter(has_text="Safari på en iPhone")
    gone.get_by_role("button", name="Avsluta").click()
    expect(page.get_by_role("main")).to_contain_text("Inloggningen är avslutad.")
    lost.page.goto("/meddelanden")
    expect(lost.page.locator("h1")).to_have_text("Hur vill du logga in?")
    expect(page.get_by_role("listitem").filter(has_text="Safari på en iPhone")).to_have_count(0)


def test_a_patient_saves_a_key_and_gets_in_with_it_until_it_is_taken_away(
    phone: Callable[..., Phone], world: World
) -> None:
    world.patient("Hedda Almgren", contact="Karin Hed")
    mine = phone()
    mine.expects(403)
    page, keys = mine.page, Keys(mine)
    steps_in(page, "Hedda Almgren")
    saves_a_key(page, "Min telefon på köksbordet")
    assert len(keys.held) == 1 and keys.held[0]["isResidentCredential"]
    signs_out(page)
    uses_the_key(page)
    expect(page.get_by_role("link", name="Skriv till Karin Hed").first).to_be_visible()

    page.goto("/inloggningar")
    page.get_by_role("link", name="Min telefon på köksbordet").click()
    page.get_by_label("Vad ska nyckeln heta?").fill("Blå telefonen")
    page.get_by_role("button", name="Spara namnet").click()
    page.get_by_role("link", name="Blå telefonen").click()
    page.get_by_role("button", name="Ta bort nyckeln").click()
    expect(page.get_by_role("main")).to_contain_text("Nyckeln är borttagen")
    signs_out(page)
    uses_the_key(page)
    expect(page.locator("h1")).to_have_text("Den nyckeln gäller inte här")


def test_one_phone_does_not_get_two_keys_and_a_phone_that_verifies_nobody_gets_none(
    phone: Callable[..., Phone], world: World
) -> None:
    world.patient("Lova Almgren", contact="Karin Hed")
    mine = phone()
    page, keys = mine.page, Keys(mine)
    steps_in(page, "Lova Almgren")
    saves_a_key(page, "Min telefon")
    page.goto("/nyckel/ny", wait_until="networkidle")
    page.get_by_label("Vad ska nyckeln heta?").fill("En till")
    page.get_by_role("button", name="Spara en nyckel").click()
    expect(page.get_by_role("alert")).to_contain_text("har redan en nyckel")
    keys.verify(verifies=False)
    signs_out(page)
    uses_the_key(page)
    expect(page.get_by_role("alert")).to_contain_text("Det blev ingen nyckel den här gången.")
    assert len(keys.held) == 1


def test_a_nurse_who_is_also_a_patient_has_a_key_for_each(phone: Callable[..., Phone], world: World) -> None:
    karin = world.staff("Kajsa Hed")
    _number, born = number_of(57)
    with db.transaction() as session:
        session.add(PatientRow(person_id=karin.person.id, since=clock.now()))
        session.flush()
        berit = world.staff("Berit Hed")
        contacts.appoint(
            karin.person, berit.person.id, berit.unit, coordinating=True, born=born, by=SYSTEM, now=clock.now()
        )
    mine = phone()
    page, keys = mine.page, Keys(mine)
    for someone, name in ((karin, "Arbetet"), (Someone(world, karin.person), "Hemma")):
        carry(mine, someone)
        page.goto("/")
        saves_a_key(page, name)
        page.goto("/inloggningar")
        expect(page.get_by_role("link", name=name)).to_be_visible()
        expect(page.get_by_role("link", name="Hemma" if name == "Arbetet" else "Arbetet")).to_have_count(0)
        signs_out(page)
    assert len({key["userHandle"] for key in keys.held}) == 2


def test_from_e_identification_to_a_question_and_out_again(
    phone: Callable[..., Phone], world: World, provider: Provider
) -> None:
    tuva = world.patient("Tuva Almgren", contact="Karin Hed")
    mine = phone()
    mine.forgives(f"request to another machine: {provider.issuer}")
    mine.expects(403)
    page = mine.page
    page.goto("/meddelanden")
    expect(page.locator("h1")).to_have_text("Hur vill du logga in?")
    provider.lets_in({NUMBER: tuva.person.number, "acr": "http://id.elegnamnden.se/loa/1.0/loa1"})
    page.get_by_role("link", name="Med e-legitimation").click()
    expect(page.locator("h1")).to_have_text("Din e-legitimation räcker inte till här")

    page.goto("/meddelanden")
    provider.lets_in({NUMBER: tuva.person.number})
    page.get_by_role("link", name="Med e-legitimation").click()
    expect(page).to_have_url(f"{mine.origin}/meddelanden")
    page.get_by_role("link", name="Start").click()
    page.get_by_role("link", name="Skriv till Karin Hed").first.click()
    writes(page, "Hej, jag loggade in med BankID.")
    sends(page)
    expect(letters(page)).to_have_count(1)
    page.goto("/inloggningar")
    expect(page.get_by_role("main")).to_contain_text("Inloggad med e-legitimation")
    signs_out(page)


def gives_a_code(page: Page, number: str, how: str) -> str:
    """Staff find the patient, make a code, and show it."""
    page.get_by_role("link", name="Hjälp en patient in").click()
    page.get_by_label("Patientens personnummer").fill(number)
    page.get_by_role("button", name="Sök").click()
    page.get_by_role("link", name="Ge en kod").click()
    page.get_by_text(how).click()
    page.get_by_role("button", name="Gör en kod").click()
    expect(page.locator("svg.qr")).to_be_visible()
    return page.locator("p.code").inner_text()


def test_a_code_that_is_scanned_becomes_a_key_and_a_message(phone: Callable[..., Phone], world: World) -> None:
    vilma = world.patient("Vilma Almgren", contact="Karin Hed")
    nurse, mine = phone(), phone()
    steps_in(nurse.page, "Karin Hed")
    code = gives_a_code(nurse.page, vilma.person.number, "Här och nu")

    page, keys = mine.page, Keys(mine)
    page.goto(f"/kod#{code.replace('-', '')}")
    expect(page.get_by_label("Din kod")).to_have_value(code)
    assert "#" not in page.url, "the code stays in no history"
    page.get_by_role("button", name="Fortsätt").click()
    page.wait_for_load_state("networkidle")
    page.get_by_label("Vad ska nyckeln heta?").fill("Min telefon")
    page.get_by_role("button", name="Spara en nyckel").click()
    expect(page.get_by_role("main")).to_contain_text("Någon i vården gjorde en kod till dig")
    page.get_by_role("link", name="Skriv till Karin Hed").first.click()
    writes(page, "Nu är jag inne.")
    sends(page)
    expect(letters(page)).to_have_count(1)
    signs_out(page)
    uses_the_key(page)
    expect(page.get_by_role("link", name="Skriv till Karin Hed").first).to_be_visible()
    assert len(keys.held) == 1


def test_a_code_by_letter_waits_for_a_call(phone: Callable[..., Phone], world: World) -> None:
    ture = world.patient("Ture Almgren", contact="Karin Hed")
    nurse, mine = phone(), phone()
    nurse.expects(422)
    steps_in(nurse.page, "Karin Hed")
    code = gives_a_code(nurse.page, ture.person.number, "Med brev")
    nurse.page.get_by_role("link", name="Klar").click()

    page, _keys = mine.page, Keys(mine)
    page.goto("/kod")
    page.get_by_label("Din kod").fill(code.lower())
    page.get_by_role("button", name="Fortsätt").click()
    words = page.locator("p.code").inner_text()
    page.get_by_role("link", name="Fortsätt").click()
    expect(page.locator("p.code")).to_have_text(words)

    nurse.page.reload()
    for said in ("fel ord", words):
        nurse.page.get_by_label("Vilka två ord står på telefonen?").fill(said)
        nurse.page.get_by_role("button", name="Godkänn telefonen").click()
    expect(nurse.page.get_by_role("main")).to_contain_text("Orden stämmer.")

    page.get_by_role("link", name="Fortsätt").click()
    page.wait_for_load_state("networkidle")
    page.get_by_label("Vad ska nyckeln heta?").fill("Telefonen")
    page.get_by_role("button", name="Spara en nyckel").click()
    expect(page.get_by_role("link", name="Skriv till Karin Hed").first).to_be_visible()


def carry(phone: Phone, someone: Someone) -> None:
    """Give a phone the cookies of a session."""
    client = someone.phone()
    names = (name := someone.world.app.config["SESSION_COOKIE_NAME"], f"{name}-here")
    found = [(it, client.get_cookie(it)) for it in names]
    phone.context.add_cookies([{"name": it, "value": held.value, "url": phone.origin} for it, held in found if held])
