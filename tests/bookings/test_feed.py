"""Times in a calendar of one's own: a file for each, and a secret address that follows what happens."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
import vobject
from werkzeug.test import TestResponse

from app.accounts import ending_service as ending
from app.bookings import feed_service
from app.bookings import service as bookings
from app.core import audit, clock, db
from app.core.audit import SYSTEM
from tests.bookings.times import books
from tests.client import LintedClient
from tests.world import Patient, Staff, World, token_in, wall

NOW = "2026-11-02 09:00"
SAID = ("Kyrkogatan", "Karin", "Siv", "Samtal", "Björken", "kortet", "mottagning", "psyk", "ORGANIZER", "LOCATION")


@pytest.fixture
def at() -> Any:
    with time_machine.travel(wall(NOW), tick=False) as traveller:
        yield traveller


@pytest.fixture
def karin(world: World, at: Any) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def siv(world: World, karin: Staff) -> Patient:
    return world.patient("Siv Nyberg")


def events(answer: TestResponse) -> list[Any]:
    """The times of an answer, as another program reads them."""
    assert answer.status_code == 200, answer.status
    assert answer.mimetype == "text/calendar"
    return list(vobject.readOne(answer.text).contents.get("vevent", []))


def presses(phone: LintedClient, way: str = "") -> TestResponse:
    token = token_in(phone.get("/kalender").text)
    return phone.post(f"/kalender{way}", data={"csrf_token": token}, follow_redirects=True)


def address_in(page: TestResponse) -> str:
    """The secret address that a page shows."""
    _before, found, after = page.text.partition('<p class="said">')
    assert found, "the page shows no address"
    return urlsplit(after.partition("<")[0]).path


def fetch(world: World, path: str, **headers: str) -> TestResponse:
    """What a calendar company's program gets, which has never heard of anybody."""
    return world.app.test_client().get(path, headers=headers)  # type: ignore[return-value]


def refused(world: World, path: str) -> TestResponse:
    """The same of an address that gives nothing: that somebody tried is counted, which is the one thing it writes."""
    client = world.app.test_client()
    answer = client.get(path, watch=False)  # type: ignore[call-arg]
    assert {sql.split()[2] for sql in client.heard if sql.startswith("INSERT")} == {"throttle"}  # type: ignore[attr-defined]
    return answer  # type: ignore[return-value]


def when(event: Any) -> tuple[datetime, datetime, str, int]:
    return event.dtstart.value, event.dtend.value, event.status.value, int(event.sequence.value)


def test_a_time_is_a_file_that_says_when_and_nothing_else(siv: Patient, karin: Staff) -> None:
    key = books(karin, siv, "2026-11-10 09:00", bring="Ta med kortet")
    answer = siv.phone().get(f"/kalender/tid/{db.short(key)}.ics")
    (event,) = events(answer)
    assert when(event) == (wall("2026-11-10 09:00"), wall("2026-11-10 09:45"), "CONFIRMED", 1)
    assert event.summary.value == "Tid"
    assert "DTSTART:20261110T080000Z" in answer.text
    assert event.uid.value == str(key)
    assert not [word for word in SAID if word.lower() in answer.text.lower()]
    assert answer.headers["Cache-Control"] == "no-store"


