"""Text messages through a service of the region's own: one small HTTP call each (docs/operations.md, Text messages)."""

import http.client
import json
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from app.config import Settings
from app.core.deadline import Deadline
from app.core.locale import gettext as _
from app.core.locale import reading
from app.notices import words
from app.notices.outcome_rules import Answer, Fault

STEP, BATCH = 10.0, 45.0
"""Seconds: for one answer of the service, and for all that is sent at once."""
MOST_FAILED = 2
OPEN = "/aviseringar/oppna"
MOST_READ = 4096
# The seven-bit alphabet of text messages (3GPP TS 23.038), and what takes two places in it.
PLAIN = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
DOUBLE = frozenset("^{}\\[~]|€\f")
# How much fits in one, and in each part of several: in that alphabet, and in any other (UTF-16).
ROOM, ROOM_ANY = (160, 153), (70, 67)


@dataclass(frozen=True)
class Text:
    """One text message. The service sends what has the same `key` once, however often it is asked."""

    key: UUID
    to: str
    text: str


def notice(key: UUID, to: str, *, about: str, language: str, fuller: bool, base_url: str) -> Text:
    """What is told of a notice on a phone: that there is one, and the one address where it is read."""
    title, _text = words.out_of_app(about, language, fuller=fuller)
    return Text(key, to, f"{title}. {base_url}{OPEN}")


def code(key: UUID, to: str, *, digits: str, language: str) -> Text:
    """The code that shows that a number is somebody's own."""
    with reading(language):
        return Text(key, to, _("Skriv koden %(code)s i Närlinjen. Den gäller i 15 minuter.", code=digits))


def parts(text: str) -> int:
    """As how many messages a text is sent, and paid for."""
    if all(letter in PLAIN or letter in DOUBLE for letter in text):
        length, (one, each) = sum(2 if letter in DOUBLE else 1 for letter in text), ROOM
    else:
        length, (one, each) = len(text.encode("utf-16-le")) // 2, ROOM_ANY
    return 1 if length <= one else -(-length // each)


def answer_of(status: int, retry_after: str | None) -> Answer:
    """The service's answer as our own: a number is ended by 410 alone, since 404 is what a wrong address says."""
    if 200 <= status < 300:
        return Answer(200)
    if 300 <= status < 400 or status in (404, 405):
        return Answer(503)
    return Answer(status, retry_after)


def fault_of(error: Exception, *, late: bool = False) -> Answer:
    """What went wrong before the service had answered; `late` when it was we who hung up."""
    faults: tuple[tuple[type[Exception], Fault], ...] = (
        (TimeoutError, "timeout"),
        (socket.gaierror, "name"),
        (ConnectionRefusedError, "connect"),
        (ssl.SSLError, "tls"),
        (ConnectionError, "reset"),
        (http.client.HTTPException, "garbage"),
    )
    nobody: Fault = "connect"
    found = next((fault for kind, fault in faults if isinstance(error, kind)), nobody)
    return Answer(None, fault="timeout" if late else found)


class Texter:
    """The way to the service; without one it is not `on`, and sends nothing."""

    def __init__(self, settings: Settings) -> None:
        self.url = urlsplit(settings.sms_url or "")
        self.on = bool(settings.sms_url)
        self.headers = {"Content-Type": "application/json", "User-Agent": "narlinjen"}
        if settings.sms_token:
            self.headers["Authorization"] = f"Bearer {settings.sms_token}"

    def send(self, texts: Sequence[Text], *, seconds: float = BATCH) -> list[Answer]:
        """Send each on its own, over one connection; answers in the same order. What there was no time for, or no
        service, is to be sent later."""
        answers, failed = [], 0
        line: http.client.HTTPConnection | None = None
        with Deadline(seconds) as deadline:
            for text in texts:
                if failed >= MOST_FAILED or deadline.passed or not self.on:
                    answers.append(Answer(None, fault="resting"))
                    continue
                try:
                    line = line if line and line.sock else self._call(deadline)
                    answers.append(self._say(line, text))
                    failed = 0
                except (OSError, http.client.HTTPException) as error:
                    answers.append(fault_of(error, late=deadline.passed))
                    failed += 1
                    if line:
                        line.close()
        if line:
            line.close()
        return answers

    def _call(self, deadline: Deadline) -> http.client.HTTPConnection:
        host, secure = self.url.hostname or "", self.url.scheme == "https"
        called = socket.create_connection((host, self.url.port or (443 if secure else 80)), STEP)
        deadline.watch(called)
        line = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(host, self.url.port)
        line.sock = ssl.create_default_context().wrap_socket(called, server_hostname=host) if secure else called
        return line

    def _say(self, line: http.client.HTTPConnection, text: Text) -> Answer:
        body = json.dumps({"to": text.to, "text": text.text, "id": str(text.key)}, ensure_ascii=False).encode()
        path = (self.url.path or "/") + (f"?{self.url.query}" if self.url.query else "")
        line.request("POST", path, body, self.headers)
        answer = line.getresponse()
        said = answer.read(MOST_READ)
        if len(said) == MOST_READ:
            # Whatever it is telling us, it is not for us.
            line.close()
        return answer_of(answer.status, answer.headers.get("Retry-After"))
