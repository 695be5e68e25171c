"""What somebody has told about a patient, or asked as a relative, for whoever has it: read it, end it, give it on.

No line of the log that is written here names the patient, since patients read their own.
"""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.care.plan_queries import places
from app.core import audit, db
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound, Refused
from app.core.forms import Form
from app.core.locale import gettext as _
from app.core.locale import today
from app.core.pages import also, page
from app.notices import service as notices
from app.relatives import heard_queries as queries
from app.relatives import heard_service as verbs
from app.relatives import told_queries, told_service
from app.relatives.heard_forms import FindForm, NothingForm, WhyForm
from app.relatives.heard_queries import Heard
from app.relatives.heard_service import Elsewhere, NothingWaits
from app.relatives.told_rules import Known
from app.waits import colleague_queries, words
from app.waits.colleague_queries import Colleague
from app.waits.forms import GiveForm, WhenForm
from app.waits.service import CannotHold

bp = Blueprint("heard", __name__, url_prefix="/berattat")
FEW = 6
MOST_FOUND = 20
Page = Response | Answer | tuple[Response, int]


@bp.get("/<key:heard>")
@access("staff")
def show(heard: UUID) -> Response:
    return show_page(reached(heard), WhyForm(), done=request.args.get("klart"))


@bp.post("/<key:heard>/ta")
@access("staff")
def take(heard: UUID) -> Page:
    found, form = reached(heard), WhyForm()
    if found.ended_at:
        return show_page(found, form), 409
    if found.why and not form.validate_on_submit():
        return show_page(found, form), 422
    try:
        with transaction():
            verbs.take(found, form.text.data if found.why else None, by=current_user, now=now())
    except NothingWaits:
        return show_page(reached(heard), form), 409
    except CannotHold as error:
        title = _("Du kan inte ta den nu")
        text = _(
            "Du är inte i arbete på mottagningen de närmaste timmarna. Ring en kollega som är där, eller låt den ligga."
        )
        raise Refused(title, text) from error
    return back_to(found, "tagen")


@bp.get("/<key:heard>/pratats-vid")
@access("staff")
def talk(heard: UUID) -> Page:
    found, form = open_for(heard), WhenForm()
    form.fill(now())
    return form_page("talk", found, form)


@bp.post("/<key:heard>/pratats-vid")
@access("staff")
def save_talk(heard: UUID) -> Page:
    found, form = open_for(heard), WhenForm()
    if found.ended_at:
        return over(found, "talked", "pratat")
    form.validate_on_submit()
    at = form.at(found.at, now=now())
    if at is None:
        return form_page("talk", found, form), 422
    try:
        with transaction():
            verbs.talked(found, at, by=current_user, now=now())
    except NothingWaits:
        return over(open_for(heard), "talked", "pratat")
    return back_to(found, "pratat")


@bp.get("/<key:heard>/inget-mer")
@access("staff")
def nothing(heard: UUID) -> Page:
    found, form = open_for(heard), NothingForm()
    if "okand" in request.args and found.told:
        form.text.data = _("Vi vet inte vem det gäller.")
    return form_page("nothing", found, form)


@bp.post("/<key:heard>/inget-mer")
@access("staff")
def save_nothing(heard: UUID) -> Page:
    found, form = open_for(heard), NothingForm()
    if found.ended_at:
        return over(found, "no_need", "inget")
    if not form.validate_on_submit():
        return form_page("nothing", found, form), 422
    try:
        with transaction():
            verbs.nothing_more(found, form.text.data, by=current_user, now=now())
    except NothingWaits:
        return over(open_for(heard), "no_need", "inget")
    return back_to(found, "inget")


@bp.get("/<key:heard>/lamna-over")
@access("staff")
def give(heard: UUID) -> Page:
    found = open_for(heard)
    if not found.mine and found.holder_id:
        return redirect(url_for(".show", heard=heard))
    return people_page("give", found, GiveForm())


@bp.post("/<key:heard>/lamna-over")
@access("staff")
def hand_over(heard: UUID) -> Page:
    def do(found: Heard, to: UUID, said: str) -> None:
        verbs.hand_over(found, to, said, by=current_user, now=now())

    return choosing("give", heard, do, "over")


@bp.get("/<key:heard>/fraga-kollega")
@access("staff")
def ask(heard: UUID) -> Page:
    return people_page("ask", open_for(heard), GiveForm())


@bp.post("/<key:heard>/fraga-kollega")
@access("staff")
def ask_colleague(heard: UUID) -> Page:
    def do(found: Heard, person: UUID, said: str) -> None:
        verbs.ask(found, person, said, by=current_user, now=now())

    return choosing("ask", heard, do, "fragad")


@bp.get("/<key:heard>/vem")
@access("staff")
def whose(heard: UUID) -> Page:
    found, form = told_for(heard), FindForm()
    form.sought.data = found.words.name if found.words else ""
    return whose_page(found, form)


