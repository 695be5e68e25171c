"""The load client: reads a plan (JSON) from standard input, writes what it measured. Knows HTTP, nothing of the app.

A plan has `port`, `requests` (each `head`, `body`), `connections`, `seconds`, and for a fixed pace `rate` a second.
`%KEY%` in a body becomes 22 letters that were never used before.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
from collections import Counter
from typing import Any

MOST = 200_000
TIMEOUT = 30.0


class Connection:
    """One kept-alive connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=1 << 20))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer; the next request may follow."""
        self.writer.write(request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = content_length(head)
        return int(head[9:12]), await self.reader.readexactly(length) if length else b""

    def close(self) -> None:
        self.writer.close()


def content_length(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    return 0 if at < 0 else int(head[at + 17 : head.index(b"\r\n", at + 2)])


def request(path: str, *, cookie: str = "", form: str | None = None) -> dict[str, str]:
    """A request as a plan carries it."""
    lines = [f"{'GET' if form is None else 'POST'} {path} HTTP/1.1", "Host: localhost", "Accept: text/html"]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    if form is not None:
        lines.append("Content-Type: application/x-www-form-urlencoded")
    return {"head": "\r\n".join(lines), "body": form or ""}


def encoded(asked: dict[str, str]) -> bytes:
    body = asked["body"].replace("%KEY%", secrets.token_urlsafe(16)).encode()
    length = f"\r\nContent-Length: {len(body)}" if body else ""
    return f"{asked['head']}{length}\r\n\r\n".encode() + body


class Load:
    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.took: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.asked = 0

    def next(self) -> bytes:
        self.asked += 1
        return encoded(self.plan["requests"][self.asked % len(self.plan["requests"])])

    async def one(self, connection: Connection, since: float) -> None:
        status, _body = await asyncio.wait_for(connection.ask(self.next()), TIMEOUT)
        self.took.append(time.perf_counter() - since)
        self.statuses[status] += 1

    async def as_fast_as_it_goes(self, until: float) -> None:
        connection = await Connection.open(self.plan["port"])
        while (now := time.perf_counter()) < until and self.asked < MOST:
            await self.one(connection, now)
        connection.close()

    async def at_a_pace(self, until: float) -> None:
        """Each request has its time, also when the one before is late: a slow server gets no mercy."""
        free: list[Connection] = []
        began, tasks = time.perf_counter(), set()

        async def send(due: float) -> None:
            connection = free.pop() if free else await Connection.open(self.plan["port"])
            await self.one(connection, due)
            free.append(connection)

        for i in range(MOST):
            due = began + i / self.plan["rate"]
            if due >= until:
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.add(asyncio.create_task(send(due)))
        await asyncio.gather(*tasks)
        for connection in free:
            connection.close()

    async def run(self) -> dict[str, Any]:
        began = time.perf_counter()
        until = began + self.plan["seconds"]
        if self.plan.get("rate"):
            await self.at_a_pace(until)
        else:
            await asyncio.gather(*(self.as_fast_as_it_goes(until) for _ in range(self.plan["connections"])))
        return {
            "seconds": time.perf_counter() - began,
            "statuses": dict(self.statuses),
            "took": [round(each * 1000, 3) for each in self.took],
        }


if __name__ == "__main__":
    json.dump(asyncio.run(Load(json.load(sys.stdin)).run()), sys.stdout)
