"""A push service and the phones behind it, as cheap as they go, in a process of their own.

Each push is looked at as a push service does: it is as long as all of them, and signed by a key that is said with it
(a signature that was found right is known again). Each phone opens what it got; a push that is not in order is refused.

Reads a plan (JSON) from standard input: `certificate` to serve TLS by, `key` and `auth` of every browser. The phones
say "shown" to a web server on the port `receipts`; or, with an app's settings in `env`, right to what notes it,
gathered as the web server does. Prints its port, then serves until it is ended. `GET /count` says how many pushes came
and how many receipts were given.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import ssl
import sys
import time
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app import create_app
from app.config import Settings
from app.core import clock
from app.core.audit import SYSTEM
from app.core.db import transaction
from app.notices import receipt_service
from app.notices.push_envelope import CURVE, SIZE, point, unb64
from app.notices.receipt_views import GATHER, ROOM
from tests.bench.load import Connection, encoded, request

TAKEN = b"HTTP/1.1 201 Created\r\nTTL: 60\r\nContent-Length: 0\r\n\r\n"
REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
LONG = 86 + SIZE + 1 + 16
SIGNED = re.compile(rb"\r\nauthorization: vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)\r\n", re.I)
PHONES = 512


class Phones:
    """Who opens what came, and says that it was shown."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.key = ec.derive_private_key(int(plan["key"], 16), CURVE)
        self.info = b"WebPush: info\0" + point(self.key.public_key())
        self.auth, self.port, self.env = bytes.fromhex(plan["auth"]), plan["receipts"], plan["env"]
        # The libraries beside us say how long each text is.
        self.any_size = bool(plan["certificate"])
        self.came = self.receipts = 0
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue()

    def take(self, body: bytes) -> None:
        self.came += 1
        if self.port or self.env:
            self.waiting.put_nowait(body)

    def opened(self, body: bytes) -> bytes:
        """What was sealed (RFC 8291), opened with as little work as it takes: a phone's work is no figure of ours."""
        salt, sender = body[:16], body[21:86]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
        mixed = hmac.digest(self.auth, shared, "sha256")
        start = hmac.digest(salt, hmac.digest(mixed, self.info + sender + b"\1", "sha256"), "sha256")
        key = hmac.digest(start, b"Content-Encoding: aes128gcm\0\1", "sha256")[:16]
        nonce = hmac.digest(start, b"Content-Encoding: nonce\0\1", "sha256")[:12]
        return AESGCM(key).decrypt(nonce, body[86:], None).rstrip(b"\0")[:-1]

    async def answer(self) -> None:
        """Phones, one after the other, over a line that stays open for as long as the server lets it."""
        line: Connection | None = None
        while True:
            body = await self.waiting.get()
            form = f"kvitto={json.loads(self.opened(body))['receipt']}&hur=visad"
            status = 0
            while not status:
                try:
                    line = line or await Connection.open(self.port)
                    status, _said = await line.ask(encoded(request("/aviseringar/kvitto", form=form)))
                except (asyncio.IncompleteReadError, ConnectionError):
                    line = None
            self.receipts += status == 204

    async def note(self) -> None:
        """What came since the last time, noted at once."""
        app = create_app(Settings.from_env(self.env))

        def noted(given: list[tuple[str, str]]) -> int:
            with app.app_context(), transaction():
                return sum(receipt_service.receipts(given, by=SYSTEM, now=clock.now()))

        while True:
            await asyncio.sleep(GATHER)
            bodies = [self.waiting.get_nowait() for _ in range(min(ROOM, self.waiting.qsize()))]
            given = [(json.loads(self.opened(body))["receipt"], "shown") for body in bodies]
            if given:
                self.receipts += await asyncio.to_thread(noted, given)


@cache
def signed(head: bytes, claims: bytes, signature: bytes, key: bytes) -> bool:
    """Whether whoever has that key has signed this (RFC 8292; JWS ES256)."""
    public = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, unb64(key.decode()))
    raw = unb64(signature.decode())
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    try:
        public.verify(encode_dss_signature(r, s), head + b"." + claims, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return json.loads(unb64(claims.decode()))["exp"] > time.time()


class Service(asyncio.Protocol):
    def __init__(self, phones: Phones) -> None:
        self.phones, self.heard = phones, b""
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard += data
        while (end := self.heard.find(b"\r\n\r\n")) >= 0:
            if self.heard.startswith(b"GET "):
                said = json.dumps({"came": self.phones.came, "receipts": self.phones.receipts}).encode()
                self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(said) + said)
                self.heard = self.heard[end + 4 :]
                continue
            at = self.heard.lower().find(b"content-length:", 0, end)
            upto = end + 4 + int(self.heard[at + 15 : self.heard.find(b"\r\n", at)])
            if len(self.heard) < upto:
                return
            who = SIGNED.search(self.heard, 0, end + 2)
            fine = who is not None and signed(*who.groups()) and (self.phones.any_size or upto - end - 4 == LONG)
            if fine:
                self.phones.take(self.heard[end + 4 : upto])
            self.heard = self.heard[upto:]
            self.transport.write(TAKEN if fine else REFUSED)


async def main(plan: dict[str, Any]) -> None:
    phones, context = Phones(plan), None
    if plan["certificate"]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(plan["certificate"])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Service(phones), "127.0.0.1", 0, ssl=context, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    phoning = [phones.answer() for _ in range(PHONES if plan["receipts"] else 0)]
    await asyncio.gather(*phoning, *([phones.note()] if plan["env"] else []), server.serve_forever())


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.stdin.readline())))
