"""A time is moved, changed and cancelled by staff, and its patient is told."""

from collections.abc import Iterator

import pytest
import time_machine

from app.bookings import service as bookings
from app.core import clock, db
from app.core.locale import local
from tests.bookings.diary import DAY, Town, fields, only, only_of, sends, stored, there, url, words
from tests.bookings.times import books
from tests.world import World, token_in, wall


@pytest.fixture
def town(world: World) -> Iterator[Town]:
    with time_machine.travel(wall("2026-11-05 08:00"), tick=False):
        yield Town(world)


def test_a_time_is_moved_told_and_taken_back(town: Town) -> None:
    key = books(town.karin, town.siv, f"{DAY} 09:00")
    phone, path = town.karin.phone(), f"/tidbok/{db.short(key)}/flytta"
    page = phone.get(path)
    assert "Flytta tiden med Siv Nyberg Nu är den tisdag 10 november kl. 9.00." in words(page)
    assert (fields(page.text)["free"], fields(page.text)["start"]) == ("09:00", "")
    sent = sends(phone, path, day="2026-11-12", free="13:00")
    receipt = phone.get(sent.location)
    assert "Flyttad. Siv Nyberg får veta den nya tiden nu." in words(receipt)
    assert "Flyttad. Var tisdag 10 november kl. 9.00." in words(receipt)
    assert (only().starts_at, only().ends_at) == (wall("2026-11-12 13:00"), wall("2026-11-12 13:45"))
    assert only().version == 2 and "booking_moved" in town.siv.rings()
    undone = phone.post(f"/tidbok/{db.short(key)}/flytta-tillbaka", data={"csrf_token": token_in(receipt.text)})
    assert "Tillbaka där den var." in words(phone.get(undone.location))
    assert (only().starts_at, only().version) == (wall(f"{DAY} 09:00"), 3)


def test_a_move_that_cannot_be_moves_nothing(town: Town) -> None:
    key = books(town.karin, town.siv, f"{DAY} 09:00")
    books(town.karin, town.world.patient("Olle Ström"), "2026-11-12 13:00")
    before, path = stored(), f"/tidbok/{db.short(key)}/flytta"
    for typed, said in (
        ({"day": "2026-11-12", "start": "13:30", "free": "annat"}, "Karin Ek har en annan tid kl. 13–13.45."),
        ({"day": "2026-11-12", "start": "14:30", "end": "14:00", "free": "annat"}, "Slutet är före början."),
        ({"day": "2027-03-28", "start": "02:15", "free": "annat"}, "Den tiden finns inte den natten"),
        ({"day": "2026-12-25", "start": "09:00", "free": "annat"}, "är en röd dag"),
    ):
        answer = sends(town.karin, path, **typed)
        assert answer.status_code == 422 and said in words(answer) and "Tiden är inte flyttad än" in words(answer)
    assert stored() == before and only_of(key).version == 1


def test_a_time_may_move_within_itself(town: Town) -> None:
    key = books(town.karin, town.siv, f"{DAY} 09:00")
    sent = sends(town.karin, f"/tidbok/{db.short(key)}/flytta", free="annat", start="09:15", end="10:00")
    assert sent.status_code == 303 and local(only().starts_at).strftime("%H:%M") == "09:15"


def test_what_another_has_changed_meanwhile_is_shown_before_it_is_changed_again(town: Town) -> None:
    key = books(town.karin, town.siv, f"{DAY} 09:00")
    phone, path = town.karin.phone(), f"/tidbok/{db.short(key)}/flytta"
    old = fields(phone.get(path).text) | {"day": "2026-11-12"}
    with db.transaction():
        bookings.move(key, wall("2026-11-11 10:00"), wall("2026-11-11 10:45"), by=town.erik.viewer, now=clock.now())
    stale = phone.post(path, data=old)
    assert stale.status_code == 422 and only().starts_at == wall("2026-11-11 10:00")
    assert "Någon ändrade tiden medan du hade sidan öppen." in words(stale)
    assert "Nu är den onsdag 11 november kl. 10.00." in words(stale)
    assert phone.post(path, data=fields(stale.text)).status_code == 303
    assert only().starts_at == wall("2026-11-12 09:00")


