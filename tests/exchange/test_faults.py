"""A clinic's system that does everything wrong: what can be read is read, the rest is said, and nothing hangs."""

import json
import socket
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from app.core import clock, db
from app.core.audit import SYSTEM
from app.exchange import source_service
from app.exchange.fhir import Client, Door, Page
from app.exchange.retry_rules import LONGEST, TRIES, asked_for, wait
from app.exchange.source_line import Fault, Line, Way
from app.exchange.source_service import Wanted
from tests.exchange.clinic import Asked
from tests.exchange.conftest import Reader, gives

pytestmark = pytest.mark.slow
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def appointments(asked: Asked) -> bool:
    return asked.path.startswith("/Appointment?") and "_id=" not in asked.path


def test_hung_up_on_in_the_middle_of_a_page_it_is_asked_again(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3)

    def cut(asked: Asked) -> bool:
        if not (appointments(asked) and asked.n == 1):
            return False
        body = json.dumps(asked.passed_on()).encode()
        asked.handler.send_response(200)
        asked.handler.send_header("Content-Type", "application/fhir+json")
        asked.handler.send_header("Content-Length", str(len(body)))
        asked.handler.end_headers()
        asked.handler.wfile.write(body[: len(body) // 2])
        return asked.cuts()

    reader.line.work = cut
    reader.reads()
    assert len(reader.bookings()) == 1 and reader.row().failing_since is None
    assert sum(it.startswith("/Appointment?") and "_id=" not in it for it in reader.line.asked) == 2


def test_a_500_on_the_second_page_keeps_the_first_and_reads_on_next_time(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.exchange.fhir.COUNT", 2)
    for n in range(5):
        gives(reader.clinic, f"a{n}", days=3 + n)
    reader.line.work = lambda asked: "_offset=2" in asked.path and asked.says(500, b"no")
    reader.reads()
    assert len(reader.bookings()) == 2 and reader.row().read_to is None and reader.row().failing_since
    assert reader.rested == [1.0, 2.0, 4.0], "it waits a little longer each time"
    reader.line.work = None
    reader.reads()
    assert len(reader.bookings()) == 5 and reader.row().read_to and reader.row().failing_since is None


def test_a_page_that_changes_under_the_reading_loses_nothing(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of the first page is written while it is read: all move one step up, and one is passed."""
    monkeypatch.setattr("app.exchange.fhir.COUNT", 2)
    for n in range(5):
        gives(reader.clinic, f"a{n}", days=3 + n)

    def touched(asked: Asked) -> bool:
        if "_offset=2" in asked.path and sum("_offset=2" in it for it in asked.wire.asked) == 1:
            gives(reader.clinic, "a0", days=20)
        return False

    reader.line.work = touched
    reader.reads()
    assert len(reader.bookings()) == 5 and reader.refused() == {}


@pytest.mark.parametrize("how", ["seconds", "date"])
def test_429_is_waited_for_as_it_asks(reader: Reader, how: str) -> None:
    gives(reader.clinic, "a1", days=3)
    until = format_datetime(clock.now() + timedelta(seconds=20), usegmt=True)

    def busy(asked: Asked) -> bool:
        said = "17" if how == "seconds" else until
        return appointments(asked) and asked.n == 1 and asked.says(429, b"", Retry_After=said)

    reader.line.work = busy
    reader.reads()
    (rested,) = reader.rested
    assert rested == 17 if how == "seconds" else 10 < rested <= 20
    assert len(reader.bookings()) == 1


def test_429_for_an_hour_is_left_to_the_round_after_that(reader: Reader) -> None:
    reader.line.work = lambda asked: asked.says(429, b"", Retry_After="3600")
    reader.reads()
    assert reader.rested == []
    assert timedelta(minutes=59) < reader.row().next_at - clock.now() <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ((200, b"<html>Logga in</html>", "text/html"), "type"),
        ((200, b'{"resourceType":', "application/fhir+json"), "garbage"),
        ((200, b"[" * 100_000, "application/fhir+json"), "garbage"),
        ((200, b'{"resourceType":"OperationOutcome"}', "application/json"), "garbage"),
        ((403, b"{}", "application/fhir+json"), "refused"),
        ((404, b"{}", "application/fhir+json"), "missing"),
        ((418, b"{}", "application/fhir+json"), "status"),
        ((503, b"{}", "application/fhir+json"), "status"),
    ],
)
def test_what_is_no_answer_is_said_for_what_it_is(reader: Reader, answer: tuple[int, bytes, str], fault: str) -> None:
    status, body, media = answer
    reader.line.work = lambda asked: asked.says(status, body, Content_Type=media)
    with pytest.raises(Fault) as caught:
        pages(reader)
    assert caught.value.name == fault


def pages(reader: Reader, **more: object) -> list[Page]:
    return slots(Door(reader.line.url, "open"), reader.way(**more), "Appointment")


def slots(door: Door, way: Way, kind: str = "Slot") -> list[Page]:
    with closing(Client(door, way)) as client:
        return list(client.pages(kind))


@pytest.mark.parametrize("how", ["same", "counting"])
def test_a_loop_of_next_links_ends(reader: Reader, how: str) -> None:
    gives(reader.clinic, "a1", days=3)

    def loops(asked: Asked) -> bool:
        found = asked.passed_on()
        n = asked.n if how == "counting" else 0
        found["link"] = [{"relation": "next", "url": f"{asked.wire.url}/Appointment?page={n}"}]
        return asked.says(200, json.dumps(found).encode())

    reader.line.work = loops
    with pytest.raises(Fault, match="loop"):
        pages(reader)
    assert len(reader.line.asked) <= 5


def test_a_next_link_leads_nowhere_else(reader: Reader) -> None:
    found = {"resourceType": "Bundle", "link": [{"relation": "next", "url": "http://127.0.0.1:9/Appointment?page=2"}]}
    reader.line.work = lambda asked: asked.says(200, json.dumps(found).encode())
    with pytest.raises(Fault, match="elsewhere"):
        pages(reader)


def test_a_redirect_is_followed_at_home_alone(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3)
    reader.line.work = lambda asked: (
        "_count=9" not in asked.path and asked.says(302, b"", Location="/Appointment?_count=9")
    )
    assert [len(it.resources) for it in pages(reader)] == [1]
    reader.line.work = lambda asked: asked.says(302, b"", Location="https://elsewhere.example/Appointment")
    with pytest.raises(Fault, match="redirect elsewhere"):
        pages(reader)


def test_a_gigabyte_of_answer_is_not_read(reader: Reader) -> None:
    sent = 0

    def pours(asked: Asked) -> bool:
        nonlocal sent
        asked.handler.send_response(200)
        asked.handler.send_header("Content-Type", "application/fhir+json")
        asked.handler.end_headers()
        asked.handler.close_connection = True
        while sent < 1 << 30:
            asked.handler.wfile.write(b" " * (1 << 20))
            sent += 1 << 20
        return True

    reader.line.work = pours
    with pytest.raises(Fault, match="too_big"):
        pages(reader)
    assert sent < 64 << 20, "it was read long after it was too much"
    reader.line.work = lambda asked: asked.says(200, b"", Content_Length=str(1 << 30))
    with pytest.raises(Fault, match="too_big"):
        pages(reader)


def test_whoever_hangs_is_not_waited_for(reader: Reader) -> None:
    over = threading.Event()
    reader.line.work = lambda _asked: over.wait(20)
    with pytest.raises(Fault, match="timeout"):
        pages(reader, each=0.2)
    over.set()


def test_nor_is_whoever_drips(reader: Reader) -> None:
    over = threading.Event()

    def drips(asked: Asked) -> bool:
        asked.handler.send_response(200)
        asked.handler.send_header("Content-Length", "1000")
        asked.handler.end_headers()
        while not over.wait(0.05):
            asked.handler.wfile.write(b" ")
        return True

    reader.line.work = drips
    with pytest.raises(Fault, match="timeout"):
        pages(reader, each=2.0, whole=0.4)
    over.set()


def test_a_connection_that_is_reset_is_tried_again_and_then_said(reader: Reader) -> None:
    reader.line.work = Asked.cuts
    with pytest.raises(Fault, match="reset"):
        pages(reader)
    assert len(reader.rested) == TRIES - 1


def test_a_server_that_cannot_sort_is_read_unsorted(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3)
    reader.line.work = lambda asked: "_sort=" in asked.path and asked.says(400, b"{}")
    reader.reads()
    assert len(reader.bookings()) == 1


# Tokens


@pytest.fixture
def secretive(reader: Reader) -> Reader:
    """The same, for those who have a token: each holds for two requests."""
    wanted = Wanted("Tidbok Väst", reader.line.url, "client", f"{reader.line.url}/token", "oss", "s:å=&")
    with db.transaction():
        source_service.change(reader.source, wanted, by=SYSTEM, now=clock.now())
    return reader


def test_a_token_is_fetched_once_and_anew_when_it_has_ended(secretive: Reader) -> None:
    gives(secretive.clinic, "a1", days=3)
    given: list[str] = []
    used: list[str] = []

    def door(asked: Asked) -> bool:
        if asked.path == "/token":
            given.append(asked.handler.headers["Authorization"])
            token = {"access_token": f"t{len(given)}", "token_type": "Bearer", "expires_in": 3600}
            return asked.says(200, json.dumps(token).encode(), Content_Type="application/json")
        used.append(asked.handler.headers["Authorization"])
        return used.count(used[-1]) > 4 and asked.says(401, b"{}")

    secretive.line.work = door
    secretive.reads()
    assert len(secretive.bookings()) == 1 and secretive.row().failing_since is None
    assert 1 < len(given) < 8 and set(given) == {given[0]} and given[0].startswith("Basic ")


def test_a_token_that_is_refused_is_no_reason_to_knock_for_ever(secretive: Reader) -> None:
    secretive.line.work = lambda asked: asked.says(401, b'{"error":"invalid_client"}')
    secretive.reads()
    assert len(secretive.line.asked) == 1 and secretive.row().failing_since


# Addresses


@pytest.mark.parametrize(
    ("url", "near", "inside", "leads", "fault"),
    [
        ("http://fhir.example/r4", False, "", "93.184.216.34", "address"),
        ("https://fhir.example/r4", False, "", "127.0.0.1", "address"),
        ("https://fhir.example/r4", False, "", "10.1.2.3", "address"),
        ("https://fhir.example/r4", False, "", "169.254.169.254", "address"),
        ("https://fhir.example/r4", True, "", "10.1.2.3", "address"),
        ("https://user:pass@fhir.example/r4", True, "", "127.0.0.1", "address"),
        ("file:///etc/passwd", True, "", "127.0.0.1", "address"),
    ],
)
def test_where_we_do_not_go(url: str, near: bool, inside: str, leads: str, fault: str) -> None:
    way = Way(near=near, inside=frozenset(inside.split()), names=lambda _host: [leads])
    with pytest.raises(Fault, match=fault):
        Line(way, known=False).ask("GET", url, {})


def test_a_host_inside_is_asked_when_the_settings_name_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        way = Way(inside=frozenset(["fhir.inside"]), names=lambda _host: ["127.0.0.1"], each=0.2)
        with pytest.raises(Fault, match="timeout"):
            Line(way, known=False).ask("GET", f"https://fhir.inside:{server.getsockname()[1]}/", {})


# What is waited for


def test_what_retry_after_says() -> None:
    date = format_datetime(NOW + timedelta(seconds=90), usegmt=True)
    assert asked_for("120", NOW) == timedelta(minutes=2) and asked_for(date, NOW) == timedelta(seconds=90)
    assert asked_for(format_datetime(NOW - timedelta(days=1), usegmt=True), NOW) == timedelta(0)
    assert asked_for("99999999", NOW) == LONGEST and asked_for("soon", NOW) is None and asked_for(None, NOW) is None


def test_how_long_is_waited_between_tries() -> None:
    assert [wait(n, None, NOW) for n in range(1, TRIES + 1)] == [*(timedelta(seconds=n) for n in (1, 2, 4)), None]
    assert wait(1, "31", NOW) is None and wait(1, "30", NOW) == timedelta(seconds=30)