def test_booked_moved_cancelled_and_the_calendar_follows(world: World, siv: Patient, karin: Staff, at: Any) -> None:
    """The story: one event, which moves by its SEQUENCE, and is gone when it is cancelled."""
    path = address_in(presses(siv.phone()))
    assert events(fetch(world, path)) == []
    key = books(karin, siv, "2026-11-10 09:00")
    (event,) = events(fetch(world, path))
    uid = event.uid.value
    assert when(event) == (wall("2026-11-10 09:00"), wall("2026-11-10 09:45"), "CONFIRMED", 1)

    at.move_to(wall("2026-11-03 10:30"))
    with db.transaction():
        bookings.move(key, wall("2026-11-12 13:00"), wall("2026-11-12 13:45"), by=karin.viewer, now=clock.now())
    (event,) = events(fetch(world, path))
    assert when(event) == (wall("2026-11-12 13:00"), wall("2026-11-12 13:45"), "CONFIRMED", 2)
    assert event.uid.value == uid, "Another UID would be another time, beside the one that it was."
    assert event.last_modified.value == wall("2026-11-03 10:30")

    at.move_to(wall("2026-11-04 08:00"))
    with db.transaction():
        bookings.cancel(key, by=karin.viewer, now=clock.now())
    (event,) = events(fetch(world, path))
    assert (when(event)[2:], event.uid.value) == (("CANCELLED", 3), uid)
    (alone,) = events(siv.phone().get(f"/kalender/tid/{db.short(key)}.ics"))
    assert (when(alone), alone.uid.value) == (when(event), uid), "The file and the feed are one time."

    at.move_to(wall("2027-02-01 08:00"))
    assert events(fetch(world, path)), "Eighty-nine days later a phone that was off still hears of it."
    at.move_to(wall("2027-02-03 08:00"))
    assert events(fetch(world, path)) == []


def test_what_has_been_leaves_after_ninety_days(world: World, siv: Patient, karin: Staff, at: Any) -> None:
    path = address_in(presses(siv.phone()))
    books(karin, siv, "2026-11-10 09:00")
    at.move_to(wall("2027-02-01 09:00"))
    assert len(events(fetch(world, path))) == 1
    at.move_to(wall("2027-02-10 09:00"))
    assert events(fetch(world, path)) == []


def test_a_feed_tells_nobody_more_than_when(world: World, siv: Patient, karin: Staff) -> None:
    books(karin, siv, "2026-11-10 09:00", bring="Ta med kortet")
    books(karin, world.patient("Anita Berg"), "2026-11-11 09:00")
    answer = fetch(world, address_in(presses(siv.phone())))
    assert len(events(answer)) == 1, "Only one's own."
    assert not [word for word in SAID if word.lower() in answer.text.lower()]
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_it_is_off_until_somebody_turns_it_on_and_the_secret_is_not_kept(siv: Patient, world: World) -> None:
    phone = siv.phone()
    page = phone.get("/kalender").text
    assert "Vill du se dina tider i din kalender?" in page
    assert "företaget bakom kalendern" in page
    path = address_in(presses(phone))
    secret = path.removeprefix("/kalender/").removesuffix(".ics")
    row = db.run(audit.text("select * from calendar_feed")).one()
    assert secret not in str(row)
    assert secret.encode() not in row.secret_digest
    assert row.secret_digest != b"" and len(row.secret_digest) == 32
    assert secret not in siv.phone().get("/kalender").text, "Another phone of the same person shows no address."


def test_the_address_is_shown_until_a_calendar_has_it(siv: Patient, world: World, at: Any) -> None:
    phone = siv.phone()
    path = address_in(presses(phone))
    assert path in phone.get("/kalender").text, "Loaded again, it is still there to be copied."
    assert "Ingen kalender har hämtat tiderna än." not in phone.get("/kalender").text
    fetch(world, path)
    page = phone.get("/kalender").text
    assert path not in page
    assert "Hämtades senast i dag kl. 9.00." in page


def test_the_address_is_not_shown_a_quarter_of_an_hour_later(siv: Patient, at: Any) -> None:
    phone = siv.phone()
    path = address_in(presses(phone))
    at.shift(timedelta(minutes=15))
    page = phone.get("/kalender").text
    assert path not in page
    assert "Ingen kalender har hämtat tiderna än." in page


def test_a_new_address_ends_the_one_before(siv: Patient, world: World) -> None:
    phone = siv.phone()
    first = address_in(presses(phone))
    second = address_in(presses(phone, "/ny"))
    assert first != second
    assert refused(world, first).status_code == 404
    assert events(fetch(world, second)) == []


def test_two_tabs_that_turn_it_on_make_one_address(siv: Patient, world: World) -> None:
    phone = siv.phone()
    token = token_in(phone.get("/kalender").text)
    first = address_in(phone.post("/kalender", data={"csrf_token": token}, follow_redirects=True))
    again = address_in(phone.post("/kalender", data={"csrf_token": token}, follow_redirects=True))
    assert first == again
    assert fetch(world, first).status_code == 200


