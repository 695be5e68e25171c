"""A new patient: registered with a first contact at once, by number or day of birth; a number tells a head nothing."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.accounts import service as accounts
from app.accounts.service import Who
from app.care import ending_service, patient_service, request_service, service, unit_service
from app.care.contact_service import Wanted
from app.care.models import Contact
from app.care.patient_service import New
from app.core import clock, crypto, db
from app.core.audit import SYSTEM
from tests.care.around import give, lead, logged, number_for, post, said
from tests.care.pages import typed
from tests.messages.test_racing import at_once
from tests.world import ADULT, Patient, Staff, World, today

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

NUMBER = number_for(ADULT)
YOUNG = (today() - timedelta(days=17 * 365)).isoformat()


@pytest.fixture
def karin(world: World) -> Staff:
    return world.staff("Karin Ek")


@pytest.fixture
def maria(karin: Staff, world: World) -> Staff:
    return lead(world, world.staff("Maria Hedlund", title="enhetschef"), world.staff("Erik Lund"))


@pytest.fixture
def granen(world: World) -> Staff:
    return world.staff("Linnéa Åström", unit="Mottagning Granen")


def filled(who: Staff, **more: str) -> dict[str, str]:
    """The form as it is sent: a name, a number, and somebody of the unit from today."""
    given = {"name": "Alva Sund", "number": NUMBER, "born": "", "starts_on": today().isoformat()}
    return given | {"person": choice(who), "key": db.short(db.new_key())} | more


def choice(staff: Staff) -> str:
    return db.short(staff.unit.id) + db.short(staff.person.id)


def adds(head: Staff, contact: Staff, **more: str) -> TestResponse:
    return post(head.phone(), "/patienter/ny", **filled(contact, **more))


def made(answer: TestResponse) -> UUID:
    """Whose page the answer leads to."""
    found = re.fullmatch(r"/patienter/([\w-]{22})\?ny=1", answer.location or "")
    assert answer.status_code == 303 and found, said(answer)
    return db.long(found[1])


def count(table: str) -> int:
    return int(db.session().scalar(text(f"select count(*) from {table}")) or 0)


def contacts(patient: UUID) -> list[tuple[UUID, UUID, bool]]:
    rows = db.session().query(Contact).filter_by(patient_id=patient).order_by(Contact.appointed_at)
    return [(row.unit_id, row.person_id, row.coordinating) for row in rows]


def actions(patient: UUID) -> list[str]:
    rows = text("select action from access_log where patient_id = :p order by id")
    return list(db.session().scalars(rows, {"p": patient}))


def test_a_head_adds_a_patient_who_has_a_contact_at_once_and_is_helped_in_next(maria: Staff, karin: Staff) -> None:
    phone = maria.phone()
    form = phone.get("/patienter/ny")
    assert "<h1>Ny patient</h1>" in form.text and "Karin Ek" in said(form)
    answer = adds(maria, karin, number=f"{NUMBER[2:8]}-{NUMBER[8:]}", wish="Någon lugn.")
    patient = made(answer)
    assert contacts(patient) == [(karin.unit.id, karin.person.id, True)]
    assert actions(patient) == ["patient.registered", "contact.appointed"] and len(logged("person.registered")) > 0
    page = phone.get(answer.location)
    assert "Alva Sund är patient hos er" in said(page) and "Önskan: Någon lugn." in said(page)
    code = f"/vag-in/{db.short(patient)}/kod"
    assert f'href="{code}"' in page.text and phone.get(code).status_code == 200
    assert "är patient hos er" not in said(phone.get(f"/patienter/{db.short(patient)}"))
    assert "Alva Sund Karin Ek." in said(phone.get("/patienter"))


def test_who_leads_nothing_adds_nobody(maria: Staff, karin: Staff) -> None:
    phone = karin.phone()
    assert phone.get("/patienter/ny").status_code == 404
    people = count("person")
    assert post(phone, "/patienter/ny", **filled(karin)).status_code == 404
    assert post(phone, "/patienter/ny", borja="1", number=NUMBER).status_code == 404
    assert count("person") == people


def test_a_head_of_one_unit_appoints_nobody_of_another(maria: Staff, granen: Staff) -> None:
    people = count("person")
    answer = adds(maria, granen)
    assert answer.status_code == 422 and "Listan har ändrats. Välj igen." in said(answer)
    assert count("person") == people


def test_who_leads_two_units_chooses_where(world: World, maria: Staff, karin: Staff, granen: Staff) -> None:
    with db.transaction():
        unit_service.name_head(granen.unit.id, maria.person.id, (granen.person.id,), by=SYSTEM, now=clock.now())
    page = said(maria.phone().get("/patienter/ny"))
    assert "Sjuksköterska, Mottagning Granen" in page and "Sjuksköterska, Mottagning Björken" in page
    assert contacts(made(adds(maria, granen))) == [(granen.unit.id, granen.person.id, True)]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"name": " \u200b"}, "Skriv namnet."),
        ({"number": ""}, "Skriv numret. Finns inget, skriv födelsedagen i stället."),
        ({"number": "19800101-0000"}, "Numret stämmer inte. Skriv alla tolv siffror"),
        ({"number": "R800101A123"}, "lämna tomt om det är ett reservnummer"),
        ({"born": "1990-02-03"}, "Det är inte dagen i numret."),
        ({"number": "", "born": "i våras"}, "Skriv födelsedagen så här: 1985-07-09."),
        ({"number": "", "born": "0001-01-01"}, "Stämmer årtalet?"),
        ({"number": "", "born": "2099-01-01"}, "Stämmer årtalet?"),
        ({"number": "", "born": YOUNG}, "Alva Sund har inte fyllt 18 då. Bris är till för den som är yngre."),
        ({"number": number_for(date.fromisoformat(YOUNG))}, "Alva Sund har inte fyllt 18 då."),
        ({"person": ""}, "Välj någon."),
        ({"starts_on": "2020-01-01"}, "Välj en dag från i dag"),
        ({"physician": "y", "because": "Livshotande."}, "Den du valde är inte läkare."),
        ({"physician": "y"}, "Skriv skälet"),
        ({"key": "x"}, "Ladda om sidan och försök igen."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_all_that_was_typed_stays(
    maria: Staff, karin: Staff, more: dict[str, str], words: str
) -> None:
    people = count("person")
    answer = adds(maria, karin, wish="Någon lugn.", **more)
    assert answer.status_code == 422 and words in said(answer)
    assert "Någon lugn." in answer.text and typed(answer, "name") == more.get("name", "Alva Sund").strip()
    assert typed(answer, "number") == more.get("number", NUMBER)
    assert count("person") == people


def test_whoever_has_a_reserve_number_is_added_by_the_day_of_birth_and_can_change_contact(
    world: World, maria: Staff, karin: Staff
) -> None:
    patient = made(adds(maria, karin, number="", born="1991-05-17"))
    assert db.session().scalar(text("select number_index is null from person where id = :p"), {"p": patient})
    held = db.session().query(Contact).filter_by(patient_id=patient).one()
    erik = world.staff("Erik Lund")
    answer = post(
        maria.phone(),
        f"/patienter/kontakt/{db.short(held.id)}/byt",
        person=choice(erik),
        starts_on=today().isoformat(),
    )
    assert answer.status_code == 303, said(answer)
    assert contacts(patient) == [(erik.unit.id, erik.person.id, True)]


@pytest.mark.parametrize("number", [NUMBER, ""])
def test_the_same_form_sent_twice_is_one_patient(maria: Staff, karin: Staff, number: str) -> None:
    form = filled(karin, number=number, born="" if number else "1991-05-17")
    phone = maria.phone()
    first, second = (post(phone, "/patienter/ny", **form) for _time in range(2))
    assert made(first) == made(second) and len(contacts(made(first))) == 1


@pytest.mark.parametrize("number", [NUMBER, ""])
def test_sent_again_with_something_else_it_says_that_there_is_a_contact_and_leads_there(
    world: World, maria: Staff, karin: Staff, number: str
) -> None:
    form = filled(karin, number=number, born="" if number else "1991-05-17")
    patient = made(post(maria.phone(), "/patienter/ny", **form))
    again = post(maria.phone(), "/patienter/ny", **form | {"person": choice(world.staff("Erik Lund"))})
    assert again.status_code == 422 and "Personen har redan en kontakt hos er. Inget är ändrat." in said(again)
    assert f'href="/patienter/{db.short(patient)}"' in again.text
    assert contacts(patient) == [(karin.unit.id, karin.person.id, True)]


def test_two_without_a_number_are_two_people_and_anothers_form_is_nobody_elses(
    world: World, maria: Staff, karin: Staff
) -> None:
    without = {"number": "", "born": "1991-05-17"}
    first, second = made(adds(maria, karin, **without)), made(adds(maria, karin, **without))
    key = db.short(db.new_key())
    third = made(adds(maria, karin, **without, key=key))
    fourth = made(adds(world.staff("Erik Lund"), karin, **without, key=key))
    assert len({first, second, third, fourth}) == 4


def test_somebody_with_a_contact_here_already_is_not_added_anew(world: World, maria: Staff, karin: Staff) -> None:
    siv = world.patient("Siv")
    answer = adds(maria, world.staff("Erik Lund"), number=siv.person.number)
    assert answer.status_code == 422 and "Personen har redan en kontakt hos er." in said(answer)
    assert "Siv" not in said(answer) and typed(answer, "name") == "Alva Sund"
    assert f'href="/patienter/{db.short(siv.person.id)}"' in answer.text
    assert contacts(siv.person.id) == [(karin.unit.id, karin.person.id, True)]
    assert "patient.sought" in actions(siv.person.id)


def page_after(head: Staff, contact: Staff, number: str, **more: str) -> tuple[str, str]:
    """The answer and the page that it leads to, without what is somebody's own."""
    answer = adds(head, contact, number=number, **more)
    patient = db.short(made(answer))
    page = head.phone().get(answer.location)
    token = re.sub(r'name="csrf_token" value="[^"]+"', "", page.text.partition("<main")[2])
    token = re.sub(r"(/kontakt/)[\w-]{22}", r"\1", token)
    shown = token.replace(patient, "KEY").replace(f"{number[:8]}-{number[8:]}", "NUMBER")
    return answer.location.replace(patient, "KEY"), shown


