"""A time becomes free at ten at night, and two who want the same time tap at once."""

import time_machine

from app.core import clock, db
from app.core.audit import SYSTEM
from app.slots import freed_service
from tests.bookings.diary import fields
from tests.bookings.times import offers
from tests.slots.times import address, bookings, presses, publishes, rounds
from tests.stories.test_who_answers import words
from tests.world import Patient, Staff, World, token_in, wall

Travel = time_machine.Traveller


def test_a_time_is_given_back_at_ten_at_night(clockwork: Travel, world: World, karin: Staff, siv: Patient) -> None:
    anna, bo = world.patient("Anna"), world.patient("Bo")
    (key,) = publishes(karin, "2026-11-05 09:00")
    wait = f"/lediga-tider/vanta/{db.short(offers(karin))}"

    # Siv takes the time; Anna, and then Bo, put themselves on the list.
    phone = siv.phone()
    booked = presses(phone, phone.get(address(key)), address(key, "/ta")).location
    for who in (anna, bo):
        clockwork.shift(60)
        theirs = who.phone()
        assert theirs.post(wait, data=fields(theirs.get(wait).text) | {"suits": "thu-morning"}).status_code == 303

    # Monday 22.00: Siv cannot come, and says so. Nobody is woken.
    clockwork.move_to(wall("2026-11-02 22:00"))
    phone = siv.phone()
    page = phone.get(booked)
    say = f"/tider/svar/{booked.rpartition('/')[2]}/svara"
    assert phone.post(say, data={"csrf_token": token_in(page.text), "answer": "declined"}).status_code == 303
    assert "Du har lämnat tillbaka tiden" in words(phone.get(booked).text)
    rounds()
    assert anna.rings() == [] and bo.rings() == []
    assert address(key) not in bo.phone().get("/lediga-tider").text

    # Tuesday 7.00: Anna is asked, until eleven. She does not see it.
    clockwork.move_to(wall("2026-11-03 07:00"))
    rounds()
    assert anna.rings() == ["slot_offered"] and bo.rings() == []
    assert "Tiden hålls för dig till i dag kl. 11." in words(anna.phone().get(address(key)).text)

    # The worker was down for an hour: it is Bo's turn at noon, until four.
    clockwork.move_to(wall("2026-11-03 12:00"))
    for _twice in range(2):
        rounds()
    assert bo.rings() == ["slot_offered"]
    theirs = bo.phone()
    assert "Tiden hålls för dig till i dag kl. 13." in words(theirs.get(address(key)).text)
    taken = presses(theirs, theirs.get(address(key)), address(key, "/ta"))
    assert "Du har sagt att du kommer" in words(theirs.get(taken.location).text)
    assert "Tiden är inte ledig längre" in words(anna.phone().get(address(key)).text)
    clockwork.move_to(wall("2026-11-04 12:00"))
    assert not freed_service.due(by=SYSTEM, now=clock.now()) and len(bookings()) == 2


def test_two_tap_the_same_time(clockwork: Travel, world: World, karin: Staff, siv: Patient) -> None:
    anna = world.patient("Anna")
    key, other = publishes(karin, "2026-11-05 09:00", "2026-11-05 10:00")
    phones = [who.phone() for who in (siv, anna)]

    # Both look at it, and both tap.
    pages = [phone.get(address(key)) for phone in phones]
    first, second = (presses(phone, page, address(key, "/ta")) for phone, page in zip(phones, pages, strict=True))
    assert first.status_code == 303 and karin.rings() == ["booking_taken"]

    # Anna was late, is told so at once, and takes the one beside it.
    assert second.status_code == 409 and "Inget är bokat åt dig." in words(second.text)
    assert address(other) in second.text
    taken = presses(phones[1], phones[1].get(address(other)), address(other, "/ta"))
    assert taken.status_code == 303 and {it.patient_id for it in bookings()} == {siv.person.id, anna.person.id}
