"""Who has read: the patient's own log, the whole list, a question about a line, and the head who answers it."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts.queries import Viewer
from app.care import answer_queries
from app.care.answer_queries import Answering, Face
from app.core import audit, clock, db, live, paging
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound, Refused
from app.core.locale import SWEDEN, hour, local, today, when
from app.core.locale import gettext as _
from app.core.pages import also, page
from app.log import head_queries, history_queries, queries, service, words
from app.log.forms import AnswerForm, AskForm
from app.log.head_queries import Asked
from app.log.history_queries import Found
from app.log.queries import Line
from app.log.rules import Deed
from app.log.service import Answered, AskedAlready
from app.notices import service as notices

bp = Blueprint("log", __name__, url_prefix="/vem-har-last")
TOLD = ("log_answer", "log_late")
Shown = Response | Answer | tuple[Response, int]


@bp.app_template_filter()
def deed_words(deed: Deed, own: bool = False) -> str:
    return words.said(deed.action, deed.detail, own=own, count=deed.count)


@bp.app_template_filter()
def who_words(line: Line) -> str:
    return words.who(line.who, mine=line.mine, system=line.system)


@bp.app_template_filter()
def why_words(line: Line) -> str:
    return words.because(line.because.kind, line.other, still=line.because.still)


@bp.app_template_filter()
def span_words(line: Line) -> str:
    """When it was: a moment, or the first and the last of that day."""
    first, last = hour(line.first_at), hour(line.at)
    return _("kl. %(time)s", time=last) if first == last else _("kl. %(first)s–%(last)s", first=first, last=last)


@bp.get("")
@access("patient")
def mine() -> Response:
    """Nothing of it is logged: nobody but the patient is shown anything."""
    before, asks = queries.place(request.args.get("fore")), "fraga" in request.args
    found = history_queries.lines_of(current_user, now=now(), before=before)
    more: dict[str, Any] = {"fraga": 1} if asks else {}
    for kind in TOLD:
        if current_user.opens(kind=kind):
            also(lambda kind=kind: notices.seen_all(kind=kind, by=current_user, now=now()))  # type: ignore[misc]
    return page(
        "log/mine.html",
        days=[(day, list(lines)) for day, lines in groupby(found, key=lambda it: it.day)],
        asks=asks,
        first=before is None,
        older=url_for(".mine", fore=queries.cursor(found.more), **more) if found.more else None,
        newer=url_for(".mine", **more) if before else None,
        topic=live.topic("l", current_user.person_id) if before is None else None,
        state=found.state,
        today=today(),
        yesterday=today() - timedelta(days=1),
    )


@bp.get("/lista")
@access("patient")
def whole() -> Response:
    """Every row, as a file for a spreadsheet. It is sent part by part, and holds no connection in between."""
    app, viewer = current_app._get_current_object(), current_user._get_current_object()  # type: ignore[attr-defined]
    name = f"vem-har-last-{today().isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(sheet(app, viewer, now()), mimetype="text/csv", headers=headers)


def sheet(app: Flask, viewer: Viewer, at: datetime) -> Iterator[str]:
    head = (_("Dag"), _("Tid"), _("Vem"), _("Titel"), _("Enhet"), _("Vad"), _("Varför"))
    yield "\ufeff" + rows_as_text([head])
    before, more = None, True
    while more:
        with app.app_context():
            found = history_queries.rows_of(viewer, now=at, before=before)
            text = rows_as_text([in_sheet(it) for it in found])
            before = found.more
        more = before is not None
        yield text


def in_sheet(it: Line) -> tuple[str, ...]:
    here = local(it.at)
    who = words.who(it.who, mine=it.mine, system=it.system)
    (deed,) = it.deeds
    return f"{here:%Y-%m-%d}", f"{here:%H:%M:%S}", who, it.title, it.unit, deed_words(deed, it.mine), why_words(it)


def rows_as_text(rows: list[tuple[str, ...]]) -> str:
    out = io.StringIO()
    # What begins as a formula would be reckoned by the program that opens it.
    safe = [["'" + cell if cell[:1] in "=+-@\t\r" and cell else cell for cell in row] for row in rows]
    csv.writer(out, delimiter=";").writerows(safe)
    return out.getvalue()


@bp.get("/fraga")
@access("patient")
def asking() -> Shown:
    found = asked_line()
    if found.group.question:
        return to_question(found, found.group.question)
    return ask_page(found, AskForm(formdata=None), *head(found))


@bp.post("/fraga")
@access("patient")
def ask() -> Shown:
    found, form = asked_line(), AskForm()
    if found.group.question:
        return to_question(found, found.group.question)
    answering, about = head(found)
    if not form.validate_on_submit():
        return ask_page(found, form, answering, about), 422
    if not as_shown(form, answering):
        return ask_page(found, form, answering, about, changed=True), 409
    where = queries.place(request.args.get("rad"))
    assert where, "the line was found by its row"
    try:
        with transaction():
            key = service.ask(where, found.staff, found.unit, form.text.data, answering, by=current_user, now=now())
    except AskedAlready:
        # Another tap was faster; its question stands there now.
        return redirect(request.full_path, 303)
    return to_question(found, key)


@bp.get("/fragor")
@access("staff")
def waiting() -> Response:
    after = paging.place(request.args.get("efter"))
    rows, more = head_queries.waiting_for(current_user, after=after)
    audit.read(*(entry("wait.listed", it) for it in rows))
    return page(
        "log/waiting.html",
        questions=rows,
        first=after is None,
        more=url_for(".waiting", efter=paging.cursor(*more)) if more else None,
    )


@bp.get("/fragor/<key:question>")
@access("staff")
def answering(question: UUID) -> Response:
    return answer_page(head_queries.question_for(current_user, question), AnswerForm(formdata=None))


@bp.post("/fragor/<key:question>")
@access("staff")
def answer(question: UUID) -> Shown:
    asked, form = head_queries.question_for(current_user, question), AnswerForm()
    if asked.text is None:
        raise NotFound
    if asked.waits and not form.validate_on_submit():
        return answer_page(asked, form), 422
    if not asked.waits and not asked.answered_at:
        raise Refused(_("Frågan väntar inte längre"), _("Vården är avslutad. Inget svar är skickat."))
    try:
        with transaction():
            service.answer(asked.key, form.text.data, by=current_user, now=now())
    except Answered as error:
        text = _("%(name)s svarade %(when)s. Ditt svar är inte skickat.", name=error.name, when=when(error.at))
        raise Refused(_("Någon har redan svarat"), text) from error
    return redirect(url_for(".answering", question=question, klart=1), 303)


def asked_line() -> Found:
    return history_queries.line_for(current_user, queries.place(request.args.get("rad")))


def head(found: Found) -> tuple[Answering, Face]:
    """Who answers a question about a line, and by when: never the one whom it is about, who comes second."""
    return answer_queries.head_for(
        current_user, found.unit, found.version, about=found.staff, at=clock.now(), today=today()
    )


def as_shown(form: AskForm, answering: Answering) -> bool:
    """Whether whoever was shown still answers, at most an office hour later than was said."""
    try:
        shown = datetime.fromisoformat(form.promise.data or "")
        return form.reader.data == answering.now.mark and not answering.later_than(shown)
    except (ValueError, TypeError):
        return False


def to_question(found: Found, question: UUID) -> Answer:
    """The day of a line on the patient's own page, at what was asked about it."""
    after = datetime.combine(found.group.day + timedelta(days=1), time(), SWEDEN)
    where: dict[str, Any] = {} if found.group.day == today() else {"fore": queries.cursor((after, 0))}
    return redirect(url_for(".mine", **where, _anchor=queries.anchor(question)), 303)


def ask_page(found: Found, form: AskForm, answering: Answering, about: Face, *, changed: bool = False) -> Response:
    form.reader.data, form.promise.data = answering.now.mark, answering.promise.isoformat()
    return page(
        "log/ask.html",
        line=queries.plain(found.group, about.name, about.title),
        form=form,
        answering=answering,
        changed=changed,
        about_head=found.staff == answering.contact,
        url=url_for(".ask", rad=request.args.get("rad")),
    )


def answer_page(asked: Asked, form: AnswerForm) -> Response:
    if current_user.opens(about=asked.key):
        also(lambda: notices.seen(current_user.person_id, about=asked.key, by=current_user, now=now()))
    lines = []
    if asked.text is not None:
        lines = history_queries.day_for(current_user, asked.patient_id, asked.about_id, asked.entry_at, now=now())
    audit.read(entry("log_question.read" if lines else "wait.seen", asked))
    return page("log/answer.html", asked=asked, form=form, lines=lines, done="klart" in request.args)


def entry(action: str, it: Asked) -> Entry:
    return Entry(action, it.patient_id, it.unit_id, f"{service.KIND}:{db.short(it.key)}")


def follow(viewer: Viewer, key: UUID) -> str | None:
    return history_queries.state_of(viewer, key)