@pytest.mark.parametrize("days", [0, 7])
@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_patient_elsewhere_and_nobody_at_all_give_the_same_answer_and_the_same_page(
    world: World, maria: Staff, karin: Staff, granen: Staff, elsewhere: bool, days: int
) -> None:
    known = world.patient("Alva Sund", contact=None)
    if elsewhere:
        give(known, granen)
    before = contacts(known.person.id)
    starts = {"starts_on": (today() + timedelta(days=days)).isoformat()}
    theirs = page_after(maria, karin, known.person.number, **starts)
    assert theirs == page_after(maria, karin, number_for(date(1990, 1, 1)), **starts)
    assert contacts(known.person.id) == [*before, (karin.unit.id, karin.person.id, not elsewhere)]


def test_the_name_that_is_known_is_neither_changed_nor_said_beside_the_one_that_is_typed(
    world: World, maria: Staff, karin: Staff, granen: Staff
) -> None:
    gun = world.patient("Gun Dahl", contact=None)
    give(gun, granen)
    answer = adds(maria, karin, number=gun.person.number, name="Gunnel Dal")
    assert made(answer) == gun.person.id and "Gun" not in answer.text
    with_fault = adds(maria, karin, number=gun.person.number, name="Gunnel Dal", starts_on="2020-01-01")
    assert "Gun Dahl" not in with_fault.text and typed(with_fault, "name") == "Gunnel Dal"
    page = said(maria.phone().get(answer.location))
    assert "Gun Dahl" in page and "Gunnel" not in page


