"""A push service and the phones behind it, as cheap as they go, in a process of their own.

Reads a plan (JSON) from standard input: `certificate` to serve TLS by, `key` and `auth` of every browser, `receipts`
the port of the web server that the phones say "shown" to, if they do. Prints its port, then serves until it is ended.
`GET /count` says how many pushes came and how many receipts were given.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import ssl
import sys
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.notices.push_envelope import CURVE, point
from tests.bench.load import Connection, encoded, request

TAKEN = b"HTTP/1.1 201 Created\r\nTTL: 60\r\nContent-Length: 0\r\n\r\n"
PHONES = 128


class Phones:
    """Who opens what came, and says that it was shown."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.key = ec.derive_private_key(int(plan["key"], 16), CURVE)
        self.info = b"WebPush: info\0" + point(self.key.public_key())
        self.auth, self.port = bytes.fromhex(plan["auth"]), plan["receipts"]
        self.came = self.receipts = 0
        self.waiting: asyncio.Queue[bytes] = asyncio.Queue()

    def take(self, body: bytes) -> None:
        self.came += 1
        if self.port:
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
            self.phones.take(self.heard[end + 4 : upto])
            self.heard = self.heard[upto:]
            self.transport.write(TAKEN)


async def main(plan: dict[str, Any]) -> None:
    phones, context = Phones(plan), None
    if plan["certificate"]:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(plan["certificate"])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Service(phones), "127.0.0.1", 0, ssl=context, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.gather(*(phones.answer() for _ in range(PHONES if plan["receipts"] else 0)), server.serve_forever())


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.stdin.readline())))
