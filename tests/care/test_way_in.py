"""Staff help a patient in, and lock at once on the patient's word; each of it is logged and told."""

import pytest
from sqlalchemy import select

from app.accounts import queries as accounts
from app.core import audit, db
from tests.care.around import lead, number_for
from tests.client import LintedClient
from tests.world import ADULT, Staff, World, token_in


def search(phone: LintedClient, number: str) -> tuple[int, str | None]:
    answer = phone.post("/vag-in", data={"csrf_token": token_in(phone.get("/vag-in").text), "number": number})
    return answer.status_code, answer.location


def press(phone: LintedClient, path: str, page: str) -> int:
    return phone.post(path, data={"csrf_token": token_in(phone.get(page).text)}).status_code


def test_whoever_works_at_the_unit_finds_its_patient_by_number(world: World) -> None:
    siv = world.patient("Siv Nyberg")
    erik = world.staff("Erik Lund").phone()
    code, location = search(erik, siv.person.number)
    assert (code, location) == (303, f"/vag-in/{db.short(siv.person.id)}")
    page = erik.get(location)
    assert "Siv Nyberg" in page.text and siv.person.number not in page.text


@pytest.mark.parametrize("number", ["another unit's", "nobody's", "no number", ""])
def test_nobody_else_finds_anybody(world: World, number: str) -> None:
    siv = world.patient("Siv Nyberg")
    anna = world.staff("Anna Berg", unit="Mottagning Granen").phone()
    sought = {"another unit's": siv.person.number, "nobody's": number_for(ADULT), "no number": "12"}.get(number, number)
    code, _location = search(anna, sought)
    assert code == 422
    for path in ("", "/las"):
        assert anna.get(f"/vag-in/{db.short(siv.person.id)}{path}").status_code == 404


def test_a_patient_without_a_contact_is_let_in_by_a_head(world: World) -> None:
    siv = world.patient("Siv Nyberg", contact=None)
    maria = lead(world, world.staff("Maria Hedlund"))
    assert search(maria.phone(), siv.person.number)[0] == 303
    assert search(world.staff("Erik Lund").phone(), siv.person.number)[0] == 422


def test_a_lock_on_the_patients_word_ends_everything_and_is_told(world: World) -> None:
    siv, karin = world.patient("Siv Nyberg"), world.staff("Karin Ek")
    open_page, phone = siv.phone(), karin.phone()
    door = f"/vag-in/{db.short(siv.person.id)}"
    assert "Ring upp först" in phone.get(f"{door}/las").text
    assert press(phone, f"{door}/las", f"{door}/las") == 303
    assert open_page.get("/meddelanden").status_code == 302
    assert "Låst sedan" in phone.get(door).text
    assert press(phone, f"{door}/oppna", door) == 303
    page = siv.phone().get("/inloggningar").text
    assert "Karin Ek låste allt åt dig." in page and "Karin Ek öppnade låset." in page


def test_what_staff_see_of_a_way_in_is_logged_with_their_unit(world: World) -> None:
    siv, karin = world.patient("Siv Nyberg"), world.staff("Karin Ek")
    karin.phone().get(f"/vag-in/{db.short(siv.person.id)}")
    rows = db.session().execute(
        select(audit.log.c.actor_id, audit.log.c.unit_id).where(audit.log.c.action == "way_in.opened")
    )
    assert [tuple(row) for row in rows] == [(karin.person.id, karin.unit.id)]


def test_nobody_opens_their_own_door_from_work(both: tuple[World, Staff]) -> None:
    _world, karin = both
    assert karin.phone().get(f"/vag-in/{db.short(karin.person.id)}").status_code == 404


@pytest.fixture
def both(world: World) -> tuple[World, Staff]:
    """Karin, who is a patient where she works."""
    from app.accounts.models import Patient
    from app.care import contact_service
    from app.core import clock
    from app.core.audit import SYSTEM

    karin, erik = world.staff("Karin Ek"), world.staff("Erik Lund")
    with db.transaction() as session:
        session.add(Patient(person_id=karin.person.id, since=clock.now()))
        session.flush()
        contact_service.appoint(
            karin.person, erik.person.id, erik.unit, coordinating=True, born=ADULT, by=SYSTEM, now=clock.now()
        )
    assert accounts.viewer_of(karin.viewer.token, now=clock.now())
    return world, karin
