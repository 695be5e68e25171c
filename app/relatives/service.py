"""Let a relative in, step by step, and take it back at once.

The patient offers, somebody answers, the patient confirms that it is the right person. Whoever of the staff has been
let in is no longer asked what the patient asks, so each verb that lets in or ends takes the units of that person first.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, tuple_, update

from app.accounts import invite_rules as codes
from app.accounts import service as accounts
from app.accounts.models import Patient, Person
from app.care.service import raise_versions_of
from app.core import audit, crypto, db, live
from app.core.audit import Actor, Entry
from app.core.errors import NotFound
from app.notices import service as notices
from app.relatives import rules
from app.relatives.models import Consent, Relation

BATCH = 200


class TooMany(Exception):
    """The patient has as many open as there may be."""


class Over(Exception):
    """It has been taken back, has run out, or somebody has answered already."""


class OwnOffer(Exception):
    """The patient themselves has answered."""


class LetInAlready(Exception):
    """Whoever answers has been let in by this patient, or has answered them, already."""


@dataclass(frozen=True)
class Wanted:
    """What a patient calls somebody, what that person may see, and the last day of it."""

    name: str
    items: tuple[str, ...]
    last: date


def offer(wanted: Wanted, *, by: Actor, now: datetime) -> tuple[UUID, str]:
    """Offer to let somebody in; returns the relation and its code, which is kept nowhere. Raises TooMany."""
    patient_id = (
        db.session()
        .scalars(select(Patient.person_id).where(Patient.person_id == by.person_id).with_for_update(key_share=True))
        .one()
    )
    open_now = select(func.count()).where(Relation.patient_id == patient_id, _OPEN, Relation.until_at > now)
    if db.session().scalars(open_now).one() >= rules.MOST_OPEN:
        raise TooMany
    key, code = db.new_key(), _fresh_code()
    relation = Relation(
        id=key,
        patient_id=patient_id,
        items=sorted(wanted.items),
        until_at=rules.until(wanted.last),
        place=code[: codes.PLACE],
        secret_digest=_proof(key, code[codes.PLACE :]),
        offered_at=now,
        offer_ends_at=now + rules.LIVES,
    )
    relation.name = wanted.name
    db.session().add(relation)
    db.session().flush()
    _note("relation.offered", relation.id, patient_id, by=by, now=now)
    return key, code


def renew(relation_id: UUID, *, by: Actor, now: datetime) -> str:
    """Give an offer that nobody has answered a new code; the one before ends. Raises Over."""
    it = _mine(relation_id, by)
    if it.accepted_at:
        raise Over
    code = _fresh_code()
    it.place, it.secret_digest, it.tries = code[: codes.PLACE], _proof(it.id, code[codes.PLACE :]), 0
    it.offer_ends_at = now + rules.LIVES
    db.session().flush()
    _note("relation.renewed", it.id, it.patient_id, by=by, now=now)
    return code


def change(relation_id: UUID, wanted: Wanted, *, by: Actor, now: datetime) -> None:
    """Change what somebody may see, until when, and what the patient calls them: in force at once. Raises Over."""
    it = _mine(relation_id, by)
    it.name, it.items, it.until_at = wanted.name, sorted(wanted.items), rules.until(wanted.last)
    db.session().flush()
    if it.confirmed_at:
        _consent(it, now=now)
    _note("relation.changed", it.id, it.patient_id, by=by, now=now)


def find(typed: str, *, by: Actor, now: datetime) -> UUID | None:
    """Which offer a code is for; None when it is none, or is no longer one.

    A wrong try counts, so whoever calls commits what came of it.
    """
    read = codes.read(typed)
    if read is None:
        return None
    there = select(Relation).where(Relation.place == read[0], _OPEN, Relation.accepted_at.is_(None))
    it = db.session().scalar(there.with_for_update(key_share=True))
    if it is None or not codes.is_open(it.offer_ends_at, it.tries, now=now):
        return None
    if not hmac.compare_digest(it.secret_digest, _proof(it.id, read[1])):
        it.tries += 1
        db.session().flush()
        _note("relation.code_refused", it.id, it.patient_id, by=by, now=now)
        return None
    return it.id


def accept(relation_id: UUID, code: str, *, by: Actor, now: datetime) -> None:
    """Answer an offer: the patient is asked whether this is the right person, and nothing is shown until then.

    Raises Over, OwnOffer or LetInAlready.
    """
    if by.person_id is None:
        raise Over
    raise_versions_of(by.person_id)
    # One answer of a person's at a time.
    db.run(select(Person.id).where(Person.id == by.person_id).with_for_update(key_share=True))
    it = _held(relation_id, code, now=now)
    if it.patient_id == by.person_id:
        raise OwnOffer
    pair = exists().where(Relation.patient_id == it.patient_id, Relation.relative_id == by.person_id, _OPEN)
    if db.session().scalar(select(pair)):
        raise LetInAlready
    accounts.register_relative(by.person_id, by=by, now=now)
    it.relative_id, it.accepted_at = by.person_id, now
    db.session().flush()
    notices.tell({it.patient_id: now}, "relative_answered", db.short(it.id), about=it.id, by=by, now=now)
    _wake(it.id)
    _note("relation.answered", it.id, it.patient_id, by=by, now=now)


def decline(relation_id: UUID, code: str, *, by: Actor, now: datetime) -> None:
    """Say no to an offer; nobody is let in by it any longer. Raises Over."""
    it = _held(relation_id, code, now=now)
    _end([it.id], "declined", by=by, now=now)


def confirm(relation_id: UUID, *, by: Actor, now: datetime) -> None:
    """It is the right person who has answered: from now on they see what was offered. Raises Over."""
    it = _mine(relation_id, by)
    if not it.accepted_at or it.until_at <= now:
        raise Over
    if it.confirmed_at or it.relative_id is None:
        return
    it.confirmed_at = now
    db.session().flush()
    _consent(it, now=now)
    notices.withdraw(it.id, by=by, now=now)
    notices.tell({it.relative_id: now}, "let_in", db.short(it.id), about=it.id, by=by, now=now)
    _note("relation.confirmed", it.id, it.patient_id, by=by, now=now)


def not_them(relation_id: UUID, *, by: Actor, now: datetime) -> None:
    """It is somebody else who has answered: they get to see nothing. Raises Over."""
    _end_one(
        relation_id, (Relation.patient_id == by.person_id) & Relation.confirmed_at.is_(None), "not_them", by=by, now=now
    )


def take_back(relation_id: UUID, *, by: Actor, now: datetime) -> None:
    """The patient takes back what they share, or their offer: nothing is shown from now on. Raises Over."""
    _end_one(relation_id, Relation.patient_id == by.person_id, "taken_back", by=by, now=now)


def leave(relation_id: UUID, *, by: Actor, now: datetime) -> None:
    """The relative wants to see nothing more. Raises Over."""
    _end_one(relation_id, Relation.relative_id == by.person_id, "left", by=by, now=now)


def end_what_is_over(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """End what has run out, what nobody has answered, and what was with an account that has been closed; how many.

    Nothing of it is shown before that either: each page asks what holds. This lets staff be asked again.
    """
    gone = exists().where(
        Person.id.in_([Relation.patient_id, Relation.relative_id]), Person.closed_at < now - rules.SETTLED
    )
    unanswered = and_(Relation.accepted_at.is_(None), Relation.offer_ends_at <= now)
    over = or_(Relation.until_at <= now, unanswered)
    count = 0
    for how, which in (("expired", over), ("care_ended", gone)):
        some = select(Relation.id).where(_OPEN, which).order_by(Relation.until_at, Relation.id).limit(batch)
        count += _end(list(db.session().scalars(some)), how, by=by, now=now)
    return count


_OPEN = Relation.ended_at.is_(None)


def _mine(relation_id: UUID, by: Actor) -> Relation:
    """One of the patient's own, locked, as long as it has not ended; raises Over, or NotFound when it is not theirs."""
    own = select(Relation).where(Relation.id == relation_id, Relation.patient_id == by.person_id)
    locked = own.with_for_update(key_share=True).execution_options(populate_existing=True)
    it = db.session().scalar(locked)
    if it is None:
        raise NotFound
    if it.ended_at:
        raise Over
    return it


