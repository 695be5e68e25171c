"""However long the log is, each page holds whole days and all of them together every row; and it wakes open pages."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from app.core import audit, clock, db, live, seal
from app.core.audit import Entry
from app.log import history_queries
from app.log.queries import Line, Place
from tests.client import statements
from tests.messages.conftest import Travel
from tests.world import Patient, Someone, Staff, World, wall


def write(patient: Patient, staff: Someone, count: int, action: str = "patient.opened") -> None:
    rows = [Entry(action, patient.person.id) for _n in range(count)]
    with db.transaction() as session:
        audit.record(session, rows, by=staff.viewer, now=clock.now())


def pages(patient: Patient) -> list[list[Line]]:
    found, before = [], None
    for _page in range(50):
        page = history_queries.lines_of(patient.viewer, now=clock.now(), before=before)
        found.append(list(page))
        before = page.more
        if before is None:
            return found
    raise AssertionError("the pages never end")


def counted(patient: Patient) -> int:
    every = text("select count(*) from access_log where patient_id = :key")
    return db.session().execute(every, {"key": patient.person.id}).scalar_one()


def test_days_are_whole_and_the_pages_together_hold_every_row(
    siv: Patient, karin: Staff, erik: Staff, clockwork: Travel
) -> None:
    for day in range(60):
        clockwork.move_to(wall("2026-11-06 09:00") + timedelta(days=day))
        write(siv, karin, 20)
        clockwork.shift(timedelta(hours=2))
        write(siv, erik, 10, "patient.listed")
    found = pages(siv)
    assert len(found) > 2 and all(20 <= len(page) <= 22 for page in found[:-1])
    days = Counter(day for page in found for day in {line.day for line in page})
    assert set(days.values()) == {1}
    theirs = [line for page in found for line in page if line.who in ("Karin Ek", "Erik Lund")]
    assert [line.at for line in theirs] == sorted((line.at for line in theirs), reverse=True)
    assert sum(deed.count for page in found for line in page for deed in line.deeds) >= 60 * 30


def test_one_day_of_more_rows_than_a_page_looks_at_goes_on_where_it_ended(
    siv: Patient, karin: Staff, clockwork: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_queries, "LOOKED", 40)
    monkeypatch.setattr(history_queries, "MOST", 40)
    for _minute in range(30):
        clockwork.shift(timedelta(minutes=1))
        write(siv, karin, 7)
    found = pages(siv)
    lines = [line for page in found for line in page if line.who == "Karin Ek"]
    assert len(found) > 4
    assert sum(deed.count for line in lines for deed in line.deeds) == 210
    whole: list[Line] = []
    before: Place | None = None
    while True:
        part = history_queries.rows_of(siv.viewer, now=clock.now(), before=before)
        whole += part
        if (before := part.more) is None:
            break
    assert len(whole) == len({(it.at, it.id) for it in whole}) == counted(siv)


def test_months_are_read_across(own_world: World, own_app: Flask, clockwork: Travel) -> None:
    siv, karin = own_world.patient("Siv"), own_world.staff("Karin Ek")
    with db.engine().begin() as connection:
        audit.make_months(connection, clock.now().date())
    for month in ("2026-11-30 23:30", "2026-12-01 00:30", "2026-12-31 23:59", "2027-01-01 09:00"):
        clockwork.move_to(wall(month))
        write(siv, karin, 1)
    parts = text("select count(distinct tableoid) from access_log where patient_id = :key")
    assert db.session().execute(parts, {"key": siv.person.id}).scalar_one() >= 3
    days = [it.day.isoformat() for it in pages(siv)[0] if it.who == "Karin Ek"]
    assert days == ["2027-01-01", "2026-12-31", "2026-12-01", "2026-11-30"]


@pytest.mark.parametrize("count", [1, 900])
def test_a_page_asks_as_often_however_much_there_is(
    app: Flask, siv: Patient, karin: Staff, thread: UUID, count: int
) -> None:
    write(siv, karin, count)
    viewer = siv.viewer
    with statements(app) as heard:
        history_queries.lines_of(viewer, now=clock.now())
    assert len(heard) == 2


def test_a_sealed_block_names_those_whose_log_it_is_of(own_world: World, own_app: Flask, clockwork: Travel) -> None:
    siv, karin = own_world.patient("Siv"), own_world.staff("Karin Ek")
    leif = own_world.patient("Leif")
    with db.engine().begin() as connection:
        while seal.seal(connection, audit.keyset(), now=clock.now()):
            pass
    db.session().commit()
    before = history_queries.state_of(siv.viewer, siv.person.id)
    write(siv, karin, 3)
    with db.engine().begin() as connection:
        block = seal.seal(connection, audit.keyset(), now=clock.now())
        assert block and seal.patients(connection, block) == [siv.person.id]
    assert history_queries.state_of(siv.viewer, siv.person.id) not in (None, before)
    assert leif.person.id not in [siv.person.id]


def test_the_page_follows_its_own_topic_and_nobody_elses(siv: Patient, karin: Staff, thread: UUID) -> None:
    topic = live.topic("l", siv.person.id)
    page = siv.phone().get("/vem-har-last").text
    assert topic in page
    state = siv.phone().get(f"/lage?om={topic}")
    assert state.status_code == 200 and state.headers["ETag"].strip('"') in page
    write(siv, karin, 1)
    assert siv.phone().get(f"/lage?om={topic}").headers["ETag"] != state.headers["ETag"]
    assert karin.phone().get(f"/lage?om={topic}").status_code == 404
    assert topic not in siv.phone().get("/vem-har-last?fore=1.0").text
