"""Staff book a time, move it, change it and cancel it; what cannot be is said, and nothing half is stored."""

import re
from collections.abc import Iterator
from html import unescape
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.accounts import service as accounts
from app.bookings import kind_service
from app.bookings import service as bookings
from app.bookings.kind_models import ServiceType
from app.bookings.models import AppointmentLetter, Booking, BookingChange, Participant
from app.care import request_service, roster_service
from app.care.roster_service import Days
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.locale import local
from tests.bookings.times import books, offers
from tests.client import LintedClient
from tests.world import Patient, Staff, World, token_in, wall

MAIN = re.compile(r"<main.*</main>", re.DOTALL)
DAY = "2026-11-10"


@pytest.fixture
def town(world: World) -> Iterator["Town"]:
    with time_machine.travel(wall("2026-11-05 08:00"), tick=False):
        yield Town(world)


class Town:
    """Karin and Erik, who have conversations of 45 minutes at Björken, and Siv, whose contact Karin is."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.siv, self.karin, self.erik = world.patient("Siv Nyberg"), world.staff("Karin Ek"), world.staff("Erik Lund")
        self.kind = offers(self.karin, "Samtal", also=(self.erik,))

    def place(self, name: str = "Huset", weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)) -> UUID:
        with db.transaction():
            return kind_service.open_location(
                self.karin.unit, name, "Storgatan 4", weekdays=weekdays, by=SYSTEM, now=clock.now()
            )


def url(patient: Patient, kind: UUID) -> str:
    return f"/tidbok/ny/{db.short(patient.person.id)}/{db.short(kind)}"


def words(answer: TestResponse) -> str:
    found = re.sub(r"<(script|style).*?</\1>", " ", MAIN.findall(answer.text)[0], flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", found)).split()).replace(" –", "–").replace(" ,", ",")


def fields(html: str) -> dict[str, str]:
    """What the page's form would send as it stands."""
    form = re.search(r'<form class="stack stack--wide" method="post".*?</form>', html, re.DOTALL)
    assert form, "there is no form"
    found = {}
    for tag in re.findall(r"<input[^>]*>", form.group()):
        named = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        if named.get("type") != "radio" or " checked" in tag:
            found[named["name"]] = unescape(named.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form.group(), re.DOTALL):
        found[name] = unescape(text).strip()
    for name, inner in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form.group(), re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', inner) or re.search(r'value="([^"]*)"', inner)
        found[name] = chosen[1] if chosen else ""
    return found


def sends(who: Staff | LintedClient, path: str, **typed: str) -> TestResponse:
    """Open a form, type in it, and send it."""
    phone = who if isinstance(who, LintedClient) else who.phone()
    return phone.post(path, data=fields(phone.get(path).text) | typed)


def made() -> list[Booking]:
    return list(db.session().scalars(select(Booking).order_by(Booking.made_at)))


def only() -> Booking:
    (found,) = made()
    db.session().refresh(found)
    return found


def stored() -> list[int]:
    """How many rows there are of each thing that a booking writes."""
    return [
        db.session().scalar(select(func.count()).select_from(it)) or 0
        for it in (Booking, Participant, BookingChange, AppointmentLetter)
    ]


def there(booking: Booking) -> set[UUID]:
    asked = select(Participant.person_id).where(Participant.booking_id == booking.id, Participant.role == "staff")
    return set(db.session().scalars(asked))


def test_a_time_is_booked_from_the_list_of_ones_own_patients(town: Town) -> None:
    phone = town.karin.phone()
    choose = phone.get("/tidbok/ny")
    assert "Vem ska ha en tid?" in words(choose) and "Siv Nyberg" in words(choose)
    kinds = phone.get(f"/tidbok/ny/{db.short(town.siv.person.id)}")
    assert "Boka en tid åt Siv Nyberg" in words(kinds) and "Samtal Besök, 45 minuter." in words(kinds)
    path = url(town.siv, town.kind)
    form = phone.get(path)
    assert "Samtal med Siv Nyberg" in words(form) and "Ledigt fredag 6 november" in words(form)
    assert fields(form.text)["staff"] == db.short(town.karin.person.id)
    sent = sends(phone, path, day=DAY, start="09:00", place="Kyrkogatan 12", bring="Legitimation.")
    assert sent.status_code == 303
    receipt = phone.get(sent.location)
    assert "Siv Nyberg Tisdag 10 november kl. 9.00–9.45 Bokad. Siv Nyberg får veta det nu" in words(receipt)
    it = only()
    assert (it.starts_at, it.ends_at) == (wall(f"{DAY} 09:00"), wall(f"{DAY} 09:45"))
    assert (it.place, it.bring, it.title, it.made_by) == (
        "Kyrkogatan 12",
        "Legitimation.",
        "Samtal",
        town.karin.person.id,
    )
    assert there(it) == {town.karin.person.id}
    assert town.siv.rings() == ["booking_made"]
    assert town.siv.phone().get(f"/tider/{db.short(it.id)}").status_code == 200


