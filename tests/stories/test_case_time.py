"""What time does to a question: cases 10 to 13, 16 and 20 of ANSWERING.md, on phones and with a clock."""

from datetime import date

import pytest
import time_machine

from app.care import absence_queries, absence_service, roster_service, unit_service
from app.care import service as care
from app.care.closing import Uncovered
from app.care.roster_service import Days
from app.core import clock, db
from app.core.audit import SYSTEM
from app.relatives import told_service
from tests.care.worlds import week
from tests.relatives.heard.telling import tells
from tests.relatives.heard.telling import told as what_is_told
from tests.relatives.heard.telling import works_on as hears
from tests.stories.test_who_answers import new, posts, words
from tests.world import Patient, Staff, World, today, token_in, wall

Travel = time_machine.Traveller


def test_10_an_employment_ends_and_forty_patients_lose_nothing(
    world: World, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    patients = [world.patient(f"Patient {n}") for n in range(40)]
    with db.transaction():
        care.end_assignment(karin.assignment, on=date(2026, 11, 6), by=SYSTEM, now=clock.now())
    clockwork.move_to(wall("2026-11-06 15:00"))
    threads = [posts(it.phone(), new(it), "Hej Karin.")[1] for it in patients[:3]]
    assert karin.rings() == ["wait"] * 3
    said = words(patients[3].phone().get(new(patients[3])).text)
    assert "Karin Ek läser till kl. 16.30 i dag. Från måndag 9 november svarar Erik Lund." in said
    clockwork.move_to(wall("2026-11-06 16:30"))
    assert world.works_on() == 3
    assert erik.rings() == []
    clockwork.move_to(wall("2026-11-09 08:00"))
    world.works_on()
    assert erik.rings() == ["wait"] * 3
    for patient, thread in zip(patients, threads, strict=False):
        said = words(patient.phone().get(thread).text)
        assert "Erik Lund tar över." in said and "Du får svar senast i morgon kl. 14.00." in said
        assert "Erik Lund läser det du skriver" in said
    assert karin.phone().get(threads[0]).status_code == 404
    assert "Hej Karin." in erik.phone().get(threads[0]).text


def test_11_ill_until_further_notice_at_half_past_six(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    with db.transaction():
        care.name_standing(karin.assignment, (erik.person.id,), by=SYSTEM, now=clock.now())
    clockwork.move_to(wall("2026-11-04 20:00"))
    phone = siv.phone()
    _code, thread = posts(phone, new(siv), "Hej Karin.")
    assert karin.rings() == []
    clockwork.move_to(wall("2026-11-05 06:30"))
    with db.transaction():
        absence_service.away_from_now(karin.person.id, today_only=False, by=karin.viewer, now=clock.now())
    world.works_on()
    said = words(phone.get(thread).text)
    assert "Erik Lund tar över." in said and "Karin Ek är borta." in said and "sjuk" not in said.lower()
    assert "Du får svar senast i morgon kl. 15.30." in said and erik.rings() == []
    clockwork.move_to(wall("2026-11-05 08:00"))
    world.works_on()
    assert "wait" in erik.rings()
    # Months later nobody has said when she is back, and nothing has come back to her.
    erik.writes("Hej Siv.", thread=db.long(thread.rpartition("/")[2]))
    clockwork.move_to(wall("2027-01-11 10:00"))
    assert erik.viewer
    world.works_on()
    said = words(siv.phone().get(new(siv)).text)
    assert "Erik Lund svarar i stället för Karin Ek" in said and "tillbaka" not in said


@pytest.fixture
def always_open(world: World, clockwork: Travel) -> tuple[Patient, Staff, Staff]:
    """A unit that is always open but on red days: Siv, and two who are at work when they are on duty."""
    clockwork.move_to(wall("2026-10-20 12:00"))
    karin, never = world.staff("Karin Ek"), week(mon="0-1")
    erik, fatima = world.staff("Erik Lund", works=never), world.staff("Fatima Aydin", works=never)
    with db.transaction():
        unit_service.change_office_hours(karin.unit.id, week(mon_sun="0-24"), by=SYSTEM, now=clock.now())
        unit_service.change_promise(karin.unit.id, 16 * 60, longest_gap=60, by=SYSTEM, now=clock.now())
    return world.patient("Siv"), erik, fatima


def test_12_the_night_that_has_an_hour_more(
    world: World, always_open: tuple[Patient, Staff, Staff], clockwork: Travel
) -> None:
    siv, erik, fatima = always_open
    clockwork.move_to(wall("2026-10-24 23:00"))
    world.duty("2026-10-24 20:00", "2026-10-25 08:00", erik)
    world.duty("2026-10-25 08:00", "2026-10-25 23:59", fatima)
    phone = siv.phone()
    _code, thread = posts(phone, new(siv), "Jag kan inte sova.")
    said = words(phone.get(thread).text)
    assert "Du får svar senast i morgon kl. 14.00." in said and "Erik Lund läser det du skriver" in said
    for moment, reached in (("05:59", ["wait"]), ("06:00", ["wait", "reminder"])):
        clockwork.move_to(wall(f"2026-10-25 {moment}"))
        world.works_on()
        assert erik.rings() == reached
    clockwork.move_to(wall("2026-10-25 08:00"))
    world.works_on()
    assert "Fatima Aydin läser det du skriver" in words(phone.get(thread).text) and fatima.rings() == ["wait"]
    clockwork.move_to(wall("2026-10-25 14:00"))
    world.works_on()
    assert siv.rings()[-1] == "promise_broken" and "Vi höll inte tiden." in words(phone.get(thread).text)


def test_12_the_night_that_has_an_hour_less_and_is_easter(
    world: World, always_open: tuple[Patient, Staff, Staff], clockwork: Travel
) -> None:
    siv, erik, fatima = always_open
    clockwork.move_to(wall("2027-03-27 23:00"))
    assert erik.viewer and fatima.viewer
    world.duty("2027-03-27 20:00", "2027-03-28 08:00", erik)
    world.duty("2027-03-30 00:00", "2027-03-30 23:59", fatima)
    phone = siv.phone()
    _code, thread = posts(phone, new(siv), "Jag kan inte sova.")
    said = words(phone.get(thread).text)
    assert "Du får svar senast tisdag 30 mars kl. 15.00." in said and "Erik Lund läser det du skriver" in said
    for moment in ("2027-03-28 00:00", "2027-03-28 03:00", "2027-03-29 12:00"):
        clockwork.move_to(wall(moment))
        world.works_on()
        assert "Fatima Aydin läser det du skriver" in words(phone.get(thread).text) and fatima.rings() == []
    clockwork.move_to(wall("2027-03-30 00:00"))
    assert fatima.rings() == ["wait"]
    clockwork.move_to(wall("2027-03-30 07:00"))
    world.works_on()
    assert fatima.rings() == ["wait", "reminder"] and siv.rings() == []


def test_13_an_absence_is_cancelled_on_the_third_day(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    karin.is_away("2026-11-02 00:00", "2026-11-07 00:00", erik)
    phone = siv.phone()
    clockwork.move_to(wall("2026-11-03 15:00"))
    _code, thread = posts(phone, new(siv), "Hej Karin.")
    clockwork.move_to(wall("2026-11-04 09:00"))
    subject = absence_queries.subject_for(karin.viewer, today=today())
    (absence,), _more = absence_queries.absences_of(karin.viewer, subject, now=clock.now())
    with db.transaction():
        absence_service.cancel(absence, by=karin.viewer, now=clock.now())
    world.works_on()
    # What was asked stays with Erik, where Karin sees it; what is asked from now on comes to her.
    assert "Erik Lund läser det du skriver" in words(phone.get(thread).text)
    assert "Erik Lund har frågan." in words(karin.phone().get("/").text)
    assert "wait" not in karin.rings()
    said = words(phone.get(new(siv)).text)
    assert "Skicka till Karin Ek" in said and "i stället" not in said
    _code, fresh = posts(phone, new(siv), "En ny fråga.")
    assert "Karin Ek läser det du skriver" in words(phone.get(fresh).text)
    assert "wait" in karin.rings()
    desk = karin.phone()
    token = token_in(desk.get(thread).text)
    assert desk.post(f"{thread}/ta", data={"csrf_token": token}).status_code == 303
    assert "Karin Ek har tagit över frågan." in words(phone.get(thread).text)


def test_16_the_days_before_christmas(world: World, siv: Patient, karin: Staff, clockwork: Travel) -> None:
    clockwork.move_to(wall("2026-12-23 15:00"))
    assert karin.viewer
    phone = siv.phone()
    with pytest.raises(Uncovered), db.transaction():
        days = Days(date(2026, 12, 24), date(2027, 1, 6))
        roster_service.close(karin.unit.id, days, by=SYSTEM, now=clock.now())
    said = words(phone.get(new(siv)).text)
    assert "Du får svar senast tisdag 29 december kl. 14.00." in said
    _code, thread = posts(phone, new(siv), "Hej Karin.")
    for moment, reached in (
        ("2026-12-28 14:29", ["wait"]),
        ("2026-12-28 14:30", ["wait", "reminder"]),
        ("2026-12-29 13:59", ["wait", "reminder"]),
    ):
        clockwork.move_to(wall(moment))
        world.works_on()
        assert karin.rings() == reached
    assert siv.rings() == []
    clockwork.move_to(wall("2026-12-29 14:00"))
    world.works_on()
    assert siv.rings() == ["promise_broken"]
    assert "Du får svar senast i morgon kl. 16.30." in words(phone.get(thread).text)
    clockwork.move_to(wall("2026-12-30 16:30"))
    world.works_on()
    assert "måndag 4 januari 2027 kl. 16.30" in words(phone.get(thread).text)


def test_20_told_about_somebody_unknown(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    fatima = world.staff("Fatima Aydin")
    world.duty("2026-11-03 08:00", "2026-11-03 16:30", erik)
    clockwork.move_to(wall("2026-11-02 23:50"))
    somebody = world.app.test_client()
    sent = tells(world, karin.unit, "Sivan", "omkring fyrtio", phone=somebody)
    assert "Någon på Mottagning Björken läser senast onsdag 4 november kl. 15.30." in words(
        somebody.get(sent.location).text
    )
    hears(world)
    assert erik.rings() == [] and siv.rings() == []
    clockwork.move_to(wall("2026-11-03 08:00"))
    assert erik.rings() == ["told"]
    (told,) = what_is_told()
    place = f"/berattat/{db.short(told.id)}"
    assert "Vem gäller det?" in erik.phone().get(place).text
    # Nobody does anything with it: half the promise, three quarters, and the promise itself.
    for moment, who, reached in (
        ("2026-11-03 16:00", erik, "reminder"),
        ("2026-11-04 11:30", fatima, "told"),
        ("2026-11-04 15:30", world.function_people()[0], "told"),
    ):
        clockwork.move_to(wall(moment))
        assert all(it.viewer for it in (karin, erik, fatima))
        world.works_on()
        # Who has the least to do of those who are left is asked next.
        somebody_else = [it for it in (karin, fatima) if "told" in it.rings()]
        assert reached in who.rings() or (who is fatima and somebody_else), moment
    assert siv.rings() == [] and "Sivan" not in siv.phone().get("/").text
    desk = erik.phone()
    token = token_in(desk.get(f"{place}/vem").text)
    mine = {"csrf_token": token, "sought": "Siv", "vald": "1", "patient": db.short(siv.person.id)}
    assert desk.post(f"{place}/vem", data=mine).status_code == 303
    assert "told" in karin.rings() and "Någon har berättat om Siv" in words(karin.phone().get(place).text)
    assert siv.rings() == []


def test_20_nobody_ever_knows_whom_it_is_about(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    world.duty("2026-11-02 08:00", "2026-11-02 16:30", erik)
    tells(world, karin.unit, "Okänd", "vet inte")
    hears(world)
    (told,) = what_is_told()
    desk, place = erik.phone(), f"/berattat/{db.short(told.id)}/inget-mer?okand=1"
    html = desk.get(place).text
    done = {"csrf_token": token_in(html), "text": "Vi vet inte vem det gäller."}
    assert desk.post(place.partition("?")[0], data=done).status_code == 303
    clockwork.move_to(wall("2026-12-02 08:00"))
    assert told_service.forget_unsorted(by=SYSTEM, now=clock.now()) == 0
    clockwork.move_to(wall("2026-12-02 10:00"))
    assert told_service.forget_unsorted(by=SYSTEM, now=clock.now()) == 1 and what_is_told() == []
