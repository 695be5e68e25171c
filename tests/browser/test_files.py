"""The administrator brings in a table: a wrong row is said, the mended one is looked through, and then it is stored."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from app.accounts.models import Person
from app.core import db
from app.demo.people import test_number as number_of
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.world import World

pytestmark = pytest.mark.slow
HEAD = "typ;namn;personnummer;hsa-id;titel"


def chooses(page: Page, *rows: str) -> None:
    content = "\r\n".join((HEAD, *rows)).encode("cp1252")
    page.get_by_label("Välj en fil").set_input_files(
        FilePayload(name="personer.csv", mimeType="text/csv", buffer=content)
    )
    page.get_by_role("button", name="Granska filen").click()


@pytest.mark.parametrize(("n", "scripts"), [(931, True), (941, False)], ids=["with scripts", "without"])
def test_a_table_is_looked_through_mended_and_stored(
    phone: Callable[..., Phone], world: World, n: int, *, scripts: bool
) -> None:
    name = f"Åsa Öberg {n}"
    page = phone(java_script_enabled=scripts).page
    steps_in(page, world.admin().person.name)
    page.goto("/enhet")
    page.get_by_role("link", name="Läs in från en fil").click()
    page.get_by_role("link", name="Personer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Personer")
    assert not scripts or not faults(page)

    good, bad = f"patient;{name};{number_of(n)[0]};;", f"patient;Bo Ek;{number_of(n + 1)[0][:-1]};;"
    chooses(page, good, bad)
    expect(page.get_by_role("heading", level=1)).to_have_text("En rad behöver rättas")
    expect(page.get_by_text("Rad 3, personnummer")).to_be_visible()
    expect(page.get_by_text("Numret stämmer inte. Skriv alla tolv siffror.")).to_be_visible()
    assert not scripts or not faults(page)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Hämta raderna som CSV").click()
    assert "Bo Ek" in fetched.value.path().read_text(encoding="utf-8-sig")

    page.get_by_role("link", name="Ladda upp en rättad fil").click()
    chooses(page, good)
    expect(page.get_by_text("En rad är ny. Inget är sparat än.")).to_be_visible()
    assert not scripts or not faults(page)
    assert name not in {it.name for it in db.session().query(Person)}
    page.get_by_role("button", name="Spara alla rader").click()
    expect(page.get_by_text("En ny rad är sparad.")).to_be_visible()
    db.session().rollback()
    assert name in {it.name for it in db.session().query(Person)}

    page.go_back()
    expect(page.get_by_text("En ny rad är sparad.")).to_be_visible()
    page.goto("/region/filer/personer")
    chooses(page, good)
    expect(page.get_by_role("heading", level=1)).to_have_text("Allt finns redan")
