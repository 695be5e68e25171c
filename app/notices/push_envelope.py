"""What a push is wrapped in: sealed for one browser (RFC 8291), one size for all, and signed by our key (RFC 8292)."""

import base64
import hmac
import json
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from app.core.clock import EPOCH

CURVE = ec.SECP256R1()
SIZE = 1024
"""Of every message before it is sealed; whoever carries it learns nothing from how long it is."""
RECORD, POINT, SALT, AUTH, LAST = 4096, 65, 16, 16, b"\2"
INFO, KEY_INFO, NONCE_INFO = b"WebPush: info\0", b"Content-Encoding: aes128gcm\0\1", b"Content-Encoding: nonce\0\1"
TOKEN_LIVES, TOKEN_RENEWED = timedelta(hours=12), timedelta(hours=1)
MOST_TOKENS = 1000
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


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
    body = _written(message).encode()
    if len(body) > SIZE:
        raise TooLong(f"a notice of {len(body)} bytes")
    return body.ljust(SIZE)


def seal(body: bytes, p256dh: str, auth: str) -> bytes:
    """One record of aes128gcm (RFC 8188) that only the browser with those keys opens; ValueError if they are none."""
    browser, secret = unb64(p256dh), unb64(auth)
    if len(browser) != POINT or len(secret) != AUTH:
        raise ValueError("these are no keys of a browser")
    return sealed_by(ec.generate_private_key(CURVE), os.urandom(SALT), body, browser, secret)


def sealed_by(key: ec.EllipticCurvePrivateKey, salt: bytes, body: bytes, browser: bytes, secret: bytes) -> bytes:
    """Sealed by a key and a salt that are never used again, step by step as in RFC 8291, section 3.4. Each of its HKDFs
    gives no more than one block, and so is two HMACs."""
    ours = point(key.public_key())
    shared = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, browser))
    ikm = _mac(_mac(secret, shared), INFO + browser + ours + b"\1")
    prk = _mac(salt, ikm)
    cipher, nonce = AESGCM(_mac(prk, KEY_INFO)[:16]), _mac(prk, NONCE_INFO)[:12]
    return salt + RECORD.to_bytes(4) + bytes([POINT]) + ours + cipher.encrypt(nonce, body + LAST, None)


def _mac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


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
