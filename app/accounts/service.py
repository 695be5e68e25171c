"""Register people, begin and end sessions."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from personnummer.personnummer import Personnummer, PersonnummerException
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from app.accounts import open_pages, rules
from app.accounts.models import Patient, Person, Region, RegionRole, Relative, SignIn, Staff
from app.accounts.queries import session_digest
from app.accounts.rules import HALVES, KEPT, SEEN_EVERY
from app.core import audit, crypto, db
from app.core.audit import Actor, Entry

BATCH = 200


class BadNumber(ValueError):
    """Not a personnummer or samordningsnummer."""


class Known(ValueError):
    """Somebody with that number or HSA-id is registered already, as just that."""


class KnownHsaId(Known):
    """It is the HSA-id that somebody has."""


class Closed(ValueError):
    """Whoever has that number has an account that is closed, and gets no new capacity in it."""


@dataclass(frozen=True)
class Who:
    """What is known of a person when they are registered. The number is a personnummer or samordningsnummer."""

    name: str
    number: str | None = None
    phone: str | None = None
    email: str | None = None
    language: str = "sv"


@dataclass(frozen=True)
class Arrival:
    """Somebody who has just shown who they are: whoever begins a session does so themselves."""

    person_id: UUID
    capacity: str


def normalised(number: str) -> str:
    """Twelve digits; raises BadNumber."""
    try:
        return Personnummer(number, options={"allow_coordination_number": True}).format(long_format=True)
    except PersonnummerException as error:
        raise BadNumber(number) from error


def register_person(who: Who, *, key: UUID | None = None, by: Actor, now: datetime) -> Person:
    person = Person(id=key or db.new_key(), language=who.language, created_at=now)
    person.name, person.phone, person.email = who.name, who.phone, who.email
    if who.number is not None:
        number = normalised(who.number)
        person.number = number
        person.number_index = crypto.keyring().digest("person.number", number)
        if db.session().scalar(select(Person.id).where(Person.number_index == person.number_index)):
            raise Known
    db.session().add(person)
    db.session().flush()
    audit.record(db.session(), Entry("person.registered", object=f"person:{db.short(person.id)}"), by=by, now=now)
    return person


def register_patient(who: Who, *, key: UUID | None = None, by: Actor, now: datetime) -> Person:
    """A patient; somebody who has that number already is the same person, and keeps their name. Raises Known or Closed.

    `key` is what somebody new is to have, so that the same form sent twice is the same person.
    """
    person = _same(who) or register_person(who, key=key, by=by, now=now)
    if db.session().get(Patient, person.id):
        raise Known
    db.session().add(Patient(person_id=person.id, since=now))
    db.session().flush()
    audit.record(db.session(), Entry("patient.registered", patient_id=person.id), by=by, now=now)
    return person


def register_relative(person_id: UUID, *, by: Actor, now: datetime) -> None:
    """Let somebody be a relative too; to say it twice is to say it once."""
    once = upsert(Relative).values(person_id=person_id, since=now).on_conflict_do_nothing()
    if db.run(once.returning(Relative.person_id)).first():
        entry = Entry("relative.registered", object=f"person:{db.short(person_id)}")
        audit.record(db.session(), entry, by=by, now=now)


def register_staff(who: Who, *, hsa_id: str, title: str, physician: bool = False, by: Actor, now: datetime) -> Person:
    """Somebody of the staff; a patient who has that number is the same person, keeps their name, and is never asked
    about themselves. Raises Known or Closed.
    """
    if db.session().scalar(select(Staff.person_id).where(Staff.hsa_id == hsa_id)):
        raise KnownHsaId
    person = _same(who) or register_person(who, by=by, now=now)
    if db.session().get(Staff, person.id):
        raise Known
    db.session().add(Staff(person_id=person.id, hsa_id=hsa_id, title=title, physician=physician))
    db.session().flush()
    audit.record(db.session(), Entry("staff.registered", object=f"person:{db.short(person.id)}"), by=by, now=now)
    return person


def _same(who: Who) -> Person | None:
    """Whoever has that number already, in any capacity; raises Closed."""
    if who.number is None:
        return None
    index = crypto.keyring().digest("person.number", normalised(who.number))
    person = db.session().scalars(select(Person).where(Person.number_index == index)).one_or_none()
    if person and person.closed_at:
        raise Closed
    return person


def open_region(
    name: str,
    county_code: str,
    *,
    function_phone: str,
    function: list[UUID],
    administrator: UUID,
    by: Actor,
    now: datetime,
) -> Region:
    """A region with its function (two people or more, and a number that is answered) and its first administrator."""
    region = Region(id=db.new_key(), name=name, county_code=county_code, function_phone=function_phone)
    db.session().add(region)
    db.session().flush()
    roles = [(person, "function") for person in function] + [(administrator, "administrator")]
    db.session().add_all(RegionRole(region_id=region.id, person_id=person, role=role) for person, role in roles)
    db.session().flush()
    audit.record(db.session(), Entry("region.opened", object=f"region:{db.short(region.id)}"), by=by, now=now)
    return region


def close_account(person_id: UUID, *, by: Actor, now: datetime) -> None:
    """Close an account: every session of it ends with the next request."""
    db.session().execute(update(Person).where(Person.id == person_id, Person.closed_at.is_(None)).values(closed_at=now))
    open_pages.ask_again(person_id)
    audit.record(db.session(), Entry("account.closed", object=f"person:{db.short(person_id)}"), by=by, now=now)


def reopen_account(person_id: UUID, *, by: Actor, now: datetime) -> None:
    """It was closed by mistake: its person may sign in again."""
    db.session().execute(update(Person).where(Person.id == person_id).values(closed_at=None))
    audit.record(db.session(), Entry("account.reopened", object=f"person:{db.short(person_id)}"), by=by, now=now)


def protect(patient_id: UUID, protected: bool, *, unit_id: UUID | None = None, by: Actor, now: datetime) -> None:
    """Set or take away that a patient's identity is protected. No reason is asked for, and none is kept."""
    other = (Person.id == patient_id, Person.protected.is_not(protected))
    if db.run(update(Person).where(*other).values(protected=protected)).rowcount:
        action = "patient.protected" if protected else "patient.unprotected"
        audit.record(db.session(), Entry(action, patient_id=patient_id, unit_id=unit_id), by=by, now=now)


