"""A head's questions: those that may be late, one that is taken, a long absence, and care that has ended."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.care import ending_service, patient_queries
from app.care.ending_service import TooLate
from app.care.patient_queries import Line, PatientHead
from app.care.plan_queries import places
from app.core import audit, db, paging
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound, Refused
from app.core.locale import gettext as _
from app.core.locale import today
from app.core.pages import page
from app.waits import colleague_queries, figures_queries, service, subject_service, words
from app.waits import head_queries as queries
from app.waits import queries as wait_queries
from app.waits.colleague_queries import Colleague
from app.waits.forms import GiveForm, SureForm, TakeForm
from app.waits.head_queries import Question
from app.waits.service import CannotHold

bp = Blueprint("heads", __name__, url_prefix="/fragor")
figures = Blueprint("figures", __name__, url_prefix="/loftena")
FEW = 6
HEARD = ("told", "relative_call")
Shown = Response | Answer | tuple[Response, int]


@bp.get("")
@access("staff")
def late() -> Response:
    after = paging.place(request.args.get("efter"))
    rows, more = queries.questions_for(current_user, now=now(), after=after)
    died = wait_queries.died_today(current_user, now=now())
    audit.read(*(entry("wait.listed", it) for it in rows if it.patient_id))
    audit.read(*(Entry("patient.listed", it.patient_id) for it in died))
    return page(
        "waits/late.html",
        questions=rows,
        links={it.key: link(it) for it in rows},
        died=died,
        first=after is None,
        more=url_for(".late", efter=paging.cursor(*more)) if more else None,
    )


@bp.get("/<key:wait>/ta")
@access("staff")
def taking(wait: UUID) -> Response:
    return take_page(thread_of(wait), TakeForm())


@bp.post("/<key:wait>/ta")
@access("staff")
def take(wait: UUID) -> Shown:
    found, form = thread_of(wait), TakeForm()
    if found.closed_until or not form.validate_on_submit():
        return take_page(found, form), 422
    try:
        with transaction():
            service.take("thread", found.subject, words=form.text.data, by=current_user, now=now())
    except CannotHold as error:
        return take_page(found, form, cannot=error.reason), 422
    return redirect(url_for("messages.thread", thread=found.subject), 303)


@bp.get("/<key:wait>/lamna-over")
@access("staff")
def giving(wait: UUID) -> Response:
    found = thread_of(wait)
    return give_page(found, GiveForm(), *colleagues(found))


@bp.post("/<key:wait>/lamna-over")
@access("staff")
def give(wait: UUID) -> Shown:
    found, form = thread_of(wait), GiveForm()
    able, unable = colleagues(found)
    valid = form.validate_on_submit()
    to = form.chosen({db.short(it.key): it.key for it in able})
    if found.closed_until or not valid or to is None:
        return give_page(found, form, able, unable), 422
    try:
        with transaction():
            subject_service.hand_over(found.key, to, form.text.data, by=current_user, now=now())
    except CannotHold:
        form.person.errors = [_("Den personen kan inte ta frågan längre. Välj någon annan.")]
        return give_page(found, form, able, unable), 422
    return redirect(url_for(".late"), 303)


@bp.get("/<key:wait>/lang-franvaro")
@access("staff")
def long_absence(wait: UUID) -> Response:
    return page("waits/long_absence.html", question=long_absence_of(wait))


@bp.post("/<key:wait>/lang-franvaro")
@access("staff")
def keep_contacts(wait: UUID) -> Answer:
    found = long_absence_of(wait)
    with transaction():
        subject_service.settle(found.key, by=current_user, now=now())
    return redirect(url_for("home.start"), 303)


@bp.get("/avslut/<key:patient>/<key:unit>")
@access("staff")
def ending(patient: UUID, unit: UUID) -> Response:
    return ending_page(*reached(patient, unit), SureForm())


@bp.post("/avslut/<key:patient>/<key:unit>")
@access("staff")
def end_care(patient: UUID, unit: UUID) -> Shown:
    (head, line), form = reached(patient, unit), SureForm()
    if not form.validate_on_submit():
        return ending_page(head, line, form), 422
    at, told = now(), _("Vården på %(unit)s är avslutad.", unit=line.unit_name)
    with transaction():
        ending_service.end_care(head.key, line.unit_id, told=told, by=current_user, now=at)
        subject_service.end_care(head.key, unit_id=line.unit_id, by=current_user, now=at)
    return redirect(url_for("patients.listed", _anchor="main"), 303)


@bp.get("/avliden/<key:patient>")
@access("staff")
def dying(patient: UUID) -> Response:
    if noted := wait_queries.died_for(current_user, patient, now=now()):
        audit.read(Entry("patient.opened", noted.patient_id))
        return page("waits/died.html", noted=noted)
    return dying_page(patient_queries.patient_for(current_user, patient, today=today()), SureForm())


@bp.post("/avliden/<key:patient>")
@access("staff")
def has_died(patient: UUID) -> Shown:
    if wait_queries.died_for(current_user, patient, now=now()):
        return redirect(url_for(".dying", patient=patient), 303)
    head, form = patient_queries.patient_for(current_user, patient, today=today()), SureForm()
    if not form.validate_on_submit():
        return dying_page(head, form), 422
    at = now()
    with transaction():
        ending_service.has_died(head.key, told=_("Vården är avslutad."), by=current_user, now=at)
        subject_service.end_care(head.key, by=current_user, now=at)
    return redirect(url_for(".dying", patient=patient), 303)


@bp.post("/avliden/<key:patient>/ta-tillbaka")
@access("staff")
def not_dead(patient: UUID) -> Answer:
    noted = wait_queries.died_for(current_user, patient, now=now())
    if noted is None:
        raise NotFound
    try:
        with transaction():
            at = ending_service.take_back_death(noted.patient_id, by=current_user, now=now())
            subject_service.take_back_end(noted.patient_id, at, by=current_user, now=now())
    except TooLate as error:
        text = _("Det går att ta tillbaka till midnatt. Ring den som sköter Närlinjen i regionen.")
        raise Refused(_("Det går inte längre att ta tillbaka"), text) from error
    return redirect(url_for(".late"), 303)


@figures.get("")
@access("admin")
def promises() -> Response:
    at = now()
    return page(
        "waits/promises.html",
        figures=figures_queries.figures(current_user, now=at),
        failed=figures_queries.failed_for(current_user),
        unkept=figures_queries.unkept(current_user, now=at),
        most=figures_queries.MOST,
        many=many,
        days=figures_queries.DAYS,
    )


@figures.post("/<key:wait>/igen")
@access("admin")
def try_again(wait: UUID) -> Answer:
    figures_queries.ensure_failed(current_user, wait)
    with transaction():
        subject_service.try_again(wait, by=current_user, now=now())
    return redirect(url_for(".promises"), 303)


def take_page(found: Question, form: TakeForm, *, cannot: str | None = None) -> Response:
    audit.read(entry("wait.seen", found))
    return page("waits/take.html", question=found, form=form, cannot=cannot)


def colleagues(found: Question) -> tuple[list[Colleague], list[Colleague]]:
    place = places(current_user, {found.unit_id: found.version}, at=now())[found.unit_id]
    assert found.patient_id, "a thread is somebody's"
    return colleague_queries.colleagues(
        current_user,
        place,
        found.patient_id,
        holder=found.holder_id,
        counts_from=found.counts_from,
        at=now(),
        today=today(),
    )


def give_page(found: Question, form: GiveForm, able: list[Colleague], unable: list[Colleague]) -> Response:
    audit.read(entry("wait.seen", found))
    options = [{"value": db.short(it.key), "name": it.name, "text": words.about(it), "off": False} for it in able]
    away = [(it.name, words.about(it)) for it in unable]
    return page("waits/give.html", question=found, form=form, options=options, few=FEW, away=away)


def ending_page(head: PatientHead, line: Line, form: SureForm) -> Response:
    audit.read(Entry("patient.opened", head.key, line.unit_id))
    count = wait_queries.open_at(current_user, head.key, line.unit_id)
    return page("waits/end_care.html", patient=head, line=line, form=form, count=count)


def dying_page(head: PatientHead, form: SureForm) -> Response:
    audit.read(Entry("patient.opened", head.key))
    return page("waits/dying.html", patient=head, form=form)


def thread_of(wait: UUID) -> Question:
    """A question that can be taken; one that was answered in the meantime says so."""
    found = queries.question_for(current_user, wait, now=now())
    if found.kind != "thread":
        raise NotFound
    if found.ended:
        text = _("Någon har svarat, eller så har det löst sig. Inget mer behövs.")
        raise Refused(_("Frågan väntar inte längre"), text)
    return found


def long_absence_of(wait: UUID) -> Question:
    found = queries.question_for(current_user, wait, now=now())
    if found.kind != "long_absence" or not found.leads:
        raise NotFound
    if found.ended:
        raise Refused(_("Det är redan klart"), _("Någon har redan bestämt det, eller så behövs det inte längre."))
    return found


def reached(patient: UUID, unit: UUID) -> tuple[PatientHead, Line]:
    """A patient of a unit that the viewer leads, with one of their contacts there."""
    head = patient_queries.patient_for(current_user, patient, today=today())
    lines, past = patient_queries.lines_of(current_user, head.key, today=today())
    found = next((it for it in (*lines, *past) if it.unit_id == unit), None)
    if found is None:
        raise NotFound
    return head, found


def link(it: Question) -> str | None:
    """Where what waits is settled; nowhere for the region's function, when only those who lead the unit can."""
    if it.kind == "thread":
        return url_for("messages.thread", thread=it.subject) if it.reached else url_for(".taking", wait=it.key)
    if it.kind in HEARD:
        return url_for("heard.show", heard=it.subject)
    if it.kind == "booking_answer":
        return url_for("answers.waiting", booking=it.subject)
    if not it.leads:
        return None
    return {
        "contact_request": lambda: url_for("appointing.wish", wish=it.subject),
        "log_question": lambda: url_for("log.answering", question=it.subject),
        "cover_gap": lambda: url_for("cover.cover", unit=it.unit_id),
        "new_contact": lambda: url_for("patients.patient", patient=it.patient_id),
        "long_absence": lambda: url_for(".long_absence", wait=it.key),
    }.get(it.kind, lambda: None)()


def entry(action: str, it: Question) -> Entry:
    return Entry(action, it.patient_id, it.unit_id, f"{it.kind}:{db.short(it.subject)}")


def many(number: int) -> str:
    """A figure, or that it is more than what is counted."""
    most = figures_queries.MOST
    return _("fler än %(number)s", number=most) if number >= most else str(number)
