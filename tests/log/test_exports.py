"""What a patient may have of what is kept of them: all of it, nothing of others', and never half a file."""

import json
import re
import stat
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Person, Relative
from app.bookings import answer_service
from app.bookings.offer_rules import packed
from app.bookings.rules import CLOSING
from app.core import audit, db
from app.core.audit import SYSTEM, Entry
from app.core.errors import NotFound
from app.log import export_queries, pdf
from app.relatives.models import Relation, RelativeCall, Told
from tests.bookings.times import books
from tests.test_commands import Run, run
from tests.world import Patient, World, token_in

SECRET = "Det här har en granne berättat"


@pytest.fixture
def siv(world: World) -> Patient:
    """Siv has written, been answered, and invited her sister, who wants a call; a neighbour has told."""
    siv, karin = world.patient("Siv Nyberg"), world.staff("Karin Ek")
    thread = siv.asks("Jag vaknar vid tre. Räkmacka på Ön – “ja”, 😀.")
    karin.writes("Ta den på morgonen.", thread=thread)
    karin.phone().get(f"/meddelanden/{db.short(thread)}")
    sister = world.patient("Gun Nyberg", contact=None)
    now = world.now()
    with db.transaction() as session:
        session.add(Relative(person_id=sister.person.id, since=now))
        session.flush()
        relation = Relation(
            id=db.new_key(),
            patient_id=siv.person.id,
            relative_id=sister.person.id,
            items=["contact"],
            until_at=now.replace(year=now.year + 1),
            place="AAAA",
            secret_digest=b"x" * 32,
            offered_at=now,
            offer_ends_at=now.replace(year=now.year + 1),
            accepted_at=now,
        )
        relation.name = "Min syster"
        told = Told(id=db.new_key(), unit_id=karin.unit.id, told_at=now, looked_at=now, sorted_at=now)
        told.patient_id = siv.person.id
        told.name, told.birth, told.text = "Siv Nyberg", "1956", SECRET
        session.add_all([relation, told])
        session.flush()
        call = RelativeCall(
            id=db.new_key(), relation_id=relation.id, unit_id=karin.unit.id, asked_at=now, digest=b"x" * 32
        )
        call.number, call.text = "+46701740612", SECRET
        session.add(call)
        session.flush()
        about = (siv.person.id, karin.unit.id)
        audit.record(session, Entry("told.read", *about, "told:x"), by=karin.viewer, now=now)
        audit.record(session, Entry("wait.seen", *about, "relative_call:x"), by=karin.viewer, now=now)
        audit.record(session, Entry("contact.seen", siv.person.id), by=sister.viewer, now=now)
    return siv


def file_of(world: World, who: Patient) -> dict[str, Any]:
    return export_queries.file_of(SYSTEM, who.person.id, now=world.now())


def test_a_file_has_what_is_the_patients_own(world: World, siv: Patient) -> None:
    found = file_of(world, siv)
    assert found["person"]["name"] == "Siv Nyberg" and found["person"]["number"] == siv.person.number
    assert [it["who"] for it in found["contacts"]] == ["Karin Ek, sjuksköterska"]
    (thread,) = found["threads"]
    assert [it["from"] for it in thread["messages"]] == ["du själv", "Karin Ek, sjuksköterska"]
    assert thread["messages"][0]["text"].endswith("“ja”, 😀.") and thread["unit"] == "Mottagning Björken"
    assert thread["questions"][0]["ended_how"] == "reply"
    assert [it["name"] for it in found["relatives"]] == ["Min syster"]
    assert ("Karin Ek, sjuksköterska", "Läste dina meddelanden.") in {(it["who"], it["what"]) for it in found["log"]}
    assert json.loads(json.dumps(found)) == found


def test_nothing_that_was_told_and_no_relatives_call_is_in_it(world: World, siv: Patient) -> None:
    said = json.dumps(file_of(world, siv), ensure_ascii=False)
    for hidden in (SECRET, "told", "relative_call", "granne", "0701740612", "Gun Nyberg"):
        assert hidden not in said, hidden
    assert "någon du har bjudit in" in said


def test_nothing_with_which_somebody_could_come_in_is_in_it(world: World, siv: Patient) -> None:
    said, token = json.dumps(file_of(world, siv)), siv.viewer.token
    assert not any(half in said for half in token.split(".")) and "digest" not in said and "secret" not in said
    assert file_of(world, siv)["ways_in"]["sessions"]


def test_no_place_is_named_of_somebody_with_a_protected_identity(world: World, siv: Patient) -> None:
    with db.transaction() as session:
        siv.person.protected = True
        session.flush()
    said = json.dumps(file_of(world, siv), ensure_ascii=False)
    assert "Mottagning Björken" not in said and '"protected": true' in said


def test_a_file_is_the_patients_own_or_the_keepers(world: World, siv: Patient) -> None:
    other, karin = world.patient("Tom Dahl"), world.staff("Karin Ek")
    for who in (other, karin):
        with pytest.raises(NotFound):
            export_queries.file_of(who.viewer, siv.person.id, now=world.now())
    with pytest.raises(NotFound):
        export_queries.file_of(SYSTEM, karin.person.id, now=world.now())


