"""A drop-in on a red day: it is closed, and says so; somebody opens it all the same; a relative comes along."""

import re
from datetime import date, datetime, time
from uuid import UUID

import pytest
import time_machine

from app import worker
from app.bookings import kind_service as kinds
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.care.pages import post, said, typed
from tests.dropin.hours import anybody, opens, press
from tests.world import Staff, World

Travel = time_machine.Traveller


@pytest.fixture
def door(world: World, clockwork: Travel) -> tuple[Staff, UUID]:
    """Open on Wednesdays from one to four, since September; Maja leads the unit."""
    karin = world.staff("Karin Ek")
    maja, _erik = world.leads("Maja Lind", "Erik Lund", of=karin)
    with db.transaction():
        place = kinds.open_location(
            karin.unit, "Vårdhuset", "Storgatan 1, Rättvik", way="Gå in från gården.", by=SYSTEM, now=clock.now()
        )
    return maja, opens(maja, place, first_on=date(2026, 9, 2), opens=time(13), closes=time(16))


def test_a_red_day_that_is_opened_all_the_same(world: World, clockwork: Travel, door: tuple[Staff, UUID]) -> None:
    maja, drop_in = door
    karin = world.staff("Karin Ek")
    public, hours = f"/drop-in/{db.short(drop_in)}", f"/enhet/drop-in/{db.short(karin.unit.id)}/{db.short(drop_in)}"
    phone = anybody(world.app)

    # Tuesday before Epiphany: somebody looks, and sees that tomorrow is red, and when it opens.
    clockwork.move_to(datetime.fromisoformat("2027-01-05 18:00+01:00"))
    shown = said(phone.get(public))
    assert "Öppnar onsdag 13 januari kl. 13.00." in shown
    assert "jan 6 onsdag Stängt Det är en röd dag." in shown
    assert "Jag kommer i dag" not in shown and "1177" in shown

    # Maja knows that many have asked, and opens it from ten to twelve.
    data = {"on": "2027-01-06", "how": "open", "opens": "10", "closes": "12", "words": "Vi har öppet ändå."}
    assert post(maja, f"{hours}/dag", **data).status_code == 303
    assert "Öppnar i morgon kl. 10.00." in said(phone.get(public))

    # In the morning they say that they come, and read that somebody close may come along.
    clockwork.move_to(datetime.fromisoformat("2027-01-06 09:30+01:00"))
    shown = said(phone.get(public))
    assert "Öppnar i dag kl. 10.00. Vi har öppet ändå." in shown
    assert "Ta gärna med någon som står dig nära." in shown
    assert press(phone, public, f"{public}/kommer").status_code == 303
    assert "Du har sagt att du kommer. Ingen ser att det är du." in said(phone.get(public))

    # Karin sees that somebody is on the way, ticks them off when the two of them come, and what it led to.
    clockwork.move_to(datetime.fromisoformat("2027-01-06 10:20+01:00"))
    door_page = karin.phone().get("/drop-in/i-dag").location
    shown = karin.phone().get(door_page)
    assert "En har sagt att den kommer i dag." in said(shown)
    assert post(karin, f"{door_page}/kom", visit=typed(shown, "visit")).status_code == 303
    assert "Några väntar just nu, färre än fem." in said(phone.get(public))
    waiting = re.search(rf'action="({door_page}/[\w-]{{22}})/mots"', karin.phone().get(door_page).text)
    assert waiting
    one = waiting.group(1)
    assert post(karin, f"{one}/mots").location == one
    noted = {"shown": typed(karin.phone().get(one), "shown"), "new": "new", "led_to": ["talk", "booked"]}
    assert post(karin, one, **noted).status_code == 303
    assert "Ett samtal, En bokad tid. Ny i psykiatrin." in said(karin.phone().get(door_page))

    # At noon it is closed; the day after nobody remembers who was to come, and the head sees one visit as too few.
    clockwork.move_to(datetime.fromisoformat("2027-01-06 12:00+01:00"))
    assert "Stängt för i dag. Öppnar onsdag 13 januari kl. 13.00." in said(phone.get(public))
    clockwork.move_to(datetime.fromisoformat("2027-01-07 03:00+01:00"))
    worker.tidy()
    assert "Färre än fem besök" in said(maja.phone().get(f"/enhet/drop-in/siffror/{db.short(karin.unit.id)}"))
