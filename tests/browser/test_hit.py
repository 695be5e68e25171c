"""Ill at half past six with a time at nine: seen before it is saved, heard at once, and somebody else by a yes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.care import service as care
from app.core import clock, db
from app.core.audit import SYSTEM
from app.machine.postgres import Server
from tests.bookings.times import books, offers
from tests.browser.looks import faults
from tests.browser.other_time import OtherTime, next_weekday, other_time
from tests.browser.phone import Phone, steps_in
from tests.world import World, today

pytestmark = pytest.mark.slow
KLARA, EDVIN, PATIENT = "Klara Sund", "Edvin Sund", "Olle Sund"


@pytest.fixture(scope="module")
def morning(server: Server, local: Path, secrets: dict[str, str]) -> Iterator[OtherTime]:
    """Half past six on a Thursday, before anybody is at work."""
    with other_time("hit", next_weekday(3, 6, 30), server=server, local=local, secrets=secrets) as made:
        yield made


def has_a_time_at_nine(world: World) -> str:
    """Where the patient's page of it is. Klara and Edvin do the same kind of time, and he answers for her."""
    klara, edvin = (world.staff(name, unit="Mottagning Sundet") for name in (KLARA, EDVIN))
    patient = world.patient(PATIENT, contact=KLARA)
    with db.transaction():
        care.name_standing(klara.assignment, (edvin.person.id,), by=SYSTEM, now=clock.now())
    assert klara.viewer and edvin.viewer
    offers(klara, also=(edvin,))
    return f"/tider/{db.short(books(klara, patient, f'{today():%Y-%m-%d} 09:00'))}"


def test_ill_in_three_presses_and_the_patient_of_nine_chooses(phone: Callable[..., Phone], morning: OtherTime) -> None:
    with morning.behind() as world:
        time = has_a_time_at_nine(world)
    olle = phone(origin=morning.site.url).page
    steps_in(olle, PATIENT)
    olle.goto(time)
    expect(olle.get_by_role("main")).to_contain_text(KLARA)

    klara = phone(origin=morning.site.url).page
    steps_in(klara, KLARA)
    klara.goto("/")
    klara.get_by_role("link", name="Frånvaro").click()
    main = klara.get_by_role("main")
    expect(main).to_contain_text("Du har en tid till i dag.")
    expect(klara.get_by_role("listitem").filter(has_text=PATIENT)).to_contain_text("kl. 9.00")
    assert not faults(klara)
    klara.get_by_role("button", name="Sjuk i dag").click()
    expect(main).to_contain_text("En bokad tid ligger då.")
    assert not faults(klara)

    # The page that is open hears it by itself.
    expect(olle.get_by_role("heading", name="Den du skulle träffa är borta då")).to_be_visible(timeout=30_000)
    expect(olle.get_by_role("main")).to_contain_text("Åk inte dit förrän du ser här att någon kan ta emot dig.")
    assert not faults(olle)
    olle.get_by_role("button", name=f"Ja, jag träffar {EDVIN}").click()
    expect(olle.get_by_role("heading", name="Den du skulle träffa är borta då")).to_be_hidden()
    whom = olle.get_by_role("region", name="Vem du träffar")
    expect(whom).to_contain_text(EDVIN)
    expect(whom).not_to_contain_text(KLARA)
    assert not faults(olle)
