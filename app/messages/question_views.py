"""How staff end, keep or move a question other than by answering it, and close what nobody waits in."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.care.plan_queries import Place, places
from app.core import audit, db
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused
from app.core.forms import Form
from app.core.locale import day, local, today, when
from app.core.locale import gettext as _
from app.core.pages import also, page
from app.messages import letter_queries, queries, service
from app.messages import question_service as verbs
from app.messages.forms import LaterForm
from app.messages.letter_queries import Letter
from app.messages.queries import ThreadHead, ThreadWait
from app.messages.question_forms import NoNeedForm, TalkForm, TryForm
from app.messages.question_service import Elsewhere, StillWaits, WroteMore
from app.messages.service import Answered, NothingWaits
from app.waits import colleague_queries, words
from app.waits import queries as wait_queries
from app.waits.colleague_queries import Colleague
from app.waits.forms import GiveForm
from app.waits.service import CannotHold

bp = Blueprint("questions", __name__, url_prefix="/meddelanden")

Page = Response | Answer | tuple[Response, int]
FEW = 6


@bp.get("/<key:thread>/aterkommer")
@access("staff")
def later(thread: UUID) -> Page:
    head = reached(thread)
    if head.wait is None:
        return over(head)
    form = LaterForm()
    form.text.data, form.seen.data = head.draft, str(head.last_n)
    offer_days(form, head)
    form.until.data = form.until.choices[1][0]
    return form_page("later", head, form, place=db.short(head.key), draft_at=head.draft_at)


@bp.post("/<key:thread>/aterkommer")
@access("staff")
def send_later(thread: UUID) -> Page:
    head, form = reached(thread), LaterForm()
    if "spara" in request.form and len(form.text.data or "") <= form.text.flags.most:
        with transaction():
            service.save_draft(head.key, by=current_user, text=form.text.data or "", now=now())
        return redirect(url_for("home.start"), 303)
    offer_days(form, head)
    if not form.validate_on_submit():
        form.renew()
        return form_page("later", head, form, place=db.short(head.key)), 422
    until = datetime.fromisoformat(form.until.data)
    try:
        with transaction():
            stored = service.reply(
                head,
                by=current_user,
                text=form.text.data,
                key=form.key.data,
                seen=form.shown,
                until=until,
                now=now(),
            )
    except NothingWaits:
        return over(reached(thread), form.text.data), 409
    except Answered:
        fresh = since(head, form.shown or 0)
        form.seen.data = str(head.last_n)
        return form_page("later", head, form, fresh=fresh, place=db.short(head.key)), 409
    return back_to(head, "aterkommer", f"m{stored.n}")


@bp.get("/<key:thread>/pratats-vid")
@access("staff")
def talk(thread: UUID) -> Page:
    head, form = reached(thread), TalkForm()
    form.fill(now())
    return asked_page("talk", head, form)


@bp.post("/<key:thread>/pratats-vid")
@access("staff")
def save_talk(thread: UUID) -> Page:
    head, form = reached(thread), TalkForm()
    if head.wait is None:
        return over_or_done(head, "talked", "pratat")
    form.validate_on_submit()
    at = form.at(head.wait.opened_at, now=now())
    if at is None:
        return form_page("talk", head, form), 422
    return ending(
        head,
        "talk",
        form,
        "talked",
        "pratat",
        lambda: verbs.talked(head, at, seen=form.shown, by=current_user, now=now()),
    )


@bp.get("/<key:thread>/inget-svar")
@access("staff")
def no_need(thread: UUID) -> Page:
    head, form = reached(thread), NoNeedForm()
    form.text.data = _("Läst, tack")
    return asked_page("no_need", head, form)


@bp.post("/<key:thread>/inget-svar")
@access("staff")
def save_no_need(thread: UUID) -> Page:
    head, form = reached(thread), NoNeedForm()
    if head.wait is None:
        return over_or_done(head, "no_need", "inget", form.text.data)
    if not form.validate_on_submit():
        return form_page("no_need", head, form), 422

    def say() -> None:
        verbs.needs_no_answer(head, form.text.data, seen=form.shown, by=current_user, now=now())

    return ending(head, "no_need", form, "no_need", "inget", say)


@bp.get("/<key:thread>/ringde")
@access("staff")
def rang(thread: UUID) -> Page:
    head, form = reached(thread), TryForm()
    offer_tries(form, head)
    form.day.data = form.day.choices[1][0]
    form.opens.data, form.closes.data = datetime.min.time().replace(hour=9), datetime.min.time().replace(hour=10)
    return asked_page("rang", head, form)


@bp.post("/<key:thread>/ringde")
@access("staff")
def save_rang(thread: UUID) -> Page:
    head, form = reached(thread), TryForm()
    if head.wait is None:
        return over(head), 409
    offer_tries(form, head)
    form.validate_on_submit()
    window = form.window(now=now())
    if window is None:
        return form_page("rang", head, form), 422
    try:
        with transaction():
            verbs.rang(head, *window, by=current_user, now=now())
    except NothingWaits:
        return over(reached(thread)), 409
    return back_to(head, "ringde")


@bp.get("/<key:thread>/lamna-over")
@access("staff")
def give(thread: UUID) -> Page:
    return people_page("give", reached(thread), GiveForm())


@bp.post("/<key:thread>/lamna-over")
@access("staff")
def hand_over(thread: UUID) -> Page:
    def do(head: ThreadHead, to: UUID, words: str) -> None:
        verbs.hand_over(head, to, words, by=current_user, now=now())

    return choosing("give", thread, do, "over")


@bp.get("/<key:thread>/fraga-kollega")
@access("staff")
def ask(thread: UUID) -> Page:
    return people_page("ask", reached(thread), GiveForm())


@bp.post("/<key:thread>/fraga-kollega")
@access("staff")
def ask_colleague(thread: UUID) -> Page:
    def do(head: ThreadHead, person: UUID, words: str) -> None:
        verbs.ask(head, person, words, by=current_user, now=now())

    return choosing("ask", thread, do, "fragad")


@bp.post("/<key:thread>/ta")
@access("staff")
def take(thread: UUID) -> Page:
    head = reached(thread)
    try:
        with transaction():
            verbs.take(head, by=current_user, now=now())
    except NothingWaits:
        return over(head), 409
    except CannotHold as error:
        title = _("Du kan inte ta frågan nu")
        text = _("Du är inte i arbete på mottagningen de närmaste timmarna. Du kan svara ändå, eller låta den ligga.")
        raise Refused(title, text) from error
    return back_to(head, "tagen")


@bp.post("/<key:thread>/avsluta")
@access("staff")
def close(thread: UUID) -> Answer:
    head = reached(thread)
    try:
        with transaction():
            verbs.close(head, by=current_user, now=now())
    except StillWaits as error:
        title = _("%(name)s väntar på svar här", name=head.patient_name)
        text = _("Svara först, eller skriv att frågan inte behöver något svar. Sedan kan du avsluta.")
        raise Refused(title, text) from error
    return back_to(head)


@bp.post("/<key:thread>/oppna")
@access("staff")
def reopen(thread: UUID) -> Answer:
    head = reached(thread)
    with transaction():
        verbs.reopen(head, by=current_user, now=now())
    return back_to(head, "oppnad")


def reached(thread: UUID) -> ThreadHead:
    """A thread in which the viewer may do something; raises NotFound, and says so where they may only read."""
    head = queries.thread_for(current_user, thread, today=today())
    if not head.mine_to_write:
        raise Refused(_("Du kan läsa men inte svara här"), _("Gå till start för att se det som väntar på dig."))
    return head


def back_to(head: ThreadHead, done: str | None = None, anchor: str | None = None) -> Answer:
    return redirect(url_for("messages.thread", thread=head.key, klart=done, _anchor=anchor), 303)


def ending(
    head: ThreadHead, name: str, form: TalkForm | NoNeedForm, how: str, done: str, do: Callable[[], None]
) -> Page:
    """End the question, unless somebody was faster or the patient has written more."""
    try:
        with transaction():
            do()
    except NothingWaits:
        return over_or_done(reached(head.key), how, done, getattr(form, "text", form.seen).data)
    except WroteMore:
        head = reached(head.key)
        fresh = since(head, form.shown)
        return form_page(name, head, form, fresh=fresh), 409
    return back_to(head, done)


def over_or_done(head: ThreadHead, how: str, done: str, text: str | None = None) -> Page:
    """The same again by the same person is done already; else somebody else was faster."""
    ended = wait_queries.last_end(current_user, verbs.KIND, head.key)
    if ended and (ended.how, ended.by) == (how, current_user.person_id):
        return back_to(head, done)
    return over(head, text), 409


def over(head: ThreadHead, text: str | None = None) -> Response:
    """Nothing waits there any longer: what happened, when, and the text that was not sent."""
    glimpsed(head)
    ended = wait_queries.last_end(current_user, verbs.KIND, head.key)
    return page("questions/over.html", thread=head, ended=ended, text=text, me=current_user.person_id)


def asked_page(name: str, head: ThreadHead, form: Form) -> Response:
    if head.wait is None:
        return over(head)
    return form_page(name, head, form)


def form_page(
    name: str, head: ThreadHead, form: Form, *, fresh: list[Letter] | None = None, **more: object
) -> Response:
    """One of the forms, and above it what has been written since it was first shown."""
    if "seen" in form and (fresh is not None or not form.seen.data):
        form.seen.data = str(head.last_n)
    glimpsed(head)
    shown = {"place": None, "draft_at": None} | more
    return page(f"questions/{name}.html", thread=head, form=form, fresh=fresh or [], **shown)


def since(head: ThreadHead, seen: int) -> list[Letter]:
    """What has been written after a letter, which the page then shows."""
    letters = letter_queries.letters_in(current_user, head, after=seen).letters
    audit.read(Entry("thread.read", head.patient_id, head.unit_id, f"thread:{db.short(head.key)}"))
    if letters and letters[-1].n > head.read:
        also(lambda: service.mark_read(head, letters[-1].n, by=current_user, now=now()))
    return letters


def glimpsed(head: ThreadHead) -> None:
    audit.read(Entry("thread.glimpsed", head.patient_id, head.unit_id, f"thread:{db.short(head.key)}"))


def people_page(name: str, head: ThreadHead, form: GiveForm) -> Response:
    if head.wait is None:
        return over(head)
    if name == "give" and elsewhere(head.wait):
        return moved(head, None)
    return with_people(name, head, form, *colleagues(head, head.wait))


def choosing(name: str, thread: UUID, do: Callable[[ThreadHead, UUID, str], None], done: str) -> Page:
    """Let the person who was chosen have the question, or be asked as well."""
    head, form = reached(thread), GiveForm()
    if head.wait is None:
        return over(head, form.text.data), 409
    able, unable = colleagues(head, head.wait)
    valid = form.validate_on_submit()
    # Whom it has just been given to is no fault: the same page was sent twice.
    had = {db.short(it): it for it in (head.wait.holder,) if it and name == "give" and elsewhere(head.wait)}
    to = form.chosen({db.short(it.key): it.key for it in able} | had)
    if not valid or to is None:
        return with_people(name, head, form, able, unable), 422
    try:
        with transaction():
            do(head, to, form.text.data)
    except NothingWaits:
        return over(reached(thread), form.text.data), 409
    except Elsewhere:
        return moved(reached(thread), form.text.data), 409
    except CannotHold:
        form.person.errors = [_("Den personen kan inte ta frågan längre. Välj någon annan.")]
        return with_people(name, head, form, able, unable), 422
    return back_to(head, done)


def with_people(
    name: str, head: ThreadHead, form: GiveForm, able: list[Colleague], unable: list[Colleague]
) -> Response:
    options = [{"value": db.short(it.key), "name": it.name, "text": words.about(it), "off": False} for it in able]
    away = [(it.name, words.about(it)) for it in unable]
    return form_page(name, head, form, options=options, few=FEW, away=away)


def moved(head: ThreadHead, text: str | None) -> Response:
    """Somebody else has the question: who, and how to take it."""
    if head.wait is None:
        return over(head, text)
    glimpsed(head)
    return page("questions/moved.html", thread=head, text=text)


def elsewhere(wait: ThreadWait) -> bool:
    return wait.holder not in (current_user.person_id, None)


def colleagues(head: ThreadHead, wait: ThreadWait) -> tuple[list[Colleague], list[Colleague]]:
    return colleague_queries.colleagues(
        current_user,
        place_of(head),
        head.patient_id,
        holder=wait.holder,
        counts_from=wait.counts_from,
        at=now(),
        today=today(),
    )


def place_of(head: ThreadHead) -> Place:
    card = head.contact
    return places(current_user, {card.unit_id: card.care_version}, at=now())[card.unit_id]


def offer_days(form: LaterForm, head: ThreadHead) -> None:
    days = colleague_queries.office_days(place_of(head), at=now())
    form.until.choices = [(it.isoformat(), when(it)) for it in days]


def offer_tries(form: TryForm, head: ThreadHead) -> None:
    days = [local(it).date() for it in colleague_queries.office_days(place_of(head), at=now())]
    form.day.choices = [(it.isoformat(), _("i dag") if it == today() else day(it)) for it in days]
