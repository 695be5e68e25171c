"""What the stand-in refuses is what a real push service refuses, so that what it takes proves something."""

import base64
import json
import os
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.push_service.rules import Refused, read

HERE = "https://push.example"
NOW = time.time()
OURS, THEIRS = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
BODY = os.urandom(16) + (4096).to_bytes(4, "big") + bytes([65, 4]) + os.urandom(64) + os.urandom(200)


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def point(key: ec.EllipticCurvePrivateKey) -> str:
    return b64(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def vapid(signer: ec.EllipticCurvePrivateKey = OURS, named: ec.EllipticCurvePrivateKey = OURS, **claims: Any) -> str:
    said = {"aud": HERE, "exp": int(NOW) + 3600, "sub": "mailto:drift@example.org"} | claims
    signed = b64(b'{"typ":"JWT","alg":"ES256"}') + "." + b64(json.dumps(said).encode())
    r, s = decode_dss_signature(signer.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"vapid t={signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}, k={point(named)}"


def headers(**other: str) -> dict[str, str]:
    usual = {"authorization": vapid(), "ttl": "60", "urgency": "high", "topic": "t1", "content-encoding": "aes128gcm"}
    return usual | {name.replace("_", "-"): value for name, value in other.items()}


def test_what_is_right_is_taken() -> None:
    message = read(headers(), BODY, key=point(OURS), origins=(HERE,), now=NOW)
    assert (message.topic, message.urgency, message.ttl, message.until) == ("t1", "high", 60, NOW + 60)
    assert message.body == BODY


@pytest.mark.parametrize(
    ("status", "why", "given"),
    [
        (400, "no TTL", headers(ttl="")),
        (400, "no TTL", headers(ttl="-1")),
        (400, "urgency", headers(urgency="hurry")),
        (400, "topic", headers(topic="å")),
        (400, "topic", headers(topic="t" * 33)),
        (400, "content encoding", headers(content_encoding="aesgcm")),
        (401, "no VAPID", headers(authorization="")),
        (401, "VAPID: InvalidSignature", headers(authorization=vapid(signer=THEIRS))),
        (401, "VAPID: Error", headers(authorization="vapid t=a.b.c, k=d")),
        (403, "another key than the subscription's", headers(authorization=vapid(signer=THEIRS, named=THEIRS))),
        (403, "aud", headers(authorization=vapid(aud="https://other.example"))),
        (403, "exp", headers(authorization=vapid(exp=int(NOW) - 1))),
        (403, "exp", headers(authorization=vapid(exp=int(NOW) + 25 * 3600))),
        (403, "sub", headers(authorization=vapid(sub="drift"))),
    ],
)
def test_what_is_wrong_is_refused(status: int, why: str, given: dict[str, str]) -> None:
    with pytest.raises(Refused) as refused:
        read(given, BODY, key=point(OURS), origins=(HERE,), now=NOW)
    assert (refused.value.status, refused.value.why) == (status, why)


@pytest.mark.parametrize(("status", "body"), [(413, BODY + bytes(4096)), (400, b'{"title": "open to all"}')])
def test_a_body_that_is_too_large_or_open_is_refused(status: int, body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        read(headers(), body, key=point(OURS), origins=(HERE,), now=NOW)
    assert refused.value.status == status
