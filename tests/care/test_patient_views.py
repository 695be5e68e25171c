"""A head's pages: found, appointed, changed, ended, answered; each way that cannot be gone says what to do instead."""

from datetime import date, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import text

from app.care import request_service
from app.core import clock, db
from tests.care.around import (
    DAY,
    asks_for_contact,
    contact_of,
    give,
    held,
    lead,
    logged,
    number_for,
    patient_born,
    post,
    said,
)
from tests.world import Patient, Staff, World, today


@pytest.fixture
def siv(world: World) -> Patient:
    """Karin has been her contact since yesterday."""
    with time_machine.travel(clock.now() - DAY):
        return world.patient("Siv")


@pytest.fixture
def karin(siv: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def erik(siv: Patient, world: World) -> Staff:
    return world.staff("Erik Lund")


@pytest.fixture
def maria(karin: Staff, erik: Staff, world: World) -> Staff:
    return lead(world, world.staff("Maria Hedlund", title="enhetschef"), erik)


def page_of(patient: Patient) -> str:
    return f"/patienter/{db.short(patient.person.id)}"


def contact_page(patient: Patient, staff: Staff, verb: str) -> str:
    return f"/patienter/kontakt/{db.short(contact_of(patient, staff).id)}/{verb}"


def choice(staff: Staff) -> str:
    return db.short(staff.unit.id) + db.short(staff.person.id)


def appointing(staff: Staff, **more: str) -> dict[str, str]:
    return {"person": choice(staff), "starts_on": today().isoformat()} | more


def ask(patient: Patient, about: Staff | None, unit: Staff, words: str = "") -> UUID:
    return asks_for_contact(patient, unit.unit.id, about and about.person.id, words)


def test_the_list_says_whom_everybody_has_and_what_is_most_urgent(siv: Patient, maria: Staff, world: World) -> None:
    phone = maria.phone()
    page = phone.get("/patienter")
    assert "<h1>Alla har en kontakt</h1>" in page.text and "Siv Karin Ek." in said(page)
    ask(world.patient("Tom", contact=None), None, maria)
    page = phone.get("/patienter")
    assert "<h1>En ber om kontakt</h1>" in page.text
    assert "Tom Vill ha en fast vårdkontakt. Bad om det i dag" in said(page)
    assert "Tom Saknar kontakt." in said(page)
    page = phone.get("/patienter?saknar=1")
    assert "<h1>En saknar kontakt</h1>" in page.text and "Siv" not in said(page)


def test_every_patient_that_is_shown_is_in_the_log(siv: Patient, maria: Staff) -> None:
    phone = maria.phone()
    phone.get("/patienter")
    phone.get(page_of(siv))
    rows = db.session().execute(
        text("select action, unit_id from access_log where patient_id = :p and actor_id = :a order by id"),
        {"p": siv.person.id, "a": maria.person.id},
    )
    assert [tuple(row) for row in rows] == [("patient.listed", maria.unit.id), ("patient.opened", maria.unit.id)]


def test_a_long_list_goes_on_by_key(maria: Staff, world: World) -> None:
    for number in range(25):
        world.patient(f"Patient {number:02}")
    phone = maria.phone()
    first = phone.get("/patienter")
    assert "Patient 19" in said(first) and "Patient 20" not in said(first)
    after = first.text.partition("/patienter?efter=")[2][:22]
    second = said(phone.get(f"/patienter?efter={after}"))
    assert "Patient 20" in second and "Patient 19" not in second
    assert "Patient 00" in said(phone.get("/patienter?efter=struntprat"))


def test_a_search_by_name_shows_those_who_have_it(siv: Patient, maria: Staff, world: World) -> None:
    world.patient("Tom")
    phone = maria.phone()
    found = said(post(phone, "/patienter/sok", sought="siv"))
    assert "De här stämmer" in found and "Siv Karin Ek." in found and "Tom" not in found
    assert "Ingen här heter så" in said(post(phone, "/patienter/sok", sought="Ragnhild"))
    assert post(phone, "/patienter/sok", sought=" ").status_code == 422


def test_by_number_one_comes_straight_to_the_page_and_the_search_is_in_the_log(
    siv: Patient, maria: Staff, world: World
) -> None:
    tom = world.patient("Tom", contact=None)
    phone = maria.phone()
    number = tom.person.number
    assert post(phone, "/patienter/sok", sought=f"{number[2:8]}-{number[8:]}").location == page_of(tom)
    assert "Tom har ingen kontakt hos oss nu" in said(phone.get(page_of(tom)))
    assert len(logged("patient.sought")) == 1
    assert post(phone, "/patienter/sok", sought="19800101-0000").status_code == 422
    assert len(logged("patient.sought")) == 1


def test_a_number_of_nobody_and_of_somebody_elsewhere_get_the_same_answer(maria: Staff, world: World) -> None:
    gun = world.patient("Gun", contact=None)
    give(gun, world.staff("Tove", unit="Mottagning Granen"))
    phone = maria.phone()
    answers = []
    for number in (gun.person.number, number_for(date(1990, 1, 1))):
        answer = post(phone, "/patienter/sok", sought=number)
        answers.append((answer.status_code, said(answer).replace(number, ""), len(phone.heard)))
        assert "Vi hittar ingen med det numret" in said(answer)
    assert answers[0] == answers[1]
    assert len(logged("patient.sought")) == 2
    assert phone.get(page_of(gun)).status_code == 404


def test_appointing_the_first_contact(maria: Staff, karin: Staff, world: World) -> None:
    tom = world.patient("Tom", contact=None)
    phone = maria.phone()
    assert "Vem blir kontakt för Tom?" in said(phone.get(f"{page_of(tom)}/utse"))
    answer = post(phone, f"{page_of(tom)}/utse", **appointing(karin, wish="Någon lugn."))
    assert (answer.status_code, answer.location) == (303, page_of(tom))
    assert held(tom) == [("Karin Ek", True, today(), None)]
    assert "Önskan: Någon lugn." in said(phone.get(page_of(tom)))
    again = post(phone, f"{page_of(tom)}/utse", **appointing(karin, wish="Någon lugn."))
    assert again.status_code == 422 and "Listan har ändrats" in said(again) and "Någon lugn." in again.text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"person": ""}, "Välj någon."),
        ({"person": "x" * 44}, "Listan har ändrats. Välj igen."),
        ({"starts_on": "i morgon"}, "Skriv dagen så här: 2026-11-25."),
        ({"starts_on": "2020-01-01"}, "Välj en dag från i dag och högst ett år fram."),
        ({"starts_on": "2999-01-01"}, "Välj en dag från i dag och högst ett år fram."),
        ({"physician": "y"}, "Skriv skälet, eller ta bort krysset för läkare."),
        ({"because": "Skälet."}, "Kryssa för läkare, eller ta bort skälet."),
        ({"physician": "y", "because": "Skälet."}, "Den du valde är inte läkare."),
        ({"wish": "å" * 2_001}, "högst 2000 tecken"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_with_the_text_kept(
    maria: Staff, karin: Staff, world: World, more: dict[str, str], words: str
) -> None:
    tom = world.patient("Tom", contact=None)
    answer = post(maria.phone(), f"{page_of(tom)}/utse", **(appointing(karin, wish="Står kvar.") | more))
    assert answer.status_code == 422 and words in said(answer)
    assert more.get("wish", "Står kvar.") in answer.text
    assert held(tom) == []


def test_a_physician_is_appointed_with_the_reason_beside_it(maria: Staff, karin: Staff, world: World) -> None:
    tom = world.patient("Tom", contact=None)
    db.session().execute(text("update staff set physician = true where person_id = :id"), {"id": karin.person.id})
    phone = maria.phone()
    assert "inte samma sak som en fast läkarkontakt" in said(phone.get(f"{page_of(tom)}/utse"))
    form = appointing(karin, physician="y", because="Svår sjukdom.")
    assert post(phone, f"{page_of(tom)}/utse", **form).status_code == 303
    assert "Läkare, eftersom: Svår sjukdom." in said(phone.get(page_of(tom)))


def test_a_minor_and_one_of_unknown_age_are_refused_in_words(maria: Staff, karin: Staff, world: World) -> None:
    for patient, words in (
        (patient_born(world, "Lova", today() - timedelta(days=17 * 365)), "Lova har inte fyllt 18 då."),
        (patient_born(world, "Okänd", None), "Vi vet inte om Okänd har fyllt 18"),
    ):
        answer = post(maria.phone(), f"{page_of(patient)}/utse", **appointing(karin))
        assert answer.status_code == 422 and words in said(answer)


def test_changing_shows_the_patient_the_new_name_and_the_second_tab_what_has_happened(
    siv: Patient, maria: Staff, karin: Staff, erik: Staff
) -> None:
    phone, path = maria.phone(), contact_page(siv, karin, "byt")
    assert "Det som redan är skrivet till Karin Ek ligger kvar där" in said(phone.get(path))
    assert post(phone, path, **appointing(erik)).status_code == 303
    assert "Erik Lund Sjuksköterska, Mottagning Björken. Din fasta vårdkontakt." in said(siv.phone().get("/kontakt"))
    again = post(phone, path, **appointing(erik))
    assert again.status_code == 409 and "Det gäller inte längre" in said(again)
    assert phone.get(path).status_code == 409
    assert "Karin Ek, Mottagning Björken, från" in said(phone.get(page_of(siv)))


def test_a_second_contact_can_be_let_to_hold_the_care_together(
    siv: Patient, maria: Staff, karin: Staff, erik: Staff
) -> None:
    phone = maria.phone()
    post(phone, f"{page_of(siv)}/utse", **appointing(erik))
    assert [row[:2] for row in held(siv)] == [("Karin Ek", True), ("Erik Lund", False)]
    path = contact_page(siv, erik, "haller-ihop")
    for _press in range(2):
        assert post(phone, path).status_code == 303
    assert {row[:2] for row in held(siv) if row[3] is None} == {("Erik Lund", True), ("Karin Ek", False)}
    assert phone.get(path).status_code == 405


def test_what_is_held_together_elsewhere_is_not_moved_from_here(siv: Patient, maria: Staff, world: World) -> None:
    tove = lead(world, world.staff("Tove", unit="Mottagning Granen"))
    give(siv, tove)
    phone = tove.phone()
    assert "annan mottagning" not in said(phone.get(page_of(siv))), "with one contact there is nothing to hold together"
    give(siv, world.staff("Tyra", unit="Mottagning Granen"))
    page = said(phone.get(page_of(siv)))
    assert "Den som håller ihop vården finns på en annan mottagning." in page
    assert "Karin Ek" not in page and "Björken" not in page and "Låt hålla ihop" not in page
    answer = post(phone, contact_page(siv, tove, "haller-ihop"))
    assert answer.status_code == 409 and "Chefen där kan släppa det." in said(answer)


def test_the_end_of_the_last_contact_offers_a_successor_first_and_leaves_a_gap_that_is_seen(
    siv: Patient, maria: Staff, karin: Staff
) -> None:
    phone, path = maria.phone(), contact_page(siv, karin, "avsluta")
    page = phone.get(path)
    assert "Sedan har Siv ingen kontakt hos oss" in said(page)
    assert contact_page(siv, karin, "byt") in page.text
    assert post(phone, path, ends_on=today().isoformat()).status_code == 422
    assert post(phone, path, ends_on=today().isoformat(), care="goes_on").status_code == 303
    assert "Till och med" in said(siv.phone().get("/kontakt"))
    assert "Sedan ingen." in said(phone.get("/patienter"))
    with time_machine.travel(clock.now() + DAY):
        phone = maria.phone()
        assert "<h1>En saknar kontakt</h1>" in phone.get("/patienter").text
        assert "Siv har ingen kontakt hos oss nu" in said(phone.get(page_of(siv)))
        assert "Du har ingen fast vårdkontakt än" in said(siv.phone().get("/kontakt"))
        assert post(phone, path, ends_on=today().isoformat(), care="ends").status_code == 409


def test_the_end_of_the_care_leaves_no_gap(siv: Patient, maria: Staff, karin: Staff) -> None:
    phone, path = maria.phone(), contact_page(siv, karin, "avsluta")
    assert post(phone, path, ends_on=today().isoformat(), care="ends").status_code == 303
    with time_machine.travel(clock.now() + DAY):
        assert "Inga patienter här än" in said(maria.phone().get("/patienter"))


def test_a_wish_is_answered_with_somebody_new_and_the_patient_reads_it(
    siv: Patient, maria: Staff, karin: Staff, erik: Staff
) -> None:
    path = f"/patienter/onskemal/{db.short(ask(siv, karin, maria, 'Gärna Erik.'))}"
    phone = maria.phone()
    page = said(phone.get(path))
    assert "Siv vill byta kontakt Det gäller Karin Ek på Mottagning Björken, som inte ser det här." in page
    assert "Gärna Erik." in page
    assert post(phone, path, person=choice(erik), starts_on=today().isoformat(), text=" ").status_code == 422
    form = {"person": choice(erik), "starts_on": today().isoformat(), "text": "Erik tar över i dag."}
    assert post(phone, path, **form).location == path
    assert "Erik tar över i dag." in said(phone.get(path))
    words = said(siv.phone().get("/kontakt"))
    assert "Erik tar över i dag." in words and "Erik Lund Sjuksköterska" in words
    assert contact_of(siv, erik).wish == "Gärna Erik."
    again = post(erik.phone(), path, text="Vi hörs.")
    assert again.status_code == 409
    assert "Maria Hedlund svarade i dag" in said(again) and "Vi hörs." in again.text


def test_a_wish_can_be_answered_without_somebody_new(siv: Patient, maria: Staff, karin: Staff) -> None:
    path = f"/patienter/onskemal/{db.short(ask(siv, karin, maria))}"
    answer = post(maria.phone(), path, person="", starts_on=today().isoformat(), text="Jag ringer dig i morgon.")
    assert answer.status_code == 303
    assert [row[0] for row in held(siv)] == ["Karin Ek"]


def test_a_wish_that_is_taken_back_needs_no_answer(siv: Patient, maria: Staff, karin: Staff) -> None:
    key = ask(siv, karin, maria)
    path, phone = f"/patienter/onskemal/{db.short(key)}", maria.phone()
    assert "Siv Vill byta från Karin Ek." in said(phone.get("/patienter/onskemal"))
    with db.transaction():
        request_service.withdraw(key, by=siv.viewer, now=clock.now())
    assert "Siv tog tillbaka det i dag" in said(phone.get(path))
    answer = post(phone, path, person="", starts_on=today().isoformat(), text="Hej.")
    assert answer.status_code == 409 and "Det gäller inte längre" in said(answer) and "Hej." in answer.text
    assert "Ingen ber om kontakt nu" in said(phone.get("/patienter/onskemal"))


def test_the_contact_who_leads_the_unit_never_meets_the_wish(siv: Patient, karin: Staff, world: World) -> None:
    erik = world.staff("Erik Lund")
    lead(world, karin, erik)
    path = f"/patienter/onskemal/{db.short(ask(siv, karin, karin, 'Inte Karin.'))}"
    phone = karin.phone()
    assert phone.get(path).status_code == post(phone, path, text="x").status_code == 404
    for page in ("/patienter", "/patienter/onskemal", page_of(siv)):
        assert "Inte Karin" not in phone.get(page).text and "onskemal/" not in phone.get(page).text, page
    assert "Inte Karin." in said(erik.phone().get(path))


def test_a_colleague_who_leads_nothing_has_none_of_these_pages(siv: Patient, maria: Staff, karin: Staff) -> None:
    key = ask(siv, karin, maria)
    paths = ["/patienter", "/patienter/onskemal", f"/patienter/onskemal/{db.short(key)}", page_of(siv)]
    paths += [f"{page_of(siv)}/utse", contact_page(siv, karin, "byt"), contact_page(siv, karin, "avsluta")]
    phone = karin.phone()
    for path in paths:
        assert phone.get(path).status_code == 404, path
    posts = [*paths[2:3], *paths[4:], "/patienter/sok", contact_page(siv, karin, "haller-ihop")]
    for path in posts:
        assert post(phone, path, sought="Siv").status_code == 404, path
    assert siv.phone().get("/patienter").status_code == 404


def test_a_head_does_not_reach_another_units_patient(siv: Patient, maria: Staff, karin: Staff, world: World) -> None:
    tove = lead(world, world.staff("Tove", unit="Mottagning Granen"))
    phone = tove.phone()
    key = ask(siv, karin, maria)
    for path in (
        page_of(siv),
        f"{page_of(siv)}/utse",
        contact_page(siv, karin, "byt"),
        f"/patienter/onskemal/{db.short(key)}",
    ):
        assert phone.get(path).status_code == 404, path
    assert "Siv" not in said(phone.get("/patienter"))
