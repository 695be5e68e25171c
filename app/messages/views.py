"""Threads, a thread, a new one, and drafts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts.queries import Viewer
from app.care import answer_queries
from app.care import queries as care
from app.care.answer_queries import Answering, Named, direct, mark_of
from app.care.queries import ContactCard
from app.core import audit, db, live, paging
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound, Refused
from app.core.locale import gettext as _
from app.core.locale import iso, phone, today, when
from app.core.pages import also, page
from app.messages import letter_queries, list_queries, outbox_queries, queries, rules, service, unread_queries
from app.messages.forms import DraftForm, MessageForm, QuestionForm, ReplyForm, SolvedForm
from app.messages.letter_queries import woven
from app.messages.queries import ThreadHead, ThreadWait
from app.messages.service import Answered, NobodyReads, Stored
from app.notices import service as notices

bp = Blueprint("messages", __name__, url_prefix="/meddelanden")
WAIT = "vanta"


@bp.get("")
@access("patient", "staff")
def threads() -> Response:
    before, closed = paging.place(request.args.get("fore")), "avslutade" in request.args
    only: dict[str, Any] = {"avslutade": 1} if closed else {}
    rows, more = list_queries.threads_of(current_user, today=today(), before=before, closed=closed)
    if is_staff():
        audit.read(
            *(Entry("thread.listed", row.patient_id, row.unit_id, f"thread:{db.short(row.key)}") for row in rows)
        )
    return page(
        "messages/threads.html",
        threads=rows,
        older=url_for(".threads", fore=paging.cursor(rows[-1].at, rows[-1].key), **only) if more else None,
        newer=url_for(".threads", **only) if before else None,
        closed=closed,
        contacts=[] if is_staff() else care.contacts_of(current_user, today=today()),
        role=queries.role_of(current_user),
        topic=live.topic("p", current_user.person_id),
        state=rows.state,
    )


@bp.get("/ny/<key:contact>")
@access("patient")
def new(contact: UUID) -> Response:
    to = care.contact_for(current_user, contact, today=today())
    form = QuestionForm()
    draft = queries.draft_for(current_user, to.key)
    if draft:
        form.text.data = draft[0]
    return new_page(to, form, reads(to), draft_at=draft[1] if draft else None)


@bp.post("/ny/<key:contact>")
@access("patient")
def send_new(contact: UUID) -> Response | Answer | tuple[Response, int]:
    to = care.contact_for(current_user, contact, today=today())
    form = QuestionForm()
    if saved := kept_for_later(form, to.key):
        return saved
    answering = reads(to)
    if not form.validate_on_submit():
        form.renew()
        return new_page(to, form, answering), 422
    if not as_shown(form, lambda: answering):
        url = url_for(".new", contact=to.key)
        return sent_already(form, to.key) or (stopped(form, to, answering, url, to.key), 409)
    with transaction():
        stored = service.open_thread(
            to,
            answering,
            wait_for_contact=WAIT in request.form,
            no_answer=form.no_answer.data,
            by=current_user,
            text=form.text.data,
            key=form.key.data,
            now=now(),
        )
    return landed(stored.thread_id, stored.n)


@bp.get("/<key:thread>")
@access("patient", "staff")
def thread(thread: UUID) -> Response:
    head = queries.thread_for(current_user._get_current_object(), thread, today=today())
    form = message_form()
    form.text.data = head.draft
    return thread_page(head, form)


@bp.post("/<key:thread>")
@access("patient", "staff")
def write(thread: UUID) -> Response | Answer | tuple[Response, int]:
    head = queries.thread_for(current_user, thread, today=today())
    form = message_form()
    if saved := kept_for_later(form, head.key):
        return saved
    if not form.validate_on_submit():
        form.renew()
        return thread_page(head, form), 422
    if isinstance(form, ReplyForm):
        return reply(head, form)
    assert isinstance(form, QuestionForm)
    answers = cache(lambda: reads(head.contact))
    if not as_shown(form, answers, head.wait):
        url = url_for(".thread", thread=head.key)
        again = sent_already(form, head.key)
        return again or (stopped(form, head.contact, answers(), url, head.key, head.wait), 409)
    return landed(thread, ask_more(head, form, answers).n)


def reply(head: ThreadHead, form: ReplyForm) -> Answer | tuple[Response, int]:
    try:
        with transaction(), nobody_reads(head.contact.unit_name, head.contact.unit_phone):
            stored = service.reply(
                head, by=current_user, text=form.text.data, key=form.key.data, seen=form.shown, now=now()
            )
    except Answered:
        return answered(queries.thread_for(current_user, head.key, today=today()), form), 409
    left = "kvar" if stored.left else None
    return redirect(url_for(".thread", thread=head.key, klart=left, _anchor=f"m{stored.n}"), 303)


def answered(head: ThreadHead, form: ReplyForm) -> Response:
    """Nothing was stored: somebody else has answered since the page was shown. Their answer stands above the text."""
    fresh = letter_queries.letters_in(current_user, head, after=form.shown)
    form.seen.data = str(head.last_n)
    audit.read(Entry("thread.read", head.patient_id, head.unit_id, f"thread:{db.short(head.key)}"))
    if fresh.unread:
        also(lambda: service.mark_read(head, fresh.letters[-1].n, by=current_user, now=now()))
    return page("questions/answered.html", thread=head, fresh=fresh.letters, form=form, place=db.short(head.key))


def ask_more(head: ThreadHead, form: QuestionForm, answers: Callable[[], Answering]) -> Stored:
    """Add to a question, which goes to whoever has it; a new one goes to the one who was shown."""
    with transaction():
        return service.write(
            head,
            answers,
            wait_for_contact=WAIT in request.form,
            no_answer=form.no_answer.data,
            by=current_user,
            text=form.text.data,
            key=form.key.data,
            now=now(),
        )


@bp.get("/<key:thread>/lost")
@access("patient")
def solved(thread: UUID) -> Response | Answer:
    head = queries.thread_for(current_user, thread, today=today())
    if head.wait is None:
        return redirect(url_for(".thread", thread=head.key), 303)
    return page("messages/solved.html", thread=head, form=SolvedForm(wait=db.short(head.wait.key)))


@bp.post("/<key:thread>/lost")
@access("patient")
def solve(thread: UUID) -> Answer:
    head = queries.thread_for(current_user, thread, today=today())
    form = SolvedForm()
    # A page that was left open does not end a question that was asked since.
    if form.validate_on_submit() and head.wait and form.wait.data == db.short(head.wait.key):
        with transaction():
            service.settle(head.key, "solved", by=current_user, now=now())
    return redirect(url_for(".thread", thread=head.key), 303)


@bp.post("/utkast")
@access("patient", "staff")
def draft() -> Answer | tuple[Response, int]:
    form = DraftForm()
    if not form.validate_on_submit() or len(form.text.data or "") > rules.LONGEST:
        return jsonify(saved=False), 422
    try:
        place = db.long(form.place.data)
    except ValueError as error:
        raise NotFound from error
    at = keep(place, form.text.data or "")
    return jsonify(saved_at=iso(at), words=_("Sparat %(when)s", when=when(at)))


def thread_page(head: ThreadHead, form: MessageForm) -> Response:
    viewer = current_user._get_current_object()
    role = queries.role_of(viewer)
    found = letter_queries.letters_in(viewer, head, before=number("fore"), after=number("efter"))
    last = found.letters[-1].n if found.letters else 0
    answering = None if role == "staff" else reads(head.contact)
    if isinstance(form, QuestionForm) and answering:
        show(form, answering, head.wait)
    if isinstance(form, ReplyForm):
        form.seen.data = form.seen.data or str(head.last_n)
    if role == "staff":
        audit.read(Entry("thread.read", head.patient_id, head.unit_id, f"thread:{db.short(head.key)}"))
    if viewer.opens(about=head.key):
        also(lambda: notices.seen(viewer.person_id, about=head.key, by=viewer, now=now()))
    if found.unread:
        also(lambda: service.mark_read(head, last, by=viewer, now=now()))
    return page(
        "messages/thread.html",
        thread=head,
        letters=woven(found.letters, found.happened),
        answering=answering,
        reader=answering and reader_of(answering, head.wait),
        read_at=found.read.get(head.wait.holder or head.contact.person_id) if head.wait else None,
        older=url_for(".thread", thread=head.key, fore=found.older) if found.older else None,
        newer=url_for(".thread", thread=head.key, efter=found.newer) if found.newer else None,
        form=form,
        draft_at=head.draft_at,
        place=db.short(head.key),
        role=role,
        books=role == "staff" and head.unit_id in viewer.workplaces,
        holds=head.wait is not None and head.wait.holder == viewer.person_id,
        done=request.args.get("klart"),
        topic=live.topic("t", head.key),
        state=found.state,
        whose=outbox_queries.tag_of(viewer),
    )


def new_page(
    to: ContactCard, form: QuestionForm, answering: Answering, *, draft_at: datetime | None = None
) -> Response:
    show(form, answering)
    return page(
        "messages/new.html",
        contact=to,
        answering=answering,
        form=form,
        draft_at=draft_at,
        place=db.short(to.key),
        whose=outbox_queries.tag_of(current_user),
    )


def sent_already(form: MessageForm, place: UUID) -> Answer | None:
    """The way to a letter that had been stored, though the answer never reached the phone."""
    found = queries.sent_before(current_user, place, text=form.text.data or "", key=form.key.data or "")
    return found and landed(*found)


def landed(thread: UUID, n: int) -> Answer:
    """To the letter that was stored. A script that sent it is told where that is, and that it is."""
    to = url_for(".thread", thread=thread, _anchor=f"m{n}")
    return jsonify(to=to) if request.accept_mimetypes.best == "application/json" else redirect(to, 303)


def stopped(
    form: QuestionForm, to: ContactCard, answering: Answering, url: str, place: UUID, wait: ThreadWait | None = None
) -> Response:
    """Nothing was stored: somebody else reads than was said, or later than was said. The text is kept."""
    reader, shown = reader_of(answering, wait), form.shown
    show(form, answering, wait)
    return page(
        "messages/stopped.html",
        contact=to,
        answering=answering,
        reader=reader,
        later=shown is not None and shown[0] == reader.mark,
        wait=wait,
        form=form,
        url=url,
        place=db.short(place),
        whose=outbox_queries.tag_of(current_user),
    )


def reader_of(answering: Answering, wait: ThreadWait | None) -> Named:
    """Who reads: whoever has the open question, else the one who would get a new one."""
    if wait is None:
        return answering.now
    number = direct(answering.place, wait.holder)
    return Named(wait.holder, wait.name, wait.title, number.phone, number.hours)


def reads(card: ContactCard) -> Answering:
    return answer_queries.who_answers(current_user, [card], at=now(), today=today())[card.key]


def show(form: QuestionForm, answering: Answering, wait: ThreadWait | None = None) -> None:
    """Let the form carry who reads, and by when: what an open question has, or what a new one would get."""
    form.show(reader_of(answering, wait).mark, wait.promised_at if wait else answering.promise)


def as_shown(form: QuestionForm, answers: Callable[[], Answering], wait: ThreadWait | None = None) -> bool:
    """Whether the one who was shown still reads, at most an office hour later than was said.

    An open question keeps its reader and its time; what needs no answer has neither.
    """
    if form.no_answer.data and not wait:
        return True  # nobody has to read it, and nothing was promised
    if form.shown is None:
        return False
    reader, promise = form.shown
    if wait:
        return reader == mark_of(wait.holder)
    return reader == answers().now.mark and not answers().later_than(promise)


def kept_for_later(form: MessageForm, place: UUID) -> Answer | None:
    """The button "Spara, fortsätt senare": the text becomes a draft, and nothing is sent.

    "Jag återkommer senast …" keeps it in the same way, and goes on to choose when.
    """
    later = "aterkommer" in request.form and is_staff()
    if not (later or "spara" in request.form) or len(form.text.data or "") > rules.LONGEST:
        return None
    keep(place, form.text.data or "")
    return redirect(url_for("questions.later", thread=place) if later else url_for("home.start"), 303)


def keep(place: UUID, text: str) -> datetime:
    try:
        queries.ensure_own_place(current_user, place, today=today())
    except NotFound:
        if not is_staff():
            raise
        unread_queries.addressee_for(current_user, place, today=today())
    at = now()
    with transaction():
        service.save_draft(place, by=current_user, text=text, now=at)
    return at


@contextmanager
def nobody_reads(unit: str, number: str) -> Iterator[None]:
    """Say whom to ring instead, with the text kept, when the one it was written to is gone."""
    try:
        yield
    except NobodyReads as error:
        title = _("Ingen läser här längre")
        text = _(
            "Det du skrev är inte skickat. Ring %(unit)s på %(phone)s, så får du veta vem du kan skriva till.",
            unit=unit,
            phone=phone(number),
        )
        raise Refused(title, text) from error


def message_form() -> MessageForm:
    return ReplyForm() if is_staff() else QuestionForm()


def is_staff() -> bool:
    return queries.role_of(current_user) == "staff"


def number(name: str) -> int | None:
    """A letter's number from the address; anything else is the first page."""
    value = request.args.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else None


def follow_thread(viewer: Viewer, key: UUID) -> str | None:
    return queries.thread_state(viewer, key, today=today())


def follow_lists(viewer: Viewer, key: UUID) -> str | None:
    return list_queries.list_state(viewer, key)
