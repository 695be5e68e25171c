"""What one has begun to write is kept, one's own, and gone when it is sent or old."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text

from app import worker
from app.core import clock, db
from app.core.audit import SYSTEM
from app.messages import list_queries, queries, service
from tests.client import LintedClient
from tests.world import Patient, Someone, World, fresh_key, today, token_in


def keep(phone: LintedClient, place: str, words: str, **more: str) -> int:
    token = token_in(phone.get("/logga-ut").text)
    return phone.post(
        "/meddelanden/utkast", data={"place": place, "text": words, "csrf_token": token} | more
    ).status_code


def count() -> int:
    return db.session().execute(text("select count(*) from draft")).scalar_one()


def draft(someone: Someone, place: object) -> str | None:
    found = queries.draft_for(someone.viewer, place)  # type: ignore[arg-type]
    return found and found[0]


@pytest.fixture
def siv(world: World) -> Patient:
    return world.patient("Siv")


def test_a_draft_is_kept_said_when_and_there_again_on_the_page(siv: Patient) -> None:
    assert siv.contact
    phone, place = siv.phone(), db.short(siv.contact.id)
    token = token_in(phone.get("/logga-ut").text)
    with time_machine.travel("2026-11-25 07:20 +0000", tick=False):
        answer = phone.post(
            "/meddelanden/utkast", data={"place": place, "text": "Jag <b>tänkte</b>", "csrf_token": token}
        )
        assert answer.json == {"saved_at": "2026-11-25T08:20+01:00", "words": "Sparat i dag kl. 8.20"}
        page = phone.get(f"/meddelanden/ny/{place}").text
    assert "Jag &lt;b&gt;tänkte&lt;/b&gt;" in page and "Sparat i dag kl. 8.20" in page
    thread = siv.asks("Hej.")
    assert keep(phone, db.short(thread), "Svar på gång") == 200
    assert "Svar på gång" in phone.get(f"/meddelanden/{db.short(thread)}").text


def test_each_place_and_each_person_has_a_draft_of_its_own(siv: Patient, world: World) -> None:
    karin = world.staff("Karin Ek")
    one, two = siv.asks("Ett."), siv.asks("Två.")
    keep(siv.phone(), db.short(one), "Mitt första")
    keep(siv.phone(), db.short(two), "Mitt andra")
    keep(karin.phone(), db.short(one), "Hennes")
    keep(siv.phone(), db.short(one), "Mitt första, ändrat")
    assert (draft(siv, one), draft(siv, two), draft(karin, one)) == ("Mitt första, ändrat", "Mitt andra", "Hennes")
    assert count() == 3
    assert "Mitt" not in karin.phone().get(f"/meddelanden/{db.short(one)}").text
    assert "Hennes" not in siv.phone().get(f"/meddelanden/{db.short(one)}").text


def test_a_draft_is_sealed(siv: Patient) -> None:
    keep(siv.phone(), db.short(siv.asks("Hej.")), "Hemligt ord")
    sealed = db.session().execute(text("select text_sealed from draft")).scalar_one()
    assert b"Hemligt" not in bytes(sealed)


def test_what_is_sent_leaves_no_draft(siv: Patient) -> None:
    assert siv.contact
    phone = siv.phone()
    keep(phone, db.short(siv.contact.id), "Hej.")
    thread = siv.asks("Hej.")
    assert count() == 0
    keep(phone, db.short(thread), "Mer.")
    siv.writes("Mer.", thread=thread)
    assert count() == 0 and draft(siv, thread) is None


@pytest.mark.parametrize("words", ["", " ", "\n\t "])
def test_a_draft_that_is_emptied_is_gone(siv: Patient, words: str) -> None:
    thread = siv.asks("Hej.")
    keep(siv.phone(), db.short(thread), "Något")
    assert count() == 1
    assert keep(siv.phone(), db.short(thread), words) == 200 and count() == 0


@pytest.mark.parametrize("place", ["", "x", "A" * 21, "A" * 23, "åäö" * 7, "A" * 21 + "/"])
def test_a_place_that_is_malformed_is_refused(siv: Patient, place: str) -> None:
    assert keep(siv.phone(), place, "Något") == 422 and count() == 0


def test_a_place_that_is_not_ones_own_is_not_there(siv: Patient, world: World) -> None:
    tom = world.patient("Tom")
    assert tom.contact
    for place in (tom.contact.id, tom.asks("Hej."), db.new_key(), siv.person.id):
        assert keep(siv.phone(), db.short(place), "Något") == 404
    assert keep(siv.phone(), "A" * 21 + "B", "Något") == 404
    assert count() == 0


def test_a_draft_over_the_limit_is_not_kept(siv: Patient) -> None:
    thread = siv.asks("Hej.")
    assert keep(siv.phone(), db.short(thread), "🙂" * 10_000) == 200
    assert keep(siv.phone(), db.short(thread), "🙂" * 10_001) == 422
    assert draft(siv, thread) == "🙂" * 10_000


def test_a_draft_needs_somebody_signed_in_and_a_token(siv: Patient, world: World) -> None:
    place = db.short(siv.asks("Hej."))
    assert keep(world.app.test_client(), place, "Något") == 401  # type: ignore[arg-type]
    answer = siv.phone().post("/meddelanden/utkast", data={"place": place, "text": "Något"})
    assert answer.status_code == 403 and count() == 0


def test_to_save_and_go_on_later_sends_nothing(siv: Patient) -> None:
    assert siv.contact
    phone, place = siv.phone(), db.short(siv.contact.id)
    token = token_in(phone.get(f"/meddelanden/ny/{place}").text)
    data = {"text": "Till i morgon", "key": fresh_key(), "spara": "1", "csrf_token": token}
    answer = phone.post(f"/meddelanden/ny/{place}", data=data)
    assert (answer.status_code, answer.location) == (303, "/")
    assert draft(siv, siv.contact.id) == "Till i morgon"
    assert list_queries.threads_of(siv.viewer, today=today()) == ([], False)


def test_drafts_that_nobody_touches_for_thirty_days_are_forgotten_in_batches(siv: Patient, world: World) -> None:
    karin = world.staff("Karin Ek")
    threads = [siv.asks(f"Fråga {n}") for n in range(5)]
    with time_machine.travel("2026-11-25 07:00 +0000", tick=False) as clockwork:
        began = clock.now()
        for thread in threads:
            keep(siv.phone(), db.short(thread), "Gammalt")
        clockwork.shift(timedelta(days=29))
        keep(karin.phone(), db.short(threads[0]), "Nytt")
        clockwork.move_to(began + timedelta(days=30))
        with db.transaction():
            assert service.forget_old_drafts(by=SYSTEM, now=clock.now(), batch=2) == 0
        clockwork.shift(1)
        for gone in (2, 2, 1, 0):
            with db.transaction():
                assert service.forget_old_drafts(by=SYSTEM, now=clock.now(), batch=2) == gone
    assert count() == 1 and draft(karin, threads[0]) == "Nytt"


def test_the_worker_forgets_them_once_a_day(own_world: World) -> None:
    siv = own_world.patient("Siv")
    thread = siv.asks("Hej.")
    with time_machine.travel(clock.now() - timedelta(days=31), tick=False), db.transaction():
        service.save_draft(thread, by=siv.viewer, text="Gammalt", now=clock.now())
    worker.run(once=True)
    assert count() == 0
