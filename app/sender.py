"""What leaves the app: rounds of their own beside the worker's, so that no question waits for a service that hangs.

One thread decides by which way each notice is told, and each channel has threads of its own that lease, send and note
what came of it. Killed at any moment, it has lost nothing: what it held is leased again within a minute. Where there is
much to send, further processes do the same: they need not know of each other.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any
from uuid import UUID

import structlog
from flask import Flask

from app.care import rest_queries
from app.config import Settings
from app.core import audit, clock, db, logs, pulse
from app.core.db import transaction
from app.machine.processes import Child
from app.notices import delivery_service as deliveries
from app.notices import mail, sms, words
from app.notices.delivery_rules import DEVICE, Claimed
from app.notices.mail import Mailer
from app.notices.outcome_rules import Answer
from app.notices.rules import CHANNELS
from app.notices.sms import Texter
from app.notices.webpush import Push, Pusher

EVERY = 1.0
GATHER = 0.05
GOODBYE = 8.0
NOTED_FOR = 40.0
KEEPS_UP, FRESH = 0.5, 5.0
# What is sent at once by each thread of a channel; all of it fits in a lease, whatever the other side does.
LANES = {"push": 2, "email": 1, "sms": 1}
ROOM = {"push": 200, "email": 50, "sms": 50}
ROOT = Path(__file__).parent.parent
COMMAND = (sys.executable, "-m", "flask", "--app", "app", "sender")
OPEN = "/aviseringar/oppna"
log = structlog.get_logger()


class Outlets:
    """The services that we send to: those that are set up here."""

    def __init__(self, settings: Settings) -> None:
        self.base_url = settings.base_url
        self.pusher, self.mailer, self.texter = Pusher(settings), Mailer(settings), Texter(settings)
        on = {"push": True, "email": self.mailer.on, "sms": self.texter.on}
        self.channels = [channel for channel in CHANNELS if on[channel]]

    def send(self, channel: str, messages: Sequence[Claimed]) -> list[Answer]:
        """Hand over messages of one channel; one that cannot be made never stops the others."""
        try:
            return self._sent(channel, messages)
        except Exception as error:
            log.error("sender.broken", kind=type(error).__name__, where=logs.where(error), name=channel)
            if len(messages) == 1:
                return [Answer(None, fault="content")]
            return [answer for it in messages for answer in self.send(channel, [it])]

    def _sent(self, channel: str, messages: Sequence[Claimed]) -> list[Answer]:
        if channel == "email":
            return self.mailer.send([mail.notice(it.key, it.to, **self._said(it)) for it in messages])
        if channel == "sms":
            return self.texter.send([sms.notice(it.key, it.to, **self._said(it)) for it in messages])
        return self.pusher.send([push_of(it, self.base_url) for it in messages])

    def _said(self, it: Claimed) -> dict[str, Any]:
        return {"about": it.about, "language": it.language, "fuller": it.fuller, "base_url": self.base_url}

    def close(self) -> None:
        self.pusher.close()


def push_of(it: Claimed, base_url: str) -> Push:
    """What a browser is sent: read by our service worker, and without it by browsers that know declarative push."""
    title, body = words.out_of_app(it.about, it.language, fuller=it.fuller)
    notification = {
        "title": title,
        "body": body,
        "lang": it.language,
        "dir": "ltr",
        "tag": it.topic,
        "navigate": base_url + OPEN,
        "silent": False,
        "app_badge": str(it.badge),
    }
    message = {
        "web_push": 8030,
        "notification": notification,
        "mutable": True,
        "app_badge": it.badge,
        "receipt": it.receipt,
    }
    return Push(it.key, it.to, it.vapid, message, it.ttl, it.urgency, it.topic)


def resting(people: Collection[UUID], now: datetime) -> Mapping[UUID, datetime]:
    """From when each of some of the staff may be reached, asked anew: much may have changed since they were told."""
    return rest_queries.reached_at(audit.SYSTEM, people, None, at=now)


class Sender:
    """The threads that send, until they are stopped."""

    def __init__(self, app: Flask) -> None:
        self.app, self.outlets = app, Outlets(app.extensions["settings"])
        self.stopped, self.busy = threading.Event(), threading.Event()
        self.ready: SimpleQueue[tuple[float, list[Claimed]]] = SimpleQueue()
        self.room, self.crowded = threading.Semaphore(LANES["push"]), False
        self.bells: list[threading.Event] = []
        self.threads: list[threading.Thread] = []

    def start(self) -> None:
        self._start("plan", self.plan_round)
        for channel in self.outlets.channels:
            for number in range(LANES[channel]):
                self._start(f"{channel}-{number}", partial(self.empty, channel))

    def ring(self) -> None:
        """Something was done somewhere: look now, and not at the next second."""
        for bell in self.bells:
            bell.set()

    def stop(self) -> None:
        """Take nothing more; what is under way has some seconds to be noted, and is else done by the next worker."""
        self.stopped.set()
        self.ring()
        until = time.monotonic() + GOODBYE
        for thread in self.threads:
            thread.join(max(0.0, until - time.monotonic()))
        if not any(thread.is_alive() for thread in self.threads):
            self.outlets.close()

    def round(self) -> None:
        """One round of everything, in this thread."""
        self.plan_round()
        for channel in self.outlets.channels:
            self.empty(channel)

    def plan_round(self) -> None:
        """Decide for all notices whose time has come; then say that the sender lives, and how long it took."""
        began = time.monotonic()
        while not self.stopped.is_set() and self.plan():
            self.ring()
        if all(thread.is_alive() for thread in self.threads):
            with self.app.app_context(), db.engine().begin() as connection:
                pulse.beat(connection, "sender", now=clock.now(), seconds=time.monotonic() - began)

    def plan(self) -> int:
        """Decide for a batch. Its pushes are put into the hands of those who send them, where these keep up; else they
        are left to be leased when somebody has time, and nobody waits for a service that hangs."""
        lease = self.room.acquire(timeout=0 if self.crowded or not self.threads else KEEPS_UP)
        self.crowded = not lease
        leased: list[Claimed] = []
        try:
            with self.app.app_context(), transaction():
                planned = deliveries.plan(
                    by=audit.SYSTEM, now=clock.now(), channels=self.outlets.channels, resting=resting, lease=lease
                )
            leased = planned.leased
            if planned.taken == deliveries.BATCH:
                self.busy.set()
            return planned.taken
        finally:
            if leased:
                self.ready.put((time.monotonic(), leased))
            elif lease:
                self.room.release()

    def empty(self, channel: str) -> None:
        """Send what is due by one channel, until nothing is. What is leased to us already is sent even when we end."""
        while messages := self._handed(channel) or self._claimed(channel):
            self._note(list(zip(messages, self.outlets.send(channel, messages), strict=True)))

    def _handed(self, channel: str) -> list[Claimed]:
        """What has been put into our hands; not what has lain there until its lease may end under way."""
        while channel == DEVICE:
            try:
                since, messages = self.ready.get_nowait()
            except Empty:
                break
            self.room.release()
            if time.monotonic() - since < FRESH:
                return messages
        return []

    def _claimed(self, channel: str) -> list[Claimed]:
        if self.stopped.is_set():
            return []
        with self.app.app_context(), transaction():
            return deliveries.claim(
                by=audit.SYSTEM, now=clock.now(), batch=ROOM[channel], channels=[channel], resting=resting
            )

    def _note(self, results: list[tuple[Claimed, Answer]]) -> None:
        """Note what came of some messages, for as long as they are leased to us, also when the database is away for a
        while; what cannot be noted alone is left to be sent anew."""
        until = time.monotonic() + NOTED_FOR
        while True:
            try:
                with self.app.app_context(), transaction():
                    return deliveries.record(results, by=audit.SYSTEM, now=clock.now())
            except db.AWAY as error:
                log.warning("sender.unnoted", kind=type(error).__name__)
                if time.monotonic() > until or self.stopped.wait(EVERY):
                    return None
            except Exception as error:
                log.error("sender.unnoted", kind=type(error).__name__, where=logs.where(error))
                if len(results) > 1:
                    for one in results:
                        self._note([one])
                return None

    def _start(self, name: str, work: Callable[[], None]) -> None:
        bell = threading.Event()
        self.bells.append(bell)
        thread = threading.Thread(target=lambda: self._lane(work, bell), name=f"sender-{name}", daemon=True)
        self.threads.append(thread)
        thread.start()

    def _lane(self, work: Callable[[], None], bell: threading.Event) -> None:
        while not self.stopped.is_set():
            try:
                work()
            except Exception as error:
                log.error("sender.round", kind=type(error).__name__, where=logs.where(error))
                self.stopped.wait(EVERY)
            if bell.wait(EVERY):
                # One deed is often several, and each of them rings.
                self.stopped.wait(GATHER)
                bell.clear()


class Helpers:
    """Further processes that send, so that there is one for each core: the threads of one share one. They are started
    the first time that there is more than one batch to send, and then stay."""

    def __init__(self, many: int) -> None:
        self.children = [Child(f"sender {n}", COMMAND, None, cwd=ROOT) for n in range(many)]

    def see_to(self) -> None:
        for child in self.children:
            if child.ended():
                log.error("sender.ended", name=child.name)
            if child.due():
                child.start(os.environ)

    def stop(self) -> None:
        """Ask them to end; they take nothing more."""
        for child in self.children:
            child.terminate()

    def end(self) -> None:
        for child in self.children:
            child.end(GOODBYE)
