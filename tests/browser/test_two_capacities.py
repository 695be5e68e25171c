"""A nurse who is also a patient: one phone, two doors, and never one through the other."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.accounts.models import SignIn
from app.accounts.models import Staff as StaffRow
from app.care import service as care
from app.care.service import Cycle
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.care.around import lead, number_for
from tests.provider import NUMBER, Provider
from tests.world import OFFICE, Patient, Staff, World, today

pytestmark = pytest.mark.slow

MINE = "Jag sover dåligt sedan i tisdags."
WORK = "Kan jag ta tabletten på morgonen?"


def fine(page: Page) -> None:
    found = faults(page)
    assert not found, "\n".join(found)


def adds_a_patient(mona: Page, number: str, name: str, contact: str) -> None:
    """A search by number finds nobody, and the number goes with the head to the form and on."""
    mona.goto("/patienter")
    expect(mona.get_by_role("heading", level=1)).to_have_text("Inga patienter här än")
    mona.get_by_label("Sök patient").fill(number)
    mona.get_by_role("button", name="Sök").click()
    expect(mona.get_by_role("main")).to_contain_text("Vi hittar ingen med det numret")
    mona.get_by_role("button", name="Lägg till en ny patient").click()
    expect(mona.get_by_label("Personnummer eller samordningsnummer")).to_have_value(number)
    assert number not in mona.url
    fine(mona)
    mona.get_by_role("button", name="Lägg till som patient").click()
    expect(mona.get_by_role("alert")).to_contain_text("Skriv namnet.")
    expect(mona.get_by_label("Personnummer eller samordningsnummer")).to_have_value(number)
    fine(mona)
    mona.get_by_label("Namn").fill(name)
    mona.get_by_text(contact).click()
    mona.get_by_role("button", name="Lägg till som patient").click()
    expect(mona.get_by_role("main")).to_contain_text(f"{name} är patient hos er")
    fine(mona)
    mona.get_by_role("link", name=f"Hjälp {name} in").first.click()
    expect(mona.get_by_role("button", name="Gör en kod")).to_be_visible()


def comes_in(page: Page, door: str) -> None:
    page.goto("/logga-in")
    page.get_by_role("link", name=door).click()
    expect(page.locator(".foot a[href='/logga-ut']")).to_be_visible()


def signs_out(page: Page) -> None:
    page.goto("/logga-ut")
    page.get_by_role("button", name="Logga ut").click()
    expect(page.get_by_role("link", name="Logga in").first).to_be_visible()


def works_too(nina: Staff, there: Staff) -> None:
    """Let somebody work where a colleague does."""
    with db.transaction():
        care.assign(
            nina.person.id,
            there.unit,
            role="licensed",
            starts_on=today(),
            cycle=Cycle((OFFICE,), today()),
            by=SYSTEM,
            now=clock.now(),
        )


def capacities(nina: Staff) -> list[tuple[str, str]]:
    """What each of her sessions that were begun at a door is, in order."""
    rows = select(SignIn.capacity, SignIn.way).where(SignIn.person_id == nina.person.id, SignIn.way == "oidc")
    return [(row.capacity, row.way) for row in db.session().execute(rows.order_by(SignIn.started_at))]


def test_a_nurse_who_is_also_a_patient(phone: Callable[..., Phone], world: World, provider: Provider) -> None:
    number = number_for(date(1984, 2, 29))
    nina = world.staff("Nina Sund", unit="Mottagning Sälgen", number=number)
    world.patient("Signe Sund", contact="Nina Sund").asks(WORK)
    kim, karl = (world.staff(name, unit="Mottagning Videt") for name in ("Kim Sund", "Karl Sund"))
    lead(world, world.staff("Mona Sund", unit="Mottagning Videt", title="enhetschef"), karl)

    head = phone()
    head.expects(422)
    steps_in(head.page, "Mona Sund")
    adds_a_patient(head.page, number, "Nina Sund", "Kim Sund")

    # Nina lends a hand there too. Kim is away, and names her first: she answers Kim's patients, and never herself.
    works_too(nina, kim)
    month = today() + timedelta(days=30)
    kim.is_away(f"{today()} 00:00", f"{month} 00:00", nina, karl)
    at_home = Patient(world, nina.person, None)
    thread = at_home.asks(MINE)
    world.patient("Tage Sund", contact="Kim Sund").asks("När är min nästa tid?")

    mine = phone()
    mine.forgives(f"request to another machine: {provider.issuer}")
    mine.expects(404)
    page = mine.page
    hsa_id = db.session().scalars(select(StaffRow.hsa_id).where(StaffRow.person_id == nina.person.id)).one()
    provider.lets_in({"employeeHsaId": hsa_id})
    comes_in(page, "Jag arbetar här")
    page.get_by_role("button", name="Mottagning Sälgen").click()
    expect(page.get_by_role("main")).to_contain_text("Signe Sund")
    for path in ("/", "/meddelanden", "/aviseringar"):
        page.goto(path)
        expect(page.get_by_role("main")).not_to_contain_text(MINE)
    page.goto("/")
    expect(page.get_by_role("main")).to_contain_text("Signe Sund")
    expect(page.get_by_role("main")).to_contain_text("Tage Sund")
    for path in (f"/meddelanden/{db.short(thread)}", "/kontakt", "/vem-har-last"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text("Sidan finns inte här")

    desk = phone().page
    steps_in(desk, "Karl Sund")
    desk.get_by_role("link", name="Nina Sund").click()
    expect(desk.get_by_role("main")).to_contain_text(MINE)

    signs_out(page)
    provider.lets_in({NUMBER: number})
    comes_in(page, "Med e-legitimation")
    expect(page.get_by_role("main")).to_contain_text("Karl Sund svarar")
    page.goto("/meddelanden")
    page.get_by_role("link", name=MINE.rstrip(".")).first.click()
    expect(page.get_by_role("main")).to_contain_text("Karl Sund")
    for path in ("/", "/meddelanden", "/aviseringar"):
        page.goto(path)
        expect(page.get_by_role("main")).not_to_contain_text("Signe Sund")
        expect(page.get_by_role("main")).not_to_contain_text("Tage Sund")
    for path in ("/patienter", "/enhet", "/vag-in"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text("Sidan finns inte här")

    page.goto("/vem-har-last")
    expect(page.get_by_role("main")).to_contain_text("Karl Sund")
    expect(page.get_by_role("main")).to_contain_text("Mona Sund")
    expect(page.get_by_role("main")).not_to_contain_text("Signe Sund")
    fine(page)
    assert capacities(nina) == [("duty", "oidc"), ("private", "oidc")]
