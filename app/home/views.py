"""Start, help now, and the pages about Närlinjen itself."""

from datetime import date, datetime, time

from flask import Blueprint, Response, abort, current_app, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import qr
from app.accounts.queries import Viewer
from app.bookings import guest_queries
from app.bookings import queries as bookings
from app.bookings.rules import CLOSING
from app.care import answer_queries, asked_queries
from app.care import queries as care
from app.core import audit, db, live, paging
from app.core.access import access, safe_next
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import SWEDEN, today
from app.core.pages import also, page
from app.home import booking_samples, return_queries, service, slot_samples
from app.home.forms import FaultForm, LanguageForm
from app.home.hit_samples import hits_then
from app.home.log_samples import log_lines
from app.home.relative_forms import OwnPlaceForm
from app.home.relative_samples import given, offering
from app.home.samples import (
    ON_PHONE,
    SAVED_TIME,
    absences,
    answers,
    colleagues,
    contact,
    cover,
    events,
    for_heads,
    late,
    letters,
    missed,
    news,
    persona,
    plan,
    sessions,
    shifts,
    threads,
    times,
    waiting,
)
from app.home.support_samples import facts
from app.messages import list_queries as messages
from app.messages import outbox_queries, unread_queries, waiting_queries
from app.messages.forms import QuestionForm
from app.messages.ring_forms import RingForm
from app.notices import queries as notice_queries
from app.notices import service as notices
from app.relatives import queries as relatives
from app.relatives.words import boxes
from app.support.facts import book
from app.waits import head_queries

bp = Blueprint("home", __name__)
FEW = 3


@bp.get("/")
@access("public")
def start() -> Response:
    if not current_user.is_authenticated:
        return page("home/welcome.html")
    viewer = current_user._get_current_object()
    if "staff" in viewer.kinds:
        return staff_start(viewer)
    return patient_start(viewer) if "patient" in viewer.kinds or not viewer.kinds else relative_start(viewer)


@bp.get("/anhorig")
@access("relative")
def near() -> Response:
    """What others share with somebody who is a patient too, and so has another start page."""
    return relative_start(current_user._get_current_object())


def patient_start(viewer: Viewer) -> Response:
    latest, _more = messages.threads_of(viewer, today=today())
    contacts = care.contacts_of(viewer, today=today())
    return page(
        "home/start_patient.html",
        contacts=contacts,
        answers=answer_queries.who_answers(viewer, contacts, at=now(), today=today()),
        waiting=[row for row in latest if row.promised_at][:FEW],
        code_at=viewer.code_at,
        unreached=viewer.unreached,
        also_relative="relative" in viewer.kinds,
        whose=outbox_queries.tag_of(viewer),
        latest=[row for row in latest if not row.promised_at][:FEW],
        next_time=next(iter(bookings.coming(viewer, now=now(), most=1)), None),
        closing=CLOSING,
        **followed(viewer, latest.state),
    )


def relative_start(viewer: Viewer) -> Response:
    found = relatives.near(viewer, now=now(), today=today())
    audit.read(
        *(
            Entry(relatives.SEEN, it.let_in.patient_id, None, f"relation:{db.short(it.let_in.key)}")
            for it in found.shared
        )
    )
    one = found.shared[0] if len(found.shared) == 1 else None
    times = guest_queries.seen_by(viewer, now=now()) if found.shared else []
    home = book().municipalities.get(found.municipality or "")
    return page(
        "home/start_relative.html",
        near=found,
        it=one,
        times=times,
        shows_times=bool(times) or any("bookings" in it.let_in.items for it in found.shared),
        support=book().answer(home, today=today()) if home else None,
        form=OwnPlaceForm(formdata=None),
        call=url_for("calls.ask", relation=one.let_in.key) if one else None,
        topic=live.topic("r", one.let_in.key) if one else None,
        state=one.let_in.state if one else None,
        today=today(),
        unreached=current_user.unreached,
        also_patient="patient" in viewer.kinds,
    )


def staff_start(viewer: Viewer) -> Response:
    after = paging.place(request.args.get("efter"))
    waiting, more = waiting_queries.waiting_for(viewer, today=today(), after=after)
    audit.read(
        *(Entry("thread.glimpsed", row.patient_id, row.unit_id, f"thread:{db.short(row.key)}") for row in waiting)
    )
    at = now()
    heads, asked, heard, answered = head_queries.beside_for(viewer, now=at)
    heard, answered = (heard, answered) if after is None else ([], [])
    audit.read(*(Entry("booking.listed", it.patient_id, it.unit_id, f"booking:{db.short(it.key)}") for it in answered))
    unread, unread_more = unread_queries.unread_of(viewer, now=at, today=today())
    audit.read(*(Entry("thread.listed", it.patient_id, it.unit_id, f"thread:{db.short(it.key)}") for it in unread))
    return page(
        "home/start_staff.html",
        waiting=waiting,
        asked=[it for it in asked if not it.no][:FEW],
        unread=unread,
        unread_more=unread_more,
        heads=heads,
        admin="admin" in viewer.kinds,
        at=at,
        heard=heard,
        answered=answered,
        count=len(waiting) + len(heard) + len(answered),
        elsewhere={key: name for key, name in viewer.workplaces.items() if key != viewer.unit_id},
        returned=viewer.returned,
        unreached=viewer.unreached,
        first=after is None,
        more=url_for(".start", efter=paging.cursor(*more)) if more else None,
        **followed(viewer, waiting.state),
    )


