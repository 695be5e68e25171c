"""Push services (RFC 8030): what is sent to them, which of them we send to, and what they answered.

Nothing is taken from the environment, no redirect is followed, and no body of an answer is read.
"""

import asyncio
import json
import re
import threading
from collections import defaultdict, deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from app.config import Settings
from app.core import clock, logs
from app.notices import push_envelope as envelope
from app.notices.outcome_rules import ACCEPTED, KEY, Answer
from app.notices.push_host import LINES, Host, Way

HOSTS = (
    "fcm.googleapis.com",
    "jmt17.google.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
    ".push.apple.com",
    ".notify.windows.com",
)
"""Exact, or with a dot first all below it. A new browser's service is added here."""
PATH = r"(/[!-\"$-~]*)"
ADDRESS = re.compile(r"https://([a-z0-9.-]{1,253})(?::443)?" + PATH)
LONGEST_ADDRESS = 2048
URGENCIES = ("very-low", "low", "normal", "high")
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
LONGEST_TTL = 28 * 24 * 3600
AT_ONCE = 256
MOST_HOSTS = 500
REQUEST = (
    "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\nTTL: {ttl}\r\nUrgency: {urgency}\r\n"
    "Topic: {topic}\r\nContent-Type: application/octet-stream\r\nContent-Encoding: aes128gcm\r\n"
    "Content-Length: {length}\r\n\r\n"
)
log = structlog.get_logger()


@dataclass(frozen=True)
class Push:
    """One notice to one browser. `address` is its subscription as JSON: endpoint, p256dh, auth."""

    key: UUID
    address: str = field(repr=False)
    vapid: int
    message: dict[str, Any] = field(repr=False)
    ttl: int
    urgency: str
    topic: str


@dataclass(frozen=True)
class Destination:
    host: str
    origin: str
    path: str


@dataclass
class Errand:
    """A push on its way, and what became of it."""

    push: Push
    to: Destination | None = None
    keys: tuple[str, str] = ("", "")
    answer: Answer | None = None


def destination(endpoint: str, settings: Settings) -> Destination | None:
    """Where an address leads, when it is one that we push to: https on 443, a known host by its name, nobody's login.

    The tests' own service may stand for all of them, and gives addresses of its own.
    """
    if len(endpoint) > LONGEST_ADDRESS:
        return None
    stand_in = settings.push_stand_in
    if stand_in and (own := re.fullmatch(re.escape(stand_in) + PATH, endpoint)):
        return Destination(urlsplit(stand_in).netloc, stand_in, own[1])
    found = ADDRESS.fullmatch(endpoint)
    if not found or not any(found[1] == host or (host[0] == "." and found[1].endswith(host)) for host in HOSTS):
        return None
    return Destination(found[1], f"https://{found[1]}", found[2])


def allowed_host(endpoint: str, settings: Settings) -> str | None:
    """The host, where this is an address that we would push to."""
    found = destination(endpoint, settings)
    return found.host if found else None


def public_key(settings: Settings) -> tuple[int, str]:
    """The number of the key that new subscriptions are made for, and its public half as the browser wants it."""
    number = settings.vapid_keys.current
    return number, envelope.Signer({number: settings.vapid_keys.secret}, settings.vapid_subject).public[number]


