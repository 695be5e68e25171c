"""What a push service takes from an application server (RFC 8030, 8188, 8291, 8292), and how it refuses the rest."""

import base64
import json
import re
import struct
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

URGENCIES = ("very-low", "low", "normal", "high")
MOST = 4096
LONGEST = 24 * 3600
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Refused(Exception):
    """With which status a message is refused, and why in a few words."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


@dataclass(frozen=True)
class Message:
    """What is to be handed to a browser, or kept for it until its time is over."""

    topic: str
    urgency: str
    ttl: int
    until: float
    body: bytes
    key: str = field(default_factory=lambda: uuid4().hex)


def read(headers: Mapping[str, str], body: bytes, *, key: str, origins: Collection[str], now: float) -> Message:
    """The message in a request to one subscription, made for `key` at a service of these origins; or Refused.

    `headers` have lower case names.
    """
    _vouched(headers.get("authorization", ""), key, origins, now)
    ttl = headers.get("ttl", "")
    if not (ttl.isascii() and ttl.isdigit()):
        raise Refused(400, "no TTL")
    urgency, topic = headers.get("urgency", "normal"), headers.get("topic", "")
    if urgency not in URGENCIES:
        raise Refused(400, "urgency")
    if topic and not TOPIC.fullmatch(topic):
        raise Refused(400, "topic")
    if len(body) > MOST:
        raise Refused(413, "too large")
    if body:
        _encrypted(headers.get("content-encoding", ""), body)
    return Message(topic=topic, urgency=urgency, ttl=int(ttl), until=now + int(ttl), body=body)


def _encrypted(encoding: str, body: bytes) -> None:
    """The outside of an encrypted body: salt, record size, the sender's key, and at least one record."""
    if encoding != "aes128gcm":
        raise Refused(400, "content encoding")
    if len(body) < 86 + 17 or body[20] != 65 or body[21] != 4 or struct.unpack(">I", body[16:20])[0] < 18:
        raise Refused(400, "not encrypted")


def _vouched(authorization: str, key: str, origins: Collection[str], now: float) -> None:
    """Who sends is who the browser subscribed to, and says so to this very service, for now."""
    if not key:
        return
    if not authorization.startswith("vapid "):
        raise Refused(401, "no VAPID")
    try:
        parts = dict(part.strip().split("=", 1) for part in authorization.removeprefix("vapid ").split(","))
        signed, _, signature = parts["t"].rpartition(".")
        head, claims = (json.loads(unpadded(part)) for part in signed.split("."))
        given, raw = unpadded(parts["k"]), unpadded(signature)
        if head["alg"] != "ES256" or len(raw) != 64:
            raise ValueError
        der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), given).verify(
            der, signed.encode(), ec.ECDSA(hashes.SHA256())
        )
        until = float(claims["exp"])
    except (InvalidSignature, KeyError, TypeError, ValueError) as error:
        raise Refused(401, f"VAPID: {type(error).__name__}") from error
    if given != unpadded(key):
        raise Refused(403, "another key than the subscription's")
    if claims.get("aud") not in origins:
        raise Refused(403, "aud")
    if not now < until <= now + LONGEST:
        raise Refused(403, "exp")
    if not str(claims.get("sub", "")).startswith(("mailto:", "https:")):
        raise Refused(403, "sub")


def unpadded(text: str) -> bytes:
    """What base64url without padding stands for."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