def test_a_free_time_is_chosen_without_typing_a_clock(town: Town) -> None:
    phone, path = town.karin.phone(), url(town.siv, town.kind)
    books(town.karin, town.world.patient("Olle Ström"), f"{DAY} 09:00")
    shown = phone.post(path, data=fields(phone.get(path).text) | {"day": DAY, "visa": "1", "place": "Rum 2"})
    assert shown.status_code == 200 and 'value="Rum 2"' in shown.text and len(made()) == 1
    free = re.findall(r'name="free" value="([\d:]+)"', shown.text)
    assert free[:3] == ["08:00", "10:00", "10:30"] and "09:00" not in free and free[-1] == "15:30"
    assert 'name="free" value="annat"' in shown.text
    sent = phone.post(path, data=fields(shown.text) | {"free": "10:30"})
    assert sent.status_code == 303 and made()[-1].starts_at == wall(f"{DAY} 10:30")


def test_what_is_free_knows_the_patients_other_times_and_who_is_away(town: Town) -> None:
    phone, path = town.karin.phone(), url(town.siv, town.kind)
    books(town.erik, town.siv, f"{DAY} 08:00")
    town.karin.is_away(f"{DAY} 12:00", "2026-11-11 00:00")
    shown = phone.post(path, data=fields(phone.get(path).text) | {"day": DAY, "visa": "1"})
    assert re.findall(r'name="free" value="([\d:]+)"', shown.text) == [
        "09:00",
        "09:30",
        "10:00",
        "10:30",
        "11:00",
    ]
    sunday = phone.post(path, data=fields(shown.text) | {"day": "2026-11-15", "visa": "1"})
    assert "Inget ledigt den dagen. Välj en annan dag, eller skriv ett klockslag." in words(sunday)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"start": "10:00", "end": "09:00"}, "Slutet är före början. Välj ett senare slut."),
        ({"start": "10:00", "end": "10:00"}, "Slutet är före början. Välj ett senare slut."),
        ({"start": "07:00", "end": "19:30"}, "Det är mer än tolv timmar. Välj ett tidigare slut."),
        ({"day": "2027-03-28", "start": "02:30"}, "Den tiden finns inte den natten"),
        ({"day": "2027-10-31", "start": "02:30"}, "Den tiden kommer två gånger den natten"),
        ({"day": "2027-10-31", "start": "01:30", "end": "02:30"}, "Den tiden kommer två gånger den natten"),
        ({"day": "2026-11-04", "start": "09:00"}, "Det har redan varit. Välj en tid framåt."),
        ({"day": "2026-11-05", "start": "07:59"}, "Det har redan varit. Välj en tid framåt."),
        ({"day": "2029-11-05", "start": "09:00"}, "Det är mer än två år bort."),
        ({"day": "9999-12-31", "start": "09:00"}, "Det är mer än två år bort."),
        ({"day": "0001-01-01", "start": "09:00"}, "Det har redan varit. Välj en tid framåt."),
        ({"day": "31 november", "start": "09:00"}, "Skriv datumet så här"),
        ({"day": "", "start": "09:00"}, "Välj en dag."),
        ({"start": "25:00"}, "Skriv klockslaget så här: 13.30."),
        ({"start": "09:00", "free": "10:00"}, "Du har både valt en ledig tid och skrivit ett klockslag."),
        ({"start": "", "free": "annat"}, "Välj en ledig tid, eller skriv ett klockslag."),
        ({"start": ""}, "Välj en ledig tid, eller skriv ett klockslag."),
        ({"start": "", "free": "99:99"}, "Välj en ledig tid, eller skriv ett klockslag."),
        ({"start": "09:00", "place": " \u200b"}, "Skriv var ni ses."),
        ({"start": "09:00", "staff": "A" * 22}, "Välj en i listan."),
        ({"day": "2026-12-25", "start": "09:00"}, "Fredag 25 december är en röd dag, och då är det stängt."),
    ],
    ids=str,
)
def test_what_is_no_time_is_said_with_all_that_was_typed_and_nothing_is_stored(
    town: Town, typed: dict[str, str], said: str
) -> None:
    answer = sends(
        town.karin, url(town.siv, town.kind), **({"day": DAY, "place": "Kyrkogatan 12", "bring": "Kort."} | typed)
    )
    assert answer.status_code == 422 and said in words(answer) and "Tiden är inte bokad än" in words(answer)
    assert ">Kort.</textarea>" in answer.text.replace("\n", "").replace("\r", "")
    assert stored() == [0, 0, 0, 0] and town.siv.rings() == []


