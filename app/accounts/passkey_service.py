"""Make a key, sign in with one, name it, take it away."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert

from app.accounts import authenticator, rules, service
from app.accounts.authenticator import Made, Party, Refuted
from app.accounts.models import Passkey, Person, UsedChallenge
from app.accounts.passkey_rules import MOST
from app.accounts.service import Arrival
from app.core import audit, crypto, db
from app.core.audit import Actor, Entry
from app.core.errors import NotFound


class NoSuchKey(Exception):
    """Not one of ours, or taken away, or no answer to what was asked: the same to whoever asks."""


class Locked(Exception):
    """The key is right, and what it opens is locked."""


class TooManyKeys(Exception):
    """Nobody needs that many."""


class KnownKey(Exception):
    """The phone has a key here already."""


def handle(person_id: UUID, capacity: str) -> bytes:
    """What a phone knows a person by: one for each capacity, and of no use to anybody else."""
    return crypto.keyring().digest("passkey.handle", str(person_id), capacity)


def add(person_id: UUID, capacity: str, made: Made, *, name: str, agent: str, by: Actor, now: datetime) -> UUID:
    """Keep a key that a phone has made; raises TooManyKeys, KnownKey."""
    db.run(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))
    mine = select(Passkey.id).where(Passkey.person_id == person_id, Passkey.capacity == capacity, _open())
    if len(db.run(mine.limit(MOST)).all()) >= MOST:
        raise TooManyKeys
    if db.run(select(Passkey.id).where(Passkey.credential_id == made.credential_id)).first():
        raise KnownKey
    key = Passkey(
        id=db.new_key(),
        person_id=person_id,
        capacity=capacity,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        device=rules.device(agent),
        made_at=now,
    )
    key.name = name
    db.session().add(key)
    db.session().flush()
    _log("passkey.added", key.id, person_id, capacity, by=by, now=now)
    return key.id


def enter(party: Party, answer: str, *, challenge: bytes, agent: str, by: Actor, now: datetime) -> str:
    """Begin a session with a key's answer and return its token; raises NoSuchKey, Locked."""
    try:
        credential = authenticator.credential_of(answer)
        key = db.session().scalar(
            select(Passkey).where(Passkey.credential_id == credential, _open()).with_for_update(key_share=True)
        )
        if key is None:
            raise NoSuchKey
        key.sign_count = authenticator.used(
            party, answer, challenge=challenge, public_key=key.public_key, sign_count=key.sign_count
        )
    except Refuted as error:
        raise NoSuchKey from error
    once = insert(UsedChallenge).values(digest=hashlib.sha256(challenge).digest(), at=now)
    if not db.run(once.on_conflict_do_nothing().returning(UsedChallenge.digest)).first():
        raise NoSuchKey
    person = db.session().get_one(Person, key.person_id)
    if person.closed_at:
        raise NoSuchKey
    if key.capacity == "private" and person.locked_at:
        raise Locked
    key.used_at = now
    db.session().flush()
    who = Arrival(key.person_id, key.capacity)
    _log("passkey.used", key.id, key.person_id, key.capacity, by=who, now=now)
    return service.sign_in(key.person_id, capacity=key.capacity, way="passkey", agent=agent, by=who, now=now)


def refused(why: str, *, by: Actor, now: datetime) -> None:
    """Note that somebody was not let in, and why; who it was is not known."""
    audit.record(db.session(), Entry("sign_in.refused", object=why), by=by, now=now)


def rename(key: UUID, name: str, *, by: Actor, now: datetime) -> None:
    """Call one of one's own keys something else; raises NotFound."""
    found = db.session().scalar(select(Passkey).where(*_mine(key, by)))
    if found is None:
        raise NotFound
    found.name = name
    db.session().flush()
    _log("passkey.renamed", key, found.person_id, found.capacity, by=by, now=now)


def remove(key: UUID, *, by: Actor, now: datetime) -> None:
    """Take one of one's own keys away at once; raises NotFound."""
    if db.run(update(Passkey).where(*_mine(key, by)).values(ended_at=now)).rowcount == 0:
        raise NotFound
    assert by.person_id
    _log("passkey.removed", key, by.person_id, by.capacity, by=by, now=now)


def remove_private(person_id: UUID, *, by: Actor, now: datetime) -> int:
    """Take away every key to what somebody has in private; returns how many."""
    which = (Passkey.person_id == person_id, Passkey.capacity == "private", _open())
    count = db.run(update(Passkey).where(*which).values(ended_at=now)).rowcount
    if count:
        entry = Entry("passkeys.removed", patient_id=person_id, object=f"number:{count}")
        audit.record(db.session(), entry, by=by, now=now)
    return count


def _open() -> ColumnElement[bool]:
    return Passkey.ended_at.is_(None)


def _mine(key: UUID, by: Actor) -> tuple[ColumnElement[bool], ...]:
    return Passkey.id == key, Passkey.person_id == by.person_id, Passkey.capacity == by.capacity, _open()


def _log(action: str, key: UUID, person_id: UUID, capacity: str, *, by: Actor, now: datetime) -> None:
    about = person_id if capacity == "private" else None
    audit.record(db.session(), Entry(action, patient_id=about, object=f"passkey:{db.short(key)}"), by=by, now=now)
