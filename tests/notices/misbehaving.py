"""A push service that does as it is told, on a socket of its own: it can hang, lie, drip and hang up.

Raw asyncio in a thread, since no HTTP library will misbehave as real services do. `certificates` makes an authority
and what it vouches for, for the tests alone.
"""

import asyncio
import json
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from app.notices.push_envelope import unb64

Behaviour = Callable[["Heard", asyncio.StreamWriter], Awaitable[None]]
DAY = timedelta(days=1)


@dataclass
class Heard:
    """A request as it came over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def claims(self) -> dict[str, Any]:
        """What our token says; raises InvalidSignature when it is not signed by the key that stands beside it."""
        said = dict(
            part.strip().split("=", 1) for part in self.headers["authorization"].removeprefix("vapid ").split(",")
        )
        head, told, signed = said["t"].split(".")
        r, s = unb64(signed)[:32], unb64(signed)[32:]
        der = utils.encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(said["k"]))
        key.verify(der, f"{head}.{told}".encode(), ec.ECDSA(hashes.SHA256()))
        assert json.loads(unb64(head)) == {"typ": "JWT", "alg": "ES256"}
        return dict(json.loads(unb64(told)))


@dataclass
class Service:
    """`behave` is how the next request is answered; `calls` how many connections there have been."""

    port: int = 0
    behave: Behaviour | None = None
    heard: list[Heard] = field(default_factory=list)
    calls: int = 0


def says(status: int, headers: str = "", body: bytes = b"", *, keep: bool = True) -> Behaviour:
    async def behave(_heard: Heard, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        writer.write(head.encode() + body)
        if not keep:
            writer.close()

    return behave


def writes(*parts: bytes, every: float = 0.0, forever: bool = False, then: str = "") -> Behaviour:
    """Exactly these bytes, a pause between each; `then` close or reset, else silence."""

    async def behave(_heard: Heard, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            for part in parts:
                writer.write(part)
                await asyncio.sleep(every)
            if not forever:
                break
        if then == "reset":
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(1, 13, linger)
            writer.transport.abort()
        elif then == "close":
            writer.close()

    return behave


def checks(ahead: timedelta = timedelta()) -> Behaviour:
    """As a real one does (RFC 8292): 403 unless the token is signed, and good for at most a day by its own clock."""

    async def behave(heard: Heard, writer: asyncio.StreamWriter) -> None:
        at = (datetime.now(UTC) + ahead).timestamp()
        try:
            good = at < heard.claims["exp"] <= at + DAY.total_seconds()
        except (KeyError, ValueError, InvalidSignature):
            good = False
        await says(201 if good else 403)(heard, writer)

    return behave


def by_path(paths: dict[str, Behaviour], other: Behaviour) -> Behaviour:
    async def behave(heard: Heard, writer: asyncio.StreamWriter) -> None:
        await paths.get(heard.path, other)(heard, writer)

    return behave


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Service]:
    """A service on a free port, over TLS when there is a certificate to show."""
    service, loop = Service(), asyncio.new_event_loop()
    context = None
    if certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        service.calls += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {
                    name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                service.heard.append(Heard(head[0].split(" ")[1], headers, body))
                assert service.behave
                await service.behave(service.heard[-1], writer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def start() -> asyncio.Server:
        made = await asyncio.start_server(meet, "127.0.0.1", 0, ssl=context)
        service.port = made.sockets[0].getsockname()[1]
        return made

    async def stop() -> None:
        server.close()
        there = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in there:
            task.cancel()
        await asyncio.gather(*there, return_exceptions=True)
        await asyncio.sleep(0)

    # What others do to it is no concern of the one who serves.
    loop.set_exception_handler(lambda _loop, _context: None)
    server = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever, name="misbehaving")
    thread.start()
    yield service
    asyncio.run_coroutine_threadsafe(stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def certificates(folder: Path, hosts: list[str]) -> dict[str, Path]:
    """`authority` is to be trusted; a service shows the `good` one, `another` name's, an `expired`, a `stranger`'s."""
    now = datetime.now(UTC)
    authority, stranger = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def signed(
        by: ec.EllipticCurvePrivateKey, key: ec.EllipticCurvePrivateKey, names: list[str], until: datetime
    ) -> x509.Certificate:
        made = x509.CertificateBuilder().issuer_name(name("A test's authority")).public_key(key.public_key())
        made = made.subject_name(name(names[0] if names else "A test's authority"))
        made = made.serial_number(x509.random_serial_number()).not_valid_before(now - 9 * DAY).not_valid_after(until)
        made = made.add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key())
        made = made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        made = made.add_extension(identifier, critical=False)
        if names:
            made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(it) for it in names]), critical=False)
        else:
            usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
            made = made.add_extension(usage, critical=True)
        return made.sign(by, hashes.SHA256())

    def shown(by: ec.EllipticCurvePrivateKey, names: list[str], until: datetime) -> bytes:
        key = ec.generate_private_key(ec.SECP256R1())
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return private + signed(by, key, names, until).public_bytes(Encoding.PEM)

    texts = {
        "authority": signed(authority, authority, [], now + DAY).public_bytes(Encoding.PEM),
        "good": shown(authority, hosts, now + DAY),
        "another": shown(authority, ["push.example.com"], now + DAY),
        "expired": shown(authority, hosts, now - DAY),
        "stranger": shown(stranger, hosts, now + DAY),
    }
    for text, content in texts.items():
        (folder / f"{text}.pem").write_bytes(content)
    return {text: folder / f"{text}.pem" for text in texts}
