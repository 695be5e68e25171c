"""A page of what another system keeps becomes what it means here; what cannot be used is set aside, with the reason."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.bookings import kind_service
from app.bookings.models import Booking
from app.bookings.service import Wanted
from app.core import crypto, db
from app.core.audit import Actor
from app.core.db import run
from app.core.locale import local
from app.exchange import fhir, map_rules, queries, retry_rules, visit_service
from app.exchange.map_rules import Calendar, Free, Human, Nothing, Place, Ref, Resource, Role, Unusable, Visit
from app.exchange.models import Quarantined, SourceRecord
from app.exchange.queries import Known, People

BATCH = 200
GONE = "gone"


@dataclass(frozen=True)
class Taken:
    """A source that is being read, by whom alone until `until`."""

    id: UUID
    name: str
    until: datetime


@dataclass
class Tally:
    """What came of the resources of one type."""

    read: int = 0
    made: int = 0
    changed: int = 0
    unchanged: int = 0
    passed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        for name in ("read", "made", "changed", "unchanged"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.passed += other.passed
        self.refused += other.refused

    @property
    def quiet(self) -> bool:
        """Whether nothing came of it."""
        return self.read == self.unchanged

    @property
    def said(self) -> dict[str, Any]:
        return {**vars(self), "passed": dict(self.passed), "refused": dict(self.refused)}


@dataclass
class _Came:
    """One resource that is not as it was."""

    key: str
    resource: Resource
    digest: bytes
    known: Known | None
    wanted: map_rules.Wanted | None = None
    own_id: UUID | None = None
    how: str = ""
    fault: Unusable | None = None

    @property
    def before(self) -> UUID | None:
        """Our own row that it has become already."""
        return self.known.own_id if self.known else None


def take_in(
    source: Taken, kind: str, resources: Sequence[Resource], *, anew: bool = False, by: Actor, now: datetime
) -> Tally:
    """Let a page of one type mean what it means here. `anew`: what was refused is looked at again as it is."""
    tally, newest = Tally(read=len(resources)), dict[str, Resource]()
    for resource in resources:
        key = _key_of(resource)
        if key not in newest or not _older(resource, newest[key]):
            newest[key] = resource
    tally.unchanged += len(resources) - len(newest)
    known = queries.records(by, source.id, [(kind, key) for key in newest])
    came = list[_Came]()
    for key, resource in newest.items():
        digest, before = digest_of(kind, resource), known.get((kind, key))
        if before and before.digest == digest and not anew:
            tally.unchanged += 1
        else:
            came.append(_Came(key, resource, digest, before))
    if came:
        for it in came:
            _understand(kind, it)
        _apply(source, kind, came, by=by, now=now)
        _keep(source, kind, came, now=now)
        for it in came:
            _count(tally, it)
    return tally


def refuse(source: Taken, kind: str, resource: Resource, reason: str, *, by: Actor, now: datetime) -> Tally:
    """Put one resource aside that could not even be tried."""
    before = queries.records(by, source.id, [(kind, _key_of(resource))]).get((kind, _key_of(resource)))
    it = _Came(_key_of(resource), resource, digest_of(kind, resource), before, fault=Unusable(reason))
    _keep(source, kind, [it], now=now)
    tally = Tally(read=1)
    _count(tally, it)
    return tally


def gone(source: Taken, kind: str, keys: Sequence[str], *, by: Actor, now: datetime) -> Tally:
    """Their system has these no longer: a time that was one of them is none."""
    tally, known = Tally(), queries.records(by, source.id, [(kind, key) for key in keys])
    mark = crypto.keyring().digest(kind, GONE)
    for (_kind, key), before in known.items():
        if before.digest == mark:
            continue
        if kind == "Appointment" and before.own_id:
            visit_service.call_off(before.own_id, "cancelled", by=by, now=now)
        mine = (SourceRecord.source_id == source.id, SourceRecord.type == kind, SourceRecord.foreign_id == key)
        run(update(SourceRecord).where(*mine).values(digest=mark, version_id=None, read_at=now))
        tally.read, tally.changed = tally.read + 1, tally.changed + 1
    _solve(source, kind, list(keys), now=now)
    return tally


def due_again(source: Taken, *, by: Actor, now: datetime, most: int = BATCH) -> dict[str, list[Resource]]:
    """What is in quarantine and is to be looked at again, by type."""
    waiting = select(Quarantined).where(
        Quarantined.source_id == source.id, Quarantined.solved_at.is_(None), Quarantined.again_at <= now
    )
    found = dict[str, list[Resource]]()
    rows = db.session().scalars(
        waiting.order_by(Quarantined.at, Quarantined.id).limit(most).execution_options(populate_existing=True)
    )
    for row in rows:
        found.setdefault(row.type, []).append(json.loads(row.content))
    return found


def digest_of(kind: str, resource: Resource) -> bytes:
    """Keyed, since what is in a resource could be guessed from a digest that anybody can make."""
    return crypto.keyring().digest(kind, json.dumps(map_rules.content_of(resource), sort_keys=True))


def _key_of(resource: Resource) -> str:
    key = resource.get("id")
    return key if isinstance(key, str) and 0 < len(key) <= 64 else f"?{digest_of('?', resource).hex()[:16]}"


def _older(it: Resource, than: Resource) -> bool:
    one, other = map_rules.updated(it), map_rules.updated(than)
    return bool(one and other and one < other)


def _understand(kind: str, it: _Came) -> None:
    # A time that is called off must not stand here because something else in it is wrong.
    if kind == "Appointment" and it.before and it.resource.get("status") in visit_service.OFF:
        return
    try:
        fhir.validate(kind, it.resource)
        if it.key.startswith("?"):
            raise Unusable("invalid", f"{kind}.id")
        it.wanted = map_rules.wanted(it.resource)
    except Unusable as error:
        it.fault = error


def _apply(source: Taken, kind: str, came: list[_Came], *, by: Actor, now: datetime) -> None:
    known = queries.records(by, source.id, {ref for it in came for ref in map_rules.refs_of(it.resource)})
    people = _people(came, by=by)
    if kind == "Appointment":
        _visits(source, came, known, by=by, now=now)
        return
    for it in came:
        if it.fault is None and it.wanted is not None:
            try:
                it.own_id = _own(it.wanted, known, people, by=by, now=now)
                before = it.before
                it.how = "passed" if isinstance(it.wanted, Nothing) else "changed" if before == it.own_id else "made"
            except Unusable as error:
                it.fault = error
    if kind == "Patient":
        _see_whose(source, came, now=now)


def _see_whose(source: Taken, came: list[_Came], *, now: datetime) -> None:
    """A number that was mended is somebody else: the times of whoever was thought to be it are read again."""
    for it in came:
        before = it.before
        if before is None or before == it.own_id:
            continue
        theirs = select(Booking.id).where(
            Booking.patient_id == before, Booking.status == "booked", Booking.starts_at > now
        )
        mine = (SourceRecord.source_id == source.id, SourceRecord.type == "Appointment")
        run(update(SourceRecord).where(*mine, SourceRecord.own_id.in_(theirs)).values(digest=b""))


def _visits(
    source: Taken, came: list[_Came], known: Mapping[tuple[str, str], Known], *, by: Actor, now: datetime
) -> None:
    """Times, those that end or move first, so that what they leave is free for the others."""
    wants = [it.wanted for it in came if isinstance(it.wanted, Visit)]
    refs = [ref for want in wants for ref in (want.patient, *want.staff, *want.places)]
    number = _people_of_refs(refs, by=by)
    stand = queries.bookings_by(by, {it.before for it in came if it.before})
    ground = visit_service.Ground(source.name, known, *number, by=by, today=local(now).date())
    ground.load(wants)
    fresh = [it for it in came if isinstance(it.wanted, Visit) and it.before is None]
    _put_each([it for it in came if it not in fresh], stand, ground, by=by, now=now)
    left = _put_fresh(fresh, ground, by=by, now=now)
    # Some of them are in the way of one another, or of what is here: each by itself, in order.
    _put_each(left, stand, ground, by=by, now=now)


def _put_fresh(fresh: list[_Came], ground: visit_service.Ground, *, by: Actor, now: datetime) -> list[_Came]:
    """Times that have never stood here, all at once; those that are left when that did not go."""
    ready = list[tuple[_Came, Visit, Wanted]]()
    for it in fresh:
        assert isinstance(it.wanted, Visit)
        if it.wanted.status in visit_service.OFF:
            it.how = "passed"
            continue
        try:
            ready.append((it, it.wanted, visit_service.asked(it.wanted, ground, by=by, now=now)))
        except Unusable as error:
            it.fault = error
    if not ready:
        return []
    made = visit_service.put_new([(visit, wanted) for _it, visit, wanted in ready], by=by, now=now)
    if made is None:
        return [it for it, _visit, _wanted in ready]
    for (it, _visit, _wanted), key in zip(ready, made, strict=True):
        it.own_id, it.how = key, "made"
    return []


def _put_each(
    came: list[_Came],
    stand: Mapping[UUID, queries.Stands],
    ground: visit_service.Ground,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """One time after the other; those that find somebody busy once more, when the others have moved."""
    left = came
    for last in (False, True):
        busy = list[_Came]()
        for it in left:
            if it.fault is not None:
                continue
            before = stand.get(it.before) if it.before else None
            try:
                if isinstance(it.wanted, Visit):
                    it.own_id, it.how = visit_service.put(it.wanted, before, ground, by=by, now=now)
                elif it.wanted is None and before:
                    off = visit_service.call_off(before.id, str(it.resource.get("status")), by=by, now=now)
                    it.own_id, it.how = before.id, "changed" if off else "passed"
                else:
                    it.how = "passed"
            except Unusable as error:
                if error.reason == "busy" and not last:
                    busy.append(it)
                else:
                    it.fault = error
        left = busy


def _own(
    it: map_rules.Wanted,
    known: Mapping[tuple[str, str], Known],
    people: People,
    *,
    by: Actor,
    now: datetime,
) -> UUID | None:
    """Our own row that something is; raises Unusable."""
    if isinstance(it, Human):
        return people.patient(it.number) if it.number else people.practitioner(it.hsa_id)
    if isinstance(it, Place):
        return _place(it, by=by, now=now)
    if isinstance(it, Role):
        return _role(it, known, people, by=by, now=now)
    if isinstance(it, Free) and it.schedule.id and (it.schedule.type, it.schedule.id) not in known:
        raise Unusable("schedule_unknown", it.schedule.path)
    assert isinstance(it, Calendar | Free | Nothing)
    return None


def _place(it: Place, *, by: Actor, now: datetime) -> UUID:
    """The unit's place of that name; a new one where it has none, since the patient must be able to find it."""
    unit = queries.units_by(by, [it.unit]).get(it.unit) if it.unit else None
    if unit is None:
        raise Unusable("unit_unknown", "Location.managingOrganization")
    if here := queries.places_by(by, named=(unit, it.name)):
        return next(iter(here))
    if not it.address:
        raise Unusable("place_without_address", "Location.address")
    return kind_service.open_location(visit_service.Unit(unit), it.name, it.address, by=by, now=now)


