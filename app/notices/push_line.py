"""One connection to a push service: a request, the head of its answer, and never a body (HTTP/1.1, RFC 9112)."""

import asyncio
import re
from typing import cast

from app.notices.outcome_rules import Answer, Fault

MOST_HEAD = 16_384
STATUS = re.compile(rb"HTTP/1\.([01]) (\d{3})[ \r]")
HEADER = re.compile(rb"\r\n(retry-after|content-length|transfer-encoding|connection)[ \t]*:[ \t]*([^\r\n]*)", re.I)
END, LAST_CHUNK = b"\r\n\r\n", b"0\r\n\r\n"


class Line(asyncio.Protocol):
    """Stays open for the next request when all of the answer is there at once; else it is hung up, and that is that.

    `unheard`: they hung up on a used line before they said a word, which only says that it was an old line.
    """

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.waiting: asyncio.Future[Answer] | None = None
        self.head, self.seen, self.asked = b"", 0, 0
        self.unheard, self.idle_since = False, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    @property
    def open(self) -> bool:
        return self.transport is not None and not self.transport.is_closing()

    async def ask(self, request: bytes, until: float) -> Answer:
        """The answer to a request; a fault when it has not come by then, on the loop's clock."""
        loop = asyncio.get_running_loop()
        self.waiting, self.head, self.seen = loop.create_future(), b"", 0
        if not self.open or self.transport is None:
            self.unheard = True
            return Answer(None, fault="reset")
        self.asked += 1
        alarm = loop.call_at(until, self.late)
        self.transport.write(request)
        try:
            return await self.waiting
        finally:
            alarm.cancel()
            self.waiting = None
            self.idle_since = loop.time()

    def data_received(self, data: bytes) -> None:
        if self.waiting is None or self.waiting.done():
            return self.hang_up()
        self.head, self.seen = self.head + data, self.seen + len(data)
        while (end := self.head.find(END)) >= 0:
            status = STATUS.match(self.head)
            if not status:
                return self.fail("garbage")
            head, rest = self.head[: end + 2], self.head[end + 4 :]
            if status[2].startswith(b"1"):
                self.head = rest
                continue
            return self.answered(status, head, rest)
        if self.seen > MOST_HEAD or not b"HTTP/1.".startswith(self.head[:7]):
            self.fail("garbage")
        return None

    def answered(self, status: re.Match[bytes], head: bytes, rest: bytes) -> None:
        said = {name.lower(): value.strip() for name, value in HEADER.findall(head)}
        length = said.get(b"content-length", b"")
        whole = (
            (status[2] == b"204" and not rest)
            or (length.isdigit() and len(length) < 6 and len(rest) == int(length))
            or (said.get(b"transfer-encoding", b"").lower() == b"chunked" and rest == LAST_CHUNK)
        )
        if not whole or status[1] == b"0" or b"close" in said.get(b"connection", b"").lower():
            self.hang_up()
        asked = said.get(b"retry-after")
        self.say(Answer(int(status[2]), asked[:64].decode("latin-1") if asked else None))

    def late(self) -> None:
        self.fail("slow" if self.seen else "timeout")

    def eof_received(self) -> None:
        self.hang_up()

    def connection_lost(self, _error: Exception | None) -> None:
        self.unheard = self.asked > 1 and not self.seen
        self.say(Answer(None, fault="reset"))

    def fail(self, fault: Fault) -> None:
        self.hang_up()
        self.say(Answer(None, fault=fault))

    def say(self, answer: Answer) -> None:
        if self.waiting and not self.waiting.done():
            self.waiting.set_result(answer)

    def hang_up(self) -> None:
        if self.transport:
            self.transport.abort()
