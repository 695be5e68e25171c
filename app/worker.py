"""The worker: one round a second of what must be done later. Late, twice or on two machines, the result is the same."""

import signal
import threading
from datetime import date

import structlog
from flask import current_app
from sqlalchemy.exc import DBAPIError

from app.accounts import invite_service as invites
from app.accounts import service as accounts
from app.accounts import throttle_service as throttle
from app.core import audit, clock, db, pulse, seal
from app.core.db import transaction
from app.messages import service as messages
from app.waits import tick_service as waits

EVERY = 1.0
log = structlog.get_logger()


def run(*, once: bool = False) -> None:
    """Rounds until SIGTERM or SIGINT; a round that fails is said and tried again."""
    stop = threading.Event()
    if not once:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
    tidied: date | None = None
    while True:
        try:
            tidied = round_of_work(tidied)
        except (DBAPIError, seal.OtherCluster) as error:
            log.error("worker.round", kind=type(error).__name__)
            if once:
                raise
        if once or stop.wait(EVERY):
            return


def round_of_work(tidied: date | None) -> date:
    """Seal the log, and once a day tidy up. The heartbeat comes last: it says that a round was finished."""
    today = clock.now().date()
    climb()
    seal_all()
    if tidied != today:
        with db.engine().begin() as connection:
            audit.make_months(connection, today)
        tidy()
    with db.engine().begin() as connection:
        pulse.beat(connection, "worker", now=clock.now())
    return today


def climb() -> None:
    """Move every wait whose time has come, batch by batch."""
    looked = waits.BATCH
    while looked == waits.BATCH:
        with current_app.app_context(), transaction():
            looked = waits.tick(by=audit.SYSTEM, now=clock.now())


def tidy() -> None:
    """Take away what has had its time, batch by batch."""
    for chore in (
        messages.forget_old_drafts,
        accounts.forget_old_sessions,
        throttle.forget_old_tries,
        invites.forget_old_invitations,
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
        if block is None:
            return
        log.info("log.sealed", block=block.n, rows=len(block.leaves) // seal.LEAF.size, mac=block.mac.hex())
