"""The patient reads who did what with what is theirs, and why they could, in plain words."""

import csv
import io
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.accounts import ending_service, oidc_service
from app.accounts.models import Patient as PatientRow
from app.accounts.oidc import Vouched
from app.care import request_service
from app.core import audit, clock, db
from app.core.audit import SYSTEM, Entry
from app.log import history_queries
from app.messages import queries as messages
from app.messages import question_service
from app.relatives.models import Relation, Relative
from app.waits import service as waits
from tests.care.around import said
from tests.log.reading import items, lines, of, reads, told
from tests.messages.conftest import Travel
from tests.world import Patient, Someone, Staff, World, today, wall

READ = "Läste dina meddelanden."


def test_who_reads_stands_in_the_log_at_once(siv: Patient, karin: Staff, thread: UUID) -> None:
    reads(karin, thread)
    assert of(siv, "Karin Ek") == [f"{READ} Din fasta vårdkontakt."]
    (line,) = (it for it in lines(siv) if it.who == "Karin Ek" and it.thread)
    assert (line.title, line.unit, line.thread) == ("sjuksköterska", "Mottagning Björken", thread)
    assert line.topic == "Kan jag ta tabletten på morgonen?"


def test_a_substitute_is_explained_then_and_later(
    siv: Patient, karin: Staff, erik: Staff, maja: Staff, world: World, clockwork: Travel
) -> None:
    karin.is_away("2026-11-05 08:00", "2026-11-06 23:00", erik)
    thread = siv.asks("Vem läser nu?")
    reads(erik, thread)
    assert of(siv, "Erik Lund") == [f"{READ} Svarar i stället för Karin Ek."]
    clockwork.move_to(wall("2026-11-05 11:00"))
    erik.writes("Jag svarar i dag.", thread=thread)
    clockwork.move_to(wall("2026-11-06 09:00"))
    reads(erik, thread)
    assert of(siv, "Erik Lund") == [
        f"{READ} Hade svarat dig dagarna före.",
        f"Skrev till dig. {READ} Svarade då i stället för Karin Ek.",
    ]


def test_whoever_had_the_shift_is_explained(
    siv: Patient, karin: Staff, erik: Staff, maja: Staff, world: World, clockwork: Travel
) -> None:
    world.duty("2026-11-05 08:00", "2026-11-05 16:30", erik)
    karin.is_away("2026-11-05 08:00", "2026-11-06 23:00")
    thread = siv.asks("Vem läser nu?")
    erik.phone().get("/")
    assert of(siv, "Erik Lund") == [
        "Såg att du väntade på svar, och hur din fråga börjar, men läste inte resten."
        " Har bevakning, och svarar i stället för Karin Ek."
    ]
    erik.writes("Det är jag.", thread=thread)
    assert of(siv, "Erik Lund")[0].endswith("Hade bevakning då, och svarade i stället för Karin Ek.")


def test_whoever_was_asked_is_explained(siv: Patient, karin: Staff, erik: Staff, thread: UUID) -> None:
    with db.transaction():
        waits.ask_colleague("thread", thread, erik.person.id, words="Vet du?", by=karin.viewer, now=clock.now())
    reads(erik, thread)
    assert of(siv, "Erik Lund") == [f"{READ} Blev tillfrågad av Karin Ek."]
    assert "Bad en kollega om hjälp med din fråga." in of(siv, "Karin Ek")[0]


