"""Who has the question when the first ones cannot: cases 5 to 8, 21 and 22 of ANSWERING.md, on phones, with a clock."""

import time_machine

from app.care import contact_service, request_service
from app.care import service as care
from app.care.service import Cycle
from app.core import clock, db
from app.core.audit import SYSTEM
from tests.care.worlds import week
from tests.stories.test_who_answers import new, posts, words
from tests.world import ADULT, Patient, Staff, World, today, token_in, wall

Travel = time_machine.Traveller


def test_5_the_head_is_away_too_and_whoever_stands_in_for_them_has_it(
    world: World, siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    maria, leila = world.leads("Maria Hedlund", "Leila Haddad", of=karin)
    maria.is_away("2026-11-02 00:00", "2026-11-09 00:00")
    phone = siv.phone()
    _code, thread = posts(phone, new(siv), "Hej Karin.")
    clockwork.move_to(wall("2026-11-03 06:20"))
    karin.is_away("2026-11-03 06:20")
    world.works_on()
    assert leila.rings() == [] and "Leila Haddad läser det du skriver" in words(phone.get(thread).text)
    clockwork.move_to(wall("2026-11-03 08:00"))
    assert leila.rings() == ["wait"] and maria.rings() == []
    assert "Hej Karin." in leila.phone().get(thread).text


def test_6_each_stands_in_for_the_other_and_a_third_has_it(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    fatima = world.staff("Fatima Aydin")
    phone = siv.phone()
    _code, thread = posts(phone, new(siv), "Hej Karin.")
    karin.is_away("2026-11-02 09:00", "2026-11-09 00:00", erik)
    erik.is_away("2026-11-02 09:00", "2026-11-09 00:00", karin)
    world.works_on()
    said = words(phone.get(thread).text)
    assert "Fatima Aydin tar över." in said and "Karin Ek är borta." in said and "Tiden gäller fortfarande." in said
    assert (fatima.rings(), erik.rings()) == (["wait"], [])
    assert world.works_on() == 0
    clockwork.move_to(wall("2026-11-09 08:00"))
    world.works_on()
    assert "Fatima Aydin har frågan." in words(karin.phone().get("/").text)


def test_7_of_two_contacts_the_other_one_has_it(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    world.staff("Fatima Aydin")
    with db.transaction():
        contact_service.appoint(
            siv.person, erik.person.id, erik.unit, coordinating=False, born=ADULT, by=SYSTEM, now=clock.now()
        )
    phone = siv.phone()
    _code, thread = posts(phone, new(siv), "Hej Karin.")
    karin.is_away("2026-11-02 09:00", "2026-11-09 00:00")
    world.works_on()
    assert "Erik Lund tar över." in words(phone.get(thread).text) and erik.rings() == ["wait"]


def test_8_whoever_is_at_another_unit_that_day_is_not_asked_for_this_one(world: World, clockwork: Travel) -> None:
    erik = world.staff("Erik Lund", works=week(mon_tue="8-16.30"))
    world.staff("Fatima Aydin")
    granen = world.unit("Mottagning Granen")
    with db.transaction():
        days = Cycle((week(wed_fri="8-16.30"),), today())
        care.assign(erik.person.id, granen, role="licensed", starts_on=today(), cycle=days, by=SYSTEM, now=clock.now())
    siv = world.patient("Siv", contact="Erik Lund")
    clockwork.move_to(wall("2026-11-05 10:00"))
    phone = siv.phone()
    said = words(phone.get(new(siv)).text)
    assert "Fatima Aydin svarar i stället för Erik Lund, som är tillbaka måndag 9 november." in said
    _code, thread = posts(phone, new(siv), "Hej Erik.")
    assert world.staff("Fatima Aydin").rings() == ["wait"] and erik.rings() == []
    clockwork.move_to(wall("2026-11-09 08:00"))
    world.works_on()
    assert "Fatima Aydin läser det du skriver" in words(phone.get(thread).text)
    desk = erik.phone()
    here = {"csrf_token": token_in(desk.get("/arbetsplats").text), "unit": db.short(erik.unit.id)}
    assert desk.post("/arbetsplats", data=here).status_code == 303
    assert "Hej Erik." in desk.get(thread).text


def test_21_everyone_is_blocked_and_the_region_has_it(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    phone = siv.phone()
    _code, thread = posts(phone, new(siv), "Hej Karin.")
    with db.transaction():
        for someone in (karin, erik):
            request_service.block(someone.person.id, by=siv.viewer, now=clock.now())
    world.works_on()
    said = words(phone.get(thread).text)
    assert "Regionen tar över." in said and "Regionen läser det du skriver" in said and "borta" not in said
    assert all(it.rings() == ["wait"] for it in world.function_people())
    assert erik.phone().get(thread).status_code == 404
    one = world.function_people()[0]
    one.writes("Hej Siv, jag heter Ett och arbetar för regionen.", thread=db.long(thread.rpartition("/")[2]))
    assert "arbetar för regionen" in phone.get(thread).text


def test_22_nobody_can_be_reached_until_somebody_opens_the_app(world: World, clockwork: Travel) -> None:
    karin = world.staff("Karin Ek", opened=False)
    world.staff("Erik Lund", opened=False)
    siv = world.patient("Siv")
    phone = siv.phone()
    assert "Regionen läser det du skriver." in words(phone.get(new(siv)).text)
    _code, thread = posts(phone, new(siv), "Hej Karin.")
    assert all("wait" in it.rings() for it in world.function_people())
    clockwork.move_to(wall("2026-11-02 09:20"))
    assert karin.phone().get("/").status_code == 200
    clockwork.move_to(wall("2026-11-02 09:30"))
    world.works_on()
    assert "Karin Ek läser det du skriver" in words(phone.get(thread).text) and karin.rings() == ["wait"]
