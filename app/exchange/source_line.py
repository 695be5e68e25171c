"""One line to another system: HTTP/1.1 that is bounded in time and bytes, and to places that were looked at first."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from app.config import Settings
from app.notices.push_host import is_public, look_up, trust

MEGA = 1 << 20


class Fault(Exception):
    """Why a source could not be read: a name from a closed list (words.py says each in a sentence), and a detail that
    holds nothing of a patient. `later`: how long it has asked us to wait."""

    def __init__(self, name: str, detail: str = "", *, later: timedelta | None = None, status: int = 0) -> None:
        super().__init__(f"{name} {detail}".strip())
        self.name, self.detail, self.later, self.status = name, detail, later, status


@dataclass(frozen=True)
class Way:
    """How one gets there. `near`: this machine and plain http may be asked, in the demo and the tests alone. `inside`
    are the hosts in one's own network that may be."""

    near: bool = False
    inside: frozenset[str] = frozenset()
    authorities: str | None = None
    certificate: str | None = None
    key: str | None = None
    each: float = 10.0
    whole: float = 60.0
    most: int = 16 * MEGA
    rest: Callable[[float], None] = time.sleep
    names: Callable[[str], list[str]] = look_up

    patient: bool = True
    """Whether what fails is tried again."""

    @classmethod
    def of(cls, settings: Settings, **more: Any) -> "Way":
        """The way that this installation is set up for."""
        it = settings.fhir
        return cls(settings.demo, it.inside, it.authorities, it.certificate, it.key, **more)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str
    said: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def at(self) -> datetime | None:
        """The other side's own clock."""
        try:
            at = parsedate_to_datetime(self.headers.get("date", ""))
        except ValueError:
            return None
        return at if at.tzinfo else at.replace(tzinfo=UTC)


class Line:
    """One connection, kept open while the same host is asked. `known`: it knows us by our certificate."""

    def __init__(self, way: Way, *, known: bool) -> None:
        self.way, self.known = way, known
        self.open: tuple[tuple[str, str, int], http.client.HTTPConnection] | None = None

    def close(self) -> None:
        if self.open:
            self.open[1].close()
            self.open = None

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        origin = origin_of(url)
        used = self.open is not None and self.open[0] == origin
        try:
            return self._say(self._call(origin), method, url, headers, body)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError) as error:
            self.close()
            if used:
                # They hung up on a line that had rested: that says nothing of how they are.
                return self.ask(method, url, headers, body)
            raise Fault("reset") from error
        except ssl.SSLCertVerificationError as error:
            raise Fault("certificate", error.verify_message[:100]) from error
        except ssl.SSLError as error:
            self.close()
            raise Fault("tls") from error
        except TimeoutError as error:
            self.close()
            raise Fault("timeout") from error
        except (http.client.HTTPException, ValueError) as error:
            self.close()
            raise Fault("garbage") from error
        except OSError as error:
            self.close()
            raise Fault("connect") from error

    def _say(
        self,
        line: http.client.HTTPConnection,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> Answer:
        late = threading.Event()
        alarm = threading.Timer(self.way.whole, _cut, (line, late))
        alarm.daemon = True
        alarm.start()
        response: http.client.HTTPResponse | None = None
        try:
            parts = urlsplit(url)
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            line.request(method, target, body, {**headers, "Host": parts.netloc, "Accept-Encoding": "identity"})
            response = line.getresponse()
            said = {name.lower(): value for name, value in response.getheaders()}
            got = self._body(response)
            if response.will_close:
                self.close()
            return Answer(response.status, said, got, url)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if late.is_set():
                raise TimeoutError from error
            raise
        except Fault:
            self.close()
            raise
        finally:
            alarm.cancel()
            if response:
                response.close()

    def _body(self, response: http.client.HTTPResponse) -> bytes:
        """All of it, and never more than there is room for: what is too long is not read to its end."""
        got, size = list[bytes](), 0
        if response.length is not None and response.length > self.way.most:
            raise Fault("too_big")
        while piece := response.read1(MEGA):
            size += len(piece)
            if size > self.way.most:
                raise Fault("too_big")
            got.append(piece)
        if response.length:
            raise http.client.IncompleteRead(b"", response.length)
        # Else the next answer on this line is thought to be not yet due.
        response.close()
        return b"".join(got)

    def _call(self, origin: tuple[str, str, int]) -> http.client.HTTPConnection:
        """The line that is open to it, or a new one to an address that was looked at first."""
        if self.open and self.open[0] == origin and self.open[1].sock:
            return self.open[1]
        self.close()
        scheme, host, port = origin
        line = http.client.HTTPConnection(host, port, timeout=self.way.each)
        # It would open itself anew, to an address that nobody has looked at.
        line.auto_open = 0
        plain = socket.create_connection((self._address(scheme, host), port), timeout=self.way.each)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            line.sock = self._context().wrap_socket(plain, server_hostname=host) if scheme == "https" else plain
        except BaseException:
            plain.close()
            raise
        self.open = origin, line
        return line

    def _address(self, scheme: str, host: str) -> str:
        """Where a host leads, if we may go there; raises Fault."""
        try:
            known = self.way.names(host)
        except (OSError, UnicodeError) as error:
            raise Fault("name", host) from error
        if not known or not (scheme == "https" or self.way.near):
            raise Fault("address", host)
        own = self.way.near and all(it in ("127.0.0.1", "::1") for it in known)
        if not (own or host in self.way.inside or all(map(is_public, known))):
            raise Fault("address", host)
        return known[0]

    def _context(self) -> ssl.SSLContext:
        if not self.known:
            return trust(self.way.authorities)
        if not self.way.certificate:
            raise Fault("no_certificate")
        made = ssl.create_default_context(cafile=self.way.authorities)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.load_cert_chain(self.way.certificate, self.way.key)
        return made


def _cut(line: http.client.HTTPConnection, late: threading.Event) -> None:
    """Let whoever waits for a word on this line wait no longer."""
    late.set()
    try:
        if line.sock:
            line.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def origin_of(url: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise Fault("address") from error
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise Fault("address", host)
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)
