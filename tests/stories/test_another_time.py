"""Somebody asks for another time, and nobody answers: what they see, and who is asked as the hours pass."""

from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from app.bookings.asking import KIND
from app.care import unit_service
from app.core import clock, db
from app.core.audit import SYSTEM
from app.waits.models import Wait
from tests.bookings.times import books
from tests.stories.test_who_answers import words
from tests.world import Patient, Staff, World, token_in, wall

Travel = time_machine.Traveller


@pytest.fixture
def maja(erik: Staff, world: World) -> Staff:
    """She leads the unit."""
    maja = world.staff("Maja Lind")
    with db.transaction():
        unit_service.name_head(maja.unit.id, maja.person.id, (world.function[0],), by=SYSTEM, now=clock.now())
    return maja


def wait_of(time: UUID) -> Wait:
    found = select(Wait).where(Wait.kind == KIND, Wait.subject_id == time).execution_options(populate_existing=True)
    return db.session().scalars(found).one()


def test_another_time_asked_for_and_nobody_answers(
    clockwork: Travel, world: World, karin: Staff, erik: Staff, maja: Staff, siv: Patient
) -> None:
    time = books(karin, siv, "2026-11-20 09:00")
    page, phone = f"/tider/{db.short(time)}", siv.phone()
    phone.get(page)

    # Monday 9.00: she asks, and sees who answers and by when.
    form = phone.get(f"/tider/svar/{db.short(time)}/annan-tid").text
    hidden = dict(zip(("seen", "reader", "promise"), ("1.0", *_promised(form)), strict=True))
    data = hidden | {"csrf_token": token_in(form), "suits": "fri-morning"}
    assert phone.post(f"/tider/svar/{db.short(time)}/annan-tid", data=data).status_code == 303
    assert "Karin Ek svarar dig senast i morgon kl. 16.30." in words(phone.get(page).text)
    assert karin.rings() == ["booking_wait"] and erik.rings() == []
    assert "Siv vill ha en annan tid" in words(karin.phone().get("/").text)

    # Half of the time has passed: Karin is reminded. Three quarters: the next is asked as well.
    clockwork.move_to(wall("2026-11-03 08:31"))
    world.works_on()
    assert "reminder" in karin.rings()
    clockwork.move_to(wall("2026-11-03 12:31"))
    world.works_on()
    others = [it for it in (erik, maja) if "booking_wait" in it.rings()]
    assert others, "somebody else is asked as well"
    assert "Siv vill ha en annan tid" in words(others[0].phone().get("/").text)
    assert "Du är också tillfrågad." in words(others[0].phone().get(f"/tider/svar/{db.short(time)}").text)

    # The promise is broken: the head is told, and she is told, with a new one.
    clockwork.move_to(wall("2026-11-03 16:31"))
    world.works_on()
    assert wait_of(time).broken == 1
    assert "booking_late" in siv.rings()
    shown = words(phone.get(page).text)
    assert "Vi höll inte tiden. Karin Ek svarar dig senast i morgon kl. 16.30." in shown
    assert "Siv" in words(maja.phone().get("/fragor").text)

    # It never ends by itself. Again and again it is broken and told, and the function is asked too.
    for day in ("04", "05", "06"):
        clockwork.move_to(wall(f"2026-11-{day} 16:31"))
        world.works_on()
        assert wait_of(time).ended_at is None and wait_of(time).broken == int(day) - 2
    assert any("booking_wait" in it.rings() for it in world.function_people())

    # A person ends it: the head offers her another time, and she takes it.
    clockwork.move_to(wall("2026-11-09 09:00"))
    desk, form = maja.phone(), f"/tider/svar/{db.short(time)}/erbjud"
    data = {"csrf_token": token_in(desk.get(form).text), "day1": "2026-11-20", "clock1": "10:30"}
    assert desk.post(form, data=data).status_code == 303
    assert wait_of(time).ended_how == "reply" and wait_of(time).ended_by == maja.person.id
    assert "booking_offered" in siv.rings() and "booking_late" not in siv.rings()
    shown = words(phone.get(page).text)
    assert "Vi föreslår något annat" in shown and "Ta fredag 20 november kl. 10.30" in shown


def _promised(html: str) -> tuple[str, str]:
    """Who was said to answer, and by when, as the form carries them."""
    reader, promise = (html.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("reader", "promise"))
    return reader, promise
