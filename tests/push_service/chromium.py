"""Google's side as Chromium speaks to it: check-in, registration of a token, and MCS, a stream of messages over TLS.

The messages are protocol buffers (checkin.proto, mcs.proto of Chromium's google_apis/gcm); the few fields that are
needed are written and read by hand.
"""

import asyncio
import secrets
import struct
import time
from collections.abc import Iterator

from aiohttp import web

from tests.push_service.post import Address, Post
from tests.push_service.rules import Message

# Debian's build is told the first, Google's own the second.
ORIGINS = ("https://jmt17.google.com", "https://fcm.googleapis.com")
VERSION = 41
PING, PONG, LOGIN, LOGGED_IN, CLOSE, DATA = 0, 1, 2, 3, 4, 8


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def fixed(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 1) + value


def fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field; what lies inside one is read by whoever wants it."""
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        tag = number()
        if tag & 7 == 0:
            yield tag >> 3, number()
            continue
        size = {1: 8, 5: 4}.get(tag & 7) or number()
        yield tag >> 3, data[at : at + size]
        at += size


class Google:
    def __init__(self, post: Post) -> None:
        self.post = post

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/checkin", self.check_in),
            web.post("/register3", self.register),
            web.post("/fcm/send/{id}", self.post.post),
            web.post("/wp/{id}", self.post.post),
        ]

    async def check_in(self, request: web.Request) -> web.Response:
        """A device gets its number, or keeps the one that it says it has."""
        asked = dict(fields(await request.read()))
        device, proof = asked.get(2), asked.get(13)
        if not (device and isinstance(device, int) and isinstance(proof, bytes)):
            device, proof = secrets.randbits(62) | 1, secrets.token_bytes(8)
        body = field(1, 1) + field(3, int(time.time() * 1000)) + fixed(7, struct.pack("<Q", device)) + fixed(8, proof)
        return web.Response(body=body, content_type="application/x-protobuf")

    async def register(self, request: web.Request) -> web.Response:
        """A token for one site in one browser, or the end of it. `sender` is the key that the page subscribed with."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        site = "\n".join((form["app"], form.get("X-subtype", ""), ""))
        if form.get("delete") == "true":
            # The whole of a site's: its sender is then "*".
            self.post.forget_named(form["device"], site)
            return web.Response(text=f"token={form['app']}")
        name = site + form["sender"]
        known = self.post.named(form["device"], name)
        made = known[0] if known else self.post.subscribe(form["device"], name, form["sender"], ORIGINS)
        return web.Response(text=f"token={made.id}")

    async def stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One browser's connection, from its login to its end."""
        wire, device = Stream(writer, self.post), ""
        try:
            await reader.readexactly(1)
            writer.write(bytes([VERSION]))
            while True:
                tag, body = (await reader.readexactly(1))[0], await reader.readexactly(await size(reader))
                if tag == LOGIN:
                    said = fields(body)
                    device = next(value.decode() for name, value in said if name == 3 and isinstance(value, bytes))
                    await wire.say(LOGGED_IN, field(1, "ok") + field(8, int(time.time() * 1000)))
                    await self.post.arrives(device, wire)
                elif tag == PING:
                    await wire.say(PONG, b"")
                elif tag == CLOSE:
                    return
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self.post.leaves(device, wire)
            writer.close()


async def size(reader: asyncio.StreamReader) -> int:
    value = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value


class Stream:
    """What has been written to it counts as had: Chromium says so only long after."""

    def __init__(self, writer: asyncio.StreamWriter, post: Post) -> None:
        self.writer, self.post = writer, post

    async def say(self, tag: int, body: bytes) -> None:
        self.writer.write(bytes([tag]) + varint(len(body)) + body)
        await self.writer.drain()

    async def hand(self, address: Address, message: Message) -> None:
        app, subtype, sender = address.name.split("\n")
        about = {"subtype": subtype, "content-encoding": "aes128gcm" if message.body else ""}
        pairs = b"".join(field(7, field(1, name) + field(2, value)) for name, value in about.items() if value)
        head = field(3, sender) + field(5, app) + pairs + field(9, message.key)
        foot = field(17, message.ttl) + field(18, int(time.time() * 1000)) + field(21, message.body)
        await self.say(DATA, head + foot)
        self.post.had(address.device, message.key)
