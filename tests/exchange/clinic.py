"""A clinic's own system: a real FHIR server in memory, and a wire in front of it that can do everything wrong."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.exchange.node import installed

JSON = "application/fhir+json"
HSA = "urn:oid:1.2.752.129.2.1.4.1"
PNR = "urn:oid:1.2.752.129.2.1.3.1"


@contextmanager
def running() -> Iterator[int]:
    """The server, on a port that the system chose."""
    folder = installed()
    process = subprocess.Popen(["node", "server.mjs"], cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait(10)
        assert process.stdout
        process.stdout.close()


class Clinic:
    """What is put into the server, as the clinic's staff would."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": JSON})
            answer = line.getresponse()
            text = answer.read()
            assert answer.status in (200, 201), f"{method} {path}: {answer.status} {text[:300]!r}"
            return json.loads(text) if text else {}
        finally:
            line.close()

    def empty(self) -> None:
        self.ask("POST", "/$reset", {})

    def put(self, kind: str, key: str, **more: Any) -> dict[str, Any]:
        return self.ask("PUT", f"/{kind}/{key}", {"resourceType": kind, "id": key, **more})

    def delete(self, kind: str, key: str) -> None:
        self.ask("DELETE", f"/{kind}/{key}")

    def patient(self, key: str, number: str) -> None:
        self.put("Patient", key, identifier=[{"system": PNR, "value": number}], name=[{"text": "Någon"}])

    def practitioner(self, key: str, hsa_id: str) -> None:
        self.put("Practitioner", key, identifier=[{"system": HSA, "value": hsa_id}])

    def location(self, key: str, name: str, unit: str, address: str = "Storgatan 4, Falun") -> None:
        at = {"text": address} if address else {}
        self.put(
            "Location", key, name=name, managingOrganization={"identifier": {"system": HSA, "value": unit}}, address=at
        )

    def appointment(self, key: str, start: str, end: str, *actors: str, kind: str = "Samtal", **more: Any) -> None:
        there = [{"actor": {"reference": it}, "status": "accepted"} for it in actors]
        said = {"status": "booked", "serviceType": [{"text": kind}], "start": start, "end": end, "participant": there}
        self.put("Appointment", key, **(said | more))


Work = Callable[["Asked"], bool]


@dataclass
class Asked:
    """One request on its way to the server, and what the wire may do with it."""

    handler: BaseHTTPRequestHandler
    wire: Wire
    path: str
    n: int
    """Which request of that path it is, from 1."""

    def passed_on(self) -> dict[str, Any]:
        """What the server itself says."""
        found: dict[str, Any] = json.loads(self.wire.fetch(self.path, self.handler.headers["Host"])[1])
        return found

    def says(self, status: int, body: bytes, **headers: str) -> bool:
        self.handler.send_response(status)
        for name, value in {"Content_Type": JSON, "Content_Length": str(len(body)), **headers}.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()
        self.handler.wfile.write(body)
        return True

    def cuts(self) -> bool:
        """Hang up without a word."""
        self.handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.handler.close_connection = True
        self.handler.connection.close()
        return True


@dataclass
class Wire:
    """A proxy in front of the server. `work` may answer in its place: it says whether it did."""

    port: int
    work: Work | None = None
    asked: list[str] = field(default_factory=list)
    server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        assert self.server
        return f"http://127.0.0.1:{self.server.server_port}"

    def fetch(self, path: str, host: str) -> tuple[int, bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request("GET", path, headers={"Host": host})
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()


@contextmanager
def wire(port: int) -> Iterator[Wire]:
    made = Wire(port)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def do_GET(self) -> None:
            made.asked.append(self.path)
            path = urlsplit(self.path).path
            n = sum(urlsplit(it).path == path for it in made.asked)
            asked = Asked(self, made, self.path, n)
            if made.work and made.work(asked):
                return
            status, body = made.fetch(self.path, self.headers["Host"])
            asked.says(status, body)

        def log_message(self, *_words: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_who: Any) -> None:
            """They hang up on us in many ways, and so do we."""

    made.server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join(10)


def until(holds: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        threading.Event().wait(0.02)
    return holds()
