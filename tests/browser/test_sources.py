"""The administrator adds a system whose times are read: tried, read, what could not be used is seen, and ended."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import update

from app.accounts.models import Staff as StaffRow
from app.care.models import Unit
from app.core import db
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.browser.waiting import until
from tests.exchange.clinic import Clinic, Wire, running, wire
from tests.exchange.conftest import gives
from tests.world import World

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fhir_port() -> Iterator[int]:
    with running() as port:
        yield port


@pytest.fixture
def clinic(fhir_port: int) -> Clinic:
    made = Clinic(fhir_port)
    made.empty()
    return made


@pytest.fixture
def line(fhir_port: int) -> Iterator[Wire]:
    with wire(fhir_port) as made:
        yield made


def reads_anew(page: Page, said: str) -> None:
    """Come back to the page, as one does, until the worker has been there."""
    main = page.get_by_role("main")

    def there() -> bool:
        page.reload()
        return said in main.inner_text()

    until(there, said)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_a_system_is_tried_read_looked_at_and_ended(
    phone: Callable[..., Phone], world: World, clinic: Clinic, line: Wire, *, scripts: bool
) -> None:
    name = "Tidbok Väst" if scripts else "Tidbok Norr"
    karin, siv = world.staff(f"Karin {name}"), world.patient(f"Siv {name}")
    with db.transaction() as session:
        session.execute(update(Unit).where(Unit.id == karin.unit.id).values(hsa_id=f"SE2321000180-{name[-4:]}"))
    clinic.patient("siv", siv.person.number)
    clinic.practitioner("karin", db.session().get_one(StaffRow, karin.person.id).hsa_id)
    clinic.practitioner("okand", "SE0000-NOBODY")
    clinic.location("huset", "Huset", f"SE2321000180-{name[-4:]}")
    gives(clinic, "a1", days=3)
    gives(clinic, "a2", days=4)
    gives(clinic, "a3", days=5, actors=("Patient/siv", "Practitioner/okand"), comment="Hemlig anteckning")

    admin = phone(java_script_enabled=scripts)
    page = admin.page
    main, heading = page.get_by_role("main"), page.get_by_role("heading", level=1)
    steps_in(page, world.admin().person.name)
    page.goto("/enhet")
    page.get_by_role("link", name="Tider från andra system").click()
    assert not scripts or not faults(page)
    page.get_by_role("link", name="Läs från ett system").click()
    expect(heading).to_have_text("Läs från ett system")
    assert not scripts or not faults(page)

    # What is wrong is said where it is, and then what the trial found; nothing typed is lost.
    admin.expects(422)
    line.work = lambda asked: asked.says(401, b"{}")
    page.get_by_label("Vad heter systemet?").fill(name)
    page.get_by_role("radio", name="Utan något alls").check()
    page.get_by_role("button", name="Prova och spara").click()
    expect(main).to_contain_text("Skriv adressen till systemets FHIR.")
    assert not scripts or not faults(page)
    page.get_by_label("Adress").first.fill(line.url)
    page.get_by_role("button", name="Prova och spara").click()
    expect(main).to_contain_text("De släppte inte in oss.")
    expect(page.get_by_role("button", name="Spara ändå")).to_be_visible()
    expect(page.get_by_label("Vad heter systemet?")).to_have_value(name)
    assert not scripts or not faults(page)
    line.work = None
    page.get_by_role("button", name="Prova och spara").click()
    expect(heading).to_have_text(name)

    reads_anew(page, "Läst till")
    expect(main).to_contain_text("2 går inte att använda")
    expect(main).to_contain_text("Den som har tiden finns inte här bland personalen.")
    expect(main).to_contain_text("Lägg in personen med rätt HSA-id.")
    expect(main).to_contain_text("Appointment/a3")
    expect(main).not_to_contain_text("Hemlig anteckning")
    expect(main).to_contain_text("2 gick inte att använda.")
    assert not scripts or not faults(page)

    # The one who was missing is brought in; the administrator asks for it to be tried again.
    clinic.practitioner("okand", db.session().get_one(StaffRow, karin.person.id).hsa_id)
    page.get_by_role("button", name="Försök med alla igen").click()
    page.get_by_role("button", name="Läs nu").click()
    reads_anew(page, "Allt som är läst går att använda")
    assert not scripts or not faults(page)

    mine = phone(java_script_enabled=scripts).page
    steps_in(mine, siv.person.name)
    mine.goto("/tider")
    expect(mine.get_by_role("main").get_by_text("Huset").first).to_be_visible()

    page.get_by_role("button", name="Sluta läsa härifrån").click()
    expect(main).to_contain_text("Tiderna som är lästa står kvar.")
    expect(page.get_by_role("button", name="Läs nu")).to_have_count(0)
    assert not scripts or not faults(page)
    page.get_by_role("link", name="Tider från andra system").click()
    expect(main).to_contain_text("Avslutat")
    assert not scripts or not faults(page)
