"""A protected identity: whole to the contact and whoever has the question, by initials to everybody else."""

import pytest
from sqlalchemy import text

from app.core import db
from app.core.access import label_of
from tests.care.around import asks_for_contact, lead, logged, post, said
from tests.client import LintedClient
from tests.messages.questions import choose, does
from tests.world import Patient, Staff, World

NAME, INITIALS = "Sivan Nybergström", "S. N."


@pytest.fixture
def sivan(world: World) -> Patient:
    return world.patient(NAME)


@pytest.fixture
def karin(sivan: Patient, world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def maria(karin: Staff, world: World) -> Staff:
    return lead(world, world.staff("Maria Hedlund", title="enhetschef"), world.staff("Erik Lund"))


def door(patient: Patient) -> str:
    return f"/vag-in/{db.short(patient.person.id)}"


def protects(staff: Staff, patient: Patient) -> None:
    answer = post(staff.phone(), f"{door(patient)}/skydd", skydda="1")
    assert (answer.status_code, answer.location) == (303, f"{door(patient)}?klart=skyddad#skydd")


def protected(patient: Patient) -> bool:
    return db.session().scalar(text("select protected from person where id = :id"), {"id": patient.person.id})


def pages_for(phone: LintedClient, world: World, *more: str) -> dict[str, str]:
    """Every page of the staff's that takes no argument, and those that are named."""
    rules = [it for it in world.app.url_map.iter_rules() if "GET" in (it.methods or ()) and not it.arguments]
    open_to = {"staff", "public"}
    paths = [it.rule for it in rules if label_of(world.app, it.endpoint).kinds & open_to and "live" not in it.rule]
    return {path: phone.get(path, lint=False).text for path in (*paths, *more)}


def test_anybody_who_cares_for_the_patient_sets_it_and_takes_it_away_without_saying_why(
    sivan: Patient, karin: Staff
) -> None:
    phone = karin.phone()
    page = said(phone.get(door(sivan)))
    assert "Skydda uppgifterna" in page and "Du skriver inte varför." in page
    protects(karin, sivan)
    assert protected(sivan)
    protects(karin, sivan)
    assert len(logged("patient.protected")) == 1, "what is so already is no deed"
    assert "Skyddet är på." in said(phone.get(f"{door(sivan)}?klart=skyddad"))
    assert post(phone, f"{door(sivan)}/skydd").status_code == 303
    assert not protected(sivan)
    assert len(logged("patient.unprotected")) == 1


def test_nobody_else_sets_it(sivan: Patient, world: World) -> None:
    stranger = world.staff("Olof Berg", unit="Mottagning Granen")
    assert post(stranger.phone(), f"{door(sivan)}/skydd", skydda="1").status_code == 404
    assert post(sivan.phone(), f"{door(sivan)}/skydd", skydda="1").status_code == 404
    assert not protected(sivan)


def test_the_name_is_on_no_page_of_whoever_is_not_the_contact(sivan: Patient, maria: Staff, world: World) -> None:
    thread = sivan.asks("Hej Karin. Jag vaknar vid tre på natten.")
    wish = asks_for_contact(sivan, maria.unit.id, words="En till, som kan kvällar?")
    mine = [f"/patienter/{db.short(sivan.person.id)}", door(sivan), f"/patienter/onskemal/{db.short(wish)}"]
    mine += [f"/patienter/{db.short(sivan.person.id)}/utse", f"/patienter/skriv/{db.short(sivan.person.id)}"]
    before = pages_for(maria.phone(), world, *mine)
    assert sum(NAME in html for html in before.values()) >= 5, "without the flag a head meets the name"
    protects(maria, sivan)
    for path, html in pages_for(maria.phone(), world, *mine).items():
        assert NAME not in html and "Nybergström" not in html, f"{path} shows the name of a protected identity"
    number = sivan.person.number or ""
    opened = said(maria.phone().get(mine[0]))
    assert INITIALS in opened and "Skyddade personuppgifter" in opened
    assert number[:8] not in opened
    for helper in (world.staff("Erik Lund"), world.admin()):
        for path, html in pages_for(helper.phone(), world).items():
            assert "Nybergström" not in html, f"{path} shows the name of a protected identity"
    assert f"/meddelanden/{db.short(thread)}" in world.staff("Karin Ek").phone().get("/").text


def test_a_head_finds_them_by_number_and_not_by_name(sivan: Patient, maria: Staff) -> None:
    protects(maria, sivan)
    phone = maria.phone()
    assert "Ingen här heter så" in said(post(phone, "/patienter/sok", sought="Sivan"))
    found = post(phone, "/patienter/sok", sought=sivan.person.number)
    assert found.location == f"/patienter/{db.short(sivan.person.id)}"


def test_the_contact_and_whoever_has_the_question_see_the_name(sivan: Patient, maria: Staff, world: World) -> None:
    asked = sivan.asks("Kan jag ta tabletten på morgonen?")
    protects(maria, sivan)
    thread, karin, erik = f"/meddelanden/{db.short(asked)}", world.staff("Karin Ek"), world.staff("Erik Lund")
    assert NAME in said(karin.phone().get("/")) and NAME in said(karin.phone().get(thread))
    assert NAME in said(karin.phone().get("/meddelanden"))
    assert does(karin, asked, "lamna-over", person=choose(erik), text="Ta den.").status_code == 303
    assert NAME in said(erik.phone().get("/")) and NAME in said(erik.phone().get(thread))


def test_somebody_who_is_only_asked_sees_initials(sivan: Patient, maria: Staff, world: World) -> None:
    asked = sivan.asks("Kan jag ta tabletten på morgonen?")
    protects(maria, sivan)
    thread, karin, erik = f"/meddelanden/{db.short(asked)}", world.staff("Karin Ek"), world.staff("Erik Lund")
    assert does(karin, asked, "fraga-kollega", person=choose(erik), text="Vad tror du?").status_code == 303
    seen = said(erik.phone().get("/")), said(erik.phone().get(thread))
    assert all(INITIALS in it and "Nybergström" not in it for it in seen)


def test_the_patient_sees_their_own_name(sivan: Patient, maria: Staff) -> None:
    thread = f"/meddelanden/{db.short(sivan.asks('Hej.'))}"
    protects(maria, sivan)
    assert INITIALS not in said(sivan.phone().get(thread))


def test_a_relative_is_shown_no_place(sivan: Patient, maria: Staff, world: World) -> None:
    anna = world.relative("Anna Sandberg", of=sivan)
    page = f"/anhorig/{db.short(anna.relations[sivan])}"
    assert "Björken" in anna.phone().get(page).text
    protects(maria, sivan)
    for path in (page, "/", "/anhorig"):
        html = anna.phone().get(path, lint=False).text
        assert "Björken" not in html and "031-390 06 10" not in html, f"{path} shows where"
        assert "Nybergström" not in html