def test_the_ladder_is_said_in_plain_words(
    siv: Patient, maja: Staff, thread: UUID, world: World, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-09 09:00"))
    world.works_on()
    reads(maja, thread)
    assert of(siv, "Maja Lind") == [f"{READ} Blev tillfrågad när svaret dröjde."]
    assert "Närlinjen: Påminde om din fråga, eller lät någon mer få den." in told(siv)


def test_a_head_who_sees_that_a_question_waits_has_read_no_text(
    siv: Patient, maja: Staff, thread: UUID, clockwork: Travel
) -> None:
    clockwork.move_to(wall("2026-11-09 08:30"))
    maja.phone().get("/fragor")
    assert of(siv, "Maja Lind") == ["Såg att du väntade på svar, men läste ingen text. Leder mottagningen."]


def test_rows_of_one_person_thing_and_day_are_one_line(
    siv: Patient, karin: Staff, thread: UUID, clockwork: Travel
) -> None:
    for _time in range(3):
        reads(karin, thread)
        karin.phone().get("/")
        clockwork.shift(timedelta(minutes=10))
    clockwork.move_to(wall("2026-11-06 00:01"))
    reads(karin, thread)
    assert [(it.day.day, it.first_at, it.at) for it in lines(siv) if it.who == "Karin Ek"] == [
        (6, wall("2026-11-06 00:01"), wall("2026-11-06 00:01")),
        (5, wall("2026-11-05 10:30"), wall("2026-11-05 10:50")),
    ]
    html = siv.phone().get("/vem-har-last").text
    assert "kl. 10.30–10.50 Karin Ek Läste dina meddelanden, 3 gånger. Din fasta vårdkontakt." in items(html)[1]


def test_the_day_is_the_swedish_one_on_both_sides_of_midnight_and_of_summer_time(
    siv: Patient, karin: Staff, thread: UUID, clockwork: Travel
) -> None:
    for at in ("2027-03-27 23:59", "2027-03-28 00:01", "2027-03-28 23:59", "2027-03-29 00:01"):
        clockwork.move_to(wall(at))
        write(Entry("thread.read", siv.person.id, karin.unit.id, f"thread:{db.short(thread)}"), by=karin)
    days = [it.day.day for it in lines(siv) if it.who == "Karin Ek"]
    assert days == [29, 28, 27]


def write(*entries: Entry, by: Someone) -> None:
    with db.transaction() as session:
        audit.record(session, entries, by=by.viewer, now=clock.now())


def test_what_one_does_oneself_is_said_as_ones_own(siv: Patient, thread: UUID, clockwork: Travel) -> None:
    clockwork.shift(timedelta(minutes=1))
    siv.writes("En sak till.", thread=thread)
    with db.transaction():
        number = siv.person.number
        assert number
        agent = "Mozilla/5.0 (Linux; Android 14) Chrome/130"
        oidc_service.enter_patient(Vouched(number, "Siv Nyberg"), offer=None, agent=agent, by=SYSTEM, now=clock.now())
    assert [it for it in told(siv) if it.startswith("Du")] == [
        "Du: Loggade in med e-legitimation på Chrome på en telefon eller platta med Android.",
        "Du: Skrev en ny fråga.",
    ]
    assert {"Skrev ett meddelande.", "Ställde en fråga."} <= {row[5] for row in sheet(siv)}


def test_a_relative_is_called_what_the_patient_calls_them(siv: Patient, world: World) -> None:
    tom = world.patient("Tom Wiklund", contact=None)
    let_in(siv, tom, "Min bror")
    write(Entry("shared.seen", siv.person.id, None, "relation:x"), by=tom)
    write(Entry("shared.seen", siv.person.id, None, "relation:x"), by=world.patient("Okänd", contact=None))
    assert "Min bror: Såg det du delar. Någon som du har bjudit in." in told(siv)
    assert "Okänd: Såg det du delar." in told(siv)
    assert all(it.staff is None for it in lines(siv) if it.who in ("Min bror", "Okänd"))


def let_in(siv: Patient, tom: Someone, name: str) -> None:
    with db.transaction() as session:
        now = clock.now()
        session.add(Relative(person_id=tom.person.id, since=now))
        session.flush()
        relation = Relation(id=db.new_key(), patient_id=siv.person.id, relative_id=tom.person.id, name=name)
        relation.items, relation.place, relation.secret_digest = ["contact"], "K7QF", b"x" * 32
        relation.offered_at = relation.accepted_at = relation.confirmed_at = now
        relation.offer_ends_at = relation.until_at = now + timedelta(days=9)
        session.add(relation)
        session.flush()


def test_a_nurse_who_is_a_patient_reads_their_own_in_private_only(
    siv: Patient, karin: Staff, erik: Staff, world: World
) -> None:
    with db.transaction() as session:
        session.add(PatientRow(person_id=karin.person.id, since=clock.now()))
    write(Entry("patient.opened", karin.person.id, erik.unit.id), by=erik)
    write(Entry("patient.opened", siv.person.id, erik.unit.id), by=karin)
    for path in ("", "/lista", "?fraga=1"):
        assert karin.phone().get(f"/vem-har-last{path}").status_code == 404
    mine = said(Someone(world, karin.person).phone().get("/vem-har-last"))
    assert "Erik Lund Öppnade sidan om dig: namn och kontakter." in mine and "Karin Ek" not in mine


def test_another_patient_sees_nothing_of_it(siv: Patient, karin: Staff, thread: UUID, world: World) -> None:
    reads(karin, thread)
    leif = world.patient("Leif Dahl")
    assert not [it for it in lines(leif) if it.thread or it.topic]
    assert READ not in said(leif.phone().get("/vem-har-last"))
    assert history_queries.state_of(leif.viewer, siv.person.id) is None


def test_what_is_told_about_a_patient_never_shows(siv: Patient, karin: Staff) -> None:
    before, rows = told(siv), len(sheet(siv))
    for kind in ("told", "relative_call"):
        write(Entry("wait.seen", None, karin.unit.id, f"{kind}:x"), by=karin)
        # Not even a row that wrongly names the patient.
        write(Entry("wait.seen", siv.person.id, karin.unit.id, f"{kind}:x"), by=karin)
    assert told(siv) == before and len(sheet(siv)) == rows


def test_reading_ones_own_log_writes_nothing_in_it(siv: Patient, karin: Staff, thread: UUID) -> None:
    reads(karin, thread)
    before, phone = told(siv), siv.phone()
    for _time in range(3):
        phone.get("/vem-har-last")
        phone.get("/vem-har-last?fraga=1")
        phone.get("/vem-har-last/lista")
    assert told(siv) == before


def test_the_whole_list_has_every_row_as_it_was(siv: Patient, karin: Staff, thread: UUID) -> None:
    karin.phone().get("/")
    reads(karin, thread)
    reads(karin, thread)
    rows = sheet(siv)
    assert rows[0] == ["Dag", "Tid", "Vem", "Titel", "Enhet", "Vad", "Varför"]
    theirs = [row for row in rows if row[2] == "Karin Ek"]
    assert [row[5] for row in theirs].count(READ) == 2 and len(theirs) == 3
    assert theirs[0][:5] == ["2026-11-05", "10:30:00", "Karin Ek", "sjuksköterska", "Mottagning Björken"]
    assert (
        len(rows) - 1
        == db.session()
        .execute(text("select count(*) from access_log where patient_id = :key"), {"key": siv.person.id})
        .scalar()
    )


def sheet(patient: Patient) -> list[list[str]]:
    answer = patient.phone().get("/vem-har-last/lista")
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))


