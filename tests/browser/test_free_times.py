"""Free times on phones: a nurse publishes them, two patients tap the same one, and one waits, is asked and says yes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from app.bookings.slot_rules import Span
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.locale import local
from app.slots import freed_service, hold_rules, slot_service
from tests.bookings.times import offers
from tests.browser.looks import faults
from tests.browser.phone import Phone, steps_in
from tests.browser.waiting import until
from tests.world import Staff, World, wall

pytestmark = pytest.mark.slow


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)


def main(page: Page, text: str) -> None:
    expect(page.get_by_role("main")).to_contain_text(text)


def looks(page: Page) -> Page:
    page.goto("/lediga-tider")
    return page


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_free_times_are_published_taken_and_waited_for(
    phone: Callable[..., Phone], world: World, scripts: bool
) -> None:
    mark = "Sälgen" if scripts else "Eken"
    nurse = world.staff(f"Nora {mark}", unit=f"Mottagning {mark}")
    for name in ("Pia", "Ove"):
        world.patient(f"{name} {mark}", contact=f"Nora {mark}")
    kind = offers(nurse, "Telefonsamtal", "phone")
    on = local(world.now()).date() + timedelta(days=14)
    on += timedelta(days=(1 - on.weekday()) % 7)
    phones = [phone(java_script_enabled=scripts) for _who in range(3)]
    staff, hers, his = (it.page for it in phones)
    for page, name in ((staff, "Nora"), (hers, "Pia"), (his, "Ove")):
        steps_in(page, f"{name} {mark}")

    # She is shown what she is about to publish, and publishes it.
    staff.goto("/tidbok")
    staff.get_by_role("link", name="Lediga tider").click()
    staff.get_by_role("link", name="Lägg ut tider").click()
    staff.get_by_role("link", name="Telefonsamtal").click()
    staff.get_by_label("Dag", exact=True).fill(on.isoformat())
    staff.get_by_label("Från kl.").fill("09:00")
    staff.get_by_label("Till kl.").fill("10:30")
    staff.get_by_role("button", name="Visa tiderna").click()
    main(staff, "2 tider blir utlagda")
    assert not scripts or faults(staff) == []
    staff.get_by_role("button", name="Lägg ut 2 tider").click()
    main(staff, "2 tider är utlagda.")
    assert not scripts or faults(staff) == []

    # Two see the same time, and both tap.
    phones[2].expects(409)
    for page in (hers, his):
        page.goto("/lediga-tider")
        heading(page, "Lediga tider")
        page.get_by_role("link", name="9.00–9.45").click()
        main(page, f"Nora {mark}")
        assert not scripts or faults(page) == []
    hers.get_by_role("button", name="Ta tiden").click()
    main(hers, "Du har sagt att du kommer")
    his.get_by_role("button", name="Ta tiden").click()
    heading(his, "Tiden är inte ledig längre")
    main(his, "Inget är bokat åt dig.")
    assert not scripts or faults(his) == []
    expect(his.get_by_role("link", name="9.45–10.30")).to_be_visible()

    # He puts himself on the list, is asked, and takes what is held for him.
    his.goto("/lediga-tider")
    his.get_by_role("link", name="Vänta på: Telefonsamtal").click()
    assert not scripts or faults(his) == []
    his.get_by_role("button", name="Ställ mig på listan").click()
    main(his, "Vi kan inte säga när det blir din tur.")
    asked_for(nurse, kind, wall(f"{on} 13:00"))
    his.goto("/lediga-tider")
    main(his, "Den här tiden hålls för dig")
    assert not scripts or faults(his) == []
    his.get_by_role("link", name="Se tiden och svara").click()
    main(his, "Tiden hålls för dig till")
    his.get_by_role("button", name="Ta tiden").click()
    main(his, "Du har sagt att du kommer")

    # She gives hers back, and the site's own worker frees it.
    hers.get_by_text("Ändra ditt svar").click()
    hers.get_by_role("button", name="Jag kan inte komma").click()
    main(hers, "Du har lämnat tillbaka tiden")
    until(lambda: looks(his).get_by_role("link", name="9.00–9.45").count(), "the time to be free again")


def asked_for(nurse: Staff, kind: UUID, starts: datetime) -> None:
    """A time for those who wait, and the worker's round. Nobody is asked at night, so that a night's run of this is
    dated the evening before."""
    at = clock.now()
    while not hold_rules.is_awake(at):
        at -= timedelta(minutes=30)
    db.session().commit()
    span = Span(starts, starts + timedelta(minutes=45))
    with db.transaction():
        (key,) = slot_service.publish(kind, nurse.person.id, [span], for_whom="waiting", by=nurse.viewer, now=at)
    with db.transaction():
        freed_service.see_to(key, by=SYSTEM, now=at)
