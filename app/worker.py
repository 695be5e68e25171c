"""The worker: one round a second of what must be done later. Late, twice or on two machines, the result is the same."""

import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import date
from uuid import UUID

import psycopg
import structlog
from flask import current_app

from app.accounts import invite_service as invites
from app.accounts import service as accounts
from app.accounts import throttle_service as throttle
from app.bookings import hit_service as hits
from app.bookings import lapse_service as lapses
from app.bookings import reminder_service as reminders
from app.core import audit, clock, db, live, logs, pulse, seal
from app.core.db import transaction
from app.dropin import service as drop_ins
from app.exchange import file_service as files
from app.exchange import pull_service as pulls
from app.messages import service as messages
from app.notices import delivery_service as deliveries
from app.notices import point_service as points
from app.notices import service as notices
from app.notices import subscription_service as subscriptions
from app.puller import Puller
from app.relatives import call_service as calls
from app.relatives import service as relatives
from app.relatives import told_service as told
from app.sender import Helpers, Sender
from app.slots import freed_service as freed
from app.slots import queue_service as queue
from app.waits import subject_service as subjects
from app.waits import tick_service as waits

EVERY = 1.0
GATHER = 0.05
GOODBYE = 8.0
SENDERS = min(4, os.cpu_count() or 1)
"""Processes that send when there is much to send: what one does, it does on one core."""
MOST = 20.0
"""So long may one look at what waits take; the heartbeat must be heard in between."""
log = structlog.get_logger()


class Bell(threading.Thread):
    """Hears that something was done anywhere, so that what follows from it need not wait for the next round."""

    def __init__(self, hub: live.Hub) -> None:
        super().__init__(name="worker-bell", daemon=True)
        self.hub = hub
        self.rung, self.stopped = threading.Event(), threading.Event()
        self.also: list[Callable[[], None]] = []

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                with self.hub.connect() as connection:
                    connection.execute(f"listen {live.CHANNEL}")
                    # What was done before somebody listened was heard by nobody.
                    self.ring()
                    while not self.stopped.is_set():
                        for _notice in connection.notifies(timeout=EVERY):
                            self.ring()
                        connection.execute("select 1")
            except psycopg.Error as error:
                log.warning("worker.deaf", kind=type(error).__name__)
                self.stopped.wait(EVERY)

    def ring(self) -> None:
        self.rung.set()
        for call in self.also:
            call()

    def stop(self) -> None:
        self.stopped.set()
        self.rung.set()

    def rest(self, length: float) -> bool:
        """Wait until it rings, or so long; whether it rang."""
        if not self.rung.wait(max(0.0, length)):
            return False
        # One deed is often several, and each of them rings.
        self.stopped.wait(GATHER)
        self.rung.clear()
        return not self.stopped.is_set()


def run(*, once: bool = False, senders: int = 1) -> None:
    """Rounds until SIGTERM or SIGINT; a round that fails is said and tried again."""
    if once:
        sender = Sender(current_app._get_current_object())  # type: ignore[attr-defined]
        round_of_work(None)
        sender.round()
        sender.outlets.close()
        Puller(sender.app).round()
        return
    bell, sender = begun()
    helpers = Helpers(senders - 1)
    puller = Puller(sender.app)
    puller.start()
    tidied: date | None = None
    slowest = 0.0
    while not bell.stopped.is_set():
        due = time.monotonic() + EVERY
        try:
            if sender.busy.is_set():
                helpers.see_to()
            tidied, slowest = round_of_work(tidied, slowest), 0.0
            while bell.rest(due - time.monotonic()):
                slowest = max(slowest, climb())
        except Exception as error:
            log.error("worker.round", kind=type(error).__name__, where=logs.where(error))
            bell.stopped.wait(due - time.monotonic())
    helpers.stop()
    puller.stop()
    sender.stop()
    helpers.end()
    puller.join(GOODBYE)


def send() -> None:
    """Only what leaves the app, in a process beside a worker's, until SIGTERM or SIGINT."""
    bell, sender = begun()
    bell.stopped.wait()
    sender.stop()


def begun() -> tuple[Bell, Sender]:
    """A sender that is woken when something is done anywhere, until somebody asks this process to end."""
    sender = Sender(current_app._get_current_object())  # type: ignore[attr-defined]
    bell = Bell(live.hub())
    bell.also.append(sender.ring)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: bell.stop())
    bell.start()
    sender.start()
    return bell, sender


def round_of_work(tidied: date | None, slowest: float = 0.0) -> date:
    """Look at what care has written, what was told and what waits, seal the log, and once a day tidy up.

    The heartbeat comes last: it says that a round was finished, and how long the slowest look since the last one took.
    """
    today = clock.now().date()
    try:
        see_to_care()
    except Exception as error:
        # What waits already goes on all the same.
        log.error("worker.care", kind=type(error).__name__, where=logs.where(error))
    see_to_told()
    see_to_hits()
    see_to_unanswered()
    see_to_freed()
    seconds = max(slowest, climb())
    tell_relatives()
    remind()
    end_devices()
    seal_all()
    if tidied != today:
        with db.engine().begin() as connection:
            audit.make_months(connection, today)
        tidy()
    with db.engine().begin() as connection:
        pulse.beat(connection, "worker", now=clock.now(), seconds=seconds)
    return today


