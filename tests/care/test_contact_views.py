"""A patient's own page about contacts: every way through it, and every way that cannot be gone."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import text

from app.care import contact_queries, request_queries, request_service
from app.care.contact_queries import Asked
from app.core import clock, db
from tests.care.around import DAY, give, lead, logged, patient_born, post, said
from tests.world import Patient, Staff, World, today


@pytest.fixture
def siv(world: World) -> Patient:
    return world.patient("Siv")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def maria(karin: Staff, world: World) -> Staff:
    return lead(world, world.staff("Maria Hedlund", title="enhetschef"), world.staff("Erik Lund"))


@pytest.fixture
def change(siv: Patient) -> str:
    assert siv.contact
    return f"/kontakt/byt/{db.short(siv.contact.id)}"


def asked(patient: Patient) -> list[Asked]:
    return contact_queries.asked_by(patient.viewer)


def test_the_page_shows_how_to_reach_them_and_the_way_to_another(siv: Patient, maria: Staff, change: str) -> None:
    page = siv.phone().get("/kontakt")
    words = said(page)
    assert "Karin Ek Sjuksköterska, Mottagning Björken. Din fasta vårdkontakt." in words
    assert "031-390 06 12" in words and "031-390 06 10" in words
    assert f'href="{change}"' in page.text


def test_the_change_page_says_to_whom_it_goes_and_names_the_other_way(siv: Patient, maria: Staff, change: str) -> None:
    words = said(siv.phone().get(change))
    assert "Det här går till Maria Hedlund, som leder Mottagning Björken. Karin Ek ser det inte." in words
    assert "Du behöver inte förklara." in words
    assert "patientnämnden" in words


def test_asking_for_another_is_one_wish_however_often_it_is_pressed(siv: Patient, maria: Staff, change: str) -> None:
    phone = siv.phone()
    for _press in range(2):
        answer = post(phone, change, text="Gärna Erik.")
        assert (answer.status_code, answer.location) == (303, "/kontakt")
    (wish,) = asked(siv)
    assert (wish.words, wish.about_name) == ("Gärna Erik.", "Karin Ek")
    assert len(logged("contact_request.made")) == 1
    words = said(phone.get("/kontakt"))
    assert "Gärna Erik. Maria Hedlund Läser det här. Svaret kommer på den här sidan." in words
    assert "Jag vill byta kontakt från Karin Ek" not in words


def test_another_text_from_another_tab_is_kept_and_told_what_to_do(siv: Patient, maria: Staff, change: str) -> None:
    phone = siv.phone()
    post(phone, change, text="Gärna Erik.")
    answer = post(phone, change, text="Nej, Anna.")
    assert answer.status_code == 422
    assert "Ta tillbaka det först" in said(answer) and "Nej, Anna." in answer.text
    assert [wish.words for wish in asked(siv)] == ["Gärna Erik."]
    assert "Du bad om något här" in said(phone.get(change))


def test_too_long_is_kept_and_said_beside_the_field(siv: Patient, maria: Staff, change: str) -> None:
    answer = post(siv.phone(), change, text="å" * 2_001)
    assert answer.status_code == 422 and "högst 2000 tecken" in said(answer) and "å" * 2_001 in answer.text
    assert asked(siv) == []
    assert post(siv.phone(), change, text="å" * 2_000).status_code == 303


def test_whoever_has_nobody_chooses_among_the_units(world: World, maria: Staff) -> None:
    world.staff("Tove", unit="Mottagning Granen")
    tom = world.patient("Tom", contact=None)
    phone = tom.phone()
    assert "Du har ingen fast vårdkontakt än" in said(phone.get("/kontakt"))
    assert "Mottagning Björken Det går till Maria Hedlund." in said(phone.get("/kontakt/be"))
    assert post(phone, "/kontakt/be", text="Någon som lyssnar.").status_code == 422
    assert post(phone, "/kontakt/be", unit=db.short(db.new_key())).status_code == 422
    place = db.short(maria.unit.id)
    for _press in range(2):
        assert post(phone, "/kontakt/be", unit=place, text="").status_code == 303
    assert [(wish.unit_name, wish.words) for wish in asked(tom)] == [("Mottagning Björken", "")]
    assert "Du har bett om en kontakt" in said(phone.get("/kontakt"))
    assert "du bad om det här" in said(phone.get("/kontakt/be"))


def test_a_unit_where_one_has_a_contact_cannot_be_chosen(siv: Patient, maria: Staff) -> None:
    phone = siv.phone()
    assert "här är Karin Ek redan din kontakt" in said(phone.get("/kontakt/be"))
    assert post(phone, "/kontakt/be", unit=db.short(maria.unit.id)).status_code == 422


def test_a_wish_is_taken_back_and_twice_is_once(siv: Patient, maria: Staff, change: str) -> None:
    phone = siv.phone()
    post(phone, change)
    (wish,) = asked(siv)
    for _press in range(2):
        assert post(phone, f"/kontakt/onskemal/{db.short(wish.key)}/ta-tillbaka").status_code == 303
    assert len(logged("contact_request.withdrawn")) == 1
    assert "Det du har bett om" not in said(phone.get("/kontakt"))


def test_taking_back_what_was_just_answered_shows_the_answer(siv: Patient, maria: Staff, change: str) -> None:
    phone = siv.phone()
    post(phone, change)
    (wish,) = asked(siv)
    with db.transaction():
        request_service.answer(wish.key, "Jag ringer dig.", by=maria.viewer, now=clock.now())
    assert post(phone, f"/kontakt/onskemal/{db.short(wish.key)}/ta-tillbaka").status_code == 303
    words = said(phone.get("/kontakt"))
    assert "Maria Hedlund" in words and "Jag ringer dig." in words and "Ta tillbaka" not in words


def test_somebody_elses_wish_or_contact_is_not_there(siv: Patient, maria: Staff, change: str, world: World) -> None:
    post(siv.phone(), change)
    (wish,) = asked(siv)
    tom = world.patient("Tom", contact="Erik Lund").phone()
    assert tom.get(change).status_code == post(tom, change).status_code == 404
    assert post(tom, f"/kontakt/onskemal/{db.short(wish.key)}/ta-tillbaka").status_code == 404
    assert asked(siv)[0].open


def test_a_minor_is_shown_to_bris(world: World, maria: Staff) -> None:
    lova = patient_born(world, "Lova", today() - timedelta(days=17 * 365))
    answer = post(lova.phone(), "/kontakt/be", unit=db.short(maria.unit.id))
    assert answer.status_code == 409 and "Bris på 116 111" in said(answer)


def test_a_contact_to_come_and_one_that_ends_are_said_with_their_days(siv: Patient, maria: Staff, world: World) -> None:
    give(siv, world.staff("Erik Lund"), on=today() + DAY)
    words = said(siv.phone().get("/kontakt"))
    assert "Erik Lund Sjuksköterska, Mottagning Björken. Också din fasta vårdkontakt. Från och med" in words
    with time_machine.travel(clock.now() + DAY):
        assert "Från och med" not in said(siv.phone().get("/kontakt"))


def test_naming_and_taking_back_whom_not_to_ask(siv: Patient, maria: Staff, karin: Staff, world: World) -> None:
    phone = siv.phone()
    path = f"/kontakt/inte-fraga/{db.short(karin.person.id)}"
    for _press in range(2):
        assert post(phone, path).location == "/kontakt/inte-fraga"
    words = said(phone.get("/kontakt/inte-fraga"))
    assert "Får inte dina frågor Karin Ek Sjuksköterska. Sedan i dag" in words
    overview = said(phone.get("/kontakt"))
    assert "Du har nämnt Karin Ek." in overview
    assert "Du har bett att Karin Ek inte ska få dina frågor." in overview
    assert "Du har nämnt alla" not in words
    for one in (maria, world.staff("Erik Lund")):
        post(phone, f"/kontakt/inte-fraga/{db.short(one.person.id)}")
    words = said(phone.get("/kontakt/inte-fraga"))
    assert "Du har nämnt alla på Mottagning Björken Då finns ingen där som kan läsa och svara." in words
    for _press in range(2):
        assert post(phone, f"{path}/ta-tillbaka").status_code == 303
    words = said(phone.get("/kontakt/inte-fraga"))
    assert "Du har nämnt alla" not in words
    assert "Karin Ek Sjuksköterska. Din kontakt." in words


def test_nobody_else_can_be_named(siv: Patient, world: World) -> None:
    tove = world.staff("Tove", unit="Mottagning Granen")
    phone = siv.phone()
    for key in (tove.person.id, siv.person.id, db.new_key()):
        assert post(phone, f"/kontakt/inte-fraga/{db.short(key)}").status_code == 404
    alone = world.patient("Tom", contact=None)
    assert "Du hör inte till någon mottagning här än." in said(alone.phone().get("/kontakt/inte-fraga"))


def test_when_the_head_is_named_the_wish_goes_to_the_next(siv: Patient, maria: Staff, change: str) -> None:
    phone = siv.phone()
    post(phone, f"/kontakt/inte-fraga/{db.short(maria.person.id)}")
    assert "Det här går till Erik Lund, som svarar i chefens ställe" in said(phone.get(change))
    post(phone, change, text="Bara Erik får läsa.")
    assert [it.words for it in request_queries.open_requests(maria.viewer)] == [None]


def test_staff_have_none_of_these_pages(karin: Staff, change: str) -> None:
    phone = karin.phone()
    for path in ("/kontakt", "/kontakt/be", "/kontakt/inte-fraga", change):
        assert phone.get(path).status_code == 404


def test_the_words_are_sealed(siv: Patient, maria: Staff, change: str) -> None:
    post(siv.phone(), change, text="Det här är hemligt.")
    sealed = db.session().execute(text("select words_sealed from contact_request")).scalar_one()
    assert b"hemligt" not in bytes(sealed)