def test_whom_a_patient_elsewhere_will_not_have_asked_is_not_told(
    world: World, maria: Staff, karin: Staff, granen: Staff
) -> None:
    gun = world.patient("Gun", contact=None)
    give(gun, granen)
    with db.transaction():
        request_service.block(karin.person.id, by=gun.viewer, now=clock.now())
    answers = [said(adds(maria, karin, number=gun.person.number))]
    with db.transaction():
        service.end_assignment(karin.assignment, on=today(), by=SYSTEM, now=clock.now())
    answers.append(said(adds(maria, karin, starts_on=(today() + timedelta(days=1)).isoformat())))
    for answer in answers:
        assert "Den du valde kan inte bli kontakt då. Välj någon annan, eller en annan dag." in answer
        assert "har bett" not in answer
    assert len(contacts(gun.person.id)) == 1 and "patient.sought" in actions(gun.person.id)


def test_a_colleague_becomes_a_patient_and_is_the_same_person(world: World, maria: Staff, karin: Staff) -> None:
    with db.transaction():
        nina = accounts.register_staff(
            Who("Nina Berg", number=NUMBER), hsa_id="SE-NINA", title="skötare", by=SYSTEM, now=clock.now()
        )
    assert made(adds(maria, karin)) == nina.id
    assert actions(nina.id) == ["patient.registered", "contact.appointed"]


