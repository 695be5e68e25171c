"""Browsers of relatives that ask all the time, while what they see is taken back under them.

A process of its own: reads a plan (JSON) from standard input, writes what happened. The plan has `port` and `pairs`,
each with `pages` (asked for over and over), `stream` (followed) and `take_back` (sent once).
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from typing import Any

from tests.bench.load import Connection, encoded

AT_ONCE = 10
HANDS = 2
AHEAD, BEHIND = 0.6, 0.6
PATIENCE = 10.0
SHOWS = b"delar med dig"
OVER = "Delningen har upphört".encode()


class Revoker:
    def __init__(self, plan: dict[str, Any]) -> None:
        self.port, self.pairs = plan["port"], plan["pairs"]
        self.chance = random.Random(20261122)
        self.told: list[float] = []
        self.odd: Counter[str] = Counter()
        self.late = self.before = self.after = self.taken = 0
        self.turns = asyncio.Semaphore(AT_ONCE)

    async def run(self) -> dict[str, Any]:
        streams = [await self.open_stream(pair) for pair in self.pairs]
        await asyncio.gather(*(self.one(*each) for each in zip(self.pairs, streams, strict=True)))
        words = ("told", "odd", "late", "before", "after", "taken")
        return {word: getattr(self, word) for word in words}

    async def open_stream(self, pair: dict[str, Any]) -> Connection:
        stream = await Connection.open(self.port)
        stream.writer.write(encoded(pair["stream"]))
        await asyncio.wait_for(stream.reader.readuntil(b"retry: 3000\n\n"), PATIENCE)
        return stream

    async def one(self, pair: dict[str, Any], stream: Connection) -> None:
        async with self.turns:
            over = asyncio.get_running_loop().create_future()
            asking = [asyncio.create_task(self.keep_asking(pair, n, over)) for n in range(HANDS)]
            await asyncio.sleep(AHEAD * self.chance.random())
            sender = await Connection.open(self.port)
            status, _body = await sender.ask(encoded(pair["take_back"]))
            at = time.perf_counter()
            sender.close()
            over.set_result(at)
            self.taken += status == 303
            try:
                await asyncio.wait_for(stream.reader.readuntil(b"event: gone"), PATIENCE)
                self.told.append(1000 * (time.perf_counter() - at))
            except (TimeoutError, asyncio.IncompleteReadError):
                self.odd["stream"] += 1
            await asyncio.gather(*asking)
            stream.close()

    async def keep_asking(self, pair: dict[str, Any], hand: int, over: asyncio.Future[float]) -> None:
        connection, asked = await Connection.open(self.port), hand
        while not over.done() or time.perf_counter() < over.result() + BEHIND:
            taken = over.done()
            status, body = await connection.ask(encoded(pair["pages"][asked % len(pair["pages"])]))
            page = asked % len(pair["pages"]) == 0
            shows = SHOWS in body if page else status == 200
            self.note(status, shows, taken, page and OVER not in body and not shows)
            asked += 1
        connection.close()

    def note(self, status: int, shows: bool, taken: bool, strange: bool) -> None:
        self.before += not taken
        self.after += taken
        self.late += shows and taken
        if strange or status not in (200, 404):
            self.odd[str(status)] += 1


if __name__ == "__main__":
    json.dump(asyncio.run(Revoker(json.load(sys.stdin)).run()), sys.stdout)
