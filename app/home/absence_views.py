"""Being away: at once, planned, changed, ended; for oneself or, by the head, for another; and answering meanwhile."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.bookings import hit_queries
from app.bookings.hit_queries import NONE, Hits
from app.care import absence_queries as queries
from app.care import absence_service as service
from app.care import asked_queries, facts_rules, gap_queries, team_queries
from app.care.absence_forms import AbsenceForm, EndForm
from app.care.absence_queries import AbsenceRow, Colleague, Subject
from app.care.absence_rules import Stretch, away, is_planned, rest_of_today
from app.care.absence_service import Begun, Gapped, NoWork, Over, Saved
from app.care.gap_queries import CLEAR, Outlook, Uncovered
from app.care.service import Unfit
from app.core import audit, db, paging
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused
from app.core.locale import gettext as _
from app.core.locale import today
from app.core.pages import page
from app.home.absence_forms import SEEN, Unseen, ensure_seen
from app.home.absence_queries import beside

bp = Blueprint("absence", __name__, url_prefix="/franvaro")

Page = Response | Answer | tuple[Response, int]
FILLS, CHIEF = "glapp-", "chef-"
MOST_ASKED = 8


@bp.get("", defaults={"person": None})
@bp.get("/for/<key:person>")
@access("staff")
def index(person: UUID | None) -> Response:
    subject = queries.subject_for(current_user, person, today=today())
    if not subject.units:
        return page("absence/nowhere.html")
    at = now()
    rows, more = queries.absences_of(current_user, subject, now=at, before=paging.place(request.args.get("fore")))
    there = beside(current_user, subject, now=at, after=paging.place(request.args.get("efter")))
    gone = away((row.period for row in rows), at=at)
    hit_today, hit_later = there.hits.parted(rest_of_today(at).ends_at or at)
    if not gone:
        audit.read(*there.hits.entries)
    return page(
        "absence/index.html",
        subject=subject,
        person=None if subject.own else subject.key,
        away=gone,
        hit_today=hit_today,
        hit_later=hit_later,
        ahead=[row for row in reversed(rows) if row.ends_at is None or row.ends_at > at],
        past=[row for row in rows if row.ends_at is not None and row.ends_at <= at],
        older=paging.cursor(rows[-1].starts_at, rows[-1].key) if more else None,
        asked=there.asked,
        later=paging.cursor(there.asked[-1].starts_at, there.asked[-1].key) if there.more else None,
        long=there.long,
        at=at,
        done=request.args.get("klart"),
    )


@bp.get("/for")
@access("staff")
def team() -> Response:
    return page("absence/team.html", members=team_queries.team_of(current_user, now=now()))


@bp.post("/sjuk", defaults={"person": None})
@bp.post("/for/<key:person>/sjuk")
@access("staff")
def ill(person: UUID | None) -> Answer:
    return at_once(person, today_only=True)


@bp.post("/tills-vidare", defaults={"person": None})
@bp.post("/for/<key:person>/tills-vidare")
@access("staff")
def until_further(person: UUID | None) -> Answer:
    return at_once(person, today_only=False)


@bp.post("/tillbaka", defaults={"person": None})
@bp.post("/for/<key:person>/tillbaka")
@access("staff")
def come_back(person: UUID | None) -> Answer:
    subject = queries.subject_for(current_user, person, today=today())
    with transaction():
        service.come_back(subject.key, by=current_user, now=now())
    return redirect(home_of(subject, klart="tillbaka"), 303)


@bp.get("/ny", defaults={"person": None})
@bp.get("/for/<key:person>/ny")
@access("staff")
def new(person: UUID | None) -> Response:
    subject = queries.subject_for(current_user, person, today=today())
    if not subject.units:
        return page("absence/nowhere.html")
    colleagues = queries.colleagues_of(current_user, subject, today=today())
    form = AbsenceForm()
    form.substitutes.data = [db.short(it.key) for it in subject.standing if it.key in {one.key for one in colleagues}]
    near = hit_queries.hits_of(current_user, subject.key, now(), None, now=now())
    return edit_page(subject, colleagues, form, near=near)


@bp.post("/ny", defaults={"person": None})
@bp.post("/for/<key:person>/ny")
@access("staff")
def register(person: UUID | None) -> Page:
    subject = queries.subject_for(current_user, person, today=today())
    colleagues = queries.colleagues_of(current_user, subject, today=today())
    form, at = AbsenceForm(), now()
    valid = form.validate_on_submit()
    form.substitutes.data = chosen(form)
    people = {db.short(it.key): it.key for it in colleagues}
    period = form.whole(people, now=at)
    if not valid or period is None:
        return edit_page(subject, colleagues, form), 422
    named = tuple(people[key] for key in form.substitutes.data)
    try:
        with transaction(), no_work():
            saved = service.register(subject.key, period, substitutes=named, by=current_user, now=at)
            # Who is ill is let go at once: the page that they came from shows the times of the near future.
            if is_planned(period.starts_at, now=at):
                ensure_seen(hits_of(subject.key, period, at), request.form.get(SEEN))
    except (Gapped, Unseen) as error:
        return refused(subject, colleagues, form, error, period), 422
    return receipt(saved)


@bp.get("/<key:absence>")
@access("staff")
def show(absence: UUID) -> Response:
    row, at = queries.absence_for(current_user, absence, today=today()), now()
    over = row.ends_at is not None and row.ends_at <= at
    return page(
        "absence/show.html",
        it=row,
        own=row.person_id == current_user.person_id,
        person=None if row.person_id == current_user.person_id else row.person_id,
        ahead=CLEAR if over else outlook_of(row, at),
        over=over,
        beyond=not over and gap_queries.beyond(row.ends_at, at=at),
        hit=0 if over else hits_of(row.person_id, row.period, at).count,
        at=at,
        done=request.args.get("klart"),
    )


@bp.get("/<key:absence>/andra")
@access("staff")
def change(absence: UUID) -> Response:
    row = queries.absence_for(current_user, absence, today=today())
    subject = queries.subject_for(current_user, row.person_id, today=today())
    colleagues = queries.colleagues_of(current_user, subject, today=today())
    form = EndForm()
    form.substitutes.data = [db.short(key) for key in row.answering]
    form.fill(row.period)
    return edit_page(subject, colleagues, form, row=row)


@bp.post("/<key:absence>/andra")
@access("staff")
def save_change(absence: UUID) -> Page:
    row = queries.absence_for(current_user, absence, today=today())
    subject = queries.subject_for(current_user, row.person_id, today=today())
    colleagues = queries.colleagues_of(current_user, subject, today=today())
    form, at = EndForm(), now()
    valid = form.validate_on_submit()
    form.substitutes.data = chosen(form)
    people = {db.short(it.key): it.key for it in colleagues}
    if not form.fits(row.period.until(form.ends_at()), people, now=at, begun=True) or not valid:
        return edit_page(subject, colleagues, form, row=row), 422
    named = tuple(people[key] for key in form.substitutes.data)
    try:
        with transaction(), over():
            service.change(row, ends_at=form.ends_at(), substitutes=named, by=current_user, now=at)
            ensure_seen(hits_of(row.person_id, row.period.until(form.ends_at()), at), request.form.get(SEEN))
    except (Gapped, Unseen) as error:
        return refused(subject, colleagues, form, error, row.period.until(form.ends_at()), row=row), 422
    return redirect(url_for(".show", absence=absence, klart="andrad"), 303)


@bp.get("/<key:absence>/ta-bort")
@access("staff")
def cancel(absence: UUID) -> Response:
    row, at = queries.absence_for(current_user, absence, today=today()), now()
    return page(
        "absence/cancel.html",
        it=row,
        own=row.person_id == current_user.person_id,
        begun=row.starts_at <= at,
        hit=hits_of(row.person_id, row.period, at).told,
    )


@bp.post("/<key:absence>/ta-bort")
@access("staff")
def take_away(absence: UUID) -> Answer:
    row = queries.absence_for(current_user, absence, today=today())
    with transaction(), over():
        service.cancel(row, by=current_user, now=now())
    person = None if row.person_id == current_user.person_id else row.person_id
    return redirect(url_for(".index", person=person, klart="borttagen"), 303)


@bp.post("/<key:absence>/ja")
@access("staff")
def accept(absence: UUID) -> Answer:
    asked_queries.request_for(current_user, absence, now=now())
    with transaction(), over():
        service.accept(absence, by=current_user, now=now())
    return redirect(url_for(".index", klart="ja", _anchor="svarar"), 303)


@bp.post("/<key:absence>/nej")
@access("staff")
def decline(absence: UUID) -> Answer:
    asked = asked_queries.request_for(current_user, absence, now=now())
    try:
        with transaction(), over():
            service.decline(absence, by=current_user, now=now())
    except Begun as error:
        title = _("Det har redan börjat")
        text = _(
            "%(name)s är borta nu, och du svarar så länge. Kan du inte? Ring chefen på mottagningen, "
            "som kan be någon annan.",
            name=asked.name,
        )
        raise Refused(title, text) from error
    return redirect(url_for(".index", klart="nej", _anchor="svarar"), 303)


def at_once(person: UUID | None, *, today_only: bool) -> Answer:
    subject = queries.subject_for(current_user, person, today=today())
    with transaction(), no_work():
        saved = service.away_from_now(subject.key, today_only=today_only, by=current_user, now=now())
    return receipt(saved)


def receipt(saved: Saved) -> Answer:
    return redirect(url_for(".show", absence=saved.key, klart="fanns" if saved.again else "sparad"), 303)


def hits_of(person: UUID, period: Stretch, at: datetime) -> Hits:
    return hit_queries.hits_of(current_user, person, period.starts_at, period.ends_at, now=at)


def refused(
    subject: Subject,
    colleagues: Sequence[Colleague],
    form: EndForm,
    error: Gapped | Unseen,
    period: Stretch,
    *,
    row: AbsenceRow | None = None,
) -> Response:
    """The form again, with all that it would leave: the gaps, and the times that it hits."""
    hits = error.hits if isinstance(error, Unseen) else hits_of(subject.key, period, now()).fresh
    ahead = error.ahead if isinstance(error, Gapped) else CLEAR
    return edit_page(subject, colleagues, form, row=row, ahead=ahead, hits=hits)


def home_of(subject: Subject, *, klart: str) -> str:
    return url_for(".index", person=None if subject.own else subject.key, klart=klart)


def edit_page(
    subject: Subject,
    colleagues: Sequence[Colleague],
    form: EndForm,
    *,
    row: AbsenceRow | None = None,
    ahead: Outlook = CLEAR,
    hits: Hits = NONE,
    near: Hits = NONE,
) -> Response:
    audit.read(*hits.entries, *near.entries)
    named = form.substitutes.data or []
    return page(
        "absence/edit.html",
        subject=subject,
        person=None if subject.own else subject.key,
        colleagues=[(db.short(it.key), it) for it in colleagues],
        form=form,
        named=named,
        answering=[it for key in named for it in colleagues if db.short(it.key) == key],
        places=range(min(max(3, len(named) + 1), MOST_ASKED, len(colleagues))),
        row=row,
        gaps=[(number, gap, ways(gap, subject, named)) for number, gap in enumerate(ahead.gaps, 1)],
        sketch=ahead.sketch,
        asked_before="sett" in request.form,
        hits=hits,
        near=near,
        at=now(),
    )


def ways(gap: Uncovered, subject: Subject, named: Sequence[str]) -> list[tuple[str, str, bool]]:
    """Who can be chosen for a gap, the head last: those who are named already could not fill it."""
    free = [it for it in gap.ways if it.key != subject.key and db.short(it.key) not in named]
    staff = [(db.short(it.key), it.name, it.whole) for it in free if it.key != gap.head]
    return staff + [(f"{CHIEF}{db.short(it.key)}", it.name, it.whole) for it in free if it.key == gap.head]


def chosen(form: EndForm) -> list[str]:
    """Those named in order, then those chosen for the gaps, a head last of all."""
    asked = sorted((int(name.removeprefix(FILLS)), value) for name, value in request.form.items() if is_fill(name))
    heads = [value.removeprefix(CHIEF) for _number, value in asked if value.startswith(CHIEF)]
    others = [value for _number, value in asked if value and not value.startswith(CHIEF)]
    return list(dict.fromkeys([*(form.substitutes.data or []), *others, *heads]))


def is_fill(name: str) -> bool:
    number = name.removeprefix(FILLS)
    return name.startswith(FILLS) and number.isascii() and number.isdigit() and len(number) < 4


def outlook_of(row: AbsenceRow, at: datetime) -> Outlook:
    """What an absence that is stored leaves unanswered."""
    there = facts_rules.Absence(row.person_id, row.starts_at, row.ends_at, row.asked, row.registered_at)
    return gap_queries.outlook(current_user, row.versions, there, at=at, instead=True)


@contextmanager
def no_work() -> Iterator[None]:
    """Say what to do, when the one who would be away is part of the answer nowhere."""
    try:
        yield
    except NoWork as error:
        title = _("Här finns inget att vara borta från")
        text = _("Ingen mottagning har ett uppdrag här. Ring regionens administratör om det inte stämmer.")
        raise Refused(title, text) from error


@contextmanager
def over() -> Iterator[None]:
    """Say so, when somebody has changed what this page was about."""
    try:
        yield
    except (Over, Unfit) as error:
        title = _("Det har ändrats sedan du öppnade sidan")
        text = _("Inget nytt är sparat. Öppna sidan igen, så ser du hur det står nu.")
        raise Refused(title, text) from error