def test_a_person_in_two_places_is_refused_and_only_ones_own_side_is_told(town: Town) -> None:
    books(town.karin, town.world.patient("Olle Ström"), f"{DAY} 09:00")
    before = stored()
    answer = sends(town.karin, url(town.siv, town.kind), day=DAY, start="09:30", place="Rum 1")
    assert answer.status_code == 422 and stored() == before
    assert "Karin Ek har en annan tid kl. 9–9.45. Välj en annan tid." in words(answer)
    assert "Olle" not in answer.text
    books(town.erik, town.siv, f"{DAY} 13:00")
    before = stored()
    answer = sends(town.karin, url(town.siv, town.kind), day=DAY, start="13:30", place="Rum 1")
    assert answer.status_code == 422 and stored() == before
    assert "Siv Nyberg har redan en annan tid då. Välj en annan tid." in words(answer) and "Erik Lund har" not in words(
        answer
    )


def test_one_time_may_begin_when_another_ends(town: Town) -> None:
    books(town.karin, town.world.patient("Olle Ström"), f"{DAY} 09:00")
    assert sends(town.karin, url(town.siv, town.kind), day=DAY, start="09:45", place="Rum 1").status_code == 303


def test_who_is_away_is_not_booked_and_no_cause_is_said(town: Town) -> None:
    town.karin.is_away(f"{DAY} 00:00", "2026-11-12 00:00")
    answer = sends(town.karin, url(town.siv, town.kind), day=DAY, start="09:00", place="Rum 1")
    assert answer.status_code == 422 and made() == []
    assert "Karin Ek är borta då. Välj någon annan, eller en annan dag." in words(answer)
    erik = db.short(town.erik.person.id)
    assert (
        sends(town.karin, url(town.siv, town.kind), day=DAY, start="09:00", place="Rum 1", staff=erik).status_code
        == 303
    )
    assert there(only()) == {town.erik.person.id}


def test_a_branch_is_booked_on_its_weekday_alone(town: Town) -> None:
    branch = town.place("Filialen i Orsa", weekdays=(1,))
    path = url(town.siv, town.kind)
    assert "Filialen i Orsa" in words(town.karin.phone().get(path))
    refused = sends(town.karin, path, day="2026-11-11", start="09:00", location=db.short(branch))
    assert refused.status_code == 422 and made() == []
    assert "Filialen i Orsa har inte öppet då. Det är öppet tisdag." in words(refused)
    assert sends(town.karin, path, day=DAY, start="09:00", location=db.short(branch)).status_code == 303
    assert (only().location_id, only().place) == (branch, "Filialen i Orsa, Storgatan 4")


def test_the_usual_branch_suggests_its_next_day(town: Town) -> None:
    branch = town.place("Filialen", weekdays=(2,))
    with db.transaction() as session:
        session.get_one(ServiceType, town.kind).location_id = branch
    form = fields(town.karin.phone().get(url(town.siv, town.kind)).text)
    assert (form["day"], form["location"]) == ("2026-11-11", db.short(branch))


