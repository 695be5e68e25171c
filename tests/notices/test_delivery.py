"""What leaves the app: planned, leased, sent and recorded, and what a device proves."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from app.accounts import session_service as sessions
from app.accounts.models import Person
from app.core import clock, db, pulse
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from app.notices import delivery_queries
from app.notices import delivery_service as deliveries
from app.notices import service as notices
from app.notices import setting_service as settings
from app.notices.models import Delivery, Notice, PushHost, Subscription
from app.notices.outcome_rules import Answer
from tests.client import statements
from tests.notices.outward import DOWN, GONE, HOST, TAKEN, Post, address, device, minutes, rows, shown, told
from tests.world import Patient, Staff, wall

Travel = time_machine.Traveller


def alarms() -> set[str]:
    return {it.name for it in pulse.alarms(db.session().connection(), now=clock.now())}


def test_a_reply_goes_to_the_phone_and_when_it_is_not_shown_by_mail_and_then_as_a_text(
    siv: Patient, clockwork: Travel
) -> None:
    device(siv), address(siv), address(siv, "sms", "+46701740605")
    notice, post = told(siv), Post()
    assert post.round() == ["push"] and rows(notice) == [("push", "accepted")]
    clockwork.shift(minutes(14))
    assert post.round() == []
    clockwork.shift(minutes(1))
    assert post.round() == ["email"]
    clockwork.shift(minutes(15))
    assert post.round() == ["sms"]
    clockwork.shift(minutes(15))
    assert post.round() == []
    assert db.session().get_one(Notice, notice, populate_existing=True).next_at is None
    assert rows(notice) == [("push", "accepted"), ("email", "accepted"), ("sms", "accepted")]


def test_shown_stops_the_channels(siv: Patient, clockwork: Travel) -> None:
    phone = device(siv)
    address(siv)
    notice, post = told(siv), Post()
    post.round()
    assert shown(post.sent[0]) and rows(notice) == [("push", "shown")]
    assert shown(post.sent[0], "opened") and rows(notice) == [("push", "opened")]
    assert db.session().get_one(Subscription, phone, populate_existing=True).shown_at == clock.now()
    clockwork.shift(minutes(30))
    assert post.round() == []


def test_a_receipt_may_come_first_and_twice_and_from_nobody(siv: Patient, clockwork: Travel) -> None:
    device(siv)
    notice, post = told(siv), Post()
    with db.transaction():
        deliveries.plan(by=SYSTEM, now=clock.now())
    (claimed,) = post.claims()
    at = clock.now()
    assert shown(claimed)
    clockwork.shift(minutes(1))
    assert shown(claimed)
    with db.transaction():
        deliveries.record([(claimed, Answer(None, fault="timeout"))], by=SYSTEM, now=clock.now())
    row = db.session().scalars(select(Delivery).where(Delivery.notice_id == notice)).one()
    assert (row.status, row.shown_at, row.accepted_at) == ("shown", at, at)
    for nobody in ("", "AAAA", "å" * 99, claimed.receipt[:-1]):
        with db.transaction():
            assert not deliveries.receipt(nobody, "shown", by=SYSTEM, now=clock.now())


def test_ten_letters_in_a_thread_are_one_notice_on_the_phone_and_what_was_replaced_counts_as_shown(
    siv: Patient, clockwork: Travel
) -> None:
    device(siv)
    about, post = db.new_key(), Post()
    for _ in range(10):
        told(siv, about=about)
        post.round()
        clockwork.shift(minutes(0.1))
    told(siv)
    post.round()
    assert len({it.topic for it in post.sent[:10]}) == 1 and len({it.topic for it in post.sent}) == 2
    assert all(len(it.topic) == 32 for it in post.sent) and [it.badge for it in post.sent] == list(range(1, 12))
    assert shown(post.sent[9])
    assert [status for _channel, status in rows()] == ["shown"] * 10 + ["accepted"]


def test_ten_unseen_notices_make_one_mail(siv: Patient, clockwork: Travel) -> None:
    address(siv), address(siv, "sms", "+46701740605")
    post = Post()
    for _ in range(5):
        told(siv)
    assert post.round() == ["email"]
    for _ in range(5):
        clockwork.shift(minutes(1))
        told(siv)
        assert post.round() == []
    clockwork.shift(minutes(15))
    assert post.round() == ["sms"]
    clockwork.shift(minutes(60))
    assert post.round() == []
    # Whoever has looked since is told of what comes next.
    with db.transaction():
        notices.seen_all(by=siv.viewer, now=clock.now())
    told(siv)
    assert post.round() == ["email"]


def test_what_waited_for_a_mail_server_is_one_mail_when_it_is_back(siv: Patient, clockwork: Travel) -> None:
    address(siv)
    post = Post({"email": DOWN})
    told(siv)
    post.round()
    clockwork.shift(minutes(40))
    told(siv, "called")
    post.answers = {}
    assert post.round() == ["email"] and len(post.sent[-1].keys) == 2
    assert [status for _channel, status in rows()] == ["accepted", "accepted"]


def test_a_device_that_is_gone_ends_and_the_next_is_told_at_once(siv: Patient, clockwork: Travel) -> None:
    old = device(siv, host="fcm.googleapis.com")
    clockwork.shift(minutes(-60))
    device(siv)
    clockwork.shift(minutes(60))
    notice, post = told(siv), Post({"fcm.googleapis.com": GONE})
    assert post.round() == ["push"]
    assert db.session().get_one(Subscription, old, populate_existing=True).ended_how == "gone"
    assert post.round() == ["push"] and sorted(rows(notice)) == [("push", "accepted"), ("push", "gone")]


def test_one_that_keeps_failing_is_remembered_and_ended_after_thirty_days(siv: Patient, clockwork: Travel) -> None:
    phone = device(siv)
    post = Post({HOST: Answer(400)})
    told(siv)
    post.round()
    row = db.session().get_one(Subscription, phone, populate_existing=True)
    assert row.failing_since == clock.now() and row.ended_at is None
    clockwork.shift(timedelta(days=31))
    told(siv)
    post.round()
    assert db.session().get_one(Subscription, phone, populate_existing=True).ended_how == "failing"


def test_one_that_failed_and_is_well_again_is_well(siv: Patient, clockwork: Travel) -> None:
    phone = device(siv)
    post = Post({HOST: DOWN})
    told(siv)
    post.round()
    assert db.session().get_one(Subscription, phone, populate_existing=True).failing_since
    clockwork.shift(minutes(1))
    post.answers = {}
    assert post.round() == ["push"] and post.sent[-1].tries == 2 and post.sent[-1].receipt == post.sent[0].receipt
    assert db.session().get_one(Subscription, phone, populate_existing=True).failing_since is None


def test_a_host_that_refuses_our_key_is_left_alone_and_alarms(siv: Patient, clockwork: Travel) -> None:
    device(siv)
    post = Post({HOST: Answer(403)})
    told(siv), told(siv)
    assert post.round() == ["push", "push"]
    assert db.session().scalars(select(PushHost)).one().why == "key"
    assert "sender_refused" in alarms()
    told(siv)
    assert post.round() == []
    clockwork.shift(minutes(6))
    post.answers = {}
    assert post.round() == ["push"] * 3
    assert db.session().scalars(select(Subscription)).one().failing_since is None


def test_a_mail_server_that_refuses_our_sign_in_is_left_alone_and_alarms(siv: Patient, clockwork: Travel) -> None:
    address(siv)
    post = Post({"email": Answer(401)})
    told(siv)
    assert post.round() == ["email"]
    assert db.session().scalars(select(PushHost)).one().host == "email" and "sender_refused" in alarms()
    clockwork.shift(minutes(4))
    assert post.round() == []
    clockwork.shift(minutes(2))
    post.answers = {}
    assert post.round() == ["email"]


@pytest.mark.parametrize("why", ["seen", "withdrawn", "signed out", "closed", "locked", "turned off", "not by push"])
def test_what_is_no_longer_to_be_told_is_not_sent(why: str, siv: Patient, clockwork: Travel) -> None:
    phone = device(siv)
    about = db.new_key()
    notice, post = told(siv, "called", about=about), Post()
    with db.transaction():
        deliveries.plan(by=SYSTEM, now=clock.now())
    with db.transaction():
        if why == "seen":
            notices.seen(siv.person.id, about=about, by=siv.viewer, now=clock.now())
        elif why == "withdrawn":
            notices.withdraw(about, by=SYSTEM, now=clock.now())
        elif why == "signed out":
            sessions.end_private(siv.person.id, by=SYSTEM, now=clock.now())
        elif why in ("closed", "locked"):
            values = (
                {"closed_at": clock.now()}
                if why == "closed"
                else {"locked_at": clock.now(), "locked_by": siv.person.id}
            )
            db.run(update(Person).where(Person.id == siv.person.id).values(**values))
        elif why == "turned off":
            db.run(
                update(Subscription)
                .where(Subscription.id == phone)
                .values(ended_at=clock.now(), ended_how="turned_off")
            )
        else:
            settings.choose_channels([("answers", "push")], by=siv.viewer, now=clock.now())
    assert post.round() == [] and rows(notice) == [("push", "not_needed")]


def test_nothing_leaves_in_the_quiet_hours_and_all_of_it_in_the_morning(siv: Patient, clockwork: Travel) -> None:
    device(siv)
    clockwork.move_to(wall("2026-11-04 20:59"))
    first, post = told(siv), Post({HOST: DOWN})
    assert post.round() == ["push"]
    clockwork.move_to(wall("2026-11-04 21:05"))
    post.answers = {}
    second = told(siv)
    assert post.round() == []
    clockwork.move_to(wall("2026-11-05 06:59"))
    assert post.round() == []
    clockwork.move_to(wall("2026-11-05 07:00"))
    assert post.round() == ["push", "push"] and {rows(first)[0][1], rows(second)[0][1]} == {"accepted"}


def test_who_is_away_is_told_when_they_are_back_and_who_is_off_duty_when_they_are_at_work(
    karin: Staff, clockwork: Travel
) -> None:
    device(karin)
    post = Post()
    told(karin, "wait")
    karin.is_away("2026-11-04 14:00", "2026-11-06 00:00")
    assert post.round() == []
    clockwork.move_to(wall("2026-11-06 00:00"))
    monday = wall("2026-11-09 08:00")
    assert post.round(resting=lambda people, now: dict.fromkeys(people, max(now, monday))) == []
    clockwork.move_to(monday)
    assert post.round(resting=dict.fromkeys) == ["push"]


def test_who_goes_off_duty_while_it_waits_is_told_when_they_are_back(karin: Staff, clockwork: Travel) -> None:
    device(karin), address(karin)
    notice, post = told(karin, "wait"), Post({HOST: DOWN})
    post.round()
    back = wall("2026-11-04 15:50")

    def rests(people: object, now: object) -> dict[object, object]:
        return {karin.person.id: max(clock.now(), back)}

    post.answers = {}
    clockwork.shift(minutes(5))
    assert post.round(resting=rests) == []
    clockwork.move_to(back)
    assert post.round(resting=rests) == ["push"] and rows(notice) == [("push", "accepted")]
    clockwork.shift(minutes(2))
    assert post.round(resting=rests) == ["email"]


def test_what_was_taken_back_and_is_told_once_more_is_told_anew(siv: Patient, clockwork: Travel) -> None:
    device(siv)
    about, post = db.new_key(), Post()
    for _ in range(2):
        with db.transaction():
            people = {siv.person.id: clock.now()}
            notices.tell(people, "called", "the same", about=about, by=SYSTEM, now=clock.now())
        assert post.round() == ["push"]
        with db.transaction():
            notices.withdraw(about, by=SYSTEM, now=clock.now())
        clockwork.shift(minutes(5))
    assert post.sent[0].receipt != post.sent[1].receipt and rows() == [("push", "accepted")]


def test_what_is_too_old_to_be_told_ends(siv: Patient, clockwork: Travel) -> None:
    device(siv)
    notice, post = told(siv), Post({HOST: DOWN})
    post.round()
    clockwork.shift(timedelta(days=4))
    assert post.round() == [] and rows(notice) == [("push", "too_late")]


def test_a_lease_that_passed_is_taken_up_by_another_with_the_same_proof(siv: Patient, clockwork: Travel) -> None:
    device(siv)
    told(siv)
    post = Post()
    with db.transaction():
        deliveries.plan(by=SYSTEM, now=clock.now())
    (killed,) = post.claims()
    assert post.claims() == []
    clockwork.shift(minutes(1))
    (again,) = post.claims()
    assert (again.receipt, again.topic, again.key) == (killed.receipt, killed.topic, killed.key)


def test_channels_that_are_not_set_up_are_no_ways(siv: Patient, clockwork: Travel) -> None:
    address(siv)
    told(siv)
    assert Post().round(channels=["push"]) == []


def test_without_a_way_it_is_told_in_the_app_and_nothing_waits(siv: Patient, clockwork: Travel) -> None:
    notice = told(siv)
    assert Post().round() == []
    assert db.session().get_one(Notice, notice, populate_existing=True).next_at is None


def test_a_trial_comes_at_any_hour_says_so_and_is_one_s_own(siv: Patient, karin: Staff, clockwork: Travel) -> None:
    phone = device(siv)
    clockwork.move_to(wall("2026-11-04 23:30"))
    with db.transaction():
        key = deliveries.try_out(phone, by=siv.viewer, now=clock.now())
        assert deliveries.try_out(phone, by=siv.viewer, now=clock.now()) == key
        with pytest.raises(NotFound):
            deliveries.try_out(phone, by=karin.viewer, now=clock.now())
    with pytest.raises(NotFound):
        delivery_queries.trial_of(karin.viewer, key, now=clock.now())
    post = Post()
    assert post.round() == ["push"] and post.sent[0].about == "trial"
    assert delivery_queries.trial_of(siv.viewer, key, now=clock.now()).status == "accepted"
    shown(post.sent[0])
    assert delivery_queries.trial_of(siv.viewer, key, now=clock.now()).status == "shown"
    clockwork.shift(timedelta(days=8))
    with db.transaction():
        assert deliveries.forget_old_trials(by=SYSTEM, now=clock.now()) == 1


def test_a_batch_takes_as_many_statements_as_one(siv: Patient, clockwork: Travel, app: Flask) -> None:
    device(siv)
    counted = []
    for many in (1, 40):
        for _ in range(many):
            told(siv)
        with statements(app) as said, db.transaction():
            deliveries.plan(by=SYSTEM, now=clock.now())
            claimed = deliveries.claim(by=SYSTEM, now=clock.now(), channels=["push"])
            deliveries.record([(it, TAKEN) for it in claimed], by=SYSTEM, now=clock.now())
        assert len(claimed) == many
        counted.append(len(said))
    assert counted[0] == counted[1] <= 10
