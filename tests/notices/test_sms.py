"""Text messages, against a real service: what is asked of it, what each of its answers means, and what goes wrong."""

import dataclasses
import json
import socket
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from app.config import Settings
from app.core import clock, db
from app.notices import outcome_rules, rules, sms, words
from app.notices.outcome_rules import Answer
from app.notices.sms import Text, Texter
from tests.mail_server import papers

BASE = "https://narlinjen.regionprovlandet.example"
SIV, OLLE = "+46701740612", "+46701740613"


@dataclass
class Service:
    """What a service was asked, and how it answers next."""

    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    says: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    body: bytes = b"{}"
    each: float = 0.0
    stop: threading.Event = field(default_factory=threading.Event)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: Service

    def setup(self) -> None:
        super().setup()
        self.service.calls += 1

    def log_message(self, *_words: object) -> None:
        pass

    def do_POST(self) -> None:
        service = self.service
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        service.asked.append(asked | {"path": self.path})
        service.headers.append(dict(self.headers))
        status, headers = service.says.pop(0) if service.says else (200, {})
        if status == 200 and not service.sent[asked["id"]]:
            service.sent[asked["id"]] += 1
        if status == 0:
            self.close_connection = True
            return
        if status == -1:
            service.stop.wait(30)
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(service.body)))
        self.end_headers()
        for at in range(0, len(service.body), 1 if service.each else len(service.body)):
            try:
                self.wfile.write(service.body[at : at + (1 if service.each else len(service.body))])
            except OSError:
                return
            if service.stop.wait(service.each):
                return


@contextmanager
def serving(host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Service]:
    service = Service()
    server = ThreadingHTTPServer((host, 0), type("Own", (Handler,), {"service": service}))
    server.daemon_threads = True
    server.handle_error = lambda *_whom: None  # type: ignore[method-assign]
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    service.url = f"{'https' if tls else 'http'}://{host}:{server.server_port}/v1/sms?konto=7"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield service
    service.stop.set()
    server.shutdown()
    server.server_close()
    thread.join(10)


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as made:
        yield made


@pytest.fixture
def settings(secrets: dict[str, str], tmp_path: Path) -> Settings:
    return Settings.from_env(
        secrets | {"BASE_URL": BASE, "LOCAL_DIR": str(tmp_path), "DATABASE_URL": "postgresql://nowhere"}
    )


def texter(settings: Settings, url: str | None, token: str | None = "hemligt") -> Texter:
    return Texter(dataclasses.replace(settings, sms_url=url, sms_token=token))


def notices(*numbers: str) -> list[Text]:
    return [
        sms.notice(db.new_key(), number, about="answers", language="sv", fuller=False, base_url=BASE)
        for number in numbers
    ]


def became(answers: list[Answer]) -> list[str]:
    return [outcome_rules.outcome(it, tries=1, now=clock.now()).what for it in answers]


def test_the_service_is_asked_with_a_number_a_text_and_a_key(settings: Settings, service: Service) -> None:
    (text,) = notices(SIV)
    assert texter(settings, service.url).send([text]) == [Answer(200)]
    assert service.asked == [{"to": SIV, "text": text.text, "id": str(text.key), "path": "/v1/sms?konto=7"}]
    assert text.text == f"Du har något nytt. {BASE}/aviseringar/oppna"
    (said,) = service.headers
    assert (said["Authorization"], said["Content-Type"]) == ("Bearer hemligt", "application/json")


def test_several_go_over_one_connection_each_with_its_answer(settings: Settings, service: Service) -> None:
    service.says = [(202, {}), (410, {}), (400, {}), (200, {})]
    assert became(texter(settings, service.url).send(notices(SIV, OLLE, SIV, OLLE))) == [
        "accepted",
        "gone",
        "refused",
        "accepted",
    ]
    assert service.calls == 1


def test_what_was_taken_without_a_word_is_asked_for_again_by_the_same_key(settings: Settings, service: Service) -> None:
    service.says = [(0, {})]
    texts = notices(SIV)
    assert became(texter(settings, service.url).send(texts)) == ["later"]
    assert became(texter(settings, service.url).send(texts)) == ["accepted"]
    assert {it["id"] for it in service.asked} == {str(texts[0].key)} and service.sent[str(texts[0].key)] == 1


