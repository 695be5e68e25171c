"""Telling a unit something about a patient: what the page says, who gets it, and that the patient never does."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, text

from app.care import request_service
from app.core import clock, db
from app.core.audit import SYSTEM
from app.relatives import told_service
from app.relatives.told_service import OF_ONE, Words
from app.waits import subject_service
from app.waits.models import Handoff
from tests.relatives.heard.telling import TEXT, birth_of, tells, told, wait_of, works_on
from tests.world import Patient, Staff, World, form_in, fresh_key, token_in, wall

Travel = time_machine.Traveller


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.replace("&nbsp;", " ")).split()).replace("\xa0", " ")


def test_it_waits_with_the_contact_of_whom_it_is_about(world: World, siv: Patient, karin: Staff) -> None:
    answer = tells(world, karin.unit, "nyberg, siv", birth_of(siv), reach="Anna, 070-174 06 12")
    assert answer.status_code == 303
    (row,) = told()
    assert row.looked_at is None and row.patient_id is None
    works_on(world)
    (row,), wait = told(), wait_of(row.id)
    assert (row.patient_id, row.sorted_by) == (siv.person.id, None)
    assert (wait.kind, wait.patient_id, wait.about_id) == ("told", None, siv.person.id)
    assert (wait.holder_id, wait.belongs_to, wait.step) == (karin.person.id, karin.person.id, 1)
    assert karin.rings() == ["told"] and siv.rings() == []
    desk = karin.phone()
    start = words(desk.get("/").text)
    assert "En väntar på dig" in start and "Någon har berättat om en patient" in start and "Siv" not in start
    page = desk.get(f"/berattat/{db.short(row.id)}").text
    said = words(page)
    assert "Någon har berättat om Siv Nyberg" in said and TEXT in said and "070-174 06 12" in said
    assert "Får inte visas för patienten utan sekretessprövning." in said
    assert karin.rings() == []


def test_the_page_says_what_happens_before_anything_is_written(world: World, karin: Staff, clockwork: Travel) -> None:
    clockwork.move_to(wall("2026-11-04 23:50"))
    phone = world.app.test_client()
    assert karin.unit.name in phone.get("/beratta").text
    html = phone.get(f"/beratta/{db.short(karin.unit.id)}").text
    said = words(html)
    assert "Ingen läser det här före i morgon kl. 8.00." in said
    assert "Någon på Mottagning Björken läser senast fredag 6 november kl. 15.30." in said
    for line in (
        "De får lyssna på dig",
        "Du får inte veta",
        "får inte se det, om inte vården först prövar",
        "112",
        "1177",
    ):
        assert line in said and html.index(line) < html.index("<textarea")
    sent = tells(world, karin.unit, "Ingen Alls", "1980", phone=phone)  # type: ignore[arg-type]
    thanks = words(phone.get(sent.location).text)
    assert "Någon på Mottagning Björken läser senast fredag 6 november kl. 15.30." in thanks
    works_on(world)
    (row,) = told()
    assert wait_of(row.id).promised_at == wall("2026-11-06 15:30")
    # An address that somebody has changed promises nothing.
    assert "senast" not in words(phone.get(sent.location.partition("?")[0] + "?nar=AAAA").text)


def test_known_and_unknown_are_answered_alike(world: World, siv: Patient, karin: Staff) -> None:
    answers = []
    for name, birth in (("Siv Nyberg", birth_of(siv)), ("Ingen Alls", "1961-01-02")):
        phone = world.app.test_client()
        sent = tells(world, karin.unit, name, birth, phone=phone)  # type: ignore[arg-type]
        heard = [re.sub(r"\s+", " ", it) for it in phone.heard]  # type: ignore[attr-defined]
        answers.append((sent.status_code, sent.location, heard, words(phone.get(sent.location).text)))
    assert answers[0] == answers[1]


def test_what_was_typed_stays_when_something_is_missing(world: World, karin: Staff) -> None:
    answer = tells(world, karin.unit, "  ", "", "Hon mår inte bra.")
    assert answer.status_code == 422 and told() == []
    assert "Hon mår inte bra." in answer.text and "Skriv namnet, så gott du vet." in answer.text
    assert "Vet du den inte, skriv ungefär hur gammal" in answer.text
    assert world.app.test_client().get(f"/beratta/{db.short(db.new_key())}").status_code == 404


def test_a_second_press_tells_nothing_twice(world: World, karin: Staff) -> None:
    phone, page = world.app.test_client(), f"/beratta/{db.short(karin.unit.id)}"
    sent = form_in(phone.get(page).text) | {"name": "Siv", "birth": "1980", "text": TEXT, "reach": ""}
    assert [phone.post(page, data=sent).status_code for _ in range(2)] == [303, 303]
    works_on(world)
    assert phone.post(page, data=sent).status_code == 303
    works_on(world)
    assert len(told()) == 1


def test_a_flood_stops_and_what_was_typed_stays(world: World, karin: Staff, clockwork: Travel) -> None:
    for number in range(OF_ONE):
        assert tells(world, karin.unit, f"Person {number}", "1980").status_code == 303
    full = tells(world, karin.unit, "Siv", "1980", "Det sista.")
    assert full.status_code == 429 and "Det sista." in full.text and "046-13 90 06 10" not in full.text
    assert "Inte skickat än" in full.text and len(told()) == OF_ONE
    # Nobody is shut out for long, and it is never counted by whom it is about.
    clockwork.shift(timedelta(minutes=3))
    assert tells(world, karin.unit, "Siv", "1980", "Det sista.").status_code == 303
    assert tells(world, karin.unit, "Siv", "1980", "Det sista.").status_code == 429


def test_nothing_of_it_can_be_read_in_the_database(world: World, siv: Patient, karin: Staff) -> None:
    tells(world, karin.unit, "Siv Nyberg", birth_of(siv), reach="0701740612")
    row: Any = db.run(text("select * from told")).one()
    dump = b" ".join(it for it in row if isinstance(it, bytes | memoryview))
    for secret in ("Siv", birth_of(siv), "sovit", "0701740612"):
        assert secret.encode() not in dump
    assert {name for name in row._fields if isinstance(getattr(row, name), str)} == set()


def test_whom_the_patient_has_not_wanted_asked_never_gets_it(
    world: World, siv: Patient, karin: Staff, erik: Staff
) -> None:
    with db.transaction():
        request_service.block(karin.person.id, by=siv.viewer, now=clock.now())
    tells(world, karin.unit, "Siv Nyberg", birth_of(siv))
    works_on(world)
    (row,) = told()
    assert wait_of(row.id).holder_id == erik.person.id
    assert karin.phone().get(f"/berattat/{db.short(row.id)}").status_code == 404
    assert "Någon har berättat" not in karin.phone().get("/").text


def test_a_block_that_comes_later_moves_it(world: World, siv: Patient, karin: Staff, erik: Staff) -> None:
    tells(world, karin.unit, "Siv Nyberg", birth_of(siv))
    works_on(world)
    (row,) = told()
    with db.transaction():
        request_service.block(karin.person.id, by=siv.viewer, now=clock.now())
    assert karin.phone().get(f"/berattat/{db.short(row.id)}").status_code == 404
    works_on(world)
    assert wait_of(row.id).holder_id == erik.person.id and erik.rings() == ["told"]


def test_somebody_who_works_there_and_is_the_patient_never_learns_of_it(
    world: World, karin: Staff, erik: Staff
) -> None:
    """Erik is a patient where he works, and leads the unit."""
    from app.care import contact_service as contacts
    from app.care import unit_service
    from tests.world import ADULT

    with db.transaction():
        unit_service.name_head(karin.unit.id, erik.person.id, (world.function[0],), by=SYSTEM, now=clock.now())
        patient = accounts_register(erik)
        contacts.appoint(
            patient, karin.person.id, karin.unit, coordinating=True, born=ADULT, by=SYSTEM, now=clock.now()
        )
    # His number says no day, so that it is sorted by hand.
    tells(world, karin.unit, "Erik Lund", "1980-01-01")
    works_on(world)
    (row,) = told()
    with db.transaction():
        told_service.sort(row.id, erik.person.id, by=karin.viewer, now=clock.now())
    world.works_on()
    assert wait_of(row.id).holder_id == karin.person.id
    for path in (f"/berattat/{db.short(row.id)}", f"/berattat/{db.short(row.id)}/vem"):
        assert erik.phone().get(path).status_code == 404
    karin.is_away("2026-11-04 00:00")
    world.works_on()
    assert wait_of(row.id).holder_id not in (erik.person.id, karin.person.id)
    assert erik.phone().get(f"/berattat/{db.short(row.id)}").status_code == 404
    assert "Någon har berättat" not in erik.phone().get("/fragor").text
    assert "told" not in erik.rings()


def accounts_register(staff: Staff) -> Any:
    from app.accounts.models import Patient as PatientRow

    db.session().add(PatientRow(person_id=staff.person.id, since=clock.now()))
    db.session().flush()
    return staff.person


def test_what_nobody_knows_whom_it_is_about_is_sorted_by_hand(
    world: World, siv: Patient, karin: Staff, erik: Staff
) -> None:
    world.duty("2026-11-04 08:00", "2026-11-04 16:30", erik)
    world.patient("Siv Bark", contact="Erik Lund")
    tells(world, karin.unit, "Siv", "omkring fyrtio")
    works_on(world)
    (row,) = told()
    wait = wait_of(row.id)
    assert (wait.holder_id, wait.step, wait.about_id, wait.belongs_to) == (erik.person.id, 4, None, None)
    promised = wait.promised_at
    desk, page = erik.phone(), f"/berattat/{db.short(row.id)}"
    assert "Vem gäller det?" in desk.get(page).text
    found = desk.get(f"{page}/vem").text
    assert "Siv Nyberg" in found and "Siv Bark" in found
    token = token_in(found)
    none = desk.post(f"{page}/vem", data={"csrf_token": token, "sought": "Zzz"})
    assert none.status_code == 200 and "Ingen här heter så." in none.text
    nobody = desk.post(f"{page}/vem", data={"csrf_token": token, "sought": "Siv", "vald": "1"})
    assert nobody.status_code == 422 and "Välj en person i listan." in nobody.text
    chosen = {"csrf_token": token, "sought": "Siv", "vald": "1", "patient": db.short(siv.person.id)}
    assert desk.post(f"{page}/vem", data=chosen).status_code == 303
    (row,), wait = told(), wait_of(row.id)
    assert (row.patient_id, row.sorted_by) == (siv.person.id, erik.person.id)
    assert (wait.about_id, wait.belongs_to, wait.holder_id) == (siv.person.id, karin.person.id, karin.person.id)
    assert wait.promised_at == promised, "the clock goes on"
    assert karin.rings() == ["told"] and TEXT in karin.phone().get(page).text
    world.works_on()
    assert wait_of(row.id).holder_id == karin.person.id
    assert desk.post(f"{page}/vem", data=chosen).status_code in (303, 404, 409)


def test_nobody_elsewhere_can_be_chosen(world: World, siv: Patient, karin: Staff) -> None:
    rut = world.patient("Rut Ask", contact="Jonas Ström") if world.staff("Jonas Ström", unit="Granen") else None
    assert rut
    tells(world, karin.unit, "Rut", "vet inte")
    works_on(world)
    (row,) = told()
    desk, page = karin.phone(), f"/berattat/{db.short(row.id)}/vem"
    html = desk.get(page).text
    assert "Rut Ask" not in html
    sent = {"csrf_token": token_in(html), "sought": "Rut", "vald": "1", "patient": db.short(rut.person.id)}
    assert desk.post(page, data=sent).status_code == 422
    assert told()[0].patient_id is None


def test_it_ends_by_a_person_with_a_reason_of_the_staffs_own(world: World, siv: Patient, karin: Staff) -> None:
    tells(world, karin.unit, "Någon", "vet inte")
    works_on(world)
    (row,) = told()
    desk, page = karin.phone(), f"/berattat/{db.short(row.id)}"
    html = desk.get(f"{page}/inget-mer?okand=1").text
    assert "Vi vet inte vem det gäller." in html
    empty = desk.post(f"{page}/inget-mer", data={"csrf_token": token_in(html), "text": " "})
    assert empty.status_code == 422 and wait_of(row.id).ended_at is None
    sent = {"csrf_token": token_in(html), "text": "Vi vet inte vem det gäller."}
    assert desk.post(f"{page}/inget-mer", data=sent).status_code == 303
    wait = wait_of(row.id)
    assert (wait.ended_how, wait.ended_by, wait.reason) == ("no_need", karin.person.id, "Vi vet inte vem det gäller.")
    assert "Vi vet inte vem det gäller." in desk.get(page).text
    assert desk.post(f"{page}/inget-mer", data=sent).status_code == 303, "the same again is done already"


def test_it_is_removed_after_thirty_days_and_never_while_it_waits(
    world: World, siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    for name, birth in (("Okänd Ett", "?"), ("Okänd Två", "?"), ("Siv Nyberg", birth_of(siv))):
        tells(world, karin.unit, name, birth)
    works_on(world)
    desk = karin.phone()
    for row in told():
        if row.name != "Okänd Två":
            page = f"/berattat/{db.short(row.id)}/inget-mer"
            token = token_in(desk.get(page).text)
            desk.post(page, data={"csrf_token": token, "text": "Läst."})
    clockwork.shift(timedelta(days=29, hours=23))
    assert told_service.forget_unsorted(by=SYSTEM, now=clock.now()) == 0
    clockwork.shift(timedelta(hours=2))
    assert told_service.forget_unsorted(by=SYSTEM, now=clock.now()) == 1
    assert sorted(row.name for row in told()) == ["Okänd Två", "Siv Nyberg"], "it still waits; it is about somebody"


def test_it_climbs_like_any_other(world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel) -> None:
    tells(world, karin.unit, "Siv Nyberg", birth_of(siv))
    works_on(world)
    (row,) = told()
    rungs = [("2026-11-05 14:30", karin, "reminder"), ("2026-11-06 10:00", erik, "told")]
    for at, who, kind in rungs:
        clockwork.move_to(wall(at))
        assert karin.viewer and erik.viewer
        world.works_on()
        assert kind in who.rings(), at
    clockwork.move_to(wall("2026-11-06 14:00"))
    world.works_on()
    wait = wait_of(row.id)
    assert wait.broken == 1 and siv.rings() == []
    head = world.function_people()[0]
    assert "told" in head.rings()
    late = words(head.phone().get("/fragor").text)
    assert "Någon har berättat om en patient" in late and "Siv" not in late


def test_a_head_takes_it_with_a_reason_and_reads_it_then(world: World, siv: Patient, karin: Staff) -> None:
    maria, _leila = world.leads("Maria Hedlund", "Leila Haddad", of=karin)
    tells(world, karin.unit, "Siv Nyberg", birth_of(siv))
    works_on(world)
    (row,) = told()
    desk, page = maria.phone(), f"/berattat/{db.short(row.id)}"
    html = desk.get(page).text
    assert TEXT not in html and "Siv" not in html and "Karin Ek har det." in words(html)
    for path in ("/pratats-vid", "/inget-mer", "/lamna-over", "/fraga-kollega", "/vem"):
        assert desk.get(page + path).status_code == 404
    token = token_in(html)
    assert desk.post(f"{page}/ta", data={"csrf_token": token, "text": ""}).status_code == 422
    assert desk.post(f"{page}/ta", data={"csrf_token": token, "text": "Karin är på kurs."}).status_code == 303
    assert TEXT in desk.get(page).text and karin.rings()[-1:] != ["wait"]
    assert wait_of(row.id).holder_id == maria.person.id
    turns = db.session().scalars(select(Handoff).where(Handoff.wait_id == wait_of(row.id).id)).all()
    assert [it.words for it in turns if it.reason == "taken"] == ["Karin är på kurs."]


def test_it_is_handed_over_asked_about_and_ended_by_a_call(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    maja = world.staff("Maja Lind")
    tells(world, karin.unit, "Siv Nyberg", birth_of(siv), reach="Anna 070-174 06 12")
    works_on(world)
    (row,) = told()
    page = f"/berattat/{db.short(row.id)}"
    desk = karin.phone()
    token = token_in(desk.get(f"{page}/lamna-over").text)
    assert desk.post(f"{page}/lamna-over", data={"csrf_token": token, "text": "x"}).status_code == 422
    given = {"csrf_token": token, "person": db.short(erik.person.id), "text": "Du känner familjen."}
    assert desk.post(f"{page}/lamna-over", data=given).status_code == 303
    assert wait_of(row.id).holder_id == erik.person.id and erik.rings() == ["told"]
    hers = words(desk.get(page).text)
    assert TEXT not in hers and "Erik Lund har det." in hers
    his = erik.phone()
    token = token_in(his.get(f"{page}/fraga-kollega").text)
    asked = {"csrf_token": token, "person": db.short(maja.person.id), "text": "Vad tror du?"}
    assert his.post(f"{page}/fraga-kollega", data=asked).status_code == 303
    assert maja.rings() == ["told"] and TEXT in maja.phone().get(page).text
    clockwork.shift(timedelta(minutes=20))
    theirs = maja.phone()
    html = theirs.get(f"{page}/pratats-vid").text
    token = token_in(html)
    future = {"csrf_token": token, "day": "2026-11-04", "clock": "16.00"}
    assert theirs.post(f"{page}/pratats-vid", data=future).status_code == 422
    then = {"csrf_token": token, "day": "2026-11-04", "clock": "15.10"}
    assert theirs.post(f"{page}/pratats-vid", data=then).status_code == 303
    wait = wait_of(row.id)
    assert (wait.ended_how, wait.talked_at) == ("talked", wall("2026-11-04 15:10"))
    late = his.post(f"{page}/inget-mer", data={"csrf_token": token_in(his.get(page).text), "text": "Läst."})
    assert late.status_code == 409 and "Maja Lind har pratat" in words(late.text)
    # Who ended it reads it for five office days, and nobody after that.
    assert TEXT in theirs.get(page).text and TEXT not in his.get(page).text
    clockwork.move_to(wall("2026-11-12 09:00"))
    assert maja.phone().get(page).status_code == 404


def test_the_contact_who_is_back_sees_that_it_waits_and_takes_it(
    world: World, siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    karin.is_away("2026-11-04 00:00", "2026-11-06 00:00", erik)
    tells(world, karin.unit, "Siv Nyberg", birth_of(siv))
    works_on(world)
    (row,) = told()
    assert wait_of(row.id).holder_id == erik.person.id
    clockwork.move_to(wall("2026-11-06 08:00"))
    world.works_on()
    desk = karin.phone()
    missed = words(desk.get("/medan-du-var-borta").text)
    assert "Någon har berättat om en patient" in missed and "Erik Lund har frågan." in missed and "Siv" not in missed
    page = f"/berattat/{db.short(row.id)}"
    html = desk.get(page).text
    assert TEXT not in html
    assert desk.post(f"{page}/ta", data={"csrf_token": token_in(html)}).status_code == 303
    assert TEXT in desk.get(page).text


def test_the_worker_that_cannot_read_it_lets_a_person_see_that_it_is_there(world: World, karin: Staff) -> None:
    said = Words("Siv", "1980-01-01", TEXT, None)
    with db.transaction():
        told_service.tell(karin.unit.id, said, key=fresh_key(), sender="s", by=SYSTEM, now=clock.now())
        db.run(text("update told set name_sealed = '\\x00'"))
    works_on(world)
    (row,) = told()
    assert wait_of(row.id).holder_id == karin.person.id


@pytest.mark.parametrize("minutes", [1, 3])
def test_what_nobody_has_looked_at_raises_the_alarm(
    world: World, karin: Staff, clockwork: Travel, minutes: int
) -> None:
    from app.core import pulse

    tells(world, karin.unit, "Siv", "1980")
    clockwork.shift(timedelta(minutes=minutes))
    with db.transaction() as session:
        found = {it.name for it in pulse.alarms(session.connection(), now=clock.now())}
    assert ("told_unlooked" in found) == (minutes > 2)


def test_care_that_ends_leaves_it_to_a_person(world: World, siv: Patient, karin: Staff) -> None:
    tells(world, karin.unit, "Siv Nyberg", birth_of(siv))
    works_on(world)
    (row,) = told()
    with db.transaction():
        subject_service.end_care(siv.person.id, by=SYSTEM, now=clock.now())
    assert wait_of(row.id).ended_at is None
