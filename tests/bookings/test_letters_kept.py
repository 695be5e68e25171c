"""What is kept always invites the relative along: the database refuses the rest, files too, and a walk looks at all."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select, text
from sqlalchemy.exc import DBAPIError

from app.bookings.kind_models import ServiceType
from app.bookings.letter_rules import closed, filled
from app.bookings.models import AppointmentLetter
from app.bookings.rules import CLOSING
from app.core import clock, crypto, db
from app.core.locale import NAMES
from tests.bookings.test_letter_rules import GENERATED, SAID, TEXTS
from tests.bookings.times import books
from tests.test_commands import refused, run
from tests.world import World

Run = Callable[..., Result]
KIND: dict[str, Any] = {
    "unit": "Mottagning Björken", "name": "Samtal", "mode": "visit", "minutes": 45, "staff": ["SE2321000180-0"],
}  # fmt: skip


@pytest.fixture
def flask(own_app: Flask) -> Run:
    return partial(run, own_app)


def import_kinds(flask: Run, folder: Path, *kinds: object) -> Result:
    file = folder / "kinds.json"
    file.write_text(json.dumps(kinds))
    return flask("import", "kinds", file)


def templates() -> list[str]:
    found = list(db.session().scalars(select(ServiceType.letter).order_by(ServiceType.name)))
    db.session().rollback()
    return found


@pytest.mark.slow
def test_ten_thousand_letters_are_kept_and_the_walk_reads_them_all(own_world: World, flask: Run) -> None:
    """Any template, any language, each sealed and kept as the service keeps it."""
    booking = books(own_world.staff("Karin Ek"), own_world.patient("Siv Nyberg"), "2027-12-08 09:00")
    ring, now, rows = crypto.keyring(), clock.now(), []

    @settings(max_examples=GENERATED // 10)
    @given(template=TEXTS, facts=SAID, languages=st.permutations(sorted(NAMES)))
    def write(template: str, facts: Any, languages: list[str]) -> None:
        for turn in range(10):
            version = len(rows) + 2
            words = filled(closed(f"{template}{turn}"), facts)
            place = crypto.place("appointment_letter.words", booking, version)
            row = {"booking_id": booking, "version": version, "language": languages[0], "closing": CLOSING}
            rows.append(row | {"made_at": now, "words_sealed": ring.seal(_sound(words), place)})

    write()
    assert len(rows) >= GENERATED
    with db.transaction():
        db.run(insert(AppointmentLetter), rows)
    walked = flask("letters", "verify")
    assert walked.exit_code == 0, walked.output
    said = f"{len(rows) + 1} letters and 1 templates read, 0 do not invite the relative along\n"
    assert walked.stdout == said


def _sound(words: str) -> str:
    """What a database and a browser can hold: no half letters."""
    return words.encode(errors="replace").decode()


def test_the_database_itself_refuses_a_letter_or_a_template_without_the_line(own_world: World, owner: Engine) -> None:
    books(own_world.staff("Karin Ek"), own_world.patient("Siv Nyberg"), "2027-12-08 09:00")
    for words in ("Hej då.", "", f"{CLOSING} Nej."):
        for statement in (
            "update appointment_letter set closing = :words",
            "update service_type set letter = :words",
            "insert into appointment_letter select booking_id, 9, language, words_sealed, :words, made_at"
            " from appointment_letter",
        ):
            refusal = pytest.raises(DBAPIError, match=r"ck_(appointment_letter_closing|service_type_letter)")
            with refusal, owner.begin() as connection:
                connection.execute(text(statement), {"words": words})


def test_the_walk_names_what_has_lost_the_line(own_world: World, flask: Run, owner: Engine) -> None:
    booking = books(own_world.staff("Karin Ek"), own_world.patient("Siv Nyberg"), "2027-12-08 09:00")
    assert flask("letters", "verify").exit_code == 0
    with owner.begin() as connection:
        connection.execute(text("alter table appointment_letter drop constraint ck_appointment_letter_closing"))
        connection.execute(text("alter table service_type drop constraint ck_service_type_letter"))
        connection.execute(text("update appointment_letter set closing = 'Kom ensam.'"))
        connection.execute(text("update service_type set letter = 'Hej.'"))
    found = flask("letters", "verify")
    assert found.exit_code == 1 and f"letter {db.short(booking)}, version 1\n" in found.stdout
    assert found.stdout.endswith("1 letters and 1 templates read, 2 do not invite the relative along\n")


def test_a_file_of_kinds_comes_in_whole(own_world: World, flask: Run, tmp_path: Path) -> None:
    own_world.staff("Karin Ek")
    own = {"name": "Video", "mode": "video", "letter": f"Hej {{namn}}.\n\n{CLOSING}", "bring": "Hörlurar"}
    done = import_kinds(flask, tmp_path, KIND, KIND | own)
    assert done.exit_code == 0 and done.stdout == "2 kinds of time are in.\n", done.output
    assert templates() == [CLOSING, f"Hej {{namn}}.\n\n{CLOSING}"]
    again = import_kinds(flask, tmp_path, KIND)
    assert refused(again) == '[0].name: Mottagning Björken has "Samtal" already.\n'


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"letter": "Hej."}, f'[1].letter: must end with "{CLOSING}"'),
        ({"letter": f"{CLOSING} Kom ensam."}, f'[1].letter: must end with "{CLOSING}"'),
        ({"letter": f"{{adress}} {CLOSING}"}, "[1].letter: {adress} cannot be filled in; known are {namn}, {tid}"),
        ({"letter": f"Hej\x00 {CLOSING}"}, "[1].letter: must be a text of at most 3000 letters"),
        ({"letter": f"\ud800 {CLOSING}"}, "[1].letter: must be a text of at most 3000 letters"),
        ({"letter": None}, "[1].letter: must be a text"),
        ({"mode": "letter"}, "[1].mode: must be one of visit, phone, video, home"),
        ({"minutes": 4}, "[1].minutes: must be a number of minutes from 5 to 720"),
        ({"staff": ["SE-0"]}, '[1].staff: nobody with the HSA-id "SE-0" works at Mottagning Björken.'),
        ({"unit": "Ingen"}, '[1].unit: there is no unit named "Ingen".'),
        ({"place": "Huset"}, '[1].place: Mottagning Björken has no place named "Huset".'),
        ({"place": "Huset", "mode": "home"}, "[1].place: must be empty, since only a visit has a place"),
        ({"closing": "Nej"}, "[1].closing: there is no such key"),
    ],
)
def test_a_file_that_is_wrong_is_one_sentence_and_nothing_is_in(
    own_world: World, flask: Run, tmp_path: Path, wrong: dict[str, object], said: str
) -> None:
    own_world.staff("Karin Ek")
    assert said in refused(import_kinds(flask, tmp_path, KIND, KIND | {"name": "Två"} | wrong))
    assert templates() == []


def test_a_file_that_is_none(flask: Run, tmp_path: Path) -> None:
    assert "cannot be read" in refused(flask("import", "kinds", tmp_path / "none.json"))
    (tmp_path / "bad.json").write_text("{")
    assert "this is not JSON" in refused(flask("import", "kinds", tmp_path / "bad.json"))
