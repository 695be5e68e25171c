"""What leaves the app in numbers, and what of it must alarm."""

import time_machine

from app.core import clock, db, pulse
from app.core.audit import SYSTEM
from app.notices import delivery_service as deliveries
from tests.notices.outward import DOWN, HOST, Post, address, device, minutes, shown, told
from tests.world import Patient

Travel = time_machine.Traveller


def alarms() -> set[str]:
    return {it.name for it in pulse.alarms(db.session().connection(), now=clock.now())} & {
        "sender_refused",
        "delivery_overdue",
        "sender_silent",
    }


def figures(siv: Patient) -> list[str]:
    page = siv.phone().get("/metrics").text
    return [line for line in page.splitlines() if "deliver" in line or "notices" in line or "sender" in line]


def test_what_waits_and_what_was_shown_is_counted_by_channel(siv: Patient, clockwork: Travel) -> None:
    device(siv), address(siv)
    post = Post()
    told(siv), told(siv)
    post.round()
    shown(post.sent[0])
    post.answers = {HOST: DOWN}
    told(siv)
    post.round()
    clockwork.shift(minutes(2))
    told(siv)
    found = figures(siv)
    assert 'narlinjen_recent_deliveries{channel="push",status="shown"} 1.0' in found
    assert 'narlinjen_recent_deliveries{channel="push",status="accepted"} 1.0' in found
    assert 'narlinjen_waiting_deliveries{age="quarter",channel="push"} 1.0' in found
    assert "narlinjen_due_notices 1.0" in found
    assert str(siv.person.id) not in "".join(found)


def test_what_is_not_planned_or_not_sent_in_two_minutes_alarms(siv: Patient, clockwork: Travel) -> None:
    device(siv)
    told(siv)
    clockwork.shift(minutes(1.9))
    assert alarms() == set()
    clockwork.shift(minutes(0.2))
    assert alarms() == {"delivery_overdue"}
    with db.transaction():
        deliveries.plan(by=SYSTEM, now=clock.now())
    assert alarms() == set()
    clockwork.shift(minutes(2.1))
    assert alarms() == {"delivery_overdue"}
    Post().round()
    assert alarms() == set()


def test_a_sender_that_was_heard_of_and_no_longer_is_alarms(siv: Patient, clockwork: Travel) -> None:
    pulse.beat(db.session().connection(), "sender", now=clock.now())
    clockwork.shift(minutes(1))
    assert alarms() == set()
    clockwork.shift(minutes(0.1))
    assert alarms() == {"sender_silent"}
