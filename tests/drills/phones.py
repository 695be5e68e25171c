"""Phones with their push service, a mail server and a service for text messages, all on this machine and over the wire.

The phones do as browsers do: they open what is sealed for them, show one notice for each tag, and report it.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.core import clock
from app.notices.subscription_service import Address
from tests import mail_server

HOST = "updates.push.services.mozilla.com"


@dataclass
class Phone:
    """One browser. `shown` are the notices on its screen, by tag, each with the tokens it has had; a silent one is
    said to have them, and never shows any."""

    name: str
    silent: bool = False
    private: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))
    shown: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def address(self) -> Address:
        public = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        endpoint = f"https://{HOST}/wpush/{self.name}"
        return Address(endpoint, _text(public), _text(self.secret), HOST, "sv", "Firefox/Android")

    def takes(self, body: bytes) -> str | None:
        """Show what came; the token that proves it."""
        if self.silent:
            return None
        message = json.loads(http_ece.decrypt(body, private_key=self.private, auth_secret=self.secret))
        self.shown[message["notification"]["tag"]].append(message["receipt"])
        return str(message["receipt"])


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Street:
    """All that is outside of the app. `open` is whether the push service answers at all; it keeps, for a phone that has
    not fetched it yet, one message a topic, as RFC 8030 (5.4) says."""

    def __init__(self) -> None:
        self.phones: dict[str, Phone] = {}
        self.waiting: dict[tuple[str, str], bytes] = {}
        self.texts: dict[str, list[datetime]] = defaultdict(list)
        self.open, self.came = True, 0
        self.lock = threading.Lock()
        self.web = _Web(("127.0.0.1", 0), _answers(self))
        threading.Thread(target=self.web.serve_forever, name="street", daemon=True).start()
        self.post = mail_server.running()

    def __enter__(self) -> Street:
        self.mail = self.post.__enter__()
        return self

    def __exit__(self, *_error: object) -> None:
        self.post.__exit__(None, None, None)
        self.web.shutdown()
        self.web.server_close()

    @property
    def settings(self) -> dict[str, str]:
        """How the app is pointed here."""
        url = f"http://127.0.0.1:{self.web.server_address[1]}"
        return {"PUSH_STAND_IN": url, "SMS_URL": f"{url}/sms", "SMTP_URL": self.mail.url}

    def phone(self, name: str, *, silent: bool = False) -> Phone:
        return self.phones.setdefault(name, Phone(name, silent))

    def took(self, name: str, topic: str, body: bytes) -> int:
        """What the push service answers."""
        with self.lock:
            self.came += 1
            if not self.open:
                return 503
            if name not in self.phones:
                return 410
            self.waiting[name, topic] = body
            return 201

    def fetch(self) -> list[str]:
        """The phones wake up and take what waits for them; the tokens of what they have shown, in no order."""
        with self.lock:
            waiting, self.waiting = self.waiting, {}
        return [token for (name, _topic), body in waiting.items() if (token := self.phones[name].takes(body))]


class _Web(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, _request: object, _address: object) -> None:
        """Whoever is killed hangs up in the middle of a word."""


def _answers(street: Street) -> type[BaseHTTPRequestHandler]:
    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/sms":
                street.texts[json.loads(body)["to"]].append(clock.now())
                status = 202
            else:
                status = street.took(self.path.rsplit("/", 1)[-1], self.headers["Topic"], body)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Nobody reads it."""

    return Answers


def over_http(base: str) -> Callable[[str], None]:
    """How a phone reports: as the service worker does, without saying who it is."""

    def report(token: str) -> None:
        said = f"kvitto={token}&hur=visad".encode()
        request = urllib.request.Request(f"{base}/aviseringar/kvitto", said, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert answer.status == 204
        except urllib.error.URLError:
            # Its net is gone for a while: the next thing that it shows is reported, and this one is not.
            return

    return report
