"""What must alarm, does; what is well, is quiet; and no figure tells of a person."""

import json
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import Engine, text

from app import worker
from app.core import audit, clock, db, pulse, seal
from app.core.audit import SYSTEM, Entry
from app.core.logs import ALLOWED, only_allowed
from app.core.seal import Block
from tests.world import World


def names() -> list[str]:
    with db.engine().connect() as connection:
        return [alarm.name for alarm in pulse.alarms(connection, now=clock.now())]


def beat(ago: timedelta = timedelta()) -> None:
    with db.engine().begin() as connection:
        pulse.beat(connection, "worker", now=clock.now() - ago)


def test_a_worker_that_is_not_heard_of_alarms_until_it_is(own_app: Flask) -> None:
    assert names() == ["worker_silent"]
    beat(timedelta(seconds=59))
    assert names() == []
    beat(timedelta(seconds=62))
    assert names() == ["worker_silent"]
    worker.run(once=True)
    assert names() == []


def test_a_clock_that_drifts_alarms(own_app: Flask) -> None:
    beat()
    with db.engine().connect() as connection:
        for drift, expected in ((1.5, []), (-1.5, []), (3, ["clock_adrift"]), (-3, ["clock_adrift"])):
            now = clock.now() + timedelta(seconds=drift)
            assert [alarm.name for alarm in pulse.alarms(connection, now=now)] == expected, drift


def test_rows_that_nobody_seals_alarm_until_they_are(own_app: Flask) -> None:
    beat()
    with db.transaction() as session:
        audit.record(session, Entry("x"), by=SYSTEM, now=clock.now() - timedelta(seconds=58))
    assert names() == []
    with db.transaction() as session:
        audit.record(session, Entry("x"), by=SYSTEM, now=clock.now() - timedelta(seconds=62))
    assert names() == ["log_unsealed"]
    worker.seal_all()
    assert names() == []


def test_a_log_of_another_cluster_alarms_until_it_has_a_new_epoch(own_app: Flask, owner: Engine) -> None:
    beat()
    with db.transaction() as session:
        audit.record(session, Entry("x"), by=SYSTEM, now=clock.now() - timedelta(minutes=5))
    with owner.begin() as connection:
        start = Block(0, 1, connection.scalar(seal.CLUSTER) + 1, 0, 0, 0, b"", clock.now(), audit.keyset().current)
        seal._append(connection, audit.keyset(), start, hi=connection.scalar(seal.XMIN), now=clock.now())
    assert names() == ["log_other_cluster"]
    with db.engine().begin() as connection:
        seal.new_epoch(connection, audit.keyset(), now=clock.now())
    assert names() == []


def test_the_alarm_page_is_for_machines_and_says_what_to_do(own_app: Flask) -> None:
    client = own_app.test_client()
    answer = client.get("/alarm")
    assert answer.status_code == 503
    assert json.loads(answer.text)["alarms"] == [
        {"name": "worker_silent", "sentence": "The worker has not been heard of for a minute: start it."}
    ]
    beat()
    answer = client.get("/alarm")
    assert answer.status_code == 200 and json.loads(answer.text) == {"alarms": []}


def test_a_silent_worker_never_takes_the_site_down(own_app: Flask) -> None:
    client = own_app.test_client()
    assert names() == ["worker_silent"]
    assert client.get("/readyz").status_code == 200 and client.get("/healthz").text == "ok\n"


def test_another_schema_is_not_ready_but_a_newer_one_is(own_app: Flask, owner: Engine) -> None:
    client = own_app.test_client()
    for sql, ready in (
        ("update alembic_version set version_num = '9999'", 200),
        ("update alembic_version set version_num = '0000'", 503),
        ("delete from alembic_version", 503),
        ("drop table alembic_version", 503),
    ):
        with owner.begin() as connection:
            connection.execute(text(sql))
        assert client.get("/readyz").status_code == ready, sql


def test_without_a_database_the_app_lives_but_is_not_ready(make_app: Callable[..., Flask]) -> None:
    client = make_app("narlinjen_nowhere").test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    assert client.get("/metrics").status_code == 200


def test_figures_are_by_route_and_never_by_person(world: World) -> None:
    siv, karin = world.patient("Siv Nyberg"), world.staff("Karin Ek")
    thread = siv.asks("Hemligt.")
    siv.phone().get(f"/meddelanden/{db.short(thread)}")
    karin.phone().get("/?efter=hemligt")
    siv.phone().get("/finns/Nyberg")
    said = world.app.test_client().get("/metrics").text
    assert 'narlinjen_requests_total{code="200",endpoint="messages.thread"}' in said
    for word in (
        db.short(thread),
        str(thread),
        db.short(siv.person.id),
        str(siv.person.id),
        "Nyberg",
        "Karin",
        "hemligt",
    ):
        assert word not in said


def test_a_line_of_the_log_has_only_words_that_somebody_has_allowed() -> None:
    entry = {"event": "x", "kind": "y", "person": "Siv", "text": "hemligt", "path": "/meddelanden/abc", "url": "x"}
    assert only_allowed(None, "info", entry) == {"event": "x", "kind": "y"}
    assert not ALLOWED & {"person", "patient", "text", "path", "url", "address", "number", "email", "phone"}


def test_the_worker_does_the_same_late_and_twice(own_app: Flask) -> None:
    with db.transaction() as session:
        audit.record(session, Entry("x"), by=SYSTEM, now=clock.now())
    today = worker.round_of_work(None)
    assert worker.round_of_work(today) == today == worker.round_of_work(None)
    with db.engine().connect() as connection:
        assert seal.verify(connection, audit.keyset(), now=clock.now()) == (1, [])