def test_a_name_that_looks_like_a_formula_is_only_text(siv: Patient, world: World) -> None:
    odd = world.staff("=1+1")
    with db.transaction():
        request_service.note_search(siv.person.id, by=odd.viewer, now=clock.now())
    assert "'=1+1" in {row[2] for row in sheet(siv)}


def test_beyond_the_last_row_there_is_nothing_more(siv: Patient) -> None:
    page = said(siv.phone().get("/vem-har-last?fore=1.0"))
    assert "Inget mer finns här" in page and "Till det senaste" in page


def test_closed_threads_and_locks_have_their_words(siv: Patient, karin: Staff, thread: UUID) -> None:
    karin.writes("Ta den på morgonen.", thread=thread)
    with db.transaction():
        head = messages.thread_for(karin.viewer, thread, today=today())
        question_service.close(head, by=karin.viewer, now=clock.now())
    with db.transaction():
        ending_service.lock(siv.person.id, unit_id=karin.unit.id, by=karin.viewer, now=clock.now())
    deeds = " ".join(of_row(siv.person.id, karin))
    assert "Avslutade en fråga." in deeds and "Låste allt som är ditt." in deeds


def of_row(patient: UUID, who: Staff) -> list[str]:
    from app.log import words

    return [
        words.said(deed.action, deed.detail, count=deed.count)
        for line in history_queries.day_for(who.viewer, patient, who.person.id, clock.now(), now=clock.now())
        for deed in line.deeds
    ]


@pytest.mark.parametrize("unit", [True, False])
def test_a_row_of_no_unit_is_of_where_its_person_works(siv: Patient, karin: Staff, maja: Staff, unit: bool) -> None:
    write(Entry("patient.opened", siv.person.id, karin.unit.id if unit else None), by=maja)
    (line,) = (it for it in lines(siv) if it.who == "Maja Lind")
    assert (line.unit, line.because.kind) == ("Mottagning Björken", "head")
