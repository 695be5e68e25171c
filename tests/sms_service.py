"""A service for text messages of our own: real HTTP, and as difficult as a test asks it to be."""

import json
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Service:
    """What a service was asked, and how it answers next: with a status and headers; 0 hangs up, and -1 says nothing."""

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
