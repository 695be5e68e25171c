"""The same files at the keeper's own keyboard: one line for each bad row, exit code 2, nothing half stored."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Person, Staff
from app.bookings.models import Booking
from app.core import db
from app.demo.people import test_number as number_of
from tests.bookings.times import offers
from tests.test_commands import refused, run
from tests.world import World

HEAD = "typ;namn;personnummer;hsa-id;titel"


@pytest.fixture
def people(tmp_path: Path) -> Path:
    file = tmp_path / "personer.csv"
    rows = (HEAD, f"patient;Åsa Öberg;{number_of(911)[0]};;", "personal;Östen Äng;;SE2321000180-9X9X;skötare")
    file.write_bytes("\r\n".join(rows).encode("cp1252"))
    return file


def count() -> int:
    return len(db.session().scalars(select(Person)).all())


def test_it_is_tried_then_stored_and_the_second_time_changes_nothing(app: Flask, world: World, people: Path) -> None:
    world.unit()
    before = count()
    assert "2 rows would be stored, 0 are here already." in run(app, "import", "csv", "people", people, "--try").output
    assert count() == before
    assert "2 rows are stored, 0 are here already." in run(app, "import", "csv", "people", people).output
    assert "0 rows are stored, 2 are here already." in run(app, "import", "csv", "people", people).output
    assert count() == before + 2


def test_bad_rows_are_a_line_each_and_nothing_is_stored(app: Flask, world: World, tmp_path: Path) -> None:
    world.unit()
    before, file = count(), tmp_path / "fel.csv"
    file.write_text(f"{HEAD}\npatient;Åsa Öberg;{number_of(912)[0]};;\npatient;Bo;191212121211;;\n", encoding="utf-8")
    result = run(app, "import", "csv", "people", file)
    assert result.exit_code == 2 and "1 rows are wrong; nothing was stored." in result.stderr
    assert result.stdout == "line 3, personnummer: The number is not right. Write all twelve digits.\n"
    assert count() == before


def test_bookings_are_made_by_somebody(app: Flask, world: World, tmp_path: Path) -> None:
    siv, karin = world.patient("Siv Nyberg"), world.staff("Karin Ek")
    offers(karin, "Samtal")
    hsa, file = db.session().get_one(Staff, karin.person.id).hsa_id, tmp_path / "tider.csv"
    file.write_text(
        "personnummer,hsa-id,mottagning,tidstyp,dag,börjar,plats\n"
        f'{siv.person.number},{hsa},{karin.unit.name},Samtal,2027-06-10,9.00,"Rum 2, våning 3"\n',
        encoding="utf-8-sig",
    )
    assert "--by" in refused(run(app, "import", "csv", "bookings", file))
    assert "Nobody of the staff" in refused(run(app, "import", "csv", "bookings", file, "--by", "SE1-X"))
    assert "1 rows are stored" in run(app, "import", "csv", "bookings", file, "--by", hsa).output
    (made,) = db.session().scalars(select(Booking))
    assert made.made_by == karin.person.id and made.place == "Rum 2, våning 3"
