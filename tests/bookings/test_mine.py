"""A patient's own times: those to come, those that have been, one whole, and nobody else's."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
import time_machine

from app.accounts import service as accounts
from app.bookings import history_queries, queries
from app.bookings import service as bookings
from app.core import clock, db, live
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from app.core.paging import PAGE
from tests.bookings.times import books
from tests.world import Patient, Staff, World, wall

MONDAY = "2026-11-09 12:00+01:00"
NOW = datetime.fromisoformat(MONDAY)
LINK = "https://video.example/rum-17"


@pytest.fixture
def siv(world: World) -> Patient:
    with time_machine.travel(MONDAY):
        return world.patient("Siv Nyberg")


@pytest.fixture
def karin(world: World) -> Staff:
    with time_machine.travel(MONDAY):
        return world.staff("Karin Ek")


def page_of(booking: UUID) -> str:
    return f"/tider/{db.short(booking)}"


def moves(karin: Staff, booking: UUID, to: str) -> None:
    with db.transaction():
        bookings.move(booking, wall(to), wall(to) + timedelta(minutes=45), by=karin.viewer, now=clock.now())


def cancels(karin: Staff, booking: UUID, words: str | None = None) -> None:
    with db.transaction():
        bookings.cancel(booking, words=words, by=karin.viewer, now=clock.now())


def test_a_time_is_whole(karin: Staff, siv: Patient) -> None:
    key = books(karin, siv, "2026-11-10 09:00", bring="Din medicinlista")
    it = queries.booking_for(siv.viewer, key)
    assert (it.title, it.mode, it.minutes, it.stands) == ("Samtal", "visit", 45, True)
    assert [(who.name, who.title) for who in it.whom] == [("Karin Ek", "sjuksköterska")]
    assert (it.place, it.bring, it.unit.name) == ("Kyrkogatan 12, våning 2", "Din medicinlista", "Mottagning Björken")
    assert "Kyrkogatan" not in repr(it)


def test_somebody_elses_time_is_not_there(world: World, karin: Staff, siv: Patient) -> None:
    key = books(karin, siv, "2026-11-10 09:00", kind="Video", mode="video", link=LINK)
    lea = world.patient("Lea Lind")
    for ask in (
        lambda: queries.booking_for(lea.viewer, key),
        lambda: queries.link_for(lea.viewer, key, now=wall("2026-11-10 09:00")),
    ):
        with pytest.raises(NotFound):
            ask()
    assert queries.state_of(lea.viewer, key, now=NOW) is None
    for path in ("", "/video", "/ta-sig-dit"):
        assert lea.phone().get(page_of(key) + path).status_code == 404


def test_what_comes_is_the_soonest_first_and_what_is_cancelled_is_only_in_the_list(karin: Staff, siv: Patient) -> None:
    later, soon, off = (books(karin, siv, f"2026-11-{day} 09:00") for day in (20, 10, 12))
    been = books(karin, siv, "2026-11-02 09:00")
    cancels(karin, off)
    assert [it.key for it in queries.coming(siv.viewer, now=NOW)] == [soon, later]
    assert [it.key for it in queries.coming(siv.viewer, now=NOW, most=1)] == [soon]
    listed, more = queries.times(siv.viewer, now=NOW)
    assert [it.key for it in listed] == [soon, off, later] and not more
    assert [it.key for it in queries.times(siv.viewer, now=NOW, past=True)[0]] == [been]


def test_a_time_comes_until_it_is_over(karin: Staff, siv: Patient) -> None:
    key = books(karin, siv, "2026-11-09 11:30")
    assert [it.key for it in queries.coming(siv.viewer, now=NOW)] == [key]
    assert queries.coming(siv.viewer, now=NOW + timedelta(minutes=15)) == []


def test_several_are_met_in_one_row_and_a_page_is_as_many_times_as_it_says(
    world: World, karin: Staff, siv: Patient
) -> None:
    erik = world.staff("Erik Lund")
    keys = [books(karin, siv, f"2026-12-{day:02} 09:00") for day in range(1, PAGE + 3)]
    for key in keys:
        with db.transaction():
            bookings.meet(key, [karin.person.id, erik.person.id], by=karin.viewer, now=clock.now())
    first, more = queries.times(siv.viewer, now=NOW)
    assert [it.key for it in first] == keys[:PAGE] and more
    assert [who.name for who in first[0].whom] == ["Erik Lund", "Karin Ek"]
    rest, more = queries.times(siv.viewer, now=NOW, after=(first[-1].starts_at, first[-1].key))
    assert [it.key for it in rest] == keys[PAGE:] and not more


def test_the_list_is_turned_page_by_page_and_shows_what_has_been(karin: Staff, siv: Patient) -> None:
    with time_machine.travel(MONDAY):
        for day in range(1, PAGE + 2):
            books(karin, siv, f"2026-10-{day:02} 09:00")
            books(karin, siv, f"2026-12-{day:02} 09:00")
        phone = siv.phone()
        coming = phone.get("/tider").text
        assert len(phone.heard) <= 6
        assert coming.count("/tider/") == PAGE and "Senare" in coming and 'rel="prev"' not in coming
        past = phone.get("/tider?tidigare=1").text
        assert past.count("/tider/") == PAGE and "Äldre" in past
        assert past.index("2026-10-21T09:00") < past.index("2026-10-20T09:00")
        assert siv.phone().get("/tider?efter=krånglig").text.count("/tider/") == PAGE


def test_nothing_is_booked_and_the_way_on_is_to_write(world: World, siv: Patient) -> None:
    page = siv.phone().get("/tider").text
    assert "Du har ingen tid bokad" in page and "Skriv till Karin Ek" in page
    assert "Du har inga tidigare tider" in siv.phone().get("/tider?tidigare=1").text
    alone = world.patient("Lea", contact=None).phone().get("/tider").text
    assert 'På <a href="/">Start</a> finns vägen till en mottagning.' in alone


def test_the_start_page_has_the_next_time_that_stands(karin: Staff, siv: Patient) -> None:
    with time_machine.travel(MONDAY):
        assert "Nästa tid" not in siv.phone().get("/").text
        off = books(karin, siv, "2026-11-10 09:00")
        books(karin, siv, "2026-11-11 10:00")
        cancels(karin, off)
        phone = siv.phone()
        page = phone.get("/").text
        assert len(phone.heard) <= 6
        card = page[page.index("Nästa tid") :]
        assert "Kl. 10.00–10.45, Samtal" in card and "9.00" not in card[:600]
        assert "Ta gärna med din anhörige eller närstående." in card


def test_the_page_of_a_time_says_it_all(karin: Staff, siv: Patient) -> None:
    with time_machine.travel(MONDAY):
        key = books(karin, siv, "2026-11-10 09:00", bring="Din medicinlista")
        phone = siv.phone()
        page = phone.get(page_of(key)).text
        assert len(phone.heard) <= 6
        for words in (
            "Kl. 9.00–9.45",
            "i morgon",
            "Kyrkogatan 12, våning 2",
            "sjukresa",
            "Jag kan inte ta mig dit",
            "Din medicinlista",
            "Karin Ek",
            "Sjuksköterska, Mottagning Björken",
            "Det tar 45 minuter.",
            "031-390 06 10",
            "Ta gärna med din anhörige eller närstående.",
            "Karin Ek bokade tiden.",
        ):
            assert words in page, words


def test_every_change_is_a_line_that_the_patient_reads(karin: Staff, siv: Patient) -> None:
    with time_machine.travel(MONDAY):
        key = books(karin, siv, "2026-11-12 09:00")
        moves(karin, key, "2026-11-13 10:00")
        for what, text in (("place", "Storgatan 4"), ("bring", "Din lista")):
            with db.transaction():
                bookings.change(key, what, text, by=karin.viewer, now=clock.now())
        cancels(karin, key, "Huset är stängt. Karin skriver till dig i dag.")
        lines = history_queries.changes_of(siv.viewer, queries.booking_for(siv.viewer, key))
        assert [it.what for it in lines] == ["made", "moved", "place", "bring", "cancelled"]
        assert {it.who for it in lines} == {"Karin Ek"} and lines[1].before == wall("2026-11-12 09:00")
        page = siv.phone().get(page_of(key)).text
        for words in (
            "Karin Ek flyttade tiden. Förut var den torsdag 12 november kl. 9.00.",
            "Karin Ek ändrade platsen.",
            "Karin Ek ändrade vad som är bra att ta med.",
            "Karin Ek ställde in tiden.",
            "Tiden är inställd",
            "Huset är stängt. Karin skriver till dig i dag.",
        ):
            assert words in page, words
        assert "Jag kan inte ta mig dit" not in page


def test_what_was_told_of_a_time_is_seen_on_its_page(karin: Staff, siv: Patient) -> None:
    key = books(karin, siv, f"{clock.now() + timedelta(days=9):%Y-%m-%d} 09:00")
    other = books(karin, siv, f"{clock.now() + timedelta(days=10):%Y-%m-%d} 09:00")
    assert siv.rings() == ["booking_made", "booking_made"]
    siv.phone().get(page_of(key))
    assert siv.rings() == ["booking_made"]
    siv.phone().get(page_of(other))
    assert siv.rings() == []


def test_an_open_page_knows_that_a_time_has_changed(karin: Staff, siv: Patient) -> None:
    key = books(karin, siv, "2026-11-12 09:00")
    viewer = siv.viewer
    topics = [live.topic("b", key), live.topic("b", siv.person.id)]
    before = [live.state(viewer, topic) for topic in topics]
    assert queries.state_in(queries.booking_for(viewer, key), 1) == before[0]
    with time_machine.travel(MONDAY):
        before = [live.state(viewer, topic) for topic in topics]
        with db.transaction():
            bookings.change(key, "place", "Storgatan 4", by=karin.viewer, now=clock.now())
        assert all(live.state(viewer, topic) != was for topic, was in zip(topics, before, strict=True))


@pytest.mark.parametrize(
    ("at", "may"),
    [("08:44", False), ("08:45", True), ("09:00", True), ("09:44", True), ("10:14", True), ("10:15", False)],
)
def test_a_video_call_is_open_from_a_quarter_before(karin: Staff, siv: Patient, at: str, may: bool) -> None:
    key = books(karin, siv, "2026-11-10 09:00", kind="Video", mode="video", link=LINK)
    with time_machine.travel(wall(f"2026-11-10 {at}")):
        answer = siv.phone().get(f"{page_of(key)}/video")
        page = siv.phone().get(page_of(key)).text
    assert answer.status_code == 303
    assert answer.location == (LINK if may else f"{page_of(key)}#video")
    assert LINK not in page and LINK not in repr(queries.booking_for(siv.viewer, key))


def test_a_video_call_that_is_cancelled_or_has_no_link_is_not_opened(karin: Staff, siv: Patient) -> None:
    none = books(karin, siv, "2026-11-10 09:00", kind="Video", mode="video")
    off = books(karin, siv, "2026-11-11 09:00", kind="Video", mode="video", link=LINK)
    cancels(karin, off)
    with time_machine.travel(wall("2026-11-10 09:00")):
        assert siv.phone().get(f"{page_of(none)}/video").location == f"{page_of(none)}#video"
        assert "Länken till samtalet är inte klar." in siv.phone().get(page_of(none)).text
    with time_machine.travel(wall("2026-11-11 09:00")):
        assert siv.phone().get(f"{page_of(off)}/video").location == f"{page_of(off)}#video"


@pytest.mark.parametrize(("mode", "heading"), [("phone", "Du blir uppringd"), ("home", "Du får besök")])
def test_who_need_not_travel_is_told_so(karin: Staff, siv: Patient, mode: str, heading: str) -> None:
    with time_machine.travel(MONDAY):
        key = books(karin, siv, "2026-11-10 09:00", kind="Annat", mode=mode, place="")
        page = siv.phone().get(page_of(key)).text
    assert heading in page and "Du behöver inte åka någonstans." in page and "sjukresa" not in page


def test_whoever_cannot_get_there_is_led_to_somebody(world: World, karin: Staff, siv: Patient) -> None:
    with time_machine.travel(MONDAY):
        key = books(karin, siv, "2026-11-10 09:00")
        page = siv.phone().get(f"{page_of(key)}/ta-sig-dit").text
        assert "Skriv till Karin Ek" in page and "tel:+46313900610" in page
        assert "Jag har en tid i morgon kl. 9.00–9.45. Jag kan inte ta mig dit." in page
        lea = world.patient("Lea", contact=None)
        alone = books(karin, lea, "2026-11-11 09:00")
        page = lea.phone().get(f"{page_of(alone)}/ta-sig-dit").text
        assert "Skriv till" not in page and "tel:+46313900610" in page


def test_the_place_of_a_protected_identity_stands_on_the_page_of_the_time_only(karin: Staff, siv: Patient) -> None:
    with time_machine.travel(MONDAY):
        key = books(karin, siv, "2026-11-10 09:00")
        with db.transaction():
            accounts.protect(siv.person.id, True, unit_id=karin.unit.id, by=SYSTEM, now=clock.now())
        phone = siv.phone()
        for path in ("/", "/tider"):
            assert "Kyrkogatan" not in phone.get(path).text, path
        assert "Kyrkogatan 12" in phone.get(page_of(key)).text


def test_staff_and_nobody_have_no_times_of_their_own_here(karin: Staff, siv: Patient) -> None:
    key = books(karin, siv, "2026-11-10 09:00")
    for path in ("/tider", page_of(key), f"{page_of(key)}/video"):
        assert karin.phone().get(path).status_code == 404
        assert siv.world.app.test_client().get(path).status_code == 302
