"""What is put into the hands of those who send, as it is planned; and the further processes, when there is much."""

import time
from datetime import timedelta

import psutil
import pytest
from flask import Flask

from app import sender as sending_module
from app.core import clock, db
from app.core.audit import SYSTEM
from app.notices import delivery_service as deliveries
from app.notices.delivery_rules import LEASE, Claimed
from app.notices.outcome_rules import Answer
from app.sender import Helpers, Sender
from tests.drills.phones import Street
from tests.notices.outward import HOST, device, minutes, rows, told
from tests.notices.test_sender import Travel, morning, phone_of, sending, siv, street, until
from tests.world import Patient

__all__ = ["morning", "sending", "siv", "street"]


def leased(lease: bool = True) -> list[Claimed]:
    with db.transaction():
        return deliveries.plan(by=SYSTEM, now=clock.now(), lease=lease).leased


def claimed() -> list[Claimed]:
    with db.transaction():
        return deliveries.claim(by=SYSTEM, now=clock.now())


def test_a_push_is_leased_as_it_is_made_and_nobody_else_sends_it(siv: Patient, street: Street) -> None:
    phone_of(siv, street)
    notice = told(siv)
    (push,) = leased()
    assert push.tries == 1 and push.badge == 1 and push.host == HOST and claimed() == []
    with db.transaction():
        deliveries.record([(push, Answer(201))], by=SYSTEM, now=clock.now())
    assert rows(notice) == [("push", "accepted")]


def test_what_is_leased_as_it_is_made_is_what_would_be_claimed(siv: Patient, street: Street, morning: Travel) -> None:
    phone_of(siv, street)
    told(siv)
    (push,) = leased()
    morning.shift(LEASE + timedelta(seconds=1))
    (again,) = claimed()
    assert again.tries == 2 and again.ttl < push.ttl
    assert vars(again) | {"tries": 1, "ttl": push.ttl} == vars(push)


def test_nothing_is_leased_for_a_service_that_is_left_alone(siv: Patient, street: Street, morning: Travel) -> None:
    phone_of(siv, street)
    told(siv)
    (push,) = leased()
    with db.transaction():
        deliveries.record([(push, Answer(429, "300"))], by=SYSTEM, now=clock.now())
    second = told(siv)
    assert leased() == [] and claimed() == [] and rows(second) == [("push", "waiting")]
    morning.shift(minutes(6))
    assert len(claimed()) == 2


def test_what_is_leased_for_nobody_waits_to_be_claimed(siv: Patient, street: Street) -> None:
    phone_of(siv, street)
    told(siv)
    assert leased(lease=False) == [] and len(claimed()) == 1


def test_an_address_that_cannot_be_opened_is_ended_by_who_claims_it(siv: Patient, morning: Travel) -> None:
    key = device(siv)
    with db.transaction():
        db.session().connection().exec_driver_sql(
            "update subscription set address_sealed = '\\x01'::bytea || id::text::bytea"
        )
    notice = told(siv)
    assert key and leased() == []
    morning.shift(LEASE + timedelta(seconds=1))
    assert claimed() == [] and rows(notice) == [("push", "refused")]


def test_who_ends_sends_what_is_in_its_hands_and_takes_nothing_more(
    siv: Patient, sending: Flask, street: Street
) -> None:
    phone_of(siv, street)
    told(siv)
    sender = Sender(sending)
    assert sender.plan() == 1
    told(siv)
    sender.stopped.set()
    sender.empty("push")
    assert len(street.waiting) == 1 and sender.plan() == 1 and sender.room.acquire(blocking=False)
    sender.outlets.close()


def test_what_has_lain_too_long_in_ones_hands_is_left_for_who_leases_it_next(
    siv: Patient, sending: Flask, street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone_of(siv, street)
    told(siv)
    sender = Sender(sending)
    monkeypatch.setattr(sending_module, "FRESH", 0)
    assert sender.plan() == 1
    sender.empty("push")
    assert not street.waiting
    sender.outlets.close()


def test_planning_goes_on_when_nobody_takes_what_was_planned(siv: Patient, sending: Flask, street: Street) -> None:
    phone_of(siv, street)
    sender = Sender(sending)
    for _ in range(sending_module.LANES["push"] + 2):
        told(siv)
        assert sender.plan() == 1
    began = time.monotonic()
    told(siv)
    assert sender.plan() == 1 and time.monotonic() - began < sending_module.KEEPS_UP + 5
    assert sender.ready.qsize() == sending_module.LANES["push"]
    sender.round()
    sender.outlets.close()
    assert len(street.waiting) == sending_module.LANES["push"] + 3


def test_many_to_send_are_seen(siv: Patient, sending: Flask, street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    phone_of(siv, street)
    sender = Sender(sending)
    told(siv)
    sender.round()
    assert not sender.busy.is_set()
    monkeypatch.setattr(deliveries, "BATCH", 1)
    told(siv)
    sender.round()
    sender.outlets.close()
    assert sender.busy.is_set()


@pytest.mark.slow
def test_helpers_are_started_once_begin_again_when_they_fall_and_end_with_us(sending: Flask) -> None:
    helpers = Helpers(1)
    (child,) = helpers.children
    try:
        helpers.see_to()
        first = child.pid
        assert first and psutil.Process(first).ppid() == psutil.Process().pid
        helpers.see_to()
        assert child.pid == first
        psutil.Process(first).kill()
        until(lambda: helpers.see_to() or child.pid not in (None, first))
    finally:
        helpers.stop()
        helpers.end()
    assert child.pid is None and not psutil.pid_exists(first)