def test_nobody_makes_a_patient_of_themselves_nor_of_somebody_their_own_contact(
    world: World, maria: Staff, karin: Staff
) -> None:
    theirs = {maria: number_for(date(1970, 3, 3)), karin: number_for(date(1975, 4, 4))}
    with db.transaction():
        for staff, number in theirs.items():
            staff.person.number = number
            staff.person.number_index = crypto.keyring().digest("person.number", number)
    answer = adds(maria, karin, number=theirs[maria])
    assert answer.status_code == 422 and "Det är ditt eget nummer." in said(answer)
    answer = adds(maria, karin, number=theirs[karin])
    assert answer.status_code == 422 and "Den du valde kan inte bli kontakt då." in said(answer)
    assert count("patient") == 0


def test_a_closed_account_gets_no_new_capacity(world: World, maria: Staff, karin: Staff, granen: Staff) -> None:
    gun = world.patient("Gun", contact=None)
    give(gun, granen)
    with db.transaction():
        ending_service.has_died(gun.person.id, told="", by=maria.viewer, now=clock.now())
    answer = adds(maria, karin, number=gun.person.number)
    assert answer.status_code == 422 and "Det finns ett stängt konto med det numret." in said(answer)


def test_a_number_that_finds_nobody_leads_on_with_the_number_in_the_form(
    world: World, maria: Staff, granen: Staff
) -> None:
    gun, phone = world.patient("Gun", contact=None), maria.phone()
    give(gun, granen)
    for number in (gun.person.number, NUMBER):
        found = post(phone, "/patienter/sok", sought=number)
        assert found.status_code == 422 and 'action="/patienter/ny"' in found.text
        assert f'name="number" value="{number}"' in found.text
        form = post(phone, "/patienter/ny", borja="1", number=number)
        assert form.status_code == 200 and typed(form, "number") == number and "faults" not in form.text
        assert len(typed(form, "key")) == 22


def test_where_there_are_no_patients_yet_the_way_on_is_to_add_one(maria: Staff) -> None:
    page = maria.phone().get("/patienter")
    assert "Inga patienter här än" in said(page) and 'href="/patienter/ny"' in page.text


def test_a_coming_contact_can_be_prepared_for(maria: Staff, karin: Staff) -> None:
    starts = today() + timedelta(days=7)
    answer = adds(maria, karin, starts_on=starts.isoformat())
    page = said(maria.phone().get(answer.location))
    assert "Alva Sund har ingen kontakt hos oss nu Karin Ek är kontakt från och med" in page
    assert karin.phone().get(f"/vag-in/{db.short(made(answer))}/kod").status_code == 200


def test_a_protected_identity_stays_protected(world: World, maria: Staff, karin: Staff, granen: Staff) -> None:
    gun: Patient = world.patient("Gun Dahl", contact=None)
    give(gun, granen)
    with db.transaction():
        accounts.protect(gun.person.id, True, by=granen.viewer, now=clock.now())
    answer: Any = adds(maria, karin, number=gun.person.number)
    page = said(maria.phone().get(answer.location))
    assert "G. D." in page and "Gun Dahl" not in page and gun.person.number[8:] not in page


@pytest.mark.parametrize("number", [NUMBER, None])
def test_two_heads_at_once_and_four_presses_make_one_person(own_world: World, number: str | None) -> None:
    karin, tove = own_world.staff("Karin Ek"), own_world.staff("Tove", unit="Mottagning Granen")
    heads = [lead(own_world, own_world.staff(f"Chef {it.unit.name}", unit=it.unit.name)) for it in (karin, tove)]
    key = db.short(db.new_key())
    new = New("Alva Sund", number, None if number else ADULT, key)

    def adds(head: Staff, contact: Staff) -> UUID:
        wanted = Wanted(contact.person.id, today())
        with db.transaction():
            return patient_service.take_on(new, contact.unit.id, wanted, by=head.viewer, now=clock.now())

    both = ((heads[0], karin), (heads[1], tove)) if number else ((heads[0], karin),) * 2
    assert all(head.viewer and it.unit.id for head, it in both)
    people = count("person")
    made = at_once(own_world.app, *(lambda pair=pair: adds(*pair) for pair in both * 2))
    assert len(set(made)) == 1 and count("person") == people + 1
    held = contacts(made[0])
    assert len(held) == (2 if number else 1) and [it[2] for it in held].count(True) == 1
