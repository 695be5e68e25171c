"""Everything that a push service has been seen to do, over a real wire, and what becomes of the push then.

One table: what is done, what becomes of it, when it is tried again, and who is left alone why. In not one of the cases
does a subscription end for anything but 404 or 410.
"""

import json
import os
import socket
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.notices.outcome_rules import Answer, Outcome, outcome
from app.notices.push_envelope import b64
from app.notices.push_host import ENOUGH, LINES, is_public, look_up
from tests.notices.misbehaving import Behaviour, by_path, checks, says, serving, writes
from tests.notices.street import AUTH, FCM, MOZILLA, P256DH, Street, address, push

NOW = datetime(2026, 11, 4, 14, 0, tzinfo=UTC)
SHORT = 0.5
HOUR = timedelta(hours=1)
INSIDE = "http://169.254.169.254/latest/meta-data"


def nobody_home() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as found:
        return int(found.getsockname()[1])


ACCEPTED, GONE, REFUSED = Outcome("accepted"), Outcome("gone"), Outcome("refused")
AGAIN = Outcome("later", NOW + timedelta(seconds=10))
KEY = outcome(Answer(403), tries=1, now=NOW)


def asked(wait: timedelta) -> Outcome:
    return outcome(Answer(429, str(wait // timedelta(seconds=1))), tries=1, now=NOW)


def drip(*parts: bytes) -> Behaviour:
    return writes(*parts, every=0.05, forever=True)


SAID: list[tuple[str, Behaviour, Outcome]] = [
    ("200, as Apple says for a dead address too", says(200), ACCEPTED),
    ("201, and nothing is ever shown: only a receipt proves that", says(201), ACCEPTED),
    ("202", says(202), ACCEPTED),
    ("204", writes(b"HTTP/1.1 204 No Content\r\n\r\n"), ACCEPTED),
    ("201 after 100 Continue", writes(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n\r\n"), ACCEPTED),
    ("201 by HTTP/1.0, without a word more", writes(b"HTTP/1.0 201 Created\r\n\r\n", then="close"), ACCEPTED),
    (
        "201 in three pieces",
        writes(b"HTT", b"P/1.1 201 Created\r\nContent-", b"Length: 0\r\n\r\n", every=0.02),
        ACCEPTED,
    ),
    ("201 with a body that drips", drip(b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n", b"x"), ACCEPTED),
    ("201 with a body without end", writes(b"HTTP/1.1 201 OK\r\n\r\n", *[b"x" * 65536] * 400), ACCEPTED),
    ("201 in chunks that never end", writes(b"HTTP/1.1 201 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n"), ACCEPTED),
    ("201, then reset", writes(b"HTTP/1.1 201 Created\r\n\r\n", every=0.2, then="reset"), ACCEPTED),
    ("301 into somebody's own network", says(301, f"Location: {INSIDE}\r\n"), REFUSED),
    ("302 to another push service", says(302, f"Location: {MOZILLA}karin\r\n"), REFUSED),
    ("307 into somebody's own network", says(307, f"Location: {INSIDE}\r\n"), REFUSED),
    ("308 to itself", says(308, f"Location: {FCM}siv\r\n"), REFUSED),
    ("304", says(304), REFUSED),
    ("400", says(400, body=b'{"reason":"BadWebPushTopic"}'), REFUSED),
    ("401", says(401), KEY),
    ("403", says(403), KEY),
    ("403 since their clock is two days behind ours", checks(ahead=timedelta(days=-2)), KEY),
    ("403 since their clock is a day ahead of ours", checks(ahead=timedelta(days=1)), KEY),
    ("404", says(404), GONE),
    ("410", says(410, body=b"gone"), GONE),
    ("410 with a body without end", writes(b"HTTP/1.1 410 Gone\r\n\r\n", *[b"x" * 65536] * 400), GONE),
    ("413", says(413), REFUSED),
    ("429 with seconds", says(429, "Retry-After: 120\r\n"), asked(timedelta(minutes=2))),
    ("429 with a date", says(429, "retry-after:Wed, 04 Nov 2026 14:02:00 GMT\r\n"), asked(timedelta(minutes=2))),
    ("429 without a word", says(429), asked(timedelta(minutes=1))),
    ("429 for ten years", says(429, "Retry-After: 315360000\r\n"), asked(HOUR)),
    ("429 for ever", says(429, "Retry-After: " + "9" * 400 + "\r\n"), asked(HOUR)),
    ("429 with nonsense", says(429, "Retry-After: snart\r\n"), asked(timedelta(minutes=1))),
    ("500", says(500), AGAIN),
    ("502 with a page", says(502, body=b"<html>" * 500), AGAIN),
    ("503", says(503), AGAIN),
    ("503 with seconds", says(503, "Retry-After: 60\r\n"), asked(timedelta(minutes=1))),
    ("hangs before it says anything", writes(), AGAIN),
    ("hangs in the middle of its head", writes(b"HTTP/1.1 201 Created\r\nContent-Le"), AGAIN),
    ("drips its head", drip(b"HTTP/1.1 201 Created\r\n", b"X: y\r\n"), AGAIN),
    ("a head without end", writes(b"HTTP/1.1 201 Created\r\n", *[b"X: " + b"y" * 4000 + b"\r\n"] * 99), AGAIN),
    ("resets before it says anything", writes(then="reset"), AGAIN),
    ("hangs up before it says anything", writes(then="close"), AGAIN),
    ("hangs up in the middle of its head", writes(b"HTTP/1.1 201 Cre", then="close"), AGAIN),
    ("no HTTP", writes(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), AGAIN),
    ("no HTTP, and no line either", writes(os.urandom(64).replace(b"H", b"h")), AGAIN),
    ("a status that is none", writes(b"HTTP/1.1 20 Created\r\n\r\n"), AGAIN),
    ("HTTP/2 without being asked", writes(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00"), AGAIN),
]


@pytest.mark.parametrize(("what", "behave", "expected"), SAID, ids=[it[0] for it in SAID])
def test_what_a_service_says(street: Street, what: str, behave: Behaviour, expected: Outcome) -> None:
    street.services["good"].behave = behave
    patience = SHORT if "hangs" in what or "drips its head" in what else 20
    began = time.monotonic()
    [answer] = street.pusher(whole=patience).send([push()])
    assert time.monotonic() - began < 10, "nobody waits for a body"
    assert outcome(answer, tries=1, now=NOW) == expected, answer
    assert len(street.services["good"].heard) == 1, "asked once; a redirect is never followed"
    assert not street.services["another"].heard


INWARDS = """127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1
    ::1 fe80::1 fd00::1 ::ffff:10.1.2.3""".split()


def leads_to(*addresses: str) -> Callable[[Street], dict[str, Any]]:
    return lambda _street: {"names": lambda _name: list(addresses), "safe": is_public}


UNREACHED: list[tuple[str, Callable[[Street], dict[str, Any]], str, Outcome]] = [
    ("another's certificate", lambda it: {"port": it.services["another"].port}, "tls", AGAIN),
    ("a certificate that is out of date", lambda it: {"port": it.services["expired"].port}, "tls", AGAIN),
    ("a certificate by nobody we know", lambda it: {"port": it.services["stranger"].port}, "tls", AGAIN),
    ("an authority that the machine does not know", lambda _: {"authorities": None}, "tls", AGAIN),
    ("a name that does not resolve", lambda _: {"names": lambda _n: look_up("nobody.invalid")}, "name", AGAIN),
    ("a name that leads nowhere", lambda _: {"names": lambda _n: []}, "connect", AGAIN),
    ("nobody at home", lambda _: {"port": nobody_home()}, "connect", AGAIN),
    *((f"a name that leads to {ip}", leads_to(ip), "address", REFUSED) for ip in INWARDS),
    ("a name that leads to both", leads_to("8.8.8.8", "10.1.2.3"), "address", REFUSED),
]


@pytest.mark.parametrize(("what", "changed", "fault", "expected"), UNREACHED, ids=[it[0] for it in UNREACHED])
def test_who_is_never_reached(
    street: Street, what: str, changed: Callable[[Street], dict[str, Any]], fault: str, expected: Outcome
) -> None:
    [answer] = street.pusher(**changed(street)).send([push()])
    assert answer == Answer(None, fault=fault)  # type: ignore[arg-type]
    assert outcome(answer, tries=1, now=NOW) == expected
    assert not any(service.heard for service in street.services.values())


def test_somebody_who_takes_the_call_and_is_silent(street: Street) -> None:
    """Before there is even a secure line."""
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        [answer] = street.pusher(port=silent.getsockname()[1], connect=SHORT).send([push()])
    assert answer == Answer(None, fault="timeout") and outcome(answer, tries=1, now=NOW) == AGAIN


def test_a_line_that_speaks_no_tls(street: Street) -> None:
    with serving() as plain:
        plain.behave = says(201)
        [answer] = street.pusher(port=plain.port, connect=SHORT).send([push()])
    assert outcome(answer, tries=1, now=NOW) == AGAIN and not plain.heard


ADDRESSES = [
    "",
    "fcm.googleapis.com/x",
    "http://fcm.googleapis.com/x",
    "ftp://fcm.googleapis.com/x",
    "https://fcm.googleapis.com",
    "https://fcm.googleapis.com:8443/x",
    "https://fcm.googleapis.com:/x",
    "https://fcm.googleapis.com:443@evil.example/x",
    "https://siv@fcm.googleapis.com/x",
    "https://siv:hemligt@fcm.googleapis.com/x",
    "https://fcm.googleapis.com.evil.example/x",
    "https://evilfcm.googleapis.com/x",
    "https://notify.windows.com/x",
    "https://evilnotify.windows.com/x",
    "https://push.example.com/x",
    "https://localhost/x",
    "https://127.0.0.1/x",
    "http://127.0.0.1:5600/x",
    "https://2130706433/x",
    "https://[::1]/x",
    "https://[::ffff:10.0.0.1]/x",
    "https://169.254.169.254/latest/meta-data",
    "https://fcm.googleapis.com./x",
    "https://fcm.googleapis.com\\@evil.example/x",
    "https://evil.example#fcm.googleapis.com/x",
    "https://fcm.googleapis.com#/x",
    "https://fcm.googleapis.com/x y",
    "https://fcm.googleapis.com/x\r\nX-Evil: 1",
    "https://fcm.googleapis.com/x\n",
    " https://fcm.googleapis.com/x",
    "https://fcm.googleapis.com/å",
    "https://fcm。googleapis.com/x",
    "https://fcm.googleapis.com/" + "x" * 3000,
]


@pytest.mark.parametrize("endpoint", ADDRESSES, ids=lambda it: repr(it[:60]))
def test_an_address_that_nobody_is_rung_at(street: Street, endpoint: str) -> None:
    looked: list[str] = []
    [answer] = street.pusher(names=lambda name: looked.append(name) or ["127.0.0.1"]).send([push(endpoint)])
    assert answer == Answer(None, fault="address") and outcome(answer, tries=1, now=NOW) == REFUSED
    assert not looked and not any(service.calls for service in street.services.values())


KEYS: list[tuple[str, dict[str, Any], str]] = [
    ("no JSON", {"address": "https://fcm.googleapis.com/x"}, "keys"),
    ("no keys", {"address": json.dumps({"endpoint": FCM + "x"})}, "keys"),
    ("a list", {"address": "[]"}, "keys"),
    ("a point beside the curve", {"address": address(p256dh=b64(b"\4" + b"1" * 64))}, "keys"),
    ("half a key", {"address": address(p256dh=P256DH[:40])}, "keys"),
    ("a secret that is too short", {"address": address(auth=b64(AUTH[:15]))}, "keys"),
    ("letters that are none", {"address": address(p256dh="å", auth="!")}, "keys"),
    ("a key of ours that we no longer have", {"vapid": 9}, "keys"),
    ("a message that is too long", {"message": {"title": "x" * 2000}}, "content"),
    ("a message that is no JSON", {"message": {"title": object()}}, "content"),
    ("an urgency that is none", {"urgency": "now"}, "content"),
    ("a topic with more in it", {"topic": "t\r\nX-Evil: 1"}, "content"),
    ("a topic that is too long", {"topic": "t" * 33}, "content"),
    ("a time to live that is none", {"ttl": -1}, "content"),
]


@pytest.mark.parametrize(("what", "changed", "fault"), KEYS, ids=[it[0] for it in KEYS])
def test_what_we_cannot_send_stops_nothing_else(street: Street, what: str, changed: dict[str, Any], fault: str) -> None:
    wrong, right = street.pusher().send([push(**changed), push()])
    assert wrong == Answer(None, fault=fault) and right == Answer(201)  # type: ignore[arg-type]
    assert outcome(wrong, tries=1, now=NOW) == REFUSED
    assert len(street.services["good"].heard) == 1


def test_one_browser_with_a_strangers_key_does_not_have_a_whole_service_left_alone(street: Street) -> None:
    street.services["good"].behave = by_path({"/fcm/send/mallory": says(403)}, says(201))
    first, other = street.pusher().send([push(FCM + "mallory"), push()])
    assert other == Answer(201) and first == Answer(403, fault="alone")
    assert outcome(first, tries=1, now=NOW) == AGAIN


def test_a_key_that_is_refused_is_signed_anew(street: Street) -> None:
    service, pusher = street.services["good"], street.pusher()
    tokens = set()
    for status in (201, 403, 201):
        service.behave = says(status)
        pusher.host("fcm.googleapis.com").taken.clear()
        pusher.send([push()])
        tokens.add(service.heard[-1].headers["authorization"])
    assert len(tokens) == 2


def test_who_never_answers_is_spared_and_keeps_nobody_else_waiting(street: Street) -> None:
    away = nobody_home()
    pusher = street.pusher()
    pusher.send([push(MOZILLA + "erik")])
    pusher.host("fcm.googleapis.com").way = replace(street.way, port=away)
    answers = pusher.send([push() for _ in range(200)] + [push(MOZILLA + "karin")])
    faults = [answer.fault for answer in answers[:-1]]
    assert answers[-1] == Answer(201)
    assert set(faults) == {"connect", "resting"} and faults.count("connect") <= LINES + ENOUGH
    assert {answer.fault for answer in pusher.send([push() for _ in range(10)])} == {"resting"}
