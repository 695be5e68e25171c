"""A month of the log ends after its years, whole and signed, and what is left still agrees with its seals."""

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import time_machine
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, text

from app.core import audit, clock, db, log_end, seal
from app.core.audit import SYSTEM, Entry
from app.machine.postgres import Server
from tests.test_commands import Run, refused, run

MARCH = datetime(2021, 3, 15, 12, tzinfo=UTC)
APRIL = datetime(2021, 4, 2, 12, tzinfo=UTC)
LATER = datetime(2026, 4, 1, 0, 0, 1, tzinfo=UTC)


@pytest.fixture
def app_of_years(database: str, make_app: object) -> Iterator[Flask]:
    made = make_app(database, LOG_YEARS="5")  # type: ignore[operator]
    with made.app_context():
        yield made
    made.extensions["live"].close()
    made.extensions["db"]["engine"].dispose()


@pytest.fixture
def keeper(app_of_years: Flask, server: Server, database: str, owner: Engine) -> Run:
    """Five rows of March and three of April 2021, in turn, sealed in two blocks."""
    with db.engine().begin() as connection:
        audit.make_months(connection, date(2021, 3, 1))
    for n, at in enumerate((MARCH, APRIL, MARCH, MARCH, APRIL, MARCH, APRIL, MARCH)):
        with db.transaction() as session:
            audit.record(session, Entry("prov", object=f"å:{n}"), by=SYSTEM, now=at + timedelta(minutes=n))
        if n == 3:
            sealed(at)
    sealed(APRIL)
    return partial(run, app_of_years)


def sealed(at: datetime) -> None:
    with db.engine().begin() as connection:
        assert seal.seal(connection, audit.keyset(), now=at)


def end(keeper: Run, folder: Path, month: str = "2021-03", *, at: datetime = LATER) -> Result:
    with time_machine.travel(at):
        return keeper("audit", "end-month", month, "--to", folder)


def agrees(keeper: Run) -> None:
    assert keeper("audit", "seal").exit_code == 0
    checked = keeper("audit", "verify")
    assert checked.exit_code == 0 and "0 do not agree" in checked.stdout, checked.output


def left() -> list[str]:
    with db.engine().connect() as connection:
        return list(connection.scalars(text("select object from access_log where action = 'prov' order by id")))


def test_a_month_goes_into_a_file_and_the_rest_still_agrees(keeper: Run, tmp_path: Path) -> None:
    done = end(keeper, tmp_path)
    assert done.exit_code == 0 and "5 rows, SHA-256" in done.stdout, done.output
    place = tmp_path / "narlinjen-log-2021-03.jsonl"
    head, *rows = [json.loads(line) for line in place.read_text().splitlines()]
    assert head["month"] == "2021-03" and [row["object"] for row in rows] == ["å:0", "å:2", "å:3", "å:5", "å:7"]
    assert hashlib.sha256(place.read_bytes()).hexdigest() in done.stdout
    assert left() == ["å:1", "å:4", "å:6"]
    agrees(keeper)
    with db.engine().connect() as connection:
        assert connection.scalar(text("select to_regclass('access_log_2021_03')")) is None
        told = connection.scalars(text("select object from access_log where action = 'log.month_ended'")).all()
    assert told == ["month:2021-03"]
    assert refused(end(keeper, tmp_path / "..", "2021-03")).startswith("2021-03 has ended already")


def test_both_months_may_end_in_any_order(keeper: Run, tmp_path: Path) -> None:
    later = LATER + timedelta(days=31)
    assert end(keeper, tmp_path, "2021-04", at=later).exit_code == 0
    assert end(keeper, tmp_path, "2021-03", at=later).exit_code == 0
    assert left() == []
    agrees(keeper)


def test_no_month_ends_before_its_years(keeper: Run, tmp_path: Path) -> None:
    said = refused(end(keeper, tmp_path, at=LATER - timedelta(seconds=2)))
    assert "2021-03 may be ended from 2026-04-01" in said
    assert left() == [f"å:{n}" for n in range(8)] and list(tmp_path.iterdir()) == []
    assert log_end.ends_from(date(2020, 2, 1), 5) == datetime(2025, 3, 1, tzinfo=UTC)
    assert log_end.ends_from(date(2021, 12, 1), 7) == datetime(2029, 1, 1, tzinfo=UTC)


def test_what_cannot_be_is_one_line_and_leaves_all_as_it_was(keeper: Run, tmp_path: Path) -> None:
    for month in ("2021-13", "2021-3", "mars", "0001-01"):
        assert "YYYY-MM" in refused(end(keeper, tmp_path, month))
    assert "no rows of 2021-02" in refused(end(keeper, tmp_path, "2021-02"))
    assert "no folder" in refused(end(keeper, tmp_path / "none"))
    (tmp_path / "narlinjen-log-2021-03.jsonl").write_text("x")
    assert "there already" in refused(end(keeper, tmp_path))
    assert len(left()) == 8 and len(list(tmp_path.iterdir())) == 1


def test_what_is_not_sealed_stays(keeper: Run, tmp_path: Path) -> None:
    with db.transaction() as session:
        audit.record(session, Entry("prov", object="sen"), by=SYSTEM, now=MARCH)
    assert "not sealed yet" in refused(end(keeper, tmp_path))
    assert len(left()) == 9 and list(tmp_path.iterdir()) == []


def test_a_log_that_does_not_agree_is_kept_as_evidence(keeper: Run, tmp_path: Path, owner: Engine) -> None:
    with owner.begin() as connection:
        connection.execute(text("update access_log set object = 'x' where object = 'å:1'"))
    assert "does not agree" in refused(end(keeper, tmp_path)) and len(left()) == 8


def test_it_is_kept_for_ever_when_nothing_is_said(own_app: Flask, tmp_path: Path) -> None:
    assert "kept for ever" in refused(end(partial(run, own_app), tmp_path))


@pytest.mark.parametrize(
    "deed",
    [
        "delete from access_log where object = 'å:4'",
        "update log_month set rows = rows + 1",
        "update log_month set last_id = last_id + 1",
        "update log_month set others = '{}'",
        "delete from log_month",
    ],
)
def test_an_ended_month_hides_nothing_that_was_taken_beside_it(
    keeper: Run, tmp_path: Path, owner: Engine, deed: str
) -> None:
    assert end(keeper, tmp_path).exit_code == 0
    with owner.begin() as connection:
        connection.execute(text(deed))
    with db.engine().connect() as connection:
        assert seal.verify(connection, audit.keyset(), now=clock.now())[1]


def test_what_fell_beside_its_month_goes_with_it(app_of_years: Flask, owner: Engine, tmp_path: Path) -> None:
    with db.transaction() as session:
        audit.record(session, Entry("prov", object="vid sidan"), by=SYSTEM, now=MARCH)
    sealed(MARCH)
    keeper = partial(run, app_of_years)
    assert end(keeper, tmp_path).exit_code == 0 and left() == []
    agrees(keeper)
