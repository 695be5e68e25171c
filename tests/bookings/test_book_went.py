"""How a time went: one tap, taken back as easily, and never held against the patient."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.bookings import answer_service, offer_service, service
from app.bookings.models import BookingChange, Participant
from app.bookings.rules import CHANGES, STATUSES
from app.bookings.service import Busy, KeptElsewhere
from app.core import clock, db
from app.core.audit import SYSTEM
from app.core.db import run
from tests.bookings.diary import Town, made, only_of, words
from tests.bookings.times import books
from tests.client import LintedClient
from tests.world import Patient, Staff, World, token_in, wall

MORNING = "2026-11-10 09:00"
WENT = {"fulfilled": "Blev av", "noshow": "Blev inte av"}


@pytest.fixture
def town(world: World) -> Iterator[Town]:
    with time_machine.travel(wall("2026-11-05 08:00"), tick=False):
        yield Town(world)


def lines(key: UUID) -> list[str]:
    found = db.session().query(BookingChange.what).filter_by(booking_id=key).order_by(BookingChange.n)
    return [what for (what,) in found]


def waits(key: UUID) -> int:
    asked = text("select count(*) from wait where subject_id = :key and ended_at is null")
    return int(run(asked, {"key": key}).scalar_one())


def conclude(key: UUID, status: str, by: Any, at: str = "2026-11-10 10:00") -> bool:
    with time_machine.travel(wall(at), tick=False), db.transaction():
        return service.conclude(key, status, by=by, now=clock.now())


def pressed(phone: LintedClient, url: str, page: str) -> TestResponse:
    """Press a button with the token of a page; what comes of it."""
    return phone.post(url, data={"csrf_token": token_in(page)}, follow_redirects=True)


def presses(who: Staff | Patient, key: UUID, verb: str) -> TestResponse:
    """Press a button whose page they may not even see."""
    phone = who.phone()
    return pressed(phone, f"/tidbok/{db.short(key)}/{verb}", phone.get("/").text)


@pytest.mark.parametrize(("status", "said"), WENT.items())
def test_one_tap_in_the_diary_says_how_it_went_and_another_takes_it_back(town: Town, status: str, said: str) -> None:
    key = books(town.karin, town.siv, MORNING)
    version, rung = only_of(key).version, town.siv.rings()
    with time_machine.travel(wall("2026-11-10 10:00"), tick=False):
        phone = town.karin.phone()
        diary = phone.get("/tidbok")
        (path,) = re.findall(rf'action="(/tidbok/[\w-]+/{said.lower().replace(" ", "-")}\?[^"]*)"', diary.text)
        after = pressed(phone, path, diary.text)
        assert after.request.path == "/tidbok" and f"Samtal. {said}" in words(after)
        assert only_of(key).status == status and only_of(key).version == version + 1
        again = pressed(phone, path, diary.text)
        assert again.status_code == 200 and only_of(key).version == version + 1
        (back,) = re.findall(r'action="(/tidbok/[\w-]+/utfall-tillbaka\?[^"]*)"', after.text)
        undone = pressed(phone, back, after.text)
        assert only_of(key).status == "booked" and "Blev av Siv Nyberg" in words(undone)
        assert lines(key) == ["made", status, "reopened"]
        assert town.siv.rings() == rung


def test_who_did_not_come_reads_no_threat(town: Town) -> None:
    key = books(town.karin, town.siv, MORNING)
    assert conclude(key, "noshow", town.karin.viewer)
    with time_machine.travel(wall("2026-11-11 10:00"), tick=False):
        page = town.siv.phone().get(f"/tider/{db.short(key)}")
        assert words(page).count("Ni sågs inte den här gången. Hör av dig om du vill ha en ny tid.") == 2
        assert "Vem du skulle träffa" in words(page)
        for word in ("avgift", "uteblev", "missade", "betala"):
            assert word not in words(page).lower()


def test_it_is_said_on_the_page_of_the_time_too(town: Town) -> None:
    key = books(town.karin, town.siv, MORNING)
    with time_machine.travel(wall("2026-11-10 09:20"), tick=False):
        phone, path = town.karin.phone(), f"/tidbok/{db.short(key)}"
        assert "Blev den av?" in words(phone.get(path))
        after = pressed(phone, f"{path}/blev-av", phone.get(path).text)
        assert "Sparat. Siv Nyberg ser det på sidan om tiden, och får ingen avisering." in words(after)
        assert phone.get(f"{path}/flytta").status_code == 409
        assert "Tiden blev av." in words(town.siv.phone().get(f"/tider/{db.short(key)}"))
        assert "Blev den av?" in words(pressed(phone, f"{path}/utfall-tillbaka", after.text))


def test_nobody_says_how_it_went_before_it_began(town: Town) -> None:
    key = books(town.karin, town.siv, MORNING)
    path = f"/tidbok/{db.short(key)}"
    assert "Blev den av?" not in words(town.karin.phone().get(path))
    refused = presses(town.karin, key, "blev-inte-av")
    assert refused.status_code == 409 and "Tiden har inte börjat" in words(refused)
    assert not conclude(key, "fulfilled", town.karin.viewer, "2026-11-10 08:59")
    assert conclude(key, "fulfilled", town.karin.viewer, "2026-11-10 09:00")


def test_what_is_cancelled_stays_so(town: Town) -> None:
    key = books(town.karin, town.siv, MORNING)
    with db.transaction():
        service.cancel(key, by=town.karin.viewer, now=clock.now())
    for status in ("fulfilled", "noshow", "entered-in-error", "booked"):
        assert not conclude(key, status, town.karin.viewer)
    with time_machine.travel(wall("2026-11-10 10:00"), tick=False):
        assert presses(town.karin, key, "blev-av").status_code == 409


def test_a_time_that_lay_there_by_mistake_is_gone_and_its_patient_is_told(town: Town) -> None:
    key = books(town.karin, town.siv, MORNING)
    with db.transaction():
        assert service.conclude(key, "entered-in-error", by=town.karin.viewer, now=clock.now())
    assert "booking_cancelled" in town.siv.rings()
    assert "Samtal" not in words(town.siv.phone().get("/tider"))
    page = words(town.siv.phone().get(f"/tider/{db.short(key)}"))
    assert "Tiden gäller inte" in page and "Tiden låg här av misstag. Den gäller inte." in page
    assert "Inga tider" in words(town.karin.phone().get("/tidbok?dag=2026-11-10"))
    books(town.karin, town.world.patient("Olle Ström"), MORNING)
    with pytest.raises(Busy), db.transaction():
        service.conclude(key, "booked", by=town.karin.viewer, now=clock.now())
    assert only_of(key).status == "entered-in-error"


def test_another_system_says_how_its_own_went_and_a_person_does_not(town: Town) -> None:
    key = books(town.karin, town.siv, MORNING)
    with db.transaction():
        only_of(key).kept_in = "Cosmic"
    with pytest.raises(KeptElsewhere):
        conclude(key, "fulfilled", town.karin.viewer)
    assert conclude(key, "noshow", SYSTEM)
    assert only_of(key).status == "noshow"
    with time_machine.travel(wall("2026-11-10 10:00"), tick=False):
        assert "utfall-tillbaka" not in town.karin.phone().get("/tidbok").text


def test_a_question_goes_on_waiting_when_the_time_has_been(town: Town) -> None:
    key = books(town.karin, town.siv, MORNING)
    with db.transaction():
        answer_service.answer(key, "tentative", by=town.siv.viewer, now=clock.now())
    assert conclude(key, "noshow", town.karin.viewer) and waits(key) == 1


def test_who_was_offered_another_time_and_did_not_come_waits_for_a_person(town: Town) -> None:
    key = books(town.karin, town.siv, MORNING)
    with db.transaction():
        answer_service.answer(key, "tentative", by=town.siv.viewer, now=clock.now())
        span = (wall("2026-11-12 09:00"), wall("2026-11-12 09:45"))
        offer_service.offer_time(key, [span], by=town.karin.viewer, now=clock.now())
    assert waits(key) == 0
    assert conclude(key, "noshow", town.karin.viewer) and waits(key) == 1


def test_whoever_is_there_is_free_when_it_has_been(town: Town) -> None:
    key = books(town.karin, town.siv, MORNING)
    conclude(key, "fulfilled", town.karin.viewer)
    assert {it.status for it in db.session().query(Participant).filter_by(booking_id=key)} == {"fulfilled"}


def test_who_does_not_work_there_says_nothing_of_it(town: Town) -> None:
    other = town.world.staff("Pia Berg", unit="Mottagning Linden")
    key = books(town.karin, town.siv, MORNING)
    with time_machine.travel(wall("2026-11-10 10:00"), tick=False):
        assert presses(other, key, "blev-av").status_code == 404
        assert presses(town.siv, key, "blev-av").status_code == 404
    assert made()[0].status == "booked"


def test_every_status_has_its_line() -> None:
    assert set(STATUSES) - {"booked"} <= set(CHANGES)
