"""The patient's pages: free times, the one that is taken, and the list to wait on."""

import re
import threading
from datetime import timedelta

import time_machine

from app.bookings import kind_service
from app.bookings.slot_rules import Span
from app.care import request_service
from app.core import clock, db
from app.core.audit import SYSTEM
from app.slots import slot_service
from tests.bookings.diary import fields, words
from tests.bookings.times import offers
from tests.slots.times import (
    address,
    bookings,
    presses,
    publishes,
    queue,
    rounds,
    slot,
    slot_offers,
    slots,
    takes,
    waits,
)
from tests.world import Patient, Staff, World, token_in, wall

NINE = "2026-11-24 09:00"


def test_a_time_is_seen_and_taken_in_two_taps(karin: Staff, siv: Patient) -> None:
    phone = siv.phone()
    assert "Ingen tid är ledig just nu" in words(phone.get("/lediga-tider"))
    assert 'href="/lediga-tider"' in phone.get("/tider").text
    (key,) = publishes(karin, NINE)
    listed = phone.get("/lediga-tider")
    assert "Tisdag 24 november" in words(listed) and "Karin Ek" in words(listed) and address(key) in listed.text
    one = phone.get(address(key))
    assert "Karin Ek" in words(one) and "45 minuter" in words(one)
    taken = presses(phone, one, address(key, "/ta"))
    (made,) = bookings()
    assert taken.status_code == 303 and taken.location == f"/tider/{db.short(made.id)}"
    assert "Du har sagt att du kommer" in words(phone.get(taken.location))
    assert address(key) not in phone.get("/lediga-tider").text


def test_two_tabs_are_one_time(karin: Staff, siv: Patient) -> None:
    (key,) = publishes(karin, NINE)
    phone = siv.phone()
    one, other = phone.get(address(key)), phone.get(address(key))
    first, second = (presses(phone, it, address(key, "/ta")) for it in (one, other))
    assert first.location == second.location and len(bookings()) == 1
    # And who goes back to it is led to their own.
    assert phone.get(address(key)).location == first.location


def test_who_is_late_gets_clear_words_and_what_is_near(karin: Staff, siv: Patient, olle: Patient) -> None:
    key, near, far = publishes(karin, NINE, "2026-11-24 10:00", "2026-12-21 09:00")
    phone = olle.phone()
    one = phone.get(address(key))
    takes(siv, key)
    late = presses(phone, one, address(key, "/ta"))
    assert late.status_code == 409 and "Tiden är inte ledig längre" in words(late)
    assert late.text.index(address(near)) < late.text.index(address(far)) and len(bookings()) == 1
    assert "Tiden är inte ledig längre" in words(phone.get(address(key)))


def test_what_the_patient_has_said_no_to_is_not_there(karin: Staff, siv: Patient, world: World) -> None:
    erik = world.staff("Erik Lund")
    publishes(karin, NINE, also=(erik,))
    (key,) = publishes(erik, NINE)
    with db.transaction():
        request_service.block(erik.person.id, by=siv.viewer, now=clock.now())
    phone = siv.phone()
    said = words(phone.get("/lediga-tider"))
    assert "Karin Ek" in said and "Erik Lund" not in said
    assert phone.get(address(key)).status_code == 404
    mine = token_in(phone.get("/lediga-tider/vanta/" + db.short(offers(karin))).text)
    assert phone.post(address(key, "/ta"), data={"csrf_token": mine}).status_code == 404 and not bookings()


def test_the_list_is_joined_changed_and_left(karin: Staff, siv: Patient) -> None:
    publishes(karin, NINE)
    phone, path = siv.phone(), f"/lediga-tider/vanta/{db.short(offers(karin))}"
    assert path in phone.get("/lediga-tider").text
    form = phone.get(path)
    sent = phone.post(path, data=fields(form.text) | {"suits": ["mon-morning", "x"], "notice": "72"})
    assert sent.status_code == 303 and (queue()[0].parts, queue()[0].notice_hours) == (["mon-morning"], 72)
    page = phone.get(sent.location)
    assert "Du står på listan sedan måndag 23 november. Vi kan inte säga när det blir din tur." in words(page)
    assert not re.search(r"\d+ (före|i kö)", words(page))
    wrong = phone.post(path, data=fields(phone.get(path).text) | {"notice": "1"})
    assert wrong.status_code == 422 and queue()[0].notice_hours == 72
    left = presses(phone, page, f"/lediga-tider/vanta/{db.short(queue()[0].id)}/lamna")
    assert "Du står inte på listan längre" in words(phone.get(left.location)) and queue()[0].ended_how == "left"


