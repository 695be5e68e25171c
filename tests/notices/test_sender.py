"""The sender as it runs: real services over the wire, one that hangs, rows that are broken, and a stop."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from app import worker
from app.core import clock, db, pulse
from app.core.audit import SYSTEM
from app.notices import delivery_service as deliveries
from app.notices import subscription_service as subscriptions
from app.notices.models import Delivery, Notice, Subscription
from app.sender import Sender
from tests.drills.phones import Phone, Street
from tests.notices.outward import address, minutes, rows, told
from tests.world import Patient, World, wall

PATIENCE = 30.0
Travel = time_machine.Traveller


@pytest.fixture
def street() -> Iterator[Street]:
    with Street() as there:
        yield there


@pytest.fixture
def morning() -> Iterator[Travel]:
    with time_machine.travel(wall("2026-11-04 10:00")) as travel:
        yield travel


@pytest.fixture
def sending(street: Street, morning: Travel, database: str, make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """An app of its own that sends to the street; commits are commits."""
    made = make_app(database, **street.settings)
    with made.app_context():
        yield made
    made.extensions["live"].close()
    made.extensions["db"]["engine"].dispose()


@pytest.fixture
def siv(sending: Flask) -> Patient:
    return World(sending).patient("Siv", contact=None)


def phone_of(who: Patient, street: Street, name: str = "siv") -> Phone:
    phone = street.phone(name)
    with db.transaction():
        subscriptions.turn_on(phone.address, 1, who.viewer.session_id, by=who.viewer, now=clock.now())
    return phone


def until(holds: Callable[[], object]) -> None:
    limit = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < limit, "it did not come about"
        threading.Event().wait(0.02)


def beat() -> object:
    with db.engine().connect() as connection:
        return connection.execute(select(pulse.heartbeats.c.at).where(pulse.heartbeats.c.name == "sender")).scalar()


def test_one_round_of_the_worker_sends_what_is_due(siv: Patient, sending: Flask, street: Street) -> None:
    phone = phone_of(siv, street)
    notice = told(siv)
    worker.run(once=True)
    (token,) = street.fetch()
    sending.test_client().post("/aviseringar/kvitto", data={"kvitto": token, "hur": "visad"})
    assert len(phone.shown) == 1 and rows(notice) == [("push", "shown")] and beat()


def test_what_a_browser_gets_says_nothing_of_what_it_is_about(siv: Patient, sending: Flask, street: Street) -> None:
    phone = phone_of(siv, street)
    told(siv)
    worker.run(once=True)
    (body,) = street.waiting.values()
    assert "Siv" not in str(phone.opens(body)) and phone.opens(body)["notification"] | {"tag": ""} == {
        "title": "Du har något nytt",
        "body": "Öppna Närlinjen för att se vad.",
        "lang": "sv",
        "dir": "ltr",
        "tag": "",
        "navigate": "http://localhost:8000/aviseringar/oppna",
        "silent": False,
        "app_badge": "1",
    }
    assert phone.opens(body)["mutable"] is True and phone.opens(body)["web_push"] == 8030


def test_a_push_service_that_hangs_delays_neither_mail_nor_the_ladder_and_the_sender_stops_all_the_same(
    siv: Patient, sending: Flask, street: Street, morning: Travel
) -> None:
    phone_of(siv, street)
    address(siv)
    street.hangs_until.clear()
    told(siv)
    sender = Sender(sending)
    sender.start()
    try:
        until(lambda: street.came)
        assert worker.climb() < 5
        morning.shift(minutes(16))
        sender.ring()
        until(lambda: street.mail.box.to == ["siv@example.org"])
        until(beat)
    finally:
        street.hangs_until.set()
        sender.stop()
    assert not any(thread.is_alive() for thread in sender.threads)


def test_one_row_that_cannot_be_opened_never_stops_the_others(siv: Patient, sending: Flask, street: Street) -> None:
    phone_of(siv, street, "broken")
    with db.transaction():
        db.run(update(Subscription).values(address_sealed=b"\x01" * 40))
    first = told(siv)
    with db.transaction():
        deliveries.plan(by=SYSTEM, now=clock.now())
    phone = phone_of(siv, street)
    with db.transaction():
        db.run(update(Subscription).where(Subscription.address_sealed != b"\x01" * 40).values(shown_at=clock.now()))
    second = told(siv)
    worker.run(once=True)
    worker.run(once=True)
    assert [how for _channel, how in rows(first)] == ["refused", "accepted"] and rows(second) == [("push", "accepted")]
    assert len(street.waiting) == 2 and phone.name == "siv"


def test_one_notice_that_cannot_be_decided_waits_an_hour_and_the_others_do_not(
    siv: Patient, sending: Flask, street: Street
) -> None:
    phone_of(siv, street)
    notices = [told(siv) for _ in range(5)]
    with db.transaction():
        db.run(update(Notice).where(Notice.id == notices[2]).values(kind="unheard"))
    worker.run(once=True)
    sent = set(db.session().scalars(select(Delivery.notice_id)))
    assert sent == set(notices) - {notices[2]}
    again = db.session().get_one(Notice, notices[2], populate_existing=True).next_at
    assert again and minutes(59) < again - clock.now() <= minutes(60)


def test_a_trial_reaches_the_phone(siv: Patient, sending: Flask, street: Street) -> None:
    phone = phone_of(siv, street)
    key = db.session().scalars(select(Subscription.id)).one()
    with db.transaction():
        deliveries.try_out(key, by=siv.viewer, now=clock.now())
    worker.run(once=True)
    (body,) = street.waiting.values()
    assert phone.opens(body)["notification"]["title"] == "Det här är ett prov"