def test_off_it_is_as_if_it_had_never_been(siv: Patient, world: World) -> None:
    """Revoked, guessed and never made: the same page, word for word."""
    phone = siv.phone()
    path = address_in(presses(phone))
    page = presses(phone, "/av")
    assert "Adressen ger ingenting längre." in page.text
    ended, guessed = refused(world, path), refused(world, f"/kalender/{'A' * 43}.ics")
    assert ended.status_code == guessed.status_code == 404
    assert masked(ended, path) == masked(guessed, f"/kalender/{'A' * 43}.ics")


def masked(answer: TestResponse, path: str) -> str:
    return answer.text.replace(token_in(answer.text), "TOKEN").replace(path, "PATH")


def test_who_has_locked_everything_gives_no_calendar_anything(siv: Patient, world: World) -> None:
    path = address_in(presses(siv.phone()))
    with db.transaction():
        ending.lock(siv.person.id, by=siv.viewer, now=clock.now())
    assert refused(world, path).status_code == 404


def test_guesses_run_dry_and_shut_nobody_out(siv: Patient, world: World) -> None:
    path = address_in(presses(siv.phone()))
    guesser = world.app.test_client()
    codes = [guesser.get(f"/kalender/{number:043}.ics", watch=False).status_code for number in range(25)]  # type: ignore[call-arg]
    assert codes == [404] * 20 + [429] * 5
    assert fetch(world, path).status_code == 200, "Calendar companies fetch for many from one address."


def test_what_has_not_changed_is_not_sent_again(siv: Patient, world: World, karin: Staff, at: Any) -> None:
    path = address_in(presses(siv.phone()))
    key = books(karin, siv, "2026-11-10 09:00")
    first = fetch(world, path)
    at.shift(timedelta(hours=1))
    again = fetch(world, path, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Hämtades senast i dag kl. 10.00." in siv.phone().get("/kalender").text
    with db.transaction():
        bookings.cancel(key, by=karin.viewer, now=clock.now())
    assert fetch(world, path, **{"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_nobody_else_gets_the_file_of_a_time(siv: Patient, world: World, karin: Staff) -> None:
    path = f"/kalender/tid/{db.short(books(karin, siv, '2026-11-10 09:00'))}.ics"
    assert world.patient("Anita Berg").phone().get(path).status_code == 404
    assert karin.phone().get(path).status_code == 404
    assert world.app.test_client().get(path).status_code == 302


def test_turning_on_changing_and_turning_off_stand_in_the_log(siv: Patient) -> None:
    phone = siv.phone()
    for way in ("", "/ny", "/av"):
        presses(phone, way)
    page = phone.get("/vem-har-last").text
    for said in ("Gjorde en hemlig adress", "Bytte adressen", "Stängde av adressen"):
        assert said in page


def test_a_thousand_times_are_one_question(world: World, siv: Patient, karin: Staff) -> None:
    path = address_in(presses(siv.phone()))
    client = world.app.test_client()
    client.get(path)
    few = len(client.heard)  # type: ignore[attr-defined]
    for day in range(10, 30):
        books(karin, siv, f"2026-11-{day} 09:00")
    assert len(events(client.get(path))) == 20  # type: ignore[arg-type]
    assert len(client.heard) <= few <= 3  # type: ignore[attr-defined]


def test_what_is_stored_by_mistake_is_gone_from_the_calendar(siv: Patient, world: World, karin: Staff) -> None:
    path = address_in(presses(siv.phone()))
    key = books(karin, siv, "2026-11-10 09:00")
    db.run(audit.text("update booking set status = 'entered-in-error', version = 2 where id = :key"), {"key": key})
    (event,) = events(fetch(world, path))
    assert when(event)[2:] == ("CANCELLED", 2)


def test_verbs_say_when_there_is_nothing_to_do(siv: Patient) -> None:
    by, now = siv.viewer, datetime.now(UTC)
    assert feed_service.renew(by=by, now=now) is None
    assert not feed_service.end(by=by, now=now)
    assert SYSTEM.person_id is None