def climb() -> float:
    """Move every wait whose time has come, batch by batch; how long it took."""
    began, looked = time.monotonic(), 1
    while looked and time.monotonic() - began < MOST:
        with current_app.app_context(), transaction():
            looked = waits.tick(by=audit.SYSTEM, now=clock.now())
    return time.monotonic() - began


def see_to_care() -> None:
    """Let what has been written in care wait at a head. A unit that cannot be looked at never stops the others."""
    began = time.monotonic()
    with current_app.app_context(), transaction():
        subjects.see_to_wishes(by=audit.SYSTEM, now=clock.now())
    with current_app.app_context():
        stale = subjects.stale_units(by=audit.SYSTEM, now=clock.now())
    for unit in stale:
        try:
            with current_app.app_context(), transaction():
                subjects.see_to_unit(unit, by=audit.SYSTEM, now=clock.now())
        except Exception as error:
            log.error("worker.unit", kind=type(error).__name__, where=logs.where(error), name=db.short(unit))
        # Each morning all units are looked at; the waits that are due are not kept waiting for that.
        if time.monotonic() - began > EVERY:
            return


def see_to_told() -> None:
    """Look whom each thing that was told is about, and let it wait."""
    each("told", told.unlooked, told.see_to)


def see_to_hits() -> None:
    """Tell patients whom they were to meet is away, or back."""
    each("hits", hits.due, hits.see_to)


def see_to_unanswered() -> None:
    """Let times whose offers are over without an answer wait for their unit again."""
    each("offers", lapses.unanswered, lapses.lapse)


def see_to_freed() -> None:
    """Offer the times that have become free to those who wait for one."""
    each("queue", queue.due, queue.see_to)
    each("slots", freed.due, freed.see_to)


def each(what: str, find: Callable[..., list[UUID]], see_to: Callable[..., bool]) -> None:
    """See to one after the other of what is found. What fails alone is said, and tried again."""
    try:
        with current_app.app_context():
            due = find(by=audit.SYSTEM, now=clock.now())
    except Exception as error:
        log.error("worker.each", kind=type(error).__name__, where=logs.where(error), table=what)
        return
    for one in due:
        try:
            with current_app.app_context(), transaction():
                see_to(one, by=audit.SYSTEM, now=clock.now())
        except Exception as error:
            where = logs.where(error)
            log.error("worker.each", kind=type(error).__name__, where=where, table=what, name=db.short(one))


def tell_relatives() -> None:
    """Tell those who wanted to be rung that it was not done in time."""
    try:
        with current_app.app_context(), transaction():
            calls.tell_of_late(by=audit.SYSTEM, now=clock.now())
    except Exception as error:
        log.error("worker.calls", kind=type(error).__name__, where=logs.where(error))


def remind() -> None:
    """Plan the reminders of times that have changed, and tell those that are due, batch by batch."""
    began = time.monotonic()
    try:
        for work in (reminders.plan_for_those_let_in, reminders.plan, reminders.tick, reminders.withdraw_overtaken):
            looked = 1
            while looked and time.monotonic() - began < MOST:
                with current_app.app_context(), transaction():
                    looked = work(by=audit.SYSTEM, now=clock.now())
    except Exception as error:
        log.error("worker.reminders", kind=type(error).__name__, where=logs.where(error))


def end_devices() -> None:
    """Let nothing more be sent to where somebody has signed out."""
    try:
        with current_app.app_context(), transaction():
            subscriptions.end_of_sessions(by=audit.SYSTEM, now=clock.now())
    except Exception as error:
        log.error("worker.devices", kind=type(error).__name__, where=logs.where(error))


def tidy() -> None:
    """Take away what has had its time, batch by batch."""
    for chore in (
        messages.forget_old_drafts,
        accounts.forget_old_sessions,
        notices.forget_old_notices,
        deliveries.forget_old_trials,
        subscriptions.end_forgotten,
        subscriptions.forget_old_subscriptions,
        points.forget_old_points,
        throttle.forget_old_tries,
        invites.forget_old_invitations,
        relatives.end_what_is_over,
        told.forget_unsorted,
        calls.forget_old_calls,
        reminders.forget_old_reminders,
        files.forget_old_files,
        reminders.plan_anew,
        pulls.forget_old,
        drop_ins.forget_comings,
    ):
        gone = True
        while gone:
            with current_app.app_context(), transaction():
                gone = bool(chore(by=audit.SYSTEM, now=clock.now()))


def seal_all() -> None:
    """Seal block after block until nothing is left that can be; each block's mac is the anchor outside the database."""
    while True:
        with db.engine().begin() as connection:
            block = seal.seal(connection, audit.keyset(), now=clock.now())
            patients = seal.patients(connection, block) if block else []
        if block is None:
            return
        # Their own pages of who has read follow the seal, so that no page that is logged waits for it.
        live.hub().tell([live.whisper(live.topic("l", patient)) for patient in patients])
        log.info("log.sealed", block=block.n, rows=len(block.leaves) // seal.LEAF.size, mac=block.mac.hex())
