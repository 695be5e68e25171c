"""A line between browser and web that breaks: before the request is through, during the work, or inside the answer."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections import Counter

LONGEST_REQUEST = 1100
LONGEST_ANSWER = 900
LONGEST_WORK = 0.06


class Proxy:
    """Passes on to a port of this machine, and cuts a share of the connections with RST, each at a random point."""

    def __init__(self, port: int, *, share: float, chance: random.Random) -> None:
        self.port, self.share, self.chance = port, share, chance
        self.cuts: Counter[str] = Counter()
        self.server: asyncio.Server | None = None

    async def start(self) -> int:
        """The port it listens at."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self.server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kind = self.chance.choice(("before", "during", "after")) if self.chance.random() < self.share else "none"
        self.cuts[kind] += 1
        try:
            onward, back = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            cut(writer)
            return
        room = self.chance.randrange(LONGEST_REQUEST) if kind == "before" else None
        tasks = [asyncio.create_task(pump(reader, back, room))]
        if kind == "during":
            tasks.append(asyncio.create_task(asyncio.sleep(self.chance.uniform(0, LONGEST_WORK))))
        room = self.chance.randrange(LONGEST_ANSWER) if kind == "after" else None
        tasks.append(asyncio.create_task(pump(onward, writer, room)))
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        for each in (writer, back):
            if kind == "none":
                each.close()
            else:
                cut(each)


async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter, room: int | None) -> None:
    """Pass on until one side ends, or until there is no more room."""
    try:
        while data := await source.read(65536):
            if room is not None and len(data) >= room:
                target.write(data[:room])
                await target.drain()
                return
            room = None if room is None else room - len(data)
            target.write(data)
            await target.drain()
    except OSError:
        return


def cut(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST, as a lost network does, and not with a farewell."""
    held = writer.get_extra_info("socket")
    if held is not None and held.fileno() >= 0:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
