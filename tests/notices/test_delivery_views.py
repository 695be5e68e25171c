"""What a phone says of itself, without saying whose it is; and where a notice leads."""

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Throttle
from app.accounts.throttle_rules import ROOM
from app.core import clock, db
from app.notices import delivery_queries
from app.notices import delivery_service as deliveries
from tests.client import statements
from tests.notices.outward import Post, device, minutes, rows, told
from tests.world import Patient, Staff

Travel = time_machine.Traveller
RECEIPT = "/aviseringar/kvitto"


def sent(siv: Patient) -> Post:
    device(siv)
    told(siv)
    post = Post()
    post.round()
    return post


def test_a_phone_says_that_it_has_shown_and_opened_with_nobody_signed_in(
    app: Flask, siv: Patient, clockwork: Travel
) -> None:
    post, phone = sent(siv), app.test_client()
    for how, status in (("visad", "shown"), ("oppnad", "opened"), ("visad", "opened")):
        answer = phone.post(RECEIPT, data={"kvitto": post.sent[0].receipt, "hur": how})
        assert (answer.status_code, answer.data, answer.headers.get("Set-Cookie")) == (204, b"", None)
        assert rows() == [("push", status)]


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"kvitto": "", "hur": "visad"},
        {"kvitto": "AAAAAAAAAAAAAAAAAAAAAA", "hur": "visad"},
        {"kvitto": "å" * 30, "hur": "visad"},
        {"kvitto": "A" * 5000, "hur": "visad"},
        {"kvitto": "right", "hur": "läst"},
    ],
)
def test_whatever_is_said_the_answer_is_the_same(
    said: dict[str, str], app: Flask, siv: Patient, clockwork: Travel
) -> None:
    post = sent(siv)
    if said.get("kvitto") == "right":
        said = said | {"kvitto": post.sent[0].receipt}
    answer = app.test_client().post(RECEIPT, data=said)
    assert (answer.status_code, answer.data) == (204, b"") and rows() == [("push", "accepted")]


def test_a_flood_from_a_hospital_does_not_silence_its_phones(app: Flask, siv: Patient, clockwork: Travel) -> None:
    post, phone = sent(siv), app.test_client()
    for _ in range(ROOM + 5):
        assert phone.post(RECEIPT, data={"kvitto": "AAAA", "hur": "visad"}).status_code == 204
    assert phone.post(RECEIPT, data={"kvitto": post.sent[0].receipt, "hur": "visad"}).status_code == 204
    assert rows() == [("push", "shown")]
    assert db.session().scalar(select(func.count()).select_from(Throttle)) == 1


def test_a_receipt_costs_the_same_however_much_has_been_sent(app: Flask, siv: Patient, clockwork: Travel) -> None:
    post, counted = sent(siv), []
    for many in (0, 20):
        for _ in range(many):
            told(siv)
        post.round()
        with statements(app) as said:
            app.test_client().post(RECEIPT, data={"kvitto": post.sent[-1].receipt, "hur": "visad"})
        counted.append(len(said))
    assert counted[0] == counted[1] <= 3


def test_another_site_cannot_say_it_for_the_phone(app: Flask, siv: Patient, clockwork: Travel) -> None:
    post = sent(siv)
    said = {"kvitto": post.sent[0].receipt, "hur": "visad"}
    answer = app.test_client().post(RECEIPT, data=said, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403 and rows() == [("push", "accepted")]


def test_a_notice_leads_to_the_one_thing_that_is_new_or_to_all_of_it(
    siv: Patient, karin: Staff, clockwork: Travel
) -> None:
    phone = siv.phone()
    assert phone.get("/aviseringar/oppna").headers["Location"] == "/aviseringar"
    thread = siv.asks("Jag sover dåligt.")
    karin.writes("Vi hörs i morgon.", thread=thread)
    where = phone.get("/aviseringar/oppna").headers["Location"]
    assert where == f"/meddelanden/{db.short(thread)}"
    phone.get(where)
    assert phone.get("/aviseringar/oppna").headers["Location"] == "/aviseringar"
    told(siv), told(siv)
    assert phone.get("/aviseringar/oppna").headers["Location"] == "/aviseringar"


def test_whoever_is_signed_out_signs_in_first(app: Flask, siv: Patient) -> None:
    answer = app.test_client().get("/aviseringar/oppna")
    assert answer.status_code == 302 and "oppna" in answer.headers["Location"]


def test_a_trial_that_nobody_showed_in_time_is_too_late(siv: Patient, clockwork: Travel) -> None:
    phone = device(siv)
    with db.transaction():
        key = deliveries.try_out(phone, by=siv.viewer, now=clock.now())
    clockwork.shift(minutes(11))
    found = delivery_queries.trial_of(siv.viewer, key, now=clock.now())
    assert (found.status, found.ended_how) == ("ended", "too_late") and Post().round() == []