def test_somebody_else_is_met_when_they_do_this_and_are_free(town: Town) -> None:
    key = books(town.karin, town.siv, f"{DAY} 09:00")
    town.world.staff("Fatima Aydin")
    path = f"/tidbok/{db.short(key)}/vem"
    page = town.karin.phone().get(path).text
    assert "Erik Lund" in page and "Fatima Aydin" not in page
    other = books(town.erik, town.world.patient("Olle Ström"), f"{DAY} 09:30")
    busy = sends(town.karin, path, staff=db.short(town.erik.person.id))
    assert busy.status_code == 422 and "Erik Lund har en annan tid kl. 9.30–10.15." in words(busy)
    assert there(only_of(key)) == {town.karin.person.id}
    with db.transaction():
        bookings.cancel(other, by=town.erik.viewer, now=clock.now())
    assert sends(town.karin, path, staff=db.short(town.erik.person.id)).status_code == 303
    assert there(only_of(key)) == {town.erik.person.id} and only_of(key).version == 2
    assert "booking_changed" in town.siv.rings()


def test_place_and_what_to_bring_are_changed_and_the_patient_reads_it(town: Town) -> None:
    branch = town.place("Filialen", weekdays=(1,))
    key = books(town.karin, town.siv, f"{DAY} 09:00", place="Kyrkogatan 12")
    path = f"/tidbok/{db.short(key)}/andra"
    sent = sends(town.karin, path, location=db.short(branch), bring="Din lista.")
    assert sent.status_code == 303
    it = only()
    assert (it.place, it.location_id, it.bring, it.version) == ("Filialen, Storgatan 4", branch, "Din lista.", 3)
    same = sends(town.karin, path)
    assert same.status_code == 303 and only().version == 3
    closed = town.place("Onsdagshuset", weekdays=(2,))
    refused = sends(town.karin, path, location=db.short(closed))
    assert refused.status_code == 422 and "Onsdagshuset har inte öppet då. Det är öppet onsdag." in words(refused)
    assert only().location_id == branch


def test_a_link_is_added_later(town: Town) -> None:
    key = books(town.karin, town.siv, f"{DAY} 09:00", kind="Video", mode="video")
    show = f"/tidbok/{db.short(key)}"
    assert "Länken saknas Lägg in den före mötet." in words(town.karin.phone().get(show))
    sends(town.karin, f"{show}/andra", link="https://video.example.org/rum?id=1")
    assert only().link == "https://video.example.org/rum?id=1"
    assert (
        "Länken är klar" in words(town.karin.phone().get(show))
        and "video.example.org" not in town.karin.phone().get(show).text
    )


def test_a_time_is_cancelled_with_words_and_stays_so(town: Town) -> None:
    key = books(town.karin, town.siv, f"{DAY} 09:00")
    phone, path = town.karin.phone(), f"/tidbok/{db.short(key)}/stall-in"
    assert "Vill du ställa in tiden med Siv Nyberg?" in words(phone.get(path))
    old = fields(phone.get(path).text)
    sent = phone.post(path, data=old | {"words": "Jag ringer dig i morgon."})
    receipt = words(phone.get(sent.location))
    assert "Inställd. Siv Nyberg får veta det nu." in receipt and "Jag ringer dig i morgon." in receipt
    assert only().status == "cancelled" and "booking_cancelled" in town.siv.rings()
    again = phone.post(path, data=old)
    assert again.status_code == 409 and "Tiden är inställd" in again.text
    for verb in ("flytta", "vem", "andra", "stall-in"):
        assert phone.get(f"/tidbok/{db.short(key)}/{verb}").status_code == 409
    assert sends(phone, url(town.siv, town.kind), day=DAY, start="09:00", place="Rum 1").status_code == 303
