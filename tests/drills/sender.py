"""Browsers that send letters over a bad line, and send again with the same key until they are told that it went.

A process of its own: reads a plan (JSON) from standard input, writes what happened. The plan has `port`, `share`
(of connections that are cut), `until` (seconds), and `senders`: `cookie`, `token`, `shown` (who reads and by when),
`contact`, `count`, `thread`.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from typing import Any
from urllib.parse import quote_plus

from tests.bench.load import Connection, encoded, request
from tests.drills.proxy import Proxy

TRIES = 400
TIMEOUT = 20.0
THREAD_EVERY = 50
PAUSE = 0.02


def text_of(sender: int, i: int) -> str:
    return f"Brev {i} från skrivare {sender}. Jag vaknar vid tre och somnar inte om."


class Sender:
    """One person who writes one letter after another."""

    def __init__(self, number: int, given: dict[str, Any], plan: dict[str, Any], answers: Counter[str]) -> None:
        self.number, self.given, self.plan, self.answers = number, given, plan, answers
        self.address = given["thread"]
        self.times: list[tuple[float, str]] = []
        self.sent = 0

    async def run(self, port: int, until: float) -> None:
        for i in range(self.given["count"]):
            if time.time() > until or not await self.deliver(port, i, until):
                return
            self.sent += 1

    async def deliver(self, port: int, i: int, until: float) -> bool:
        """Send a letter until the answer says that it is stored."""
        opens = self.address is None or (self.given["contact"] and i % THREAD_EVERY == 0)
        place = f"/meddelanden/ny/{self.given['contact']}" if opens else self.address
        form = f"csrf_token={self.given['token']}&{self.given['shown']}&key=drill-{self.number:06}-{i:09}&text="
        asked = encoded(request(place, cookie=self.given["cookie"], form=form + quote_plus(text_of(self.number, i))))
        for _ in range(TRIES):
            try:
                said = await asyncio.wait_for(attempt(port, asked), TIMEOUT)
            except (OSError, EOFError, TimeoutError, ValueError) as error:
                said = type(error).__name__, ""
            self.answers[said[0]] += 1
            self.times.append((time.time(), said[0]))
            if said[0] == "303":
                self.address = said[1].partition("#")[0]
                return True
            if time.time() > until:
                return False
            await asyncio.sleep(PAUSE)
        return False


async def attempt(port: int, asked: bytes) -> tuple[str, str]:
    """The status of the answer, and where it leads."""
    connection = await Connection.open(port)
    try:
        connection.writer.write(asked)
        head = (await connection.reader.readuntil(b"\r\n\r\n")).decode()
        lines = dict(line.partition(": ")[::2] for line in head.split("\r\n"))
        return head[9:12], lines.get("Location", "")
    finally:
        connection.close()


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    answers: Counter[str] = Counter()
    proxy = Proxy(plan["port"], share=plan["share"], chance=random.Random(20261121))
    port = await proxy.start()
    senders = [Sender(i, given, plan, answers) for i, given in enumerate(plan["senders"])]
    until = time.time() + plan["until"]
    await asyncio.gather(*(sender.run(port, until) for sender in senders))
    await proxy.stop()
    times = sorted(each for sender in senders for each in sender.times)
    return {"sent": [sender.sent for sender in senders], "answers": answers, "cuts": proxy.cuts, "times": times}


if __name__ == "__main__":
    json.dump(asyncio.run(run(json.load(sys.stdin))), sys.stdout)
