"""Who a source is and who we are, by certificates: nobody is told anything who is not vouched for."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.exchange.fhir import Door
from app.exchange.source_line import Fault, Way
from tests.exchange.test_faults import slots

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_papers(tmp_path_factory.mktemp("papers"))


def made_papers(folder: Path) -> Path:
    """An authority, a server and a client that it vouches for, and a server that only vouches for itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    def issue(name: str, by: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None, *, authority: bool = False):  # type: ignore[no-untyped-def]
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(by[0].subject if by else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        )
        made = built.sign(by[1] if by else key, hashes.SHA256())
        (folder / f"{name}.pem").write_bytes(made.public_bytes(Encoding.PEM))
        plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.key").write_bytes(plain)
        return made, key

    authority = issue("authority", None, authority=True)
    issue("server", authority)
    issue("ours", authority)
    issue("stranger", None, authority=True)
    return folder


@pytest.fixture
def door(papers: Path) -> Iterator[tuple[str, list[str]]]:
    """A server that asks for our certificate, and what it saw of it."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(papers / "authority.pem"))
    context.load_cert_chain(papers / "server.pem", papers / "server.key")
    context.verify_mode = ssl.CERT_OPTIONAL
    seen: list[str] = []
    server = socket.create_server(("127.0.0.1", 0))
    body = json.dumps({"resourceType": "Bundle"}).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def serve() -> None:
        while True:
            try:
                plain, _who = server.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(plain, server_side=True) as line:
                    line.recv(65536)
                    seen.append(str(line.getpeercert()))
                    line.sendall(head + body)
            except OSError:
                plain.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"https://localhost:{server.getsockname()[1]}", seen
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(10)


def known_by(papers: Path, who: str = "ours") -> Way:
    made = Way(near=True, authorities=str(papers / "authority.pem"), names=lambda _host: ["127.0.0.1"], each=2.0)
    return replace(made, certificate=str(papers / f"{who}.pem"), key=str(papers / f"{who}.key"), rest=lambda _s: None)


def test_we_are_known_by_our_certificate(papers: Path, door: tuple[str, list[str]]) -> None:
    url, seen = door
    assert [it.resources for it in slots(Door(url, "certificate"), known_by(papers))] == [[]]
    assert "ours" in seen[0]


def test_a_server_whose_certificate_nobody_vouches_for_is_told_nothing(
    papers: Path, door: tuple[str, list[str]]
) -> None:
    url, seen = door
    way = replace(known_by(papers), authorities=str(papers / "stranger.pem"))
    for way_in in ("open", "certificate"):
        with pytest.raises(Fault, match="certificate"):
            slots(Door(url, way_in), way)
    assert seen == []


def test_without_a_certificate_of_ours_none_is_shown(door: tuple[str, list[str]], papers: Path) -> None:
    way = replace(known_by(papers), certificate=None)
    with pytest.raises(Fault, match="no_certificate"):
        slots(Door(door[0], "certificate"), way)
