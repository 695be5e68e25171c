"""A push service as we know it: where it is, the lines that are open to it, and whether it answers at all."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from app.notices.outcome_rules import Answer
from app.notices.push_line import Line

LINES = 64
IDLE, NAMES_KEPT = 50.0, 60.0
ENOUGH, REST, LATELY = 20, 15.0, 60.0
TRIED = 4


def look_up(host: str) -> list[str]:
    """Where a name leads, the older kind of address first: it is the one that works everywhere."""
    found = socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    return [str(it[4][0]) for it in sorted(found, key=lambda it: it[0] != socket.AF_INET)]


def is_public(address: str) -> bool:
    """Whether it stands on the open net, not in somebody's own network or in this machine."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return ip.is_global and not ip.is_multicast


@dataclass(frozen=True)
class Way:
    """How one gets there. The tests have names, an authority and a patience of their own."""

    names: Callable[[str], list[str]] = look_up
    safe: Callable[[str], bool] = is_public
    port: int = 443
    authorities: str | None = None
    connect: float = 3.0
    whole: float = 10.0

    @property
    def trust(self) -> ssl.SSLContext:
        return trust(self.authorities)


@cache
def trust(authorities: str | None) -> ssl.SSLContext:
    """Whose word is taken for who somebody is: the machine's own authorities, unless a file of others is named."""
    made = ssl.create_default_context(cafile=authorities)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    return made


class Host:
    """`failed` counts the tries running that nobody answered; after enough of them it rests, but for one try."""

    def __init__(self, name: str, way: Way, stand_in: str | None, executor: Executor) -> None:
        self.name, self.way, self.stand_in, self.executor = name, way, stand_in, executor
        self.idle: list[Line] = []
        self.known: tuple[float, list[str]] = (0.0, [])
        self.failed, self.rests_until = 0, 0.0
        self.taken: dict[int, float] = {}

    def rests(self) -> bool:
        """Whether it is spared for now; whoever comes when it has rested tries it for the others."""
        now = asyncio.get_running_loop().time()
        if self.failed < ENOUGH:
            return False
        if now < self.rests_until:
            return True
        self.rests_until = now + REST
        return False

    def took(self, vapid: int) -> None:
        self.taken[vapid] = asyncio.get_running_loop().time()

    def took_lately(self, vapid: int) -> bool:
        """Whether it has taken something with that key of ours a moment ago."""
        return vapid in self.taken and asyncio.get_running_loop().time() - self.taken[vapid] < LATELY

    async def ask(self, request: bytes) -> Answer:
        """The answer to a request, or the fault that stood in its way."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self.way.whole
        answer = await self.ask_once(request, until)
        if answer.status is not None:
            self.failed = 0
        elif answer.fault != "address":
            self.failed += 1
            self.rests_until = loop.time() + REST
        return answer

    async def ask_once(self, request: bytes, until: float) -> Answer:
        while line := self.idle_line():
            answer = await line.ask(request, until)
            if not line.unheard:
                return self.done(line, answer)
        try:
            line = await self.call()
        except Unreached as error:
            return error.answer
        return self.done(line, await line.ask(request, until))

    def idle_line(self) -> Line | None:
        now = asyncio.get_running_loop().time()
        while self.idle:
            line = self.idle.pop()
            if line.open and now - line.idle_since < IDLE:
                return line
            line.hang_up()
        return None

    def done(self, line: Line, answer: Answer) -> Answer:
        if line.open:
            self.idle.append(line)
        return answer

    async def call(self) -> Line:
        """A new line, to an address that was looked at before anybody rang it; raises Unreached."""
        try:
            async with asyncio.timeout(self.way.connect):
                return await self.call_any()
        except TimeoutError:
            raise Unreached(Answer(None, fault="timeout")) from None
        except ssl.SSLError:
            raise Unreached(Answer(None, fault="tls")) from None
        except ConnectionResetError:
            raise Unreached(Answer(None, fault="reset")) from None
        except OSError:
            raise Unreached(Answer(None, fault="connect")) from None

    async def call_any(self) -> Line:
        loop = asyncio.get_running_loop()
        if self.stand_in:
            stand_in = urlsplit(self.stand_in)
            return (await loop.create_connection(Line, stand_in.hostname or "", stand_in.port or 80))[1]
        addresses = await self.addresses()
        failed: Exception = OSError("no address")
        for address in addresses[:TRIED]:
            try:
                found = await loop.create_connection(
                    Line, address, self.way.port, ssl=self.way.trust, server_hostname=self.name
                )
                return found[1]
            except ssl.SSLError:
                raise
            except OSError as error:
                failed = error
        raise failed

    async def addresses(self) -> list[str]:
        """Where the name leads. If any of it leads into somebody's own network, none of it is believed."""
        loop = asyncio.get_running_loop()
        at, known = self.known
        if not known or loop.time() - at > NAMES_KEPT:
            try:
                known = await loop.run_in_executor(self.executor, self.way.names, self.name)
            except (OSError, UnicodeError):
                raise Unreached(Answer(None, fault="name")) from None
            self.known = loop.time(), known
        if not all(map(self.way.safe, known)):
            raise Unreached(Answer(None, fault="address"))
        return known

    def hang_up(self) -> None:
        while self.idle:
            self.idle.pop().hang_up()


class Unreached(Exception):
    """Nobody was spoken to, for the reason that the answer gives."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.fault)
        self.answer = answer
