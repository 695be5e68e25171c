"""What is read of other systems: rounds of their own beside the worker's, so that no question waits for a clinic's
system that hangs.

Nothing is held while somebody else is waited for: each page is read first, and taken in by a transaction of its own.
Killed at any moment, a round has stored whole pages only; its lease ends, and the next round reads on.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import structlog
from flask import Flask

from app.config import Settings
from app.core import audit, clock, db, logs
from app.core.db import transaction
from app.exchange import map_rules, queries, rules
from app.exchange import pull_service as pulls
from app.exchange import record_service as records
from app.exchange.fhir import Client
from app.exchange.map_rules import Resource
from app.exchange.pull_service import Lease, LeaseLost, Round
from app.exchange.record_service import Taken, Tally
from app.exchange.source_line import Fault, Way

EVERY = 5.0
SECOND = timedelta(seconds=1)
PASSES = 3
AT_ONCE = 50
SOONEST = 500
PATIENTS = 5_000
POINTED_AT = ("Location", "Practitioner", "PractitionerRole", "Patient", "Schedule")
SYSTEM = audit.SYSTEM
log = structlog.get_logger()


class Stopped(Exception):
    """The worker is told to end."""


class Puller(threading.Thread):
    """Reads the sources that are due, one after the other."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name="puller", daemon=True)
        self.app, self.over = app, threading.Event()

    def run(self) -> None:
        while not self.over.wait(EVERY):
            self.round()

    def round(self) -> None:
        try:
            with self.app.app_context():
                due = pulls.due(by=SYSTEM, now=clock.now())
        except Exception as error:
            log.error("puller.due", kind=type(error).__name__, where=logs.where(error))
            return
        for one in due:
            if self.over.is_set():
                return
            try:
                with self.app.app_context():
                    read(one, way=self.way(), over=self.over)
            except Exception as error:
                log.error("puller.source", kind=type(error).__name__, where=logs.where(error), name=db.short(one))

    def way(self) -> Way:
        settings: Settings = self.app.extensions["settings"]
        return Way.of(settings, rest=self.rest)

    def rest(self, seconds: float) -> None:
        self.over.wait(seconds)

    def stop(self) -> None:
        self.over.set()


def read(source: UUID, *, way: Way, over: threading.Event | None = None, most: int | None = None) -> Round | None:
    """One round of one source, from beginning to end; None when it was not ours to read. `most`: so many pages of each
    type and no more."""
    with transaction():
        lease = pulls.lease(source, by=SYSTEM, now=clock.now())
    if lease is None:
        return None
    reading = Reading(lease, way, over or threading.Event(), most)
    try:
        reading.all()
    except Fault as fault:
        reading.failed(fault.name, fault.later)
    except LeaseLost:
        log.warning("puller.lease_lost", name=db.short(source))
        return None
    except Stopped:
        with transaction():
            pulls.let_go(reading.source, by=SYSTEM, now=clock.now())
        return None
    except db.AWAY:
        raise
    except Exception as error:
        reading.failed("fault", None)
        log.error("puller.round", kind=type(error).__name__, where=logs.where(error), name=db.short(source))
    finally:
        reading.client.close()
    return reading.round