def test_a_closed_unit_is_not_booked(town: Town) -> None:
    with db.transaction():
        roster_service.close(
            town.karin.unit.id,
            Days(wall(f"{DAY} 00:00").date().replace(day=10), wall(f"{DAY} 12:00").date(), "Planering"),
            by=SYSTEM,
            now=clock.now(),
        )
    answer = sends(town.karin, url(town.siv, town.kind), day=DAY, start="09:00", place="Rum 1")
    assert answer.status_code == 422 and made() == []
    assert "Mottagning Björken är stängd den dagen. Välj en annan dag." in words(answer)


def test_the_same_form_sent_twice_is_one_time(town: Town) -> None:
    phone, path = town.karin.phone(), url(town.siv, town.kind)
    form = fields(phone.get(path).text) | {"day": DAY, "start": "09:00", "place": "Rum 1"}
    first, second = (phone.post(path, data=form) for _ in range(2))
    assert first.location.split("?")[0] == second.location.split("?")[0]
    assert "Den här tiden var redan bokad. Inget nytt är sparat." in words(phone.get(second.location))
    assert len(made()) == 1 and town.siv.rings() == ["booking_made"]


def test_two_may_have_a_home_visit_together(town: Town) -> None:
    kind = offers(town.karin, "Hembesök", "home", also=(town.erik,))
    path = url(town.siv, kind)
    assert fields(town.karin.phone().get(path).text)["place"] == "Hemma hos dig"
    sent = sends(town.karin, path, day=DAY, start="10:00", also=db.short(town.erik.person.id))
    assert sent.status_code == 303 and there(only()) == {town.karin.person.id, town.erik.person.id}
    assert only().place == "Hemma hos dig"


@pytest.mark.parametrize(
    "link", ["http://video.example.org/1", "javascript:alert(1)", "https://", "https://a b", "hej"]
)
def test_a_video_link_is_a_whole_one(town: Town, link: str) -> None:
    kind = offers(town.karin, "Videosamtal", "video")
    answer = sends(town.karin, url(town.siv, kind), day=DAY, start="09:00", link=link)
    assert answer.status_code == 422 and "Klistra in hela länken. Den börjar med https://." in words(answer)
    assert made() == []


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


def only_of(key: UUID) -> Booking:
    found = db.session().get_one(Booking, key)
    db.session().refresh(found)
    return found


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


def test_the_diary_shows_a_day_a_week_and_all_of_the_unit(town: Town) -> None:
    olle = town.world.patient("Olle Ström")
    books(town.karin, town.siv, f"{DAY} 09:00")
    books(town.erik, olle, f"{DAY} 10:00")
    books(town.karin, olle, "2026-11-12 10:00")
    cancelled = books(town.karin, town.siv, f"{DAY} 15:00")
    with db.transaction():
        bookings.cancel(cancelled, by=town.karin.viewer, now=clock.now())
    phone = town.karin.phone()
    assert "Inga tider den dagen" in words(phone.get("/tidbok"))
    mine = words(phone.get(f"/tidbok?dag={DAY}"))
    assert "9.00–9.45 Siv Nyberg Samtal." in mine and "Olle" not in mine and "15.00" not in mine
    week = words(phone.get(f"/tidbok?dag={DAY}&vecka=1"))
    assert "måndag 9 november till söndag 15 november" in week.lower()
    assert "Tisdag 10 november 9.00–9.45 Siv" in week and "Torsdag 12 november 10.00–10.45 Olle" in week
    everybody = words(phone.get(f"/tidbok?dag={DAY}&alla=1"))
    assert "10.00–10.45 Olle Ström Samtal. Erik Lund." in everybody and "Hela mottagningens tider" in everybody
    assert phone.get("/tidbok?dag=2026-13-45").status_code == 200


def test_the_diary_goes_on_where_it_ended(town: Town) -> None:
    phone = town.karin.phone()
    for number in range(43):
        at = f"{DAY} {7 + number // 4:02}:{15 * (number % 4):02}"
        books(town.karin, town.world.patient(f"Patient {number:02}"), at, minutes=15)
    first = phone.get(f"/tidbok?dag={DAY}")
    more = re.search(r'href="([^"]*efter=[^"]*)"', first.text)
    assert more and words(first).count("Samtal.") == 40
    second = words(phone.get(unescape(more[1])))
    assert second.count("Samtal.") == 3 and "17.30–17.45" in second


