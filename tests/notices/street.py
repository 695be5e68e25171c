"""A street of push services for the tests, each of which shows who it is in another way, and one browser to reach."""

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from app.config import Settings, fresh_secrets
from app.notices.push_envelope import b64, point
from app.notices.push_host import Way
from app.notices.webpush import Push, Pusher
from tests.notices.misbehaving import Service, certificates, says, serving

FCM, MOZILLA = "https://fcm.googleapis.com/fcm/send/", "https://updates.push.services.mozilla.com/wpush/v2/"
READER = ec.generate_private_key(ec.SECP256R1())
P256DH, AUTH = b64(point(READER.public_key())), os.urandom(16)


def address(endpoint: str = FCM + "siv", p256dh: str = P256DH, auth: str = b64(AUTH)) -> str:
    return json.dumps({"endpoint": endpoint, "p256dh": p256dh, "auth": auth})


def push(endpoint: str = FCM + "siv", **changed: Any) -> Push:
    """A notice to Siv's browser, or to another's."""
    message = {"web_push": 8030, "notification": {"title": "Du har något nytt att läsa"}}
    return replace(Push(uuid.uuid4(), address(endpoint), 1, message, 3600, "high", "t1"), **changed)


@dataclass
class Street:
    """The services of a test, by what they show when they are asked who they are, and how to get to them."""

    services: dict[str, Service]
    way: Way
    settings: Settings
    pushers: list[Pusher] = field(default_factory=list)

    def pusher(self, **changed: Any) -> Pusher:
        self.pushers.append(Pusher(self.settings, replace(self.way, **changed)))
        return self.pushers[-1]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Service], Path]]:
    hosts = ["fcm.googleapis.com", "updates.push.services.mozilla.com"]
    shown = certificates(tmp_path_factory.mktemp("certificates"), hosts)
    with ExitStack() as stack:
        names = ("good", "another", "expired", "stranger")
        yield {name: stack.enter_context(serving(shown[name])) for name in names}, shown["authority"]


@pytest.fixture
def street(built: tuple[dict[str, Service], Path]) -> Iterator[Street]:
    services, authority = built
    for service in services.values():
        service.behave, service.calls = says(201), 0
        service.heard.clear()
    way = Way(lambda _name: ["127.0.0.1"], lambda ip: ip == "127.0.0.1", services["good"].port, str(authority), 10, 20)
    made = Street(services, way, Settings.from_env(fresh_secrets() | {"BASE_URL": "https://narlinjen.example"}))
    yield made
    for pusher in made.pushers:
        pusher.close()
