"""Being away, whole: ill on a phone in three presses, and a planned leave that is refused, filled and saved."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.care import service as care
from app.core import clock, db
from app.core.audit import SYSTEM
from app.machine.postgres import Server
from tests.browser.looks import faults
from tests.browser.other_time import OtherTime, next_weekday, other_time
from tests.browser.phone import Phone, steps_in
from tests.world import Staff, World, today

pytestmark = pytest.mark.slow


def clinic(world: World, name: str, *names: str) -> list[Staff]:
    """A unit whose people have opened the app, the first with a patient and the second as who answers for them."""
    people = [world.staff(one, unit=name) for one in names]
    world.patient(f"Patient till {names[0]}", contact=names[0])
    with db.transaction():
        care.name_standing(people[0].assignment, (people[1].person.id,), by=SYSTEM, now=clock.now())
    assert all(one.viewer for one in people)
    return people


def fills_in(page: Page, first: int, last: int) -> None:
    """The days of a leave, as many from today."""
    page.get_by_label("Från", exact=True).fill((today() + timedelta(days=first)).isoformat())
    page.get_by_label("Till och med").fill((today() + timedelta(days=last)).isoformat())
    page.get_by_role("button", name="Spara").click()


@pytest.fixture(scope="module")
def morning(server: Server, local: Path, secrets: dict[str, str]) -> Iterator[OtherTime]:
    """Half past six on a Thursday, before anybody is at work."""
    with other_time("morning", next_weekday(3, 6, 30), server=server, local=local, secrets=secrets) as made:
        yield made


def test_ill_at_half_past_six_in_three_presses_seen_by_patients_and_undone_in_one(
    phone: Callable[..., Phone], morning: OtherTime
) -> None:
    with morning.behind() as world:
        clinic(world, "Mottagning Eken", "Klara Strand", "Edvin Strand")
    page = phone(origin=morning.site.url).page
    steps_in(page, "Klara Strand")
    page.goto("/")
    page.get_by_role("link", name="Frånvaro").click()
    page.get_by_role("button", name="Sjuk i dag").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Du är borta")
    expect(page.get_by_role("main")).to_contain_text("Sparat. Patienterna ser det nu")
    expect(page.get_by_role("listitem").filter(has_text="Edvin Strand")).to_be_visible()
    assert not faults(page)

    patient = phone(origin=morning.site.url).page
    steps_in(patient, "Patient till Klara Strand")
    patient.goto("/")
    expect(patient.get_by_role("main")).to_contain_text("Edvin Strand svarar")
    expect(patient.get_by_role("main")).to_contain_text("Svarar på frågor till Klara Strand under tiden.")
    expect(patient.get_by_role("main")).to_contain_text("Skriver du nu läser någon det i dag kl. 8.00.")

    page.get_by_role("button", name="Ångra").click()
    expect(page.get_by_role("main")).to_contain_text("Borttagen. Dina patienter ser att du svarar som vanligt.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Är du borta?")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_leave_is_refused_filled_and_saved(phone: Callable[..., Phone], world: World, scripts: bool) -> None:
    name = "Asken" if scripts else "Linden"
    people = [f"{first} {name}" for first in ("Kerstin", "Egil", "Frida")]
    clinic(world, f"Mottagning {name}", *people)
    kerstin, egil = (phone(java_script_enabled=scripts) for _ in range(2))
    kerstin.expects(422)

    steps_in(egil.page, people[1])
    egil.page.goto("/franvaro/ny")
    fills_in(egil.page, 7, 20)
    expect(egil.page.get_by_role("heading", level=1)).to_contain_text("Du blir borta")

    page = kerstin.page
    steps_in(page, people[0])
    page.goto("/franvaro/ny")
    fills_in(page, 8, 16)
    expect(page.get_by_role("alert")).to_contain_text("En tid saknar någon som svarar")
    expect(page.get_by_label("Från", exact=True)).to_have_value((today() + timedelta(days=8)).isoformat())
    assert not faults(page) if scripts else True
    page.get_by_role("radio", name=people[2]).check(force=True)
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Du blir borta")
    expect(page.get_by_role("main")).to_contain_text(f"{people[2]} svarar så länge.")

    frida = phone(java_script_enabled=scripts).page
    steps_in(frida, people[2])
    frida.goto("/franvaro")
    asked = frida.get_by_role("listitem").filter(has_text=people[0])
    expect(asked).to_contain_text("Du är nummer 2 i tur att svara.")
    asked.get_by_role("button", name="Ja, jag svarar").click()
    expect(frida.get_by_role("main")).to_contain_text("Tack. Det syns att du har sagt ja.")
    page.reload()
    expect(page.get_by_role("listitem").filter(has_text=people[2])).to_contain_text("Har sagt ja.")
