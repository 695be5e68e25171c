"""The push services as a process, seen from a test."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from app.machine.processes import end_group, spawn

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 30.0


class PushService:
    def __init__(self, log: Path) -> None:
        with log.open("wb") as output:
            self.process = spawn((sys.executable, "-m", "tests.push_service"), output=output, cwd=ROOT)
        limit = time.monotonic() + PATIENCE
        while not (said := log.read_text()).endswith("\n"):
            assert self.process.poll() is None and time.monotonic() < limit, f"no push service: {said}"
            try:
                self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                pass
        where = json.loads(said)
        self.url, self.stream, self.trust = where["url"], where["stream"], where["trust"]

    @property
    def settings(self) -> dict[str, str]:
        """How the app is pointed here."""
        return {"PUSH_STAND_IN": self.url}

    @property
    def chromium_flags(self) -> list[str]:
        return [
            f"--gcm-checkin-url={self.url}/checkin",
            f"--gcm-registration-url={self.url}/register3",
            f"--gcm-mcs-endpoint={self.stream}",
            f"--ignore-certificate-errors-spki-list={self.trust}",
        ]

    @property
    def firefox_prefs(self) -> dict[str, str | bool | int]:
        return {
            "dom.push.serverURL": f"{self.url.replace('http:', 'ws:')}/autopush",
            "dom.push.testing.allowInsecureServerURL": True,
            "dom.push.enabled": True,
            "dom.push.connection.enabled": True,
        }

    def _state(self) -> dict[str, Any]:
        with urlopen(f"{self.url}/desk", timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def came(self, endpoint: str) -> list[dict[str, Any]]:
        """What was posted to a subscription, the oldest first, with how it was answered."""
        return [entry for entry in self._state()["came"] if entry["id"] == _id(endpoint)]

    def waiting(self, endpoint: str) -> int:
        """How many messages are kept for it. A Firefox says when it has one, which is kept until then."""
        found: int = self._state()["waiting"].get(_id(endpoint), 0)
        return found

    def there(self, endpoint: str) -> bool:
        """Whether its browser is connected."""
        return _id(endpoint) in self._state()["there"]

    def answers(self, endpoint: str, status: int, *, times: int = 1, **headers: str) -> None:
        """How the next messages to it are answered; one answered with 201 is then lost."""
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        self._order(endpoint, "fault", {"status": status, "headers": said, "times": times})

    def forgets(self, endpoint: str) -> None:
        """It is gone, and only whoever sends to it hears of it."""
        self._order(endpoint, "forget", {})

    def begins_anew(self, endpoint: str) -> None:
        """All that its Firefox subscribed to is gone, and the browser is told so."""
        self._order(endpoint, "anew", {})

    def _order(self, endpoint: str, what: str, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        with urlopen(Request(f"{self.url}/desk/{_id(endpoint)}/{what}", data=body, method="POST"), timeout=10):
            pass

    def stop(self) -> None:
        self.process.terminate()
        end_group(self.process, patience=5)


def _id(endpoint: str) -> str:
    return endpoint.rstrip("/").rsplit("/", 1)[-1]