@bp.post("/<key:heard>/vem")
@access("staff")
def sort(heard: UUID) -> Page:
    """Search among the unit's own, and choose one of them. Names are typed in, so that no address carries one."""
    found, form = told_for(heard), FindForm()
    if found.ended_at:
        return over(found, None, "sorterad")
    if "patient" not in request.form and "vald" not in request.form:
        return whose_page(found, form), 200 if form.validate_on_submit() else 422
    valid = form.validate_on_submit()
    known = {db.short(it.key): it for it in told_queries.patients_at(current_user, found.unit_id, today=today())}
    chosen = known.get(form.patient.data or "")
    if not valid or chosen is None or chosen.key == current_user.person_id:
        form.patient.errors = [_("Välj en person i listan.")] if valid else []
        return whose_page(found, form), 422
    with transaction():
        sorted_ = told_service.sort(found.key, chosen.key, by=current_user, now=now())
    return back_to(found, "sorterad") if sorted_ else over(open_for(heard), None, "sorterad")


def reached(heard: UUID) -> Heard:
    return queries.heard_for(current_user, heard, now=now(), today=today())


def open_for(heard: UUID) -> Heard:
    """What the viewer reads, or was just able to; raises NotFound."""
    found = reached(heard)
    if not found.reads and not found.ended_at:
        raise NotFound
    return found


def told_for(heard: UUID) -> Heard:
    found = open_for(heard)
    if not found.told:
        raise NotFound
    return found


def back_to(found: Heard, done: str) -> Answer:
    """To what has just been done; to the start, where it is no longer the viewer's to see."""
    try:
        again = reached(found.key)
    except NotFound:
        return redirect(url_for("home.start"), 303)
    return redirect(url_for(".show", heard=again.key, klart=done), 303)


def over(found: Heard, how: str | None, done: str) -> Page:
    """The same again by the same person is done already; else somebody else was faster."""
    if how and found.ended_by_me and found.ended_how == how:
        return back_to(found, done)
    return show_page(found, WhyForm(formdata=None)), 409


def show_page(found: Heard, form: WhyForm, *, done: str | None = None) -> Response:
    glimpsed(found)
    if current_user.opens(about=found.key):
        also(lambda: notices.seen(current_user.person_id, about=found.key, by=current_user, now=now()))
    return page("heard/show.html", heard=found, form=form, done=done)


def form_page(name: str, found: Heard, form: Form, **more: object) -> Response:
    if found.ended_at:
        return show_page(found, WhyForm(formdata=None))
    glimpsed(found)
    return page(f"heard/{name}.html", heard=found, form=form, **more)


def glimpsed(found: Heard) -> None:
    audit.read(Entry("heard.read" if found.reads else "heard.seen", None, found.unit_id, thing(found)))


def thing(found: Heard) -> str:
    return f"{found.kind}:{db.short(found.key)}"


def whose_page(found: Heard, form: FindForm) -> Response:
    here = told_queries.patients_at(current_user, found.unit_id, today=today())
    people = [it for it in told_queries.by_words(here, form.sought.data or "") if it.key != current_user.person_id]
    some, more = people[:MOST_FOUND], len(people) > MOST_FOUND
    if not some and form.patient.errors:
        # There is no list to choose in.
        form.sought.errors, form.patient.errors = form.patient.errors, []
    audit.read(Entry("heard.sought", None, found.unit_id, thing(found)))
    options = [{"value": db.short(it.key), "name": it.name, "text": born(it), "off": False} for it in some]
    return form_page("whose", found, form, people=options, more=more)


def born(it: Known) -> str:
    return _("Född %(day)s.", day=it.born.isoformat()) if it.born else ""


def people_page(name: str, found: Heard, form: GiveForm) -> Response:
    return with_people(name, found, form, *colleagues(found))


def choosing(name: str, heard: UUID, do: Callable[[Heard, UUID, str], None], done: str) -> Page:
    """Let the person who was chosen have it, or be asked as well."""
    found, form = open_for(heard), GiveForm()
    if found.ended_at:
        return over(found, None, done)
    able, unable = colleagues(found)
    valid = form.validate_on_submit()
    to = form.chosen({db.short(it.key): it.key for it in able})
    if not valid or to is None:
        return with_people(name, found, form, able, unable), 422
    try:
        with transaction():
            do(found, to, form.text.data)
    except (NothingWaits, Elsewhere):
        return over(reached(heard), None, done)
    except CannotHold:
        form.person.errors = [_("Den personen kan inte ta frågan längre. Välj någon annan.")]
        return with_people(name, found, form, able, unable), 422
    return back_to(found, done)


def with_people(name: str, found: Heard, form: GiveForm, able: list[Colleague], unable: list[Colleague]) -> Response:
    options = [{"value": db.short(it.key), "name": it.name, "text": words.about(it), "off": False} for it in able]
    away = [(it.name, words.about(it)) for it in unable]
    return form_page(name, found, form, options=options, few=FEW, away=away)


def colleagues(found: Heard) -> tuple[list[Colleague], list[Colleague]]:
    place = places(current_user, {found.unit_id: found.version}, at=now())[found.unit_id]
    return colleague_queries.colleagues(
        current_user,
        place,
        found.about_id,
        holder=found.holder_id,
        counts_from=found.counts_from,
        at=now(),
        today=today(),
    )
