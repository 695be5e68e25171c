"""A secret address stands in no log: not in gunicorn's, nor the app's, whatever goes wrong while it is asked for."""

import json
import os
import re
import socket
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.bookings import feed_service
from app.core import clock, db
from app.machine.local_port import answers, hold_port
from app.machine.postgres import Server
from app.machine.processes import end_group, spawn
from tests.browser.site import PATIENCE, ROOT
from tests.world import World

pytestmark = pytest.mark.slow


def failing_app() -> Flask:
    """The app as it is served, in which each stage of a request can be made to fail by a word behind the address."""
    app = create_app()
    served = app.wsgi_app

    @app.before_request
    def fall() -> None:
        from flask import request

        if request.query_string == b"view":
            raise ValueError(request.url)
        if request.query_string == b"database":
            db.session().connection().exec_driver_sql("select 1 / 0")

    @app.after_request
    def fall_after(response):  # type: ignore[no-untyped-def]
        from flask import request

        if request.query_string == b"after":
            raise ValueError(request.url)
        return response

    @app.teardown_request
    def fall_last(_error: BaseException | None) -> None:
        from flask import request

        if request.query_string == b"teardown":
            raise ValueError(request.url)

    def broken(environ, start_response):  # type: ignore[no-untyped-def]
        if environ["QUERY_STRING"] == "server":
            raise ValueError(environ["RAW_URI"])
        if environ["QUERY_STRING"] == "header":
            start_response("200 OK", [("X-Bad", "a\r\nb" + environ["RAW_URI"])])
            return [b""]
        return served(environ, start_response)

    app.wsgi_app = broken  # type: ignore[method-assign]
    return app


class Served:
    """A real gunicorn over one database, and all that it, and the app in it, has said."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.log = folder / "web.log"
        with hold_port(0) as held, self.log.open("ab") as log:
            self.port = held.getsockname()[1]
            serve = (
                sys.executable,
                "-m",
                "gunicorn",
                "-c",
                ROOT / "app/gunicorn.py",
                "--bind",
                f"fd://{held.fileno()}",
            )
            self.process = spawn(
                (*serve, "tests.bookings.test_feed_log:failing_app()"),
                output=log,
                cwd=ROOT,
                env=os.environ | env | {"PORT": str(self.port), "WEB_WORKERS": "1", "WEB_LOG_LEVEL": "debug"},
                keep=[held.fileno()],
            )
        limit = time.monotonic() + PATIENCE
        while not answers(self.port):
            assert self.process.poll() is None and time.monotonic() < limit, self.said()

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def get(self, path: str, method: str = "GET") -> int:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def says(self, request: bytes) -> bytes:
        """Bytes that no browser would send, as they are."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as line:
            line.sendall(request)
            return line.recv(1 << 16)

    def end(self) -> None:
        self.process.terminate()
        end_group(self.process, patience=15)


@pytest.fixture
def served(tmp_path: Path, server: Server, own_app: Flask, database: str, secrets: dict[str, str]) -> Iterator[Served]:
    env = {"DEMO": "1", "LOCAL_DIR": str(tmp_path), "DATABASE_URL": server.url(database, "app")}
    made = Served(tmp_path, secrets | env | {"DATABASE_OWNER_URL": server.url(database, "owner")})
    yield made
    made.end()


def test_no_log_and_no_report_tells_a_secret(served: Served, own_world: World, server: Server) -> None:
    siv = own_world.patient("Siv Nyberg")
    with db.transaction():
        made = feed_service.make(by=siv.viewer, now=clock.now())
    assert made
    secret = made[1]
    path, guess = f"/kalender/{secret}.ics", f"/kalender/{secret[::-1]}.ics"

    assert [served.get(path), served.get(path, "HEAD"), served.get(guess), served.get(path, "POST")] == [
        200,
        200,
        404,
        405,
    ]
    written = "".join(f"%{ord(letter):02x}" for letter in secret)
    assert served.get(f"/kalender/{written}.ics") == 200, "Written otherwise, it is the same address."
    for stage in ("view", "database", "after", "teardown", "server", "header"):
        assert served.get(f"{path}?{stage}") in (200, 500), stage
        assert served.get(f"/kalender/{written}.ics?{stage}") in (200, 500), stage
    for line in (
        f"GET {path} HTTP/9.9\r\n\r\n",
        f"GET {path}\r\n\r\n",
        f"GET {path} {path} HTTP/1.1\r\n\r\n",
        f"{path} GET HTTP/1.1\r\n\r\n",
        f"GET {path} HTTP/1.1\r\nX: {path}\x00\r\n\r\n",
        f"GET {path} HTTP/1.1\r\n{path}: a\r\nbad header\r\n\r\n",
        f"GET {path}?{'x' * 9000} HTTP/1.1\r\n\r\n",
        f"GET {path} HTTP/1.1\r\nContent-Length: {secret}\r\n\r\n",
    ):
        served.says(line.encode())
    with db.transaction():
        assert feed_service.end(by=siv.viewer, now=clock.now())
    assert served.get(path) == 404
    said = served.said()
    assert "Error handling request" in said and "Invalid" in said, f"gunicorn was to say what went wrong: {said}"
    events = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    assert {it["event"] for it in events} == {"request.broken"}, events
    assert {it["endpoint"] for it in events} == {"feeds.feed"}
    assert not [line for line in said.splitlines() if "ERROR in app" in line], "Flask has a log of its own."
    database_log = "".join(it.read_text(errors="replace") for it in server.folder.rglob("*log*") if it.is_file())
    for it in (secret, secret[::-1], written, written.upper()):
        for log in (said, database_log):
            assert it not in log, near(it, log)
    # Nor a part of it that would find the rest.
    assert not re.search("|".join(re.escape(secret[n : n + 12]) for n in range(31)), said)


def near(secret: str, log: str) -> str:
    return f"The log tells the secret: {log[max(0, log.index(secret) - 200) :][:400]}"
