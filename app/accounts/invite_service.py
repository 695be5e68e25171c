"""Let somebody in once, who has no e-identification: give a code, take it, confirm it, and make a key of it."""

import hmac
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from app.accounts import invite_rules as rules
from app.accounts import passkey_service, service, session_service
from app.accounts.authenticator import Made
from app.accounts.invite_queries import digest
from app.accounts.models import Invitation, Person
from app.accounts.service import Arrival
from app.core import audit, crypto, db
from app.core.audit import Actor, Entry

BATCH = 200


class Over(Exception):
    """The code has run out, has been used or taken back, or is not confirmed."""


def issue(person_id: UUID, how: str, *, unit_id: UUID, by: Actor, now: datetime) -> str:
    """Give somebody a code and return it, which is kept nowhere; it ends the one before."""
    db.run(select(Person.id).where(Person.id == person_id).with_for_update(key_share=True))
    _end(person_id, now=now)
    code = rules.fresh_code()
    while db.run(select(Invitation.id).where(Invitation.place == code[: rules.PLACE], _OPEN)).first():
        code = rules.fresh_code()
    key = db.new_key()
    db.session().add(
        Invitation(
            id=key,
            person_id=person_id,
            how=how,
            place=code[: rules.PLACE],
            secret_digest=_proof(key, code[rules.PLACE :]),
            issued_at=now,
            issued_by=by.person_id,
            expires_at=now + rules.LIVES[how],
            tries=0,
        )
    )
    db.session().flush()
    audit.record(db.session(), Entry("invitation.issued", person_id, unit_id, f"way:{how}"), by=by, now=now)
    return code


def take_back(person_id: UUID, *, unit_id: UUID, by: Actor, now: datetime) -> None:
    """End the code that is open; when there is none, nothing is done."""
    if _end(person_id, now=now):
        audit.record(db.session(), Entry("invitation.ended", person_id, unit_id), by=by, now=now)


def claim(typed: str, *, by: Actor, now: datetime) -> str | None:
    """Take a code for one phone, and return what that phone goes on with; None when it is no code, or is no longer one.

    A wrong try counts, so whoever calls commits what came of it.
    """
    found = rules.read(typed)
    row = found and db.session().scalar(select(Invitation).where(Invitation.place == found[0], _OPEN).with_for_update())
    if not (found and row) or not rules.is_open(row.expires_at, row.tries, now=now) or row.claimed_at:
        return None
    if not hmac.compare_digest(row.secret_digest, _proof(row.id, found[1])):
        row.tries += 1
        db.session().flush()
        audit.record(db.session(), Entry("invitation.refused", row.person_id), by=by, now=now)
        return None
    token = secrets.token_urlsafe(32)
    row.claimed_at, row.claim_digest = now, digest(token)
    row.words = rules.fresh_words() if row.how == "letter" else None
    db.session().flush()
    audit.record(db.session(), Entry("invitation.claimed", row.person_id), by=by, now=now)
    return token


def confirm(person_id: UUID, said: str, *, unit_id: UUID, by: Actor, now: datetime) -> bool:
    """Confirm the phone that a letter's code was typed on, by the words that it shows; raises Over."""
    row = db.session().scalar(select(Invitation).where(Invitation.person_id == person_id, _OPEN).with_for_update())
    if row is None or not row.words or not rules.is_open(row.expires_at, row.tries, now=now):
        raise Over
    right = rules.same_words(said, row.words)
    if right:
        row.confirmed_at, row.confirmed_by = now, by.person_id
    else:
        row.tries += 1
    db.session().flush()
    action = "invitation.confirmed" if right else "invitation.words_refused"
    audit.record(db.session(), Entry(action, person_id, unit_id), by=by, now=now)
    return right


def use(token: str, made: Made, *, name: str, agent: str, by: Actor, now: datetime) -> str:
    """Make a key of a code and begin a session with it; every old way to what is private ends. Raises Over."""
    claimed = select(Invitation).where(Invitation.claim_digest == digest(token), _OPEN)
    # The person first, as whoever gives a new code does.
    mine = Person.id.in_(claimed.with_only_columns(Invitation.person_id))
    db.run(select(Person.id).where(mine).with_for_update(key_share=True))
    row = db.session().scalar(claimed.with_for_update().execution_options(populate_existing=True))
    if row is None or not rules.is_open(row.expires_at, row.tries, now=now):
        raise Over
    if row.how == "letter" and row.confirmed_at is None:
        raise Over
    person = db.session().get_one(Person, row.person_id)
    if person.closed_at:
        raise Over
    who = Arrival(person.id, "private")
    passkey_service.remove_private(person.id, by=who, now=now)
    session_service.end_private(person.id, by=who, now=now)
    person.locked_at = person.locked_by = None
    row.used_at = row.ended_at = now
    db.session().flush()
    passkey_service.add(person.id, "private", made, name=name, agent=agent, by=who, now=now)
    audit.record(db.session(), Entry("invitation.used", person.id), by=who, now=now)
    return service.sign_in(person.id, capacity="private", way="passkey", agent=agent, by=who, now=now)


def forget_old_invitations(*, by: Actor, now: datetime, batch: int = BATCH) -> int:
    """Take away codes that were given out ninety days ago; returns how many. The log keeps what was done with them."""
    old = (
        select(Invitation.id).where(Invitation.issued_at < now - rules.KEPT).order_by(Invitation.issued_at).limit(batch)
    )
    return len(db.run(delete(Invitation).where(Invitation.id.in_(old)).returning(Invitation.id)).all())


_OPEN = Invitation.ended_at.is_(None)


def _end(person_id: UUID, *, now: datetime) -> int:
    return db.run(update(Invitation).where(Invitation.person_id == person_id, _OPEN).values(ended_at=now)).rowcount


def _proof(key: UUID, secret: str) -> bytes:
    return crypto.keyring().digest("invitation", str(key), secret)