def _role(it: Role, known: Mapping[tuple[str, str], Known], people: People, *, by: Actor, now: datetime) -> UUID:
    """Somebody's own work at the unit that it names, or the only work that they have."""
    record = known.get((it.who.type, it.who.id)) if it.who.id else None
    person = record.own_id if record else people.practitioner(it.who.hsa_id) if it.who.hsa_id else None
    if person is None:
        raise Unusable("practitioner_unknown", it.who.path)
    works = queries.works_of(by, people=[person], today=local(now).date())
    unit = queries.units_by(by, [it.unit]).get(it.unit) if it.unit else None
    if it.unit and unit is None:
        raise Unusable("unit_unknown", "PractitionerRole.organization")
    mine = [row.id for row in works if unit in (None, row.unit_id)]
    if len(mine) != 1:
        raise Unusable("not_here" if unit or not mine else "unit_unknown", "PractitionerRole.organization")
    return mine[0]


def _people(came: Iterable[_Came], *, by: Actor) -> People:
    humans = [it.wanted for it in came if isinstance(it.wanted, Human)]
    roles = [it.wanted.who.hsa_id for it in came if isinstance(it.wanted, Role)]
    hsa_ids = [it for it in (*(it.hsa_id for it in humans), *roles) if it]
    return queries.people_by(by, [it.number for it in humans if it.number], hsa_ids)