def test_a_patient_takes_out_their_own_by_a_button_and_it_is_logged(world: World, siv: Patient) -> None:
    phone = siv.phone()
    page = phone.get("/inloggningar").text
    assert "Hämta mina uppgifter" in page
    answer = phone.post("/mina-uppgifter", data={"csrf_token": token_in(page)})
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.get_json()["person"]["name"] == "Siv Nyberg" and SECRET not in answer.text
    made = select(audit.log.c.actor_id).where(audit.log.c.action == "export.made")
    assert db.session().scalars(made).all() == [siv.person.id]
    karin = world.staff("Karin Ek").phone()
    token = token_in(karin.get("/inloggningar").text)
    assert karin.post("/mina-uppgifter", data={"csrf_token": token}).status_code == 404


def test_the_document_is_whole_and_says_its_language(world: World, siv: Patient) -> None:
    made = pdf.drawn(file_of(world, siv))
    assert made.startswith(b"%PDF") and made.rstrip().endswith(b"%%EOF")
    assert b"/Lang" in made and b"/Outlines" in made and b"/Title" in made
    assert pdf.printable("Räkmacka på Ön – “ja”, 😀.") == "Räkmacka på Ön – “ja”, □."


def test_the_document_stands_for_whatever_was_written(world: World) -> None:
    tom = world.patient("Tom <b>Dahl & Co")
    tom.asks("</para><b>& &lt; \x0b ملاحظة " + "x" * 3000 + "\n\n\n<br/>")
    made = pdf.drawn(file_of(world, tom))
    assert len(made) > 2000 and zlib.adler32(made)


@pytest.fixture
def command(own_app: Flask) -> Run:
    return partial(run, own_app)


def test_the_command_makes_two_files_that_only_their_owner_reads(
    own_world: World, command: Run, tmp_path: Path
) -> None:
    siv = own_world.patient("Siv Nyberg")
    siv.asks("Jag vaknar vid tre.")
    key = db.short(siv.person.id)
    done = command("export", "patient", key, "--to", tmp_path)
    assert done.exit_code == 0, done.output
    names = sorted(it.name for it in tmp_path.iterdir())
    assert [re.sub(r"\d{4}-\d\d-\d\d", "D", name) for name in names] == [
        f"narlinjen-{key}-D.json",
        f"narlinjen-{key}-D.pdf",
    ]
    assert all(stat.S_IMODE(it.stat().st_mode) == 0o600 for it in tmp_path.iterdir())
    assert json.loads((tmp_path / names[0]).read_text())["threads"][0]["messages"][0]["text"] == "Jag vaknar vid tre."
    made = select(audit.log.c.capacity).where(audit.log.c.action == "export.made")
    assert db.session().scalars(made).all() == ["system"]
    db.session().rollback()
    again = command("export", "patient", key, "--to", tmp_path)
    assert again.exit_code == 2 and "there already" in again.stderr and len(list(tmp_path.iterdir())) == 2


def test_what_the_command_refuses_is_one_line_and_leaves_nothing(
    own_world: World, command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    siv, karin = own_world.patient("Siv Nyberg"), own_world.staff("Karin Ek")
    key = db.short(siv.person.id)
    wrong = {
        "x": tmp_path,
        db.short(db.new_key()): tmp_path,
        db.short(karin.person.id): tmp_path,
        key: tmp_path / "none",
    }
    for one, folder in wrong.items():
        refused = command("export", "patient", one, "--to", folder)
        assert refused.exit_code == 2 and refused.stderr.count("\n") == 1 and refused.stdout == "", refused.output
    monkeypatch.setattr(pdf, "drawn", broken)
    assert command("export", "patient", key, "--to", tmp_path).exit_code != 0
    assert list(tmp_path.iterdir()) == []
    made = select(audit.log.c.id).where(audit.log.c.action == "export.made")
    assert db.session().scalars(made).all() == []


def broken(_file: dict[str, Any]) -> bytes:
    raise OSError(28, "No space left on device")


def test_the_times_are_in_it_with_what_happened_what_was_answered_and_each_letter(world: World, siv: Patient) -> None:
    key = books(world.staff("Karin Ek"), siv, "2026-12-10 09:00", bring="Legitimation.")
    with db.transaction():
        words = packed(["mon-morning"], "Helst efter lunch.")
        answer_service.answer(key, "tentative", words=words, by=siv.viewer, now=world.now())
    (time,) = file_of(world, siv)["bookings"]
    assert (time["title"], time["place"], time["bring"]) == ("Samtal", "Kyrkogatan 12, våning 2", "Legitimation.")
    assert time["starts_at"] == "2026-12-10T09:00:00+01:00" and time["meets"] == ["Karin Ek, sjuksköterska"]
    assert [(it["what"], it["who"]) for it in time["happened"]] == [
        ("made", "Karin Ek, sjuksköterska"),
        ("answered", "du själv"),
    ]
    (said,) = time["answers"]
    assert (said["answer"], said["suits"], said["words"]) == ("tentative", ["mon-morning"], "Helst efter lunch.")
    assert [it["closing"] for it in time["letters"]] == [CLOSING] and "Kyrkogatan" in time["letters"][0]["words"]
    assert pdf.drawn(file_of(world, siv)).startswith(b"%PDF")
    with db.transaction() as session:
        session.get_one(Person, siv.person.id).protected = True
    assert "Kyrkogatan" not in json.dumps(file_of(world, siv), ensure_ascii=False)


def test_the_patients_own_button_gives_them_too(world: World, siv: Patient) -> None:
    books(world.staff("Karin Ek"), siv, "2026-12-10 09:00")
    phone = siv.phone()
    taken = phone.post("/mina-uppgifter", data={"csrf_token": token_in(phone.get("/tider").text)}, lint=False)
    assert [it["title"] for it in json.loads(taken.text)["bookings"]] == ["Samtal"]
