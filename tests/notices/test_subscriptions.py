"""Devices that may be pushed to: turned on once, taken over by another, renewed, and ended with what they hang on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from app.accounts import ending_service, session_service
from app.accounts import service as accounts
from app.accounts.queries import Viewer
from app.core import clock, db
from app.core.audit import SYSTEM, log
from app.core.errors import NotFound
from app.notices import setting_queries, setting_service, subscription_queries
from app.notices import subscription_service as service
from app.notices.models import Subscription
from app.notices.subscription_rules import MOST
from app.notices.subscription_service import Address
from app.worker import end_devices, tidy
from tests.client import LintedClient
from tests.messages.test_racing import at_once
from tests.notices.browsers import AT, AUTH, P256DH, ended, number, said, says, tells, turns_on
from tests.world import Patient, Someone, Staff, World

Travel = time_machine.Traveller
NOW = datetime(2026, 11, 4, 14, tzinfo=UTC)


def actions(someone: Someone) -> list[str]:
    rows = select(log.c.action).where(log.c.patient_id == someone.person.id, log.c.action.like("subscription.%"))
    return list(db.run(rows.order_by(log.c.at, log.c.id)).scalars())


def test_a_browser_turned_on_twice_is_on_once_and_its_address_is_sealed(siv: Patient) -> None:
    first, second = turns_on(siv, "a"), turns_on(siv, "a")
    assert first.id == second.id and ended(siv) == [None]
    assert '"endpoint"' in first.address and AT.encode() not in bytes(first.address_sealed)
    assert actions(siv) == ["subscription.made"]
    (found,) = subscription_queries.devices_of(siv.viewer, now=clock.now())
    assert found.this and found.works and found.device == "Chrome/android"


def test_another_who_signs_in_on_the_same_browser_takes_it_over(siv: Patient, karin: Staff, world: World) -> None:
    turns_on(siv, "a")
    turns_on(karin, "a")
    assert ended(siv) == ["taken_over"] and ended(karin) == [None]
    assert actions(siv) == ["subscription.made", "subscription.ended"]


def test_the_same_person_in_another_capacity_is_another(karin: Staff, world: World) -> None:
    private = Patient(world, karin.person, None)
    turns_on(karin, "a")
    turns_on(private, "a")
    assert ended(karin) == ["taken_over", None]
    assert not subscription_queries.devices_of(karin.viewer, now=clock.now())
    assert len(subscription_queries.devices_of(private.viewer, now=clock.now())) == 1


def test_two_browsers_are_two_and_each_can_be_turned_off_from_the_other(siv: Patient, karin: Staff) -> None:
    first, second = turns_on(siv, "a"), turns_on(siv, "b")
    with db.transaction():
        service.turn_off(first.id, by=siv.viewer, now=clock.now())
        service.turn_off(first.id, by=siv.viewer, now=clock.now())
    assert ended(siv) == ["turned_off", None]
    with pytest.raises(NotFound):
        service.turn_off(second.id, by=karin.viewer, now=clock.now())


def test_of_too_many_devices_the_one_not_heard_from_for_the_longest_goes(siv: Patient, clockwork: Travel) -> None:
    for n in range(MOST + 1):
        clockwork.shift(1)
        turns_on(siv, str(n))
    assert ended(siv) == ["replaced", *[None] * MOST]


def test_to_turn_on_is_to_want_to_hear_again_when_nothing_reaches_one(siv: Patient) -> None:
    with db.transaction():
        setting_service.app_is_enough(by=siv.viewer, now=clock.now())
    assert setting_queries.choice_of(siv.viewer).app_only
    turns_on(siv, "a")
    assert not setting_queries.choice_of(siv.viewer).app_only


def test_signing_out_ends_what_is_on_in_that_session_and_nowhere_else(siv: Patient, clockwork: Travel) -> None:
    turns_on(siv, "a")
    first = siv.viewer
    siv._token = None
    turns_on(siv, "b")
    with db.transaction():
        accounts.sign_out(first.session_id, by=first, now=clock.now())
        assert service.end_of_sessions(by=SYSTEM, now=clock.now()) == 1
        assert service.end_of_sessions(by=SYSTEM, now=clock.now()) == 0
    assert ended(siv) == ["signed_out", None]


def test_to_end_all_others_ends_what_is_on_there(siv: Patient) -> None:
    turns_on(siv, "a")
    siv._token = None
    turns_on(siv, "b")
    with db.transaction():
        session_service.end_others(siv.viewer.session_id, by=siv.viewer, now=clock.now())
    end_devices()
    assert ended(siv) == ["signed_out", None]


def test_a_lock_ends_what_is_on_in_private_and_leaves_work_alone(karin: Staff, world: World) -> None:
    private = Patient(world, karin.person, None)
    turns_on(karin, "a")
    turns_on(private, "b")
    with db.transaction():
        ending_service.lock(karin.person.id, by=private.viewer, now=clock.now())
        service.end_of_sessions(by=SYSTEM, now=clock.now())
    assert ended(karin) == ["locked", None]
    assert len(subscription_queries.devices_of(karin.viewer, now=clock.now())) == 1


def test_a_session_that_runs_out_by_itself_ends_nothing(siv: Patient, clockwork: Travel) -> None:
    turns_on(siv, "a")
    clockwork.shift(timedelta(days=31))
    with db.transaction():
        service.end_of_sessions(by=SYSTEM, now=clock.now())
        service.end_forgotten(by=SYSTEM, now=clock.now())
    assert ended(siv) == [None]


def test_what_no_round_has_found_is_found_the_same_day(siv: Patient, clockwork: Travel) -> None:
    turns_on(siv, "a")
    with db.transaction():
        ending_service.lock(siv.person.id, by=siv.viewer, now=clock.now())
    clockwork.shift(timedelta(hours=2))
    assert service.end_of_sessions(by=SYSTEM, now=clock.now()) == 0
    tidy()
    assert ended(siv) == ["locked"]


def test_what_has_ended_is_forgotten_after_ninety_days_once_nothing_sent_is_kept(
    siv: Patient, clockwork: Travel
) -> None:
    kept, gone = turns_on(siv, "a"), turns_on(siv, "b")
    tells(kept)
    with db.transaction():
        for it in (kept, gone):
            service.turn_off(it.id, by=siv.viewer, now=clock.now())
    clockwork.shift(timedelta(days=90, seconds=1))
    with db.transaction():
        assert service.forget_old_subscriptions(by=SYSTEM, now=clock.now()) == 1
    assert db.session().scalars(select(Subscription.id)).all() == [kept.id]


def test_three_taken_and_none_shown_is_a_device_that_does_not_work(siv: Patient, clockwork: Travel) -> None:
    it = turns_on(siv, "a")

    def works() -> bool:
        (mine,) = subscription_queries.devices_of(siv.viewer, now=clock.now())
        assert mine.key == it.id
        return mine.works

    tells(it, 2)
    clockwork.shift(timedelta(minutes=16))
    assert works()
    tells(it)
    assert works(), "it has had no time to show the third"
    clockwork.shift(timedelta(minutes=16))
    assert not works()
    tells(it, shown=True)
    assert works()


def test_a_browser_says_that_it_is_on_and_at_its_start_that_it_still_is(siv: Patient, world: World) -> None:
    phone = siv.phone()
    assert says(phone, "a", vapid=number(world.app)).json == {"state": "on"}
    assert says(phone, "a").json == {"state": "on"}
    (found,) = subscription_queries.devices_of(siv.viewer, now=clock.now())
    assert found.device == "Chrome/android" and found.this


def test_what_we_have_never_heard_of_is_made_anew_for_the_key_that_is_ours_now(siv: Patient, world: World) -> None:
    answer = says(siv.phone(), "a").json
    assert answer and answer["state"] == "again" and answer["vapid"] == number(world.app) and len(answer["key"]) == 87
    assert ended(siv) == []


def test_after_a_change_of_key_a_browser_gets_another_address_and_the_old_one_ends(siv: Patient, world: World) -> None:
    turns_on(siv, "a")
    db.run(update(Subscription).values(vapid=number(world.app) + 1))
    phone = siv.phone()
    answer = says(phone, "a").json
    assert answer and answer["state"] == "again"
    assert says(phone, "b", vapid=answer["vapid"], before=AT + "a").json == {"state": "on"}
    assert ended(siv) == ["replaced", None]
    stale = says(phone, "c", vapid=number(world.app) + 1).json
    assert stale and stale["state"] == "again"


def test_what_its_owner_turned_off_elsewhere_stays_off(siv: Patient, world: World) -> None:
    it, phone = turns_on(siv, "a"), siv.phone()
    with db.transaction():
        service.turn_off(it.id, by=siv.viewer, now=clock.now())
    assert says(phone, "a").json == {"state": "off"} and ended(siv) == ["turned_off"]
    assert says(phone, "a", vapid=number(world.app)).json == {"state": "on"} and ended(siv) == ["turned_off", None]


def test_whoever_signs_in_after_another_has_the_browser_at_the_next_start(siv: Patient, karin: Staff) -> None:
    turns_on(siv, "a")
    assert says(karin.phone(), "a").json == {"state": "on"}
    assert ended(siv) == ["taken_over"] and ended(karin) == [None]


def test_a_service_worker_whose_address_was_changed_says_which_it_was(siv: Patient, karin: Staff) -> None:
    turns_on(siv, "a")
    assert says(siv.phone(), "b", before=AT + "a").json == {"state": "on"}
    assert ended(siv) == ["replaced", None]
    turned = says(karin.phone(), "c", before=AT + "b").json
    assert turned and turned["state"] == "again" and ended(siv) == ["replaced", None]


def test_without_a_session_nothing_is_changed(siv: Patient, world: World) -> None:
    turns_on(siv, "a")
    nobody: LintedClient = world.app.test_client()  # type: ignore[assignment]
    assert says(nobody, "b", before=AT + "a").status_code == 401
    assert ended(siv) == [None]


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "https://example.org/push/a"},
        {"endpoint": "http://fcm.googleapis.com/fcm/send/a"},
        {"endpoint": ""},
        {"p256dh": "AAAA"},
        {"p256dh": "B" + "A" * 86},
        {"p256dh": "å"},
        {"auth": "AAAA"},
        {"auth": ""},
        {"vapid": 0},
        {"vapid": "x"},
    ],
)
def test_what_is_no_browser_of_a_service_that_we_know_is_refused_in_a_sentence(
    siv: Patient, wrong: dict[str, object]
) -> None:
    answer = siv.phone().post("/aviseringar/telefoner", json=said("a") | wrong)
    assert answer.status_code == 422 and answer.json and answer.json["fault"].endswith(".")
    assert ended(siv) == []


@pytest.mark.parametrize("sent", ["[]", "x", '{"endpoint": {"a": 1}}'])
def test_what_is_no_such_thing_at_all_is_refused_the_same(siv: Patient, sent: str) -> None:
    phone = siv.phone()
    answer = phone.post("/aviseringar/telefoner", data=sent, content_type="application/json")
    assert answer.status_code == 422 and answer.json and answer.json["fault"]


def test_another_site_turns_nothing_on(siv: Patient) -> None:
    sent = {"json": said("a"), "headers": {"Sec-Fetch-Site": "cross-site"}}
    assert siv.phone().post("/aviseringar/telefoner", **sent).status_code == 403
    assert ended(siv) == []


def test_tabs_and_people_that_turn_one_browser_on_at_once_leave_it_on_for_one(own_world: World) -> None:
    siv, rut = own_world.patient("Siv"), own_world.patient("Rut")
    address, key, now = Address(AT + "a", P256DH, AUTH, "fcm.googleapis.com", "sv", "/"), number(own_world.app), NOW
    viewers = [siv.viewer, siv.viewer, rut.viewer, rut.viewer]

    def turns(viewer: Viewer) -> Callable[[], object]:
        return lambda: service.turn_on(address, key, viewer.session_id, by=viewer, now=now)

    for _turn in range(3):
        at_once(own_world.app, *map(turns, viewers))
        assert (ended(siv) + ended(rut)).count(None) == 1
