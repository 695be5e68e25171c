"""The administrator lets a system in on a phone; it reads who the contact is; the patient sees that it did."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.exchange.reading import CONTACTS, PERSON, validate
from tests.world import World

pytestmark = pytest.mark.slow


def asks(url: str, shown: str, **form: str) -> Any:
    """What a script gets that somebody wrote in an afternoon: nothing of ours, and no browser."""
    sent = urllib.request.Request(url, urlencode(form).encode(), {"Authorization": shown})
    with urllib.request.urlopen(sent, timeout=20) as answer:
        return json.load(answer)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_system_is_let_in_reads_and_is_seen(phone: Callable[..., Phone], world: World, scripts: bool) -> None:
    name = "Vårdkartan" if scripts else "Kontaktkollen"
    siv = world.patient(f"Siv {name}", contact=f"Karin {name}")
    admin = phone(java_script_enabled=scripts)
    page = admin.page
    steps_in(page, world.admin().person.name)
    page.goto("/enhet")
    page.get_by_role("link", name="System som får läsa").click()
    assert not faults(page) if scripts else True
    page.get_by_role("link", name="Släpp in ett system").click()
    assert not faults(page) if scripts else True
    admin.expects(422)
    page.get_by_role("button", name="Släpp in").click()
    expect(page.get_by_role("main")).to_contain_text("Skriv vad systemet heter.")
    page.get_by_label("Vad heter systemet?").fill(name)
    page.get_by_role("checkbox", name="Fast vårdkontakt").check()
    page.get_by_label("Var?").select_option("Hela regionen")
    page.get_by_role("button", name="Släpp in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_role("main")).to_contain_text("Hemligheten visas bara nu")
    assert not faults(page) if scripts else True
    secret = page.locator("#secret").inner_text()
    client = page.url.rpartition("/")[2]
    if scripts:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Kopiera hemligheten").click()
        expect(page.get_by_role("status").filter(has_text="Hemligheten är kopierad.")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == secret
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert secret not in page.content(), "The secret is shown once."
    expect(page.get_by_role("main")).to_contain_text("Inte använd än.")

    origin = admin.origin
    basic = "Basic " + base64.b64encode(f"{client}:{secret}".encode()).decode()
    token = asks(f"{origin}/fhir/token", basic, grant_type="client_credentials", scope=CONTACTS)["access_token"]
    form = {"patient:identifier": f"{PERSON}|{siv.person.number}"}
    found = asks(f"{origin}/fhir/r5/CareTeam/_search", f"Bearer {token}", **form)
    validate(found, "R5")
    assert found["entry"][0]["resource"]["participant"][0]["member"]["display"].startswith(f"Karin {name}")

    mine = phone(java_script_enabled=scripts).page
    steps_in(mine, f"Siv {name}")
    mine.goto("/vem-har-last")
    main = mine.get_by_role("main")
    expect(main).to_contain_text(f"Ett annat system, som regionen har släppt in: {name}")
    expect(main).to_contain_text("Hämtade vem som är din fasta vårdkontakt, och vem som svarar nu.")
    assert not faults(mine) if scripts else True

    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Senast använd")
    page.get_by_role("button", name="Avsluta").click()
    expect(page.get_by_role("main")).to_contain_text("Det läser inget härifrån.")
    assert not faults(page) if scripts else True
    with pytest.raises(urllib.error.HTTPError) as refused:
        asks(f"{origin}/fhir/r5/CareTeam/_search", f"Bearer {token}", **form)
    assert refused.value.code == 401
    refused.value.close()
