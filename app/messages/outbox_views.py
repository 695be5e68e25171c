"""Letters written without a net: who may send them, and the sending. Answers are read by a script, not by a person."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, jsonify, url_for
from flask_login import current_user
from flask_wtf.csrf import generate_csrf

from app.care import answer_queries
from app.care import queries as care
from app.care.answer_queries import Answering
from app.care.queries import ContactCard
from app.core import db
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound
from app.core.locale import gettext as _
from app.core.locale import today
from app.messages import outbox_queries, queries, service
from app.messages.forms import LetterForm
from app.messages.service import Stored

bp = Blueprint("outbox", __name__, url_prefix="/utkorg")
Said = Response | tuple[Response, int]


class OnlyContact(Exception):
    """It was to be read by the contact alone, and that cannot be chosen any longer; nothing was stored."""


@bp.get("")
@access("patient", "relative", "staff")
def whose() -> Response:
    """Who is signed in on this phone now, and the token of their session."""
    return jsonify(person=outbox_queries.tag_of(current_user), csrf_token=generate_csrf())


@bp.post("")
@access("patient", "relative", "staff")
def send() -> Said:
    """One letter, as its writer left it. Every answer but the first leaves it on the phone, with what to do."""
    form = LetterForm()
    if form.person.data != outbox_queries.tag_of(current_user):
        return jsonify(words=_("Det hör till någon annan som har använt telefonen.")), 409
    # What staff write is never left on a phone, so that whatever comes in their name did not come from a page of ours.
    if "patient" not in current_user.kinds:
        return gone()
    if not form.validate_on_submit():
        return jsonify(words=" ".join(words for _name, words in form.faults)), 422
    try:
        thread, n = stored(form, db.long(form.place.data))
    except (NotFound, ValueError):
        return gone()
    except OnlyContact:
        words = _("Det går inte längre att vänta på en enda person. Ta tillbaka texten och välj vem som ska läsa.")
        return jsonify(words=words), 422
    return jsonify(to=url_for("messages.thread", thread=thread, _anchor=f"m{n}"))


def gone() -> Said:
    words = _("Den du skrev till går inte att skriva till längre. På Start ser du vem som läser nu.")
    return jsonify(words=words), 410


def stored(form: LetterForm, place: UUID) -> tuple[UUID, int]:
    """Where the letter stands: in the thread it was written in, or in a new one to that contact; raises NotFound.

    Nobody is held to whom the page showed when it was written: it goes to whoever answers now, as one sent then would.
    """
    if found := queries.sent_before(current_user, place, text=form.text.data, key=form.key.data):
        return found
    at = now()
    try:
        head = queries.thread_for(current_user, place, today=today())
    except NotFound:
        letter = first_letter(form, care.contact_for(current_user, place, today=today()), at)
    else:
        if form.wait.data and head.wait and head.wait.holder != head.contact.person_id:
            raise OnlyContact
        with transaction():
            letter = service.write(
                head,
                lambda: reads(form, head.contact, at),
                wait_for_contact=form.wait.data,
                no_answer=form.no_answer.data,
                by=current_user,
                text=form.text.data,
                key=form.key.data,
                now=at,
            )
            keep_newer(place, head.draft, form.text.data, at)
    return letter.thread_id, letter.n


def first_letter(form: LetterForm, to: ContactCard, at: datetime) -> Stored:
    begun = queries.draft_for(current_user, to.key)
    with transaction():
        letter = service.open_thread(
            to,
            reads(form, to, at),
            wait_for_contact=form.wait.data,
            no_answer=form.no_answer.data,
            by=current_user,
            text=form.text.data,
            key=form.key.data,
            now=at,
        )
        keep_newer(to.key, begun and begun[0], form.text.data, at)
    return letter


def reads(form: LetterForm, to: ContactCard, at: datetime) -> Answering:
    found = answer_queries.who_answers(current_user, [to], at=at, today=today())[to.key]
    if form.wait.data and found.instead and not found.wait_for:
        raise OnlyContact
    return found


def keep_newer(place: UUID, draft: str | None, sent: str, at: datetime) -> None:
    """A letter takes away the draft that it was; what has been begun since it was left to wait stays."""
    if draft and not sent.startswith(draft):
        service.save_draft(place, by=current_user, text=draft, now=at)