class Pusher:
    """Sends many at a time over connections that stay open, on a loop and a thread of its own."""

    def __init__(self, settings: Settings, way: Way | None = None) -> None:
        self.settings, self.way = settings, way or Way()
        self.signer = envelope.Signer(settings.vapid_keys.keys, settings.vapid_subject)
        self.hosts: dict[str, Host] = {}
        self.names, self.room = ThreadPoolExecutor(4, "push-names"), asyncio.Semaphore(AT_ONCE)
        self.starting = threading.Lock()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.thread: threading.Thread | None = None

    def send(self, pushes: Sequence[Push]) -> list[Answer]:
        """Hand them over, and say what was answered to each, in the same order. Never raises for what others do."""
        return asyncio.run_coroutine_threadsafe(self.send_all(pushes), self.running()).result()

    def running(self) -> asyncio.AbstractEventLoop:
        """The loop, begun when it is first needed: a process that forks before that has none to share."""
        with self.starting:
            if self.loop is None:
                self.loop = asyncio.new_event_loop()
                self.thread = threading.Thread(target=self.loop.run_forever, name="push", daemon=True)
                self.thread.start()
            return self.loop

    def close(self) -> None:
        """Hang up, for good."""
        with self.starting:
            loop, thread, self.loop, self.thread = self.loop, self.thread, None, None
        if loop and thread:
            asyncio.run_coroutine_threadsafe(self.hang_up(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
            self.names.shutdown(wait=False, cancel_futures=True)

    async def hang_up(self) -> None:
        for host in self.hosts.values():
            host.hang_up()
        self.hosts.clear()
        # What is hung up is closed in the loop's next turn.
        await asyncio.sleep(0)

    async def send_all(self, pushes: Sequence[Push]) -> list[Answer]:
        errands = [self.errand(push) for push in pushes]
        queues: defaultdict[str, deque[Errand]] = defaultdict(deque)
        for errand in errands:
            if errand.to and not errand.answer:
                queues[errand.to.host].append(errand)
        if len(self.hosts) > MOST_HOSTS:
            await self.hang_up()
        await asyncio.gather(
            *(
                self.work(self.host(name), queue)
                for name, queue in queues.items()
                for _ in range(min(LINES, len(queue)))
            )
        )
        return [self.judged(errand) for errand in errands]

    def errand(self, push: Push) -> Errand:
        """Where it is to go, or why it never will."""
        try:
            address = json.loads(push.address)
            endpoint, keys = str(address["endpoint"]), (str(address["p256dh"]), str(address["auth"]))
        except (ValueError, KeyError, TypeError):
            return Errand(push, answer=Answer(None, fault="keys"))
        to = destination(endpoint, self.settings)
        return Errand(push, to, keys, None if to else Answer(None, fault="address"))

    def host(self, name: str) -> Host:
        if name not in self.hosts:
            self.hosts[name] = Host(name, self.way, self.settings.push_stand_in, self.names)
        return self.hosts[name]

    async def work(self, host: Host, queue: deque[Errand]) -> None:
        """One of those who empty a host's queue, a push at a time."""
        async with self.room:
            while queue:
                errand = queue.popleft()
                try:
                    errand.answer = await self.hand_over(errand, host)
                except Exception as error:
                    # One that we cannot make must not keep the others waiting.
                    log.error("push.broken", kind=type(error).__name__, where=logs.where(error))
                    errand.answer = Answer(None, fault="content")

    async def hand_over(self, errand: Errand, host: Host) -> Answer:
        if host.rests():
            return Answer(None, fault="resting")
        request = self.request(errand)
        if isinstance(request, Answer):
            return request
        answer = await host.ask(request)
        if answer.status in ACCEPTED:
            host.took(errand.push.vapid)
        return answer

    def request(self, errand: Errand) -> bytes | Answer:
        push, to = errand.push, errand.to
        assert to
        fine = push.urgency in URGENCIES and TOPIC.fullmatch(push.topic) and 0 <= push.ttl <= LONGEST_TTL
        try:
            plain = envelope.padded(push.message)
        except (TypeError, ValueError):
            fine = None
        if not fine:
            return Answer(None, fault="content")
        try:
            authorization = self.signer.authorization(push.vapid, to.origin, clock.now())
            body = envelope.seal(plain, *errand.keys)
        except (KeyError, ValueError):
            return Answer(None, fault="keys")
        head = REQUEST.format(
            path=to.path,
            host=to.host,
            authorization=authorization,
            ttl=push.ttl,
            urgency=push.urgency,
            topic=push.topic,
            length=len(body),
        )
        return head.encode() + body

    def judged(self, errand: Errand) -> Answer:
        """What was answered; a host that takes our key for others has nothing against it, or against our clock.

        Else one browser with somebody else's key could have a whole push service left alone.
        """
        answer = errand.answer or Answer(None, fault="reset")
        if answer.status in KEY and errand.to:
            if self.host(errand.to.host).took_lately(errand.push.vapid):
                return replace(answer, fault="alone")
            self.signer.forget(errand.to.origin)
        return answer