def sign_in(
    person_id: UUID,
    *,
    capacity: str,
    way: str,
    by: Actor,
    now: datetime,
    agent: str = "",
    unit_id: UUID | None = None,
) -> str:
    """Begin a session and return its token, in two halves that are kept apart in the browser and nowhere else.

    `unit_id` is where somebody of the staff has said on the way in that they work now.
    """
    token = f"{secrets.token_urlsafe(32)}{HALVES}{secrets.token_urlsafe(16)}"
    started = SignIn(
        id=session_digest(token),
        key=db.new_key(),
        person_id=person_id,
        capacity=capacity,
        way=way,
        device=rules.device(agent),
        unit_id=unit_id,
        started_at=now,
        last_seen=now,
    )
    db.session().add(started)
    db.session().flush()
    whose = person_id if capacity == "private" else None
    entry = Entry("session.started", whose, unit_id, f"{way}:{started.device}")
    audit.record(db.session(), entry, by=by, now=now)
    return token


def sign_out(session_id: bytes, *, by: Actor, now: datetime) -> None:
    db.session().execute(update(SignIn).where(SignIn.id == session_id, SignIn.ended_at.is_(None)).values(ended_at=now))
    audit.record(db.session(), Entry("session.ended"), by=by, now=now)


def forget_old_sessions(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Take away sessions that nobody has used for ninety days; returns how many. What they did stays in the log."""
    old = select(SignIn.id).where(SignIn.last_seen < now - KEPT).order_by(SignIn.last_seen).limit(batch)
    return len(db.run(delete(SignIn).where(SignIn.id.in_(old)).returning(SignIn.id)).all())


def seen(session_id: bytes, *, now: datetime) -> None:
    """Note that a session is in use, at most once a minute."""
    fresh = SignIn.last_seen < now - SEEN_EVERY
    db.session().execute(update(SignIn).where(SignIn.id == session_id, fresh).values(last_seen=now))
