"""No log, no page: what is shown of somebody is stored before the first byte leaves."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Engine, select, text

from app.core import audit, clock, db, seal
from app.core.audit import SYSTEM, Entry
from tests.world import World

AT = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)


def rows(action: str | None = None) -> list[tuple[str, UUID | None, str, UUID | None, str | None]]:
    """Action, actor, capacity, patient and object of what is in the log, in order."""
    asked = select(
        audit.log.c.action, audit.log.c.actor_id, audit.log.c.capacity, audit.log.c.patient_id, audit.log.c.object
    )
    if action:
        asked = asked.where(audit.log.c.action == action)
    return [tuple(row) for row in db.session().execute(asked.order_by(audit.log.c.id))]


@pytest.mark.parametrize("many", [1, 2, 20])
def test_what_is_recorded_stands_in_the_log_word_for_word(world: World, many: int) -> None:
    siv, karin = world.patient("Siv"), world.staff("Karin Ek")
    entries = [Entry("thread.read", siv.person.id, karin.unit.id, f"thread:{n}") for n in range(many)]
    with db.transaction() as session:
        audit.record(session, entries, by=karin.viewer, now=AT)
    assert rows("thread.read") == [
        ("thread.read", karin.person.id, "duty", siv.person.id, f"thread:{n}") for n in range(many)
    ]
    assert db.session().scalars(select(audit.log.c.at).where(audit.log.c.action == "thread.read")).all() == [AT] * many


def test_an_entry_may_leave_out_what_it_is_not_about(world: World) -> None:
    with db.transaction() as session:
        audit.record(session, [Entry("a"), Entry("b", object="x")], by=SYSTEM, now=AT)
        audit.record(session, Entry("c"), by=SYSTEM, now=AT)
        audit.record(session, [], by=SYSTEM, now=AT)
    assert rows() == [
        ("a", None, "system", None, None),
        ("b", None, "system", None, "x"),
        ("c", None, "system", None, None),
    ]


@pytest.mark.parametrize("at", [AT + timedelta(microseconds=1), datetime(2039, 5, 1, 12, 0, 0, 333_333, tzinfo=UTC)])
def test_one_and_many_rows_carry_digests_that_agree_with_the_database(own_world: World, at: datetime) -> None:
    siv = own_world.patient("Siv")
    for micro in range(120):
        now = at + timedelta(microseconds=micro)
        with db.transaction() as session:
            audit.record(session, Entry("one", siv.person.id), by=siv.viewer, now=now)
            audit.record(session, [Entry("x", object="å\n'\\"), Entry("y", siv.person.id)], by=SYSTEM, now=now)
    with db.engine().begin() as connection:
        seal.seal(connection, audit.keyset(), now=now)
        total, findings = seal.verify(connection, audit.keyset(), now=clock.now())
    assert total >= 360 and findings == []


def test_a_deed_that_is_undone_leaves_no_row(own_world: World) -> None:
    before = rows()
    with pytest.raises(RuntimeError), db.transaction() as session:
        audit.record(session, Entry("a"), by=SYSTEM, now=AT)
        raise RuntimeError
    assert rows() == before


def test_a_page_that_cannot_be_logged_is_not_shown(own_world: World, owner: Engine) -> None:
    siv, karin = own_world.patient("Siv Nyberg"), own_world.staff("Karin Ek")
    thread = siv.asks("Jag sover inte.")
    path = f"/meddelanden/{db.short(thread)}"
    phone, own = karin.phone(), siv.phone()
    assert "Jag sover inte" in phone.get(path).text
    with owner.begin() as connection:
        connection.execute(text("revoke insert on access_log from narlinjen_app"))
    own_world.app.testing = False
    for asked in (path, "/", "/meddelanden"):
        answer = phone.get(asked)
        assert answer.status_code == 500, asked
        assert "Siv" not in answer.text and "Nyberg" not in answer.text and "sover" not in answer.text
    assert "Jag sover inte" in own.get(path).text


def test_what_is_shown_is_logged_before_the_answer_exists(own_world: World) -> None:
    siv, karin = own_world.patient("Siv"), own_world.staff("Karin Ek")
    thread = siv.asks("Hej.")
    phone = karin.phone()
    answer = phone.get(f"/meddelanden/{db.short(thread)}", buffered=False)
    with db.engine().connect() as other:
        assert (
            other.scalar(select(audit.log.c.object).where(audit.log.c.action == "thread.read"))
            == f"thread:{db.short(thread)}"
        )
    answer.close()


def partition_of(at: datetime) -> str:
    with db.transaction() as session:
        audit.record(session, Entry(f"at.{at:%Y%m%d%H}"), by=SYSTEM, now=at)
    return (
        db.session()
        .execute(text("select tableoid::regclass::text from access_log where action = :a"), {"a": f"at.{at:%Y%m%d%H}"})
        .scalar_one()
    )


def make_months(today: date) -> None:
    db.session().commit()
    with db.engine().begin() as connection:
        audit.make_months(connection, today)


def test_months_are_made_ahead_and_a_row_lands_in_its_own(own_app: Flask) -> None:
    make_months(date(2031, 12, 31))
    assert partition_of(datetime(2031, 12, 31, 23, 59, tzinfo=UTC)) == "access_log_2031_12"
    assert partition_of(datetime(2032, 1, 1, 0, 0, tzinfo=UTC)) == "access_log_2032_01"
    assert partition_of(datetime(2032, 3, 31, 23, 0, tzinfo=UTC)) == "access_log_2032_03"
    make_months(date(2031, 12, 31))


def test_a_row_without_a_month_lands_in_the_rest_and_its_month_stays_there(own_app: Flask) -> None:
    assert partition_of(datetime(2035, 6, 10, 1, tzinfo=UTC)) == "access_log_rest"
    make_months(date(2035, 5, 31))
    assert partition_of(datetime(2035, 6, 10, 2, tzinfo=UTC)) == "access_log_rest"
    assert partition_of(datetime(2035, 7, 1, tzinfo=UTC)) == "access_log_2035_07"


def test_the_months_of_today_are_there_from_the_first_migration(app: Flask) -> None:
    assert partition_of(clock.now()) == f"access_log_{clock.now():%Y_%m}"
    with time_machine.travel(clock.now() + timedelta(days=80), tick=False):
        assert partition_of(clock.now()) == f"access_log_{clock.now():%Y_%m}"