def _people_of_refs(refs: Iterable[Ref], *, by: Actor) -> tuple[Mapping[str, UUID], Mapping[str, UUID]]:
    held = list(refs)
    found = queries.people_by(by, [it.number for it in held if it.number], [it.hsa_id for it in held if it.hsa_id])
    return found.patients, found.staff


def _keep(source: Taken, kind: str, came: list[_Came], *, now: datetime) -> None:
    """What each has become; what is refused is put aside, and what was and is not any longer is solved.

    A time that was made of an earlier version stands, and is found again by the next. Who somebody is does not: a
    number that is no longer known must lead to nobody.
    """
    record = upsert(SourceRecord)
    fresh = {name: record.excluded[name] for name in ("version_id", "digest", "own_id", "read_at")}
    rows = [
        {
            "source_id": source.id,
            "type": kind,
            "foreign_id": it.key,
            "version_id": map_rules.version_of(it.resource),
            "digest": it.digest,
            "own_id": it.own_id or (it.before if kind == "Appointment" else None),
            "read_at": now,
        }
        for it in sorted(came, key=lambda it: it.key)
    ]
    run(record.on_conflict_do_update(index_elements=["source_id", "type", "foreign_id"], set_=fresh), rows)
    _solve(source, kind, [it.key for it in came if it.fault is None and it.known], now=now)
    if faulty := {it.key: it for it in came if it.fault}:
        _set_aside(source, kind, faulty, now=now)


