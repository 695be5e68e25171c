"""The administrator's checks of who has read: what is due, a draw, one row after the other, and what came of it."""

import csv
import io
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.care import region_queries
from app.core import audit, db, paging
from app.core.access import access
from app.core.audit import Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import Refused
from app.core.locale import gettext as _
from app.core.locale import local, today
from app.core.pages import page, stored
from app.log import check_queries as queries
from app.log import check_rules as rules
from app.log import check_service as service
from app.log import words
from app.log.check_forms import RULES, DrawForm, FinishForm, JudgeForm, NameForm
from app.log.check_queries import Check, Row, TooMuch
from app.log.check_service import Over, Unjudged

bp = Blueprint("checks", __name__, url_prefix="/loggkontroll")
bp.add_app_template_filter(words.said, "said_words")
NAMES = {it.value: it.label for it in RULES}
Shown = Response | Answer | tuple[Response, int]


@bp.get("")
@access("admin")
def checks() -> Response:
    before = paging.place(request.args.get("fore"))
    found, more = queries.checks_of(current_user, before=before)
    return page(
        "checks/checks.html",
        due=rules.due(queries.lasts_of(current_user), today()),
        checks=found,
        names=NAMES,
        first=before is None,
        older=url_for(".checks", fore=paging.cursor(*more)) if more else None,
    )


@bp.get("/ny")
@access("admin")
def new() -> Response:
    rule = request.args.get("regel")
    rule = rule if rule in rules.RULES else "random"
    first, last = rules.period(queries.lasts_of(current_user).get(rule), today())
    return page("checks/new.html", form=DrawForm(data={"rule": rule, "starts_on": first, "ends_on": last}))


@bp.post("/ny")
@access("admin")
def make() -> Shown:
    region, form = region_queries.region_for(current_user), DrawForm()
    if not form.validate_on_submit():
        return page("checks/new.html", form=form), 422
    first, last, size = form.starts_on.data, form.ends_on.data, form.size.data
    try:
        with transaction():
            key = service.make(region.id, form.rule.data, first, last, size=size, by=current_user, now=now())
    except TooMuch:
        form.ends_on.errors = [_("Det är för mycket att gå igenom på en gång. Välj färre dagar.")]
        return page("checks/new.html", form=form), 422
    return redirect(url_for(".check", check=key), 303)


@bp.get("/<key:check>")
@access("admin")
def check(check: UUID) -> Response:
    found = queries.check_for(current_user, check)
    return check_page(found, FinishForm())


@bp.post("/<key:check>")
@access("admin")
def finish(check: UUID) -> Shown:
    found, form = queries.check_for(current_user, check), FinishForm()
    if not form.validate_on_submit():
        return check_page(found, form), 422
    try:
        with transaction():
            service.finish(found.key, form.text.data, by=current_user, now=now())
    except Unjudged:
        form.text.errors = [_("Några rader är inte bedömda än. Bedöm dem först.")]
        return check_page(found, form), 422
    except Over as error:
        raise over() from error
    return redirect(url_for(".check", check=found.key), 303)


@bp.get("/<key:check>/<int:n>")
@access("admin")
def row(check: UUID, n: int) -> Response:
    found, one = read(check, n)
    return row_page(found, one, JudgeForm(data={"judged": one.judged, "text": one.words}), NameForm())


@bp.post("/<key:check>/<int:n>")
@access("admin")
def judge(check: UUID, n: int) -> Shown:
    (found, one), form = read(check, n), JudgeForm()
    if not form.validate_on_submit():
        return row_page(found, one, form, NameForm(formdata=None)), 422
    try:
        with transaction():
            service.judge(found.key, one.n, form.judged.data, form.text.data or "", by=current_user, now=now())
    except Over as error:
        raise over() from error
    after = rules.next_unjudged(((it.n, it.judged is not None) for it in queries.rows_of(current_user, found)), one.n)
    if after is None:
        return redirect(url_for(".check", check=found.key, _anchor="klar"), 303)
    return redirect(url_for(".row", check=found.key, n=after), 303)