@pytest.mark.parametrize(
    ("status", "what", "pause"),
    [
        (200, "accepted", None),
        (207, "accepted", None),
        (301, "later", None),
        (307, "later", None),
        (400, "refused", None),
        (401, "later", "key"),
        (403, "later", "key"),
        (404, "later", None),
        (405, "later", None),
        (410, "gone", None),
        (413, "refused", None),
        (422, "refused", None),
        (500, "later", None),
        (502, "later", None),
    ],
)
def test_each_answer_of_the_service(
    settings: Settings, service: Service, status: int, what: str, pause: str | None
) -> None:
    service.says = [(status, {"Location": f"http://{service.url.split('/')[2]}/elsewhere"})]
    (answer,) = texter(settings, service.url).send(notices(SIV))
    found = outcome_rules.outcome(answer, tries=1, now=clock.now())
    assert (found.what, found.pause and found.pause.why) == (what, pause)
    assert len(service.asked) == 1, "a redirect is not followed: the number would go to somebody else"


@pytest.mark.parametrize("status", [429, 503])
def test_a_service_that_asks_to_be_left_alone_is(settings: Settings, service: Service, status: int) -> None:
    service.says = [(status, {"Retry-After": "120"})]
    (answer,) = texter(settings, service.url).send(notices(SIV))
    at = clock.now()
    found = outcome_rules.outcome(answer, tries=1, now=at)
    assert found.pause and (found.pause.until - at).total_seconds() == 120


def test_a_service_that_says_nothing_is_waited_for_no_longer_than_was_said(
    settings: Settings, service: Service
) -> None:
    service.says = [(200, {}), (-1, {})]
    answers = texter(settings, service.url).send(notices(SIV, OLLE, SIV), seconds=0.5)
    assert [it.fault for it in answers] == [None, "timeout", "resting"]


def test_a_service_that_goes_on_a_letter_at_a_time_has_answered_and_is_listened_to_no_more(
    settings: Settings, service: Service
) -> None:
    service.body, service.each = b"x" * 1000, 0.02
    answers = texter(settings, service.url).send(notices(SIV, OLLE), seconds=0.5)
    assert [(it.status, it.fault) for it in answers] == [(200, None), (None, "resting")]


def test_a_service_that_says_much_is_not_read_to_the_end(settings: Settings, service: Service) -> None:
    service.body = b"x" * 5_000_000
    assert became(texter(settings, service.url).send(notices(SIV, OLLE))) == ["accepted"] * 2
    assert service.calls == 2


def test_a_service_that_hangs_up_costs_only_the_message_that_was_on_the_line(
    settings: Settings, service: Service
) -> None:
    service.says = [(200, {}), (0, {}), (200, {})]
    answers = texter(settings, service.url).send(notices(SIV, OLLE, SIV))
    assert became(answers) == ["accepted", "later", "accepted"] and answers[1].fault == "reset"


def test_a_service_that_is_down_is_asked_twice_and_then_left_alone(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answers = texter(settings, f"http://127.0.0.1:{port}/").send(notices(SIV, OLLE, SIV))
    assert [it.fault for it in answers] == ["connect", "connect", "resting"]


def test_a_service_that_nobody_vouches_for_is_told_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = papers(tmp_path, "127.0.0.1")
    with serving(tls=own.server) as service:
        assert texter(settings, service.url).send(notices(SIV))[0].fault == "tls" and service.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(own.authority))
        assert became(texter(settings, service.url).send(notices(SIV))) == ["accepted"]


def test_without_a_service_nothing_is_sent_and_nothing_is_lost(settings: Settings) -> None:
    off = texter(settings, None)
    assert not off.on and became(off.send(notices(SIV))) == ["later"]


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("about", [*sorted({it.about for it in rules.KINDS.values()}), words.TRIAL])
def test_every_notice_is_one_message(about: str, language: str) -> None:
    for fuller in (False, True):
        text = sms.notice(db.new_key(), SIV, about=about, language=language, fuller=fuller, base_url=BASE).text
        assert sms.parts(text) == 1, f"{text!r} is sent as several"
    assert sms.parts(sms.code(db.new_key(), SIV, digits="012345", language=language).text) == 1


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("å" * 160, 1),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ş" * 70, 1),
        ("ş" * 71, 2),
        ("ş" * 134, 2),
        ("ş" * 135, 3),
        ("🌲" * 35, 1),
        ("🌲" * 36, 2),
    ],
)
def test_how_many_messages_a_text_is(text: str, parts: int) -> None:
    assert sms.parts(text) == parts