def _held(relation_id: UUID, code: str, *, now: datetime) -> Relation:
    """The offer that somebody holds the code of, locked, as long as nobody has answered; raises Over."""
    there = select(Relation).where(Relation.id == relation_id, _OPEN, Relation.accepted_at.is_(None))
    it = db.session().scalar(there.with_for_update(key_share=True).execution_options(populate_existing=True))
    read = codes.read(code)
    if it is None or read is None or not codes.is_open(it.offer_ends_at, it.tries, now=now):
        raise Over
    if it.place != read[0] or not hmac.compare_digest(it.secret_digest, _proof(it.id, read[1])):
        raise Over
    return it


def _consent(it: Relation, *, now: datetime) -> None:
    """Let what holds be what is wanted, item by item, from now on."""
    held = select(Consent).where(Consent.relation_id == it.id, Consent.taken_back_at.is_(None), Consent.ends_at > now)
    rows = {row.item: row for row in db.session().scalars(held.execution_options(populate_existing=True))}
    ends, begins = rules.changed({item: row.ends_at for item, row in rows.items()}, it.items, it.until_at)
    for item in ends:
        rows[item].taken_back_at = max(now, rows[item].starts_at)
    db.session().flush()
    db.session().add_all(
        Consent(id=db.new_key(), relation_id=it.id, item=item, starts_at=now, ends_at=it.until_at)
        for item in sorted(begins)
    )
    db.session().flush()
    _wake(it.id)


