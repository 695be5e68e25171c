"""A mail server of our own: real (aiosmtpd), and as difficult as the address that is written to says.

In a thread for the tests. `python -m tests.mail_server PORT FILE` is the same as a process, which keeps what it has
taken in a file, a line each, before it says that it has: so it can be killed, and nobody doubts what it had.
"""

import asyncio
import contextlib
import json
import ssl
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

# What is said of an address that begins so, and at which word of the conversation.
RCPT = {
    "gone": "550 5.1.1 No such mailbox",
    "strange": "550 Who",
    "full": "552 5.2.2 Mailbox full",
    "policy": "550 5.7.1 Blocked, ask your provider",
    "busy": "451 4.3.2 Come back later",
    "bye": "421 4.3.2 Going down",
}
DATA = {"content": "554 5.6.0 Not that letter", "ghost": "550 5.1.1 No such mailbox after all"}
USER, PASSWORD = "nar@linjen", "hemligt:och/lite%konstigt"


@dataclass
class Mailbox:
    """What a server has taken, in order, and how it behaves beside what the addresses ask for."""

    letters: list[tuple[str, EmailMessage, bool]] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    file: Path | None = None

    def take(self, to: str, content: bytes, secure: bool) -> None:
        letter = message_from_bytes(content, policy=default)
        assert isinstance(letter, EmailMessage)
        self.letters.append((to, letter, secure))
        if self.file:
            with self.file.open("a") as kept:
                kept.write(json.dumps({"to": to, "id": letter["Message-ID"]}) + "\n")

    @property
    def to(self) -> list[str]:
        return [to for to, _letter, _secure in self.letters]


class Postmaster:
    """The server's side of a conversation."""

    def __init__(self, box: Mailbox) -> None:
        self.box = box

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        name = address.partition("@")[0].partition("-")[0]
        self.box.tried[address] += 1
        if name in RCPT:
            return RCPT[name]
        if name == "grey" and self.box.tried[address] == 1:
            return "451 4.7.1 Greylisted, try again"
        if name == "hang" or (name == "late" and self.box.tried[address] == 1):
            await asyncio.sleep(3600)
        if name == "slow":
            await asyncio.sleep(0.05)
        if name == "cut" and self.box.tried[address] == 1:
            hang_up(server)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        (to,) = envelope.rcpt_tos
        name = to.partition("@")[0].partition("-")[0]
        if name in DATA:
            return DATA[name]
        assert isinstance(envelope.content, bytes)
        self.box.take(to, envelope.content, session.ssl is not None)
        if name == "unsaid" and self.box.tried[to] == 1:
            hang_up(server)
        return "250 2.0.0 Taken"


class Line(SMTP):
    """A conversation that is counted."""

    box: Mailbox

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # After STARTTLS it is made once more, on the same line.
        self.box.calls += self.session is None
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        # Whoever hangs up in the middle is nothing to say anything of here.
        with contextlib.suppress(Exception):
            super().connection_lost(error)


def hang_up(server: SMTP) -> None:
    assert server.transport is not None
    server.transport.abort()  # type: ignore[attr-defined]
    raise asyncio.CancelledError


def login(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


def line(box: Mailbox, *, tls: ssl.SSLContext | None, sign_in: bool) -> Line:
    made = Line(
        Postmaster(box),
        hostname="mail.example",
        tls_context=tls,
        authenticator=login,
        auth_required=sign_in,
        loop=asyncio.get_running_loop(),
    )
    made.box = box
    return made


@dataclass
class MailServer:
    """A server that runs: where, and what it has taken."""

    host: str
    port: int
    box: Mailbox

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"


@contextmanager
def running(
    *,
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
    within: bool = False,
    sign_in: bool = False,
) -> Iterator[MailServer]:
    """A server in a thread. `within`: TLS from the first byte, and not by STARTTLS."""
    box, loop = Mailbox(), asyncio.new_event_loop()

    async def begin() -> asyncio.Server:
        inner = None if within else tls
        return await loop.create_server(
            lambda: line(box, tls=inner, sign_in=sign_in), host, 0, ssl=tls if within else None
        )

    thread = threading.Thread(target=loop.run_forever, name="mail-server", daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
    try:
        yield MailServer(host, server.sockets[0].getsockname()[1], box)
    finally:
        asyncio.run_coroutine_threadsafe(finish(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def finish(server: asyncio.Server) -> None:
    server.close()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


@dataclass(frozen=True)
class Papers:
    """A certificate, and the authority of our own that vouches for it, as files."""

    authority: Path
    server: ssl.SSLContext


def papers(folder: Path, host: str, *, days: int = 2) -> Papers:
    """What a server on this host proves itself with, until so many days from now."""
    now = datetime.now(UTC)

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    def paper(subject: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(name(subject))
            .issuer_name(name("Prov CA"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=30))
            .not_valid_after(now + timedelta(days=days))
        )

    own, theirs = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    authority = (
        paper("Prov CA", own)
        .add_extension(x509.BasicConstraints(True, None), True)
        .add_extension(usage, True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), False)
        .sign(own, hashes.SHA256())
    )
    server = (
        paper(host, theirs)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(own.public_key()), False)
        .sign(own, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(authority.public_bytes(encoding))
    secret = theirs.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(server.public_bytes(encoding) + secret)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")
    return Papers(folder / "ca.pem", context)


async def serve(port: int, file: Path) -> None:
    # Whom it has had a letter for is written down, so that one it was killed over is not taken without a word anew.
    box = Mailbox(file=file, tried=Counter(json.loads(it)["to"] for it in file.read_text().splitlines()))
    server = await asyncio.get_running_loop().create_server(
        lambda: line(box, tls=None, sign_in=False), "127.0.0.1", port
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