class Reading:
    """A round while it goes on."""

    def __init__(self, lease: Lease, way: Way, over: threading.Event, most: int | None = None) -> None:
        self.lease, self.source, self.over, self.most = lease, lease.source, over, most
        self.client = Client(lease.door, way)
        self.round = Round(clock.now())
        self.organizations: dict[str, Any] = {}

    def all(self) -> None:
        """Each type after those it points at; then those whom they are about, what was waiting, and what is gone."""
        since = pulls.since(self.lease)
        for kind in rules.SWEPT:
            self.whole(kind, since)
            if kind == "Practitioner":
                self.patients(since)
        self.by_ids("Appointment", queries.astray(SYSTEM, self.source.id, most=SOONEST))
        self.again()
        self.vanished()
        with transaction():
            pulls.end(self.current(), self.round, by=SYSTEM, now=clock.now())

    def whole(self, kind: str, since: datetime | None) -> None:
        """All of a type. What is written there while it is read can push something past us: it is read again then."""
        for _ in range(PASSES):
            if not self.moved(kind, islice(self.client.pages(kind, since), self.most)) or self.most:
                return

    def moved(self, kind: str, pages: Iterable[Any]) -> bool:
        """Take in page after page; whether what was read moved under the reading."""
        began, totals, versions, several = None, set[int | None](), dict[str, str | None](), False
        moved = False
        for n, page in enumerate(pages):
            began = began or page.at or clock.now()
            several = several or n > 0
            totals.add(page.total)
            for it in page.resources:
                key = str(it.get("id"))
                moved |= key in versions or (map_rules.updated(it) or began) > began + SECOND
                versions[key] = map_rules.version_of(it)
            self.page(kind, page.resources)
            if page.gone:
                self.gone(kind, page.gone)
        # What stands on one page cannot have moved from it.
        return several and (moved or len(totals) > 1)

    def page(self, kind: str, resources: Sequence[Resource]) -> None:
        self.round.pages += 1
        self.with_organizations(kind, resources)
        self.pointed_at(resources)
        self.take_in(kind, resources)
        reached = [at for it in resources if (at := map_rules.updated(it))]
        self.round.highest = max([*reached, *([self.round.highest] if self.round.highest else [])], default=None)

    def pointed_at(self, resources: Sequence[Resource]) -> None:
        """Fetch whom a page speaks of and who has never been read, those they point at first."""
        refs = {ref for it in resources for ref in map_rules.refs_of(it)}
        unread = queries.unread(SYSTEM, self.source.id, refs, POINTED_AT)
        for kind in (it for it in rules.TYPES if it in unread):
            self.by_ids(kind, unread[kind])

    def by_ids(self, kind: str, keys: Sequence[str], since: datetime | None = None) -> None:
        for some in _batches(keys, AT_ONCE):
            for page in self.client.pages(kind, since, ids=some):
                self.with_organizations(kind, page.resources)
                if kind == "PractitionerRole":
                    self.pointed_at(page.resources)
                self.take_in(kind, page.resources)

    def patients(self, since: datetime | None) -> None:
        """Those who are known here, where something has changed: no register is copied."""
        if since:
            self.by_ids("Patient", queries.patients_of(SYSTEM, self.source.id, most=PATIENTS), since)

    def again(self) -> None:
        """What could not be used, if its time has come."""
        now = clock.now()
        waiting = records.due_again(self.source, by=SYSTEM, now=now)
        for kind in (it for it in rules.TYPES if it in waiting):
            self.pointed_at(waiting[kind])
            self.take_in(kind, waiting[kind], anew=True)

    def vanished(self) -> None:
        """The times that come next and that their system does not have any longer: nobody is to go there in vain."""
        now = clock.now()
        asked = queries.soonest(SYSTEM, self.source.id, at=now, most=SOONEST)
        missing = list[str]()
        for some in _batches(asked, AT_ONCE):
            there = {str(it.get("id")) for page in self.client.pages("Appointment", ids=some) for it in page.resources}
            missing += [key for key in some if key not in there]
        # A search may leave out what may be read: each is asked for by itself.
        missing = [key for key in missing if self.client.one("Appointment", key) is None]
        if pulls.many_gone(len(asked), len(missing)):
            raise Fault("mass_gone", str(len(missing)))
        if missing:
            self.gone("Appointment", missing)

    def with_organizations(self, kind: str, resources: Sequence[Resource]) -> None:
        """Put in what identifies the unit that a place or a role belongs to, where only its address is said."""
        name = {"Location": "managingOrganization", "PractitionerRole": "organization"}.get(kind)
        for it in resources if name else ():
            ref = it.get(name or "")
            if not (isinstance(ref, dict) and isinstance(ref.get("reference"), str)) or "identifier" in ref:
                continue
            key = ref["reference"].rpartition("Organization/")[2]
            if key and "/" not in key and not key.startswith("#"):
                if key not in self.organizations:
                    self.organizations[key] = self.client.one("Organization", key) or {}
                found = dict(map_rules.identified(self.organizations[key].get("identifier")))
                if rules.HSA_ID in found:
                    ref["identifier"] = {"system": f"urn:oid:{rules.HSA_ID}", "value": found[rules.HSA_ID]}

    def take_in(self, kind: str, resources: Sequence[Resource], *, anew: bool = False) -> None:
        """In one transaction; if that falls, each by itself, and the one that it fell by is set aside."""
        if self.over.is_set():
            raise Stopped
        if not resources:
            return
        try:
            self.do(kind, lambda it, now: pulls.take_in(it, kind, resources, anew=anew, by=SYSTEM, now=now))
        except (LeaseLost, *db.AWAY):
            raise
        except Exception as error:
            log.error("puller.page", kind=type(error).__name__, where=logs.where(error), name=db.short(self.source.id))
            for it in resources:
                self.take_one(kind, it, anew=anew)

    def take_one(self, kind: str, resource: Resource, *, anew: bool) -> None:
        try:
            self.do(kind, lambda it, now: pulls.take_in(it, kind, [resource], anew=anew, by=SYSTEM, now=now))
        except (LeaseLost, *db.AWAY):
            raise
        except Exception as error:
            log.error("puller.one", kind=type(error).__name__, where=logs.where(error), name=db.short(self.source.id))
            self.do(kind, lambda it, now: pulls.set_aside(it, kind, resource, by=SYSTEM, now=now))

    def gone(self, kind: str, keys: Sequence[str]) -> None:
        self.do(kind, lambda it, now: pulls.gone(it, kind, keys, by=SYSTEM, now=now))

    def do(self, kind: str, work: Callable[[Taken, datetime], tuple[Taken, Tally]]) -> None:
        with transaction():
            held, tally = work(self.source, clock.now())
        # Only when it has become true.
        self.source = held
        self.round.add(kind, tally)

    def failed(self, fault: str, later: timedelta | None) -> None:
        self.round.fault = fault
        try:
            with transaction():
                pulls.fail(self.current(), self.round, fault, later=later, by=SYSTEM, now=clock.now())
        except LeaseLost:
            log.warning("puller.lease_lost", name=db.short(self.source.id))

    def current(self) -> Lease:
        it = self.lease
        return Lease(self.source, it.door, it.every, it.read_to, it.failing)


def _batches(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for n in range(0, len(keys), size):
        yield keys[n : n + size]
