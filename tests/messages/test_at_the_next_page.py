"""Nothing of who somebody is stays from one page to the next: what ended a moment ago is over on the next page."""

from datetime import timedelta

from sqlalchemy import text

from app.accounts import session_service
from app.care import service as care
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.world import World, today


def test_a_session_that_ended_opens_nothing_more(world: World) -> None:
    karin, siv = world.staff("Karin Ek"), world.patient("Siv")
    thread, phone = db.short(siv.asks("Kan vi höras?")), karin.phone()
    pages = ("/", f"/meddelanden/{thread}")
    assert ["Siv" in phone.get(page).text for page in pages] == [True, True]
    with db.transaction():
        session_service.end_others(b"", by=karin.viewer, now=clock.now())
    assert ["Siv" in phone.get(page).text for page in pages] == [False, False]
    assert phone.get(pages[1]).status_code == 302


def test_whoever_works_nowhere_more_reads_nothing_more(world: World) -> None:
    karin, siv = world.staff("Karin Ek"), world.patient("Siv")
    thread, phone = db.short(siv.asks("Kan vi höras?")), karin.phone()
    pages = ("/", f"/meddelanden/{thread}")
    assert ["Siv" in phone.get(page).text for page in pages] == [True, True]
    with db.transaction():
        care.end_assignment(karin.assignment, on=today() - timedelta(days=1), by=SYSTEM, now=clock.now())
    assert ["Siv" in phone.get(page).text for page in pages] == [False, False]
    assert phone.get(pages[1]).status_code == 404


def test_each_page_asks_who_it_is_shown_to(world: World) -> None:
    """Closed in the database itself, past every verb that might have told somebody."""
    siv = world.patient("Siv")
    phone = siv.phone()
    assert phone.get("/meddelanden").status_code == 200
    with db.transaction() as session:
        session.execute(
            text("update person set closed_at = :now where id = :id"), {"now": clock.now(), "id": siv.person.id}
        )
    assert phone.get("/meddelanden").status_code == 302