def test_what_is_held_is_answered(karin: Staff, siv: Patient, olle: Patient, monday: time_machine.Traveller) -> None:
    kind = offers(karin)
    waits(siv, kind=kind)
    monday.shift(60)
    waits(olle, kind=kind)
    (key,) = publishes(karin, "2026-11-26 09:00", for_whom="waiting")
    rounds()
    phone, other = siv.phone(), olle.phone()
    assert "Den här tiden hålls för dig" in words(phone.get("/lediga-tider"))
    assert "hålls för dig" not in words(other.get("/lediga-tider"))
    assert "Tiden är inte ledig längre" in words(other.get(address(key)))
    page = phone.get(address(key))
    assert "Tiden hålls för dig till" in words(page) and siv.rings() == []
    no = presses(phone, page, address(key, "/nej"))
    assert "Du har sagt nej till tiden" in words(phone.get(no.location))
    late = presses(phone, page, address(key, "/nej"))
    assert "hölls inte längre" in words(phone.get(late.location))
    rounds()
    taken = presses(other, other.get(address(key)), address(key, "/ta"))
    assert taken.status_code == 303 and slot(key).status == "busy"
    assert {it.ended_how for it in slot_offers()} == {"refused", "accepted"}


def test_places_of_whoever_is_protected_stand_on_no_list(karin: Staff, siv: Patient) -> None:

    kind = offers(karin)
    with db.transaction():
        site = kind_service.open_location(karin.unit, "Huset", "Storgatan 4", by=SYSTEM, now=clock.now())
        at = wall(NINE)
        slot_service.publish(
            kind,
            karin.person.id,
            [Span(at, at + timedelta(minutes=45))],
            location_id=site,
            by=karin.viewer,
            now=clock.now(),
        )
    assert "Storgatan" in words(siv.phone().get("/lediga-tider"))
    with db.transaction():
        siv.person.protected = True
    said = words(siv.phone().get("/lediga-tider"))
    assert "Storgatan" not in said and "Björken" not in said and "Karin Ek" in said


def test_staff_keep_the_list(karin: Staff, siv: Patient, world: World) -> None:
    kind, phone = offers(karin), karin.phone()
    assert "Ingen väntar på en tid" in words(phone.get("/tidbok/vantelista"))
    path = f"/tidbok/vantelista/ny/{db.short(siv.person.id)}"
    assert path in phone.get(f"/tidbok/patient/{db.short(siv.person.id)}").text
    sent = phone.post(path, data=fields(phone.get(path).text) | {"suits": "tue-afternoon"})
    said = words(phone.get(sent.location))
    assert "Siv Nyberg" in said and "Inlagd av mottagningen" in said and "Tisdag eftermiddag" in said
    assert "Ingen tid har blivit ledig som passar" in said
    publishes(karin, "2026-12-01 13:00", for_whom="waiting")
    rounds()
    assert "Erbjuden" in words(phone.get("/tidbok/vantelista"))
    page = phone.get("/tidbok/vantelista")
    off = presses(phone, page, f"/tidbok/vantelista/{db.short(queue()[0].id)}/ta-bort")
    assert "Platsen på listan är borttagen." in words(phone.get(off.location))
    again = presses(phone, page, f"/tidbok/vantelista/{db.short(queue()[0].id)}/ta-bort")
    assert again.status_code == 303 and [it.ended_how for it in slot_offers()] == ["withdrawn"] and kind
    stranger = world.staff("Stina Alm", unit="Mottagning Granen")
    assert stranger.phone().get(path).status_code == 404
    assert "Siv" not in words(stranger.phone().get("/tidbok/vantelista"))


def test_two_phones_tap_the_same_time(own_world: World) -> None:
    karin = own_world.staff("Karin Ek")
    people = [own_world.patient(name) for name in ("Siv", "Olle")]
    (key,) = publishes(karin, (clock.now() + timedelta(days=20)).strftime("%Y-%m-%d 09:00"))
    phones = [who.phone() for who in people]
    tokens = [token_in(phone.get(address(key)).text) for phone in phones]
    db.session().close()
    start, answers = threading.Barrier(2), []

    def taps(n: int) -> None:
        start.wait(20)
        answers.append(phones[n].post(address(key, "/ta"), data={"csrf_token": tokens[n]}, lint=False, watch=False))

    threads = [threading.Thread(target=taps, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(it.status_code for it in answers) == [303, 409]
    assert len(bookings()) == 1 and [it.status for it in slots()] == ["busy"]
