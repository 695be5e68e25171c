"""What is known: each fact with its source, nothing confirmed without a name, nothing closed that is shown."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from app.core import locale
from app.support.facts import FOLDER, Book, Fact, book, read

TODAY = date(2026, 11, 22)
CLOSED = "0771-22 00 60"


def facts(of: Book) -> list[Fact]:
    return [*of.services, *of.phones, *of.locations, *of.meetings, *of.all_lines]


def test_there_are_290_municipalities_with_an_address_each() -> None:
    known = book()
    assert len(known.municipalities) == len(known.by_slug) == 290
    assert known.by_slug["rattvik"].name == "Rättvik"
    assert known.by_slug["malung-salen"].code == "2023"
    assert {known.by_slug["habo"].twin, known.by_slug["habo-uppsala"].twin} == {"habo", "habo-uppsala"}
    assert all(slug.isascii() and slug == slug.lower() for slug in known.by_slug)
    assert "kris" not in known.by_slug, "/stod/kris is a page of its own"


def test_every_fact_says_where_it_is_from() -> None:
    for it in facts(book()):
        assert it.source, it.id
        assert it.seen is None or date.fromisoformat((it.seen + "-01-01")[:10]) <= TODAY, it.id
        assert (it.assured_date is None) == (it.assurer is None), f"{it.id} is confirmed without a name, or a day"


def test_every_id_stands_once() -> None:
    ids = [it.id for it in facts(book())]
    assert len(ids) == len(set(ids))


def test_what_belongs_to_somebody_belongs_to_somebody_known() -> None:
    known = book()
    for it in (*known.services, *known.phones, *known.locations, *known.meetings):
        assert it.organization in known.organizations, it.id
    for codes in (it.municipalities for it in (*known.organizations.values(), *known.services, *known.meetings)):
        assert set(codes) <= known.municipalities.keys()


def test_numbers_are_numbers() -> None:
    for it in book().phones:
        assert it.number.startswith("+46")
        assert locale.phone(it.number).startswith("0")


def test_a_closed_line_is_kept_out() -> None:
    known = book()
    assert [it.number for it in known.all_lines if it.closed] == [CLOSED]
    assert CLOSED not in {it.number for it in known.lines.values()}


def test_a_line_that_closes_is_shown_no_longer(tmp_path: Path) -> None:
    changed = altered(tmp_path, "lines", lambda row: row | {"closed": "2026-01-01"} if row["id"] == "bris" else row)
    assert "bris" in book().lines
    assert "bris" not in changed.lines


@pytest.mark.parametrize(("days", "shown"), [(0, True), (100, True), (200, True), (400, False)])
def test_a_number_that_nobody_has_confirmed_for_a_year_is_history(tmp_path: Path, days: int, shown: bool) -> None:
    sure = {"assured_date": "2026-01-10", "assurer": "Mora kommun"}
    known = altered(tmp_path, "phones", lambda row: row | sure if row["id"] == "vaxel-2062" else row)
    answer = known.answer(known.by_slug["mora"], today=date(2026, 1, 10) + timedelta(days=days))
    assert (answer.switchboard is not None) == shown


def test_a_meeting_seen_once_is_no_regular_meeting() -> None:
    known = book()
    ludvika = known.answer(known.by_slug["ludvika"], today=TODAY)
    assert [it.name for it in ludvika.past] == ["Anhörigcafé inom psykisk ohälsa"]
    assert all(it.name != "Anhörigcafé inom psykisk ohälsa" for it in ludvika.meetings)


def test_what_is_not_known_is_nothing() -> None:
    known = book()
    kiruna = known.answer(known.by_slug["kiruna"], today=TODAY)
    assert (kiruna.support, kiruna.ombudsman, kiruna.switchboard, kiruna.meetings) == (None, None, None, ())


def altered(folder: Path, name: str, change: object) -> Book:
    """What would be known if one file said something else."""
    shutil.copytree(FOLDER, folder, dirs_exist_ok=True)
    path = folder / f"{name}.json"
    rows = [change(row) for row in json.loads(path.read_text())]  # type: ignore[operator]
    path.write_text(json.dumps(rows))
    return read(folder)