def _end_one(relation_id: UUID, which: ColumnElement[bool], how: str, *, by: Actor, now: datetime) -> None:
    """End one of somebody's own; raises Over, or NotFound when there is none."""
    row = db.run(select(Relation.ended_at).where(Relation.id == relation_id, which)).first()
    if row is None:
        raise NotFound
    if row.ended_at or not _end([relation_id], how, by=by, now=now):
        raise Over


def _end(keys: Iterable[UUID], how: str, *, by: Actor, now: datetime) -> int:
    """End relations and all consent in them; how many. The units of those who were let in come first."""
    wanted = set(keys)
    ended: list[tuple[UUID, UUID]] = []
    while wanted:
        there = db.run(select(Relation.id, Relation.relative_id).where(Relation.id.in_(wanted), _OPEN)).all()
        if not there:
            break
        if people := {row.relative_id for row in there if row.relative_id}:
            raise_versions_of(*people)
        # Whoever has answered since it was read has units of their own, and it is read again.
        same = or_(
            tuple_(Relation.id, Relation.relative_id).in_(
                [(row.id, row.relative_id) for row in there if row.relative_id]
            ),
            and_(Relation.id.in_([row.id for row in there if not row.relative_id]), Relation.relative_id.is_(None)),
        )
        over = update(Relation).where(same, _OPEN).values(ended_at=now, ended_by=by.person_id, ended_how=how)
        done = db.run(over.returning(Relation.id, Relation.patient_id)).all()
        ended += [(row.id, row.patient_id) for row in done]
        wanted -= {row.id for row in done}
    held = Consent.relation_id.in_([key for key, _patient in ended]) & Consent.taken_back_at.is_(None)
    db.run(
        update(Consent).where(held, Consent.ends_at > now).values(taken_back_at=func.greatest(now, Consent.starts_at))
    )
    for key, _patient in ended:
        notices.withdraw(key, by=by, now=now)
    _wake(*(key for key, _patient in ended))
    entries = [Entry(f"relation.{how}", patient, None, _name(key)) for key, patient in ended]
    audit.record(db.session(), entries, by=by, now=now)
    return len(ended)


def _fresh_code() -> str:
    """A code whose first letters find no other offer that is open."""
    code = codes.fresh_code()
    taken = (_OPEN, Relation.accepted_at.is_(None))
    while db.run(select(Relation.id).where(Relation.place == code[: codes.PLACE], *taken)).first():
        code = codes.fresh_code()
    return code


def _proof(key: UUID, secret: str) -> bytes:
    return crypto.keyring().digest("relation", str(key), secret)


def _name(key: UUID) -> str:
    return f"relation:{db.short(key)}"


def _note(action: str, key: UUID, patient_id: UUID, *, by: Actor, now: datetime) -> None:
    audit.record(db.session(), Entry(action, patient_id, None, _name(key)), by=by, now=now)


def _wake(*keys: UUID) -> None:
    """Open pages that show what is shared ask again."""
    live.changed(*(live.topic("r", key) for key in keys))