def test_a_patients_times_coming_and_gone(town: Town) -> None:
    key = books(town.karin, town.siv, f"{DAY} 09:00")
    books(town.erik, town.siv, "2026-12-10 09:00")
    with db.transaction():
        bookings.cancel(key, by=town.karin.viewer, now=clock.now())
    page = words(town.karin.phone().get(f"/tidbok/patient/{db.short(town.siv.person.id)}"))
    coming, gone = page.split("Har varit, eller är inställda")
    assert "Torsdag 10 december, 9.00–9.45 Samtal. Erik Lund." in coming and "Tisdag 10" not in coming
    assert "Tisdag 10 november, 9.00–9.45 Samtal. Karin Ek. Inställd" in gone


def test_only_who_works_at_the_unit_and_is_not_refused_sees_it(town: Town) -> None:
    key = books(town.karin, town.siv, f"{DAY} 09:00")
    lena = town.world.staff("Lena Falk", unit="Mottagning Linden")
    paths = [
        f"/tidbok/{db.short(key)}",
        *(f"/tidbok/{db.short(key)}/{it}" for it in ("flytta", "vem", "andra", "stall-in")),
    ]
    siv = db.short(town.siv.person.id)
    paths += [f"/tidbok/patient/{siv}", f"/tidbok/ny/{siv}", url(town.siv, town.kind)]
    assert {town.erik.phone().get(path).status_code for path in paths} == {200}
    assert {lena.phone().get(path).status_code for path in paths} == {404}
    assert {town.siv.phone().get(path).status_code for path in [*paths, "/tidbok"]} == {404}
    with db.transaction():
        request_service.block(town.erik.person.id, by=town.siv.viewer, now=clock.now())
    assert {town.erik.phone().get(path).status_code for path in paths} == {404}
    assert "Siv" not in town.erik.phone().get(f"/tidbok?dag={DAY}&alla=1").text
    phone = town.erik.phone()
    token = token_in(phone.get("/tidbok/ny").text)
    sought = phone.post("/tidbok/ny", data={"csrf_token": token, "sought": "siv"})
    assert "Ingen här heter så" in words(sought)
    refused = words(town.karin.phone().get(f"/tidbok/{db.short(key)}/vem"))
    assert "Erik Lund" not in refused


def test_names_are_sought_among_all_of_the_unit(town: Town) -> None:
    town.world.patient("Åsa Öberg", contact="Erik Lund")
    phone = town.karin.phone()
    token = token_in(phone.get("/tidbok/ny").text)
    assert "Åsa Öberg" not in phone.get("/tidbok/ny").text
    found = phone.post("/tidbok/ny", data={"csrf_token": token, "sought": "ås"})
    assert "De här stämmer" in words(found) and "Åsa Öberg" in words(found) and "Siv" not in words(found)
    assert phone.post("/tidbok/ny", data={"csrf_token": token, "sought": " "}).status_code == 422


def test_a_protected_patient_is_initials_and_has_no_place_but_for_who_meets_them(town: Town) -> None:
    kind = "Hembesök"
    key = books(town.karin, town.siv, f"{DAY} 09:00", kind=kind, mode="home", place="Blå huset vid ån")
    with db.transaction():
        accounts.protect(town.siv.person.id, True, unit_id=town.karin.unit.id, by=SYSTEM, now=clock.now())
    show = f"/tidbok/{db.short(key)}"
    karin, erik = town.karin.phone().get(show).text, town.erik.phone().get(show).text
    assert "Siv Nyberg" in karin and "Blå huset" in karin
    assert "Siv Nyberg" not in erik and "S. N." in erik and "Blå huset" not in erik
    assert town.erik.phone().get(f"{show}/andra").status_code == 409
    listed = town.erik.phone().get(f"/tidbok?dag={DAY}&alla=1").text
    assert "S. N." in listed and "Siv Nyberg" not in listed and "Blå huset" not in listed


def test_what_was_shown_is_in_the_patients_log(town: Town) -> None:
    key = books(town.karin, town.siv, f"{DAY} 09:00")
    town.erik.phone().get(f"/tidbok/{db.short(key)}")
    town.erik.phone().get(f"/tidbok?dag={DAY}&alla=1")
    log = words(town.siv.phone().get("/vem-har-last"))
    assert "Läste om en tid som du har." in log and "Såg en tid som du har i en lista." in log