def _set_aside(source: Taken, kind: str, faulty: Mapping[str, _Came], *, now: datetime) -> None:
    mine = (Quarantined.source_id == source.id, Quarantined.type == kind, Quarantined.solved_at.is_(None))
    asked = select(Quarantined).where(*mine, Quarantined.foreign_id.in_(faulty))
    there = {row.foreign_id: row for row in db.session().scalars(asked.execution_options(populate_existing=True))}
    for key, it in faulty.items():
        assert it.fault
        row = there.get(key)
        if row is None:
            row = Quarantined(id=db.new_key(), source_id=source.id, type=kind, foreign_id=key, at=now)
            db.session().add(row)
        row.version_id, row.reason, row.path = map_rules.version_of(it.resource), it.fault.reason, it.fault.path
        row.again_at = retry_rules.next_look(row.at, now)
        row.content = json.dumps(it.resource, separators=(",", ":"))
    db.session().flush()


def _solve(source: Taken, kind: str, keys: list[str], *, now: datetime) -> None:
    if keys:
        mine = (Quarantined.source_id == source.id, Quarantined.type == kind, Quarantined.solved_at.is_(None))
        run(update(Quarantined).where(*mine, Quarantined.foreign_id.in_(keys)).values(solved_at=now))


def _count(tally: Tally, it: _Came) -> None:
    if it.fault:
        tally.refused[it.fault.reason] += 1
    elif it.how == "passed":
        tally.passed[it.wanted.why if isinstance(it.wanted, Nothing) else "nothing_new"] += 1
    else:
        setattr(tally, it.how, getattr(tally, it.how) + 1)
