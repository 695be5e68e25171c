"""What a push is wrapped in: sealed for one browser (RFC 8291), one size for all, and signed by our key (RFC 8292)."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from http_ece import ECEException
from py_vapid import Vapid02

from app.core.clock import EPOCH

CURVE = ec.SECP256R1()
SIZE = 1024
"""Of every message before it is sealed; whoever carries it learns nothing from how long it is."""
TOKEN_LIVES, TOKEN_RENEWED = timedelta(hours=12), timedelta(hours=1)
MOST_TOKENS = 1000


class TooLong(ValueError):
    """The message does not fit in the one size."""


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def padded(message: Mapping[str, Any]) -> bytes:
    """The message as JSON, with blanks to the one size: they mean nothing there, in any browser."""
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    if len(body) > SIZE:
        raise TooLong(f"a notice of {len(body)} bytes")
    return body.ljust(SIZE)


def seal(body: bytes, p256dh: str, auth: str) -> bytes:
    """One record of aes128gcm (RFC 8188) that only the browser with those keys opens; ValueError if they are none."""
    # Here, since the processes that serve pages send nothing, and it loads two HTTP clients.
    from pywebpush import WebPusher, WebPushException

    if len(unb64(auth)) != 16:
        raise ValueError("auth is 16 bytes")
    try:
        return bytes(WebPusher({"endpoint": "", "keys": {"p256dh": p256dh, "auth": auth}}).encode(body)["body"])
    except (WebPushException, ECEException) as error:
        raise ValueError("these are no keys of a browser") from error


class Signer:
    """Our keys by number, and for each push service a token that is signed twice a day."""

    def __init__(self, keys: Mapping[int, bytes], subject: str) -> None:
        self.subject = subject
        self.keys = {n: ec.derive_private_key(int.from_bytes(key, "big"), CURVE) for n, key in keys.items()}
        self.public = {number: b64(point(key.public_key())) for number, key in self.keys.items()}
        self.tokens: dict[tuple[int, str], tuple[datetime, str]] = {}

    def authorization(self, number: int, origin: str, now: datetime) -> str:
        """The header by which a push service knows us; KeyError when we no longer have that key."""
        known = self.tokens.get((number, origin))
        if known and now + TOKEN_RENEWED < known[0] <= now + TOKEN_LIVES:
            return known[1]
        if len(self.tokens) >= MOST_TOKENS:
            self.tokens.clear()
        until = now + TOKEN_LIVES
        claims = {"aud": origin, "exp": (until - EPOCH) // timedelta(seconds=1), "sub": self.subject}
        # Whether the subject is an address is for our own settings, which know of ports.
        said = str(Vapid02(self.keys[number], {"no-strict": True}).sign(claims)["Authorization"])
        self.tokens[number, origin] = until, said
        return said

    def forget(self, origin: str) -> None:
        """They did not take what we signed: sign anew next time."""
        for known in [key for key in self.tokens if key[1] == origin]:
            del self.tokens[known]