@bp.post("/<key:check>/<int:n>/namn")
@access("admin")
def open_name(check: UUID, n: int) -> Shown:
    (found, one), form = read(check, n), NameForm()
    if not form.validate_on_submit():
        judged = JudgeForm(formdata=None, data={"judged": one.judged, "text": one.words})
        return row_page(found, one, judged, form), 422
    try:
        with transaction():
            service.open_name(found.key, one.n, form.because.data, by=current_user, now=now())
    except Over as error:
        raise over() from error
    return redirect(url_for(".row", check=found.key, n=one.n), 303)


@bp.get("/<key:check>/csv")
@access("admin")
def export(check: UUID) -> Response:
    """The whole check as a table for a spreadsheet; patients by initials, whatever was opened."""
    found = queries.check_for(current_user, check)
    rows = queries.rows_of(current_user, found)
    note("check.exported", found, rows)
    answer = Response(table(found, rows), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="loggkontroll-{found.made_at:%Y-%m-%d}.csv"'
    return stored(answer)


def table(found: Check, rows: list[Row]) -> str:
    """Semicolons and a mark of its encoding, as Swedish spreadsheets read it."""
    out = io.StringIO()
    out.write("\ufeff")
    lines = csv.writer(out, delimiter=";")
    verdicts = {"as_should": _("som det ska"), "look_into": _("ska utredas"), None: _("inte bedömd")}
    about = (NAMES[found.rule], found.starts_on, found.ends_on, found.found, found.size, found.seed)
    lines.writerow([_("Regel"), _("Från"), _("Till och med"), _("Underlag"), _("Dragna"), _("Slumptal")])
    lines.writerow([str(it) for it in about])
    lines.writerow([_("Gjord"), _("Av"), _("Avslutad"), _("Slutsats")])
    ended = f"{local(found.ended_at):%Y-%m-%d %H:%M}" if found.ended_at else ""
    lines.writerow(map(rules.cell, [f"{local(found.made_at):%Y-%m-%d %H:%M}", found.made_by, ended, found.words]))
    lines.writerow([])
    heads = (_("Rad"), _("Vem"), _("Titel"), _("Mottagning"), _("Patient"), _("Dag"), _("Första"), _("Sista"))
    lines.writerow([*heads, _("Gånger"), _("Vad"), _("Bedömning"), _("Ord"), _("Av"), _("När")])
    for it in rows:
        when = f"{local(it.judged_at):%Y-%m-%d %H:%M}" if it.judged_at else ""
        said = [it.n, it.actor_name, it.actor_title, it.unit_name, it.initials, it.day]
        said += [
            f"{local(it.first_at):%H:%M}",
            f"{local(it.last_at):%H:%M}",
            it.times,
            " ".join(dict.fromkeys(map(words.said, it.actions))),
        ]
        said += [verdicts[it.judged], it.words, it.judged_by or "", when]
        lines.writerow([rules.cell(str(part)) for part in said])
    return out.getvalue()


def read(check: UUID, n: int) -> tuple[Check, Row]:
    found = queries.check_for(current_user, check)
    return found, queries.row_for(current_user, found, n)


def check_page(found: Check, form: FinishForm) -> Response:
    rows = queries.rows_of(current_user, found)
    note("check.listed", found, rows)
    after = rules.next_unjudged(((it.n, it.judged is not None) for it in rows), 0)
    return page("checks/check.html", check=found, rows=rows, form=form, next=after, names=NAMES)


def row_page(found: Check, one: Row, form: JudgeForm, name_form: NameForm) -> Response:
    note("check.read", found, [one])
    return page("checks/row.html", check=found, row=one, form=form, name_form=name_form, names=NAMES)


def note(action: str, found: Check, rows: list[Row]) -> None:
    """To check the log is to read about patients, and stands in it."""
    about = f"check:{db.short(found.key)}"
    audit.read(Entry(action, object=about), *(Entry(action, it.patient_id, it.unit_id, about) for it in rows))


def over() -> Refused:
    return Refused(
        _("Kontrollen är avslutad"), _("Den står kvar som den skrevs under. Behövs mer? Gör en ny kontroll.")
    )
