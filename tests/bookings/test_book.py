"""Staff book a time; what cannot be is said, and nothing half is stored."""

import re
from collections.abc import Iterator

import pytest
import time_machine

from app.bookings.kind_models import ServiceType
from app.care import roster_service
from app.care.roster_service import Days
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.bookings.diary import DAY, Town, fields, made, only, sends, stored, there, url, words
from tests.bookings.times import books, offers
from tests.world import World, wall


@pytest.fixture
def town(world: World) -> Iterator[Town]:
    with time_machine.travel(wall("2026-11-05 08:00"), tick=False):
        yield Town(world)


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
