"""What a story lets happen behind the pages, and what it looks up there afterwards. Only through the services."""

from uuid import UUID

from flask import Flask
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.models import SignIn
from app.core import clock, db
from app.core.audit import SYSTEM
from app.messages import list_queries
from app.messages import queries as messages
from app.messages.letter_queries import letters_in
from tests.world import Someone, World, today

DEMO_NUMBERS = 100


def beside_the_demo(app: Flask) -> World:
    """A world whose people have other identity numbers than those of the demo."""
    made = World(app)
    made._numbers = DEMO_NUMBERS
    return made


def sessions_end(person: Someone) -> None:
    """Every session of this person ends, as when they end them from another device."""
    with db.transaction():
        open_ones = select(SignIn.id).where(SignIn.person_id == person.person.id, SignIn.ended_at.is_(None))
        for session_id in db.session().scalars(open_ones).all():
            accounts.sign_out(session_id, by=SYSTEM, now=clock.now())


def account_closes(person: Someone) -> None:
    """The account is closed, of whoever it is."""
    with db.transaction():
        accounts.close_account(person.person.id, by=SYSTEM, now=clock.now())


def texts(person: Someone) -> list[list[str]]:
    """All that this person can read, thread by thread, the newest thread first."""
    rows, _more = list_queries.threads_of(person.viewer, today=today())
    found = [letters(person, row.key) for row in rows]
    db.session().commit()
    return found


def letters(person: Someone, thread: UUID) -> list[str]:
    head = messages.thread_for(person.viewer, thread, today=today())
    return [letter.text for letter in letters_in(person.viewer, head).letters]