@bp.get("/medan-du-var-borta")
@access("staff")
def back() -> Response:
    """What waited while one was off duty, and what others did with it."""
    at, day = now(), midnight(today())
    since = notice_queries.away_since(current_user, now=at, day=day)
    before = paging.place(request.args.get("fore"))
    found = return_queries.missed_by(current_user, since=since or day, today=today(), before=before)
    asked, _later = asked_queries.requests_to(current_user, now=at)
    audit.read(
        *(
            Entry("thread.glimpsed", row.patient_id, row.unit_id, f"thread:{db.short(row.key)}")
            if row.kind == "thread"
            else Entry("booking.listed", row.patient_id, row.unit_id)
            for row in (*found.waiting, *found.done)
            if row.patient_id
        )
    )
    if current_user.opens(kind="back"):
        also(lambda: notices.seen_all(kind="back", by=current_user, now=now()))
    return page(
        "home/return.html",
        since=since,
        missed=found,
        asked=[it for it in asked if not (it.yes or it.no) and it.starts_at > at][:FEW],
        older=url_for(".back", fore=paging.cursor(*found.more_done)) if found.more_done else None,
        newer=url_for(".back") if before else None,
    )


def midnight(on: date) -> datetime:
    return datetime.combine(on, time(), SWEDEN)


def followed(viewer: Viewer, state: str) -> dict[str, str]:
    return {"topic": live.topic("p", viewer.person_id), "state": state}


@bp.get("/hjalp-nu")
@access("public", database=False)
def help_now() -> Response:
    return page("home/help_now.html")


@bp.get("/om")
@access("public", database=False)
def about() -> Response:
    return page("home/about.html")


@bp.get("/dina-uppgifter")
@access("public", database=False)
def your_data() -> Response:
    return page("home/your_data.html")


@bp.get("/tillganglighet")
@access("public", database=False)
def accessibility() -> Response:
    return page("home/accessibility.html", form=FaultForm(), sent="tack" in request.args)


@bp.post("/tillganglighet")
@access("public")
def report_fault() -> Answer | tuple[Response, int]:
    form = FaultForm()
    if not form.validate_on_submit():
        return page("home/accessibility.html", form=form, sent=False), 422
    try:
        with transaction():
            service.report_fault(
                form.text.data, page=form.page.data, reply_to=form.reply_to.data, by=audit.SYSTEM, now=now()
            )
    except service.TooMany:
        abort(429)
    return redirect(url_for(".accessibility", tack=1, _anchor="tack"), 303)


@bp.post("/sprak")
@access("public", database=False)
def language() -> Answer:
    form = LanguageForm()
    if form.validate_on_submit():
        session["language"] = form.language.data
        session.permanent = True
    return redirect(safe_next(form.next.data) or url_for(".start"), 303)


@bp.get("/komponenter")
@access("public", database=False)
def components() -> Response:
    if not current_app.extensions["settings"].demo:
        abort(404)
    faulty = FaultForm(data={"text": "", "page": "x" * 201})
    faulty.validate()
    samples = {"letters": [*letters(), *events()], "threads": threads(), "waiting": waiting(), "somebody": persona()}
    samples |= {"leave": absences(), "plan": plan(), "shifts": shifts(), "colleagues": colleagues()}
    samples |= {"late": late(), "for_heads": for_heads(), "times": times(), "ringing": RingForm()}
    samples |= {"missed": missed(), "news": news(), "answers": answers(), "contact": contact(), "weeks": cover()}
    samples |= booking_samples.samples() | slot_samples.samples()
    samples |= {"facts": facts(today()), "today": today(), "log": log_lines()}
    samples |= {"hits_then": hits_then(now()), "sessions": sessions(), "code": qr.drawn("/kod#K7QF92MHXT4P")}
    samples |= {"on_phone": ON_PHONE, "saved_time_line": SAVED_TIME, "closing": CLOSING}
    samples |= {"given": given(), "offering": offering(), "boxes": boxes()}
    return page("home/components.html", form=faulty, message=QuestionForm(), now=now(), **samples)
