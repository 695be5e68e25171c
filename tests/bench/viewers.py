"""Many open pages that follow what happens, as live.js does it, while letters are written at a pace.

A process of its own. Reads a plan (one line of JSON), opens the pages, says `open`, waits for a line, lets the writers
write and says how long each letter took to be on the page that was open (JSON). The plan has `port`, `rate`,
`seconds`, and `pages`: for each `follow`, `path`, `cookie` of its reader, `writer` and `token` of who writes there.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import sys
import time
from typing import Any
from urllib.parse import quote_plus

from tests.bench.load import Connection, encoded, request

TOGETHER = 50
PATIENCE = 120.0


class Lines:
    """Kept-alive connections, shared by everybody."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.free: list[tuple[float, Connection]] = []

    async def ask(self, asked: bytes) -> tuple[int, bytes]:
        while self.free:
            since, connection = self.free.pop()
            # The server closes a connection that rests too long.
            if time.monotonic() - since < 5:
                break
            connection.close()
        else:
            connection = await Connection.open(self.port)
        answer = await asyncio.wait_for(connection.ask(asked), PATIENCE)
        self.free.append((time.monotonic(), connection))
        return answer


class Page:
    """One open page: told that something changed, it fetches itself again, one fetch at a time."""

    def __init__(self, given: dict[str, str], lines: Lines) -> None:
        self.given, self.lines = given, lines
        self.awaited: dict[str, float] = {}
        self.took: list[float] = []
        self.answered: list[float] = []
        self.told: dict[str, float] = {}
        self.renewing = self.again = False
        self.fetches = 0
        self.ended = False
        self.task: asyncio.Task[None] | None = None

    async def open(self, port: int) -> None:
        stream = await Connection.open(port)
        asked = request(self.given["follow"], cookie=self.given["cookie"])
        asked["head"] = asked["head"].replace("Accept: text/html", "Accept: text/event-stream")
        stream.writer.write(encoded(asked))
        head = await asyncio.wait_for(stream.reader.readuntil(b"\r\n\r\n"), PATIENCE)
        if b" 200 " not in head.split(b"\r\n")[0]:
            raise RuntimeError(head.decode())
        await asyncio.wait_for(stream.reader.readuntil(b"retry: 3000\n\n"), PATIENCE)
        self.task = asyncio.create_task(self.follow(stream))

    async def follow(self, stream: Connection) -> None:
        fetching: set[asyncio.Task[None]] = set()
        while line := await stream.reader.readline():
            if line.startswith(b"event: changed"):
                for mark, since in self.awaited.items():
                    self.told.setdefault(mark, time.perf_counter() - since)
                task = asyncio.create_task(self.renew())
                fetching.add(task)
                task.add_done_callback(fetching.discard)
        self.ended = True

    async def renew(self) -> None:
        self.again = True
        if self.renewing:
            return
        self.renewing = True
        while self.again:
            self.again = False
            self.fetches += 1
            _status, body = await self.lines.ask(encoded(request(self.given["path"], cookie=self.given["cookie"])))
            seen, html = time.perf_counter(), body.decode()
            for mark in [mark for mark in self.awaited if mark in html]:
                self.took.append(seen - self.awaited.pop(mark))
        self.renewing = False


async def write(page: Page, lines: Lines) -> int:
    """Somebody writes, and their browser follows to the thread."""
    mark = secrets.token_urlsafe(12)
    form = f"csrf_token={page.given['token']}&key={secrets.token_urlsafe(16)}&text={quote_plus(f'Svar {mark}. Bra.')}"
    began = page.awaited[mark] = time.perf_counter()
    status, _body = await lines.ask(encoded(request(page.given["path"], cookie=page.given["writer"], form=form)))
    page.answered.append(time.perf_counter() - began)
    await lines.ask(encoded(request(page.given["path"], cookie=page.given["writer"])))
    return status


async def run() -> None:
    plan: dict[str, Any] = json.loads(sys.stdin.readline())
    lines, chance = Lines(plan["port"]), random.Random(20261121)
    pages = [Page(given, lines) for given in plan["pages"]]
    for first in range(0, len(pages), TOGETHER):
        await asyncio.gather(*(page.open(plan["port"]) for page in pages[first : first + TOGETHER]))
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began, writing = time.perf_counter(), []
    for i in range(int(plan["rate"] * plan["seconds"])):
        await asyncio.sleep(max(0.0, began + i / plan["rate"] - time.perf_counter()))
        writing.append(asyncio.create_task(write(chance.choice(pages), lines)))
    statuses = await asyncio.gather(*writing)
    limit = time.perf_counter() + PATIENCE
    while any(page.awaited for page in pages) and time.perf_counter() < limit:
        await asyncio.sleep(0.05)
    found = {
        "took": [round(1000 * each, 2) for page in pages for each in page.took],
        "answered": [round(1000 * each, 2) for page in pages for each in page.answered],
        "told": [round(1000 * each, 2) for page in pages for each in page.told.values()],
        "unseen": sum(len(page.awaited) for page in pages),
        "refused": sum(status != 303 for status in statuses),
        "ended": sum(page.ended for page in pages),
        "fetches": sum(page.fetches for page in pages),
        "seconds": time.perf_counter() - began,
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    asyncio.run(run())
