"""Whom the patient lets in: offer it, see who has answered, change it, and take it back."""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, request, session, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import invite_rules, qr
from app.core import db, live
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import gettext as _
from app.core.locale import today
from app.core.pages import page
from app.relatives import queries, rules, service, words
from app.relatives.forms import KEEP, ChangeForm, OfferForm
from app.relatives.queries import Given
from app.relatives.service import Over, TooMany, Wanted

bp = Blueprint("relatives", __name__, url_prefix="/anhoriga")
bp.add_app_template_filter(words.how_it_ended)
bp.add_app_template_filter(db.short)
CODES = "codes"
FEW = 3
Shown = Response | Answer | tuple[Response, int]


@bp.get("")
@access("patient")
def mine() -> Response:
    again = request.args.get("igen")
    return list_page(filled(again) if again else OfferForm(formdata=None))


@bp.post("")
@access("patient")
def offer() -> Shown:
    form = OfferForm()
    if not form.validate_on_submit():
        return list_page(form), 422
    try:
        with transaction():
            key, code = service.offer(wanted(form, form.last(today=today())), by=current_user, now=now())
    except TooMany:
        form.name.errors = [
            _("Du har bjudit in tio redan. Ta tillbaka någon som inte behöver se något längre, så får en till plats.")
        ]
        return list_page(form), 422
    keep_code(key, code)
    return redirect(url_for(".show", relation=key), 303)


@bp.get("/<key:relation>")
@access("patient")
def show(relation: UUID) -> Response:
    it = queries.given_for(current_user, relation, now=now())
    if it.stage in ("offered", "lapsed"):
        return offered_page(it)
    return page("relatives/show.html", it=it)


@bp.post("/<key:relation>/ny-lank")
@access("patient")
def renew(relation: UUID) -> Answer:
    it = queries.given_for(current_user, relation, now=now())
    try:
        with transaction():
            code = service.renew(it.key, by=current_user, now=now())
        keep_code(it.key, code)
    except Over:
        pass  # somebody has answered, or it is taken back; the page says which
    return redirect(url_for(".show", relation=it.key), 303)


@bp.post("/<key:relation>/ja")
@access("patient")
def confirm(relation: UUID) -> Answer:
    it = queries.given_for(current_user, relation, now=now())
    try:
        with transaction():
            service.confirm(it.key, by=current_user, now=now())
    except Over:
        return redirect(url_for(".show", relation=it.key), 303)
    return redirect(url_for(".mine", klart="ja", vem=db.short(it.key)), 303)


@bp.post("/<key:relation>/nej")
@access("patient")
def not_them(relation: UUID) -> Answer:
    it = queries.given_for(current_user, relation, now=now())
    try:
        with transaction():
            service.not_them(it.key, by=current_user, now=now())
    except Over:
        return redirect(url_for(".show", relation=it.key), 303)
    return redirect(url_for(".mine", klart="nej", vem=db.short(it.key)), 303)


@bp.get("/<key:relation>/andra")
@access("patient")
def edit(relation: UUID) -> Response:
    it = queries.given_for(current_user, relation, now=now())
    if it.stage == "over":
        return page("relatives/show.html", it=it)
    form = ChangeForm(formdata=None, data={"name": it.name, "items": sorted(it.items), "length": KEEP})
    return edit_page(it, form)


@bp.post("/<key:relation>/andra")
@access("patient")
def change(relation: UUID) -> Shown:
    it, form = queries.given_for(current_user, relation, now=now()), ChangeForm()
    if not form.validate_on_submit():
        return edit_page(it, form), 422
    last = it.last if form.length.data == KEEP else form.last(today=today())
    try:
        with transaction():
            service.change(it.key, wanted(form, last), by=current_user, now=now())
    except Over:
        return redirect(url_for(".show", relation=it.key), 303)
    if it.stage in ("offered", "lapsed"):
        return redirect(url_for(".show", relation=it.key), 303)
    return redirect(url_for(".mine", klart="andrat", vem=db.short(it.key)), 303)


@bp.post("/<key:relation>/ta-tillbaka")
@access("patient")
def take_back(relation: UUID) -> Answer:
    it = queries.given_for(current_user, relation, now=now())
    try:
        with transaction():
            service.take_back(it.key, by=current_user, now=now())
    except Over:
        pass  # it is over already, which is what was wanted
    session.get(CODES, {}).pop(db.short(it.key), None)
    return redirect(url_for(".mine", klart="tillbaka", vem=db.short(it.key)), 303)


def list_page(form: OfferForm) -> Response:
    them = queries.given_by(current_user, now=now())
    done, about = request.args.get("klart"), request.args.get("vem")
    whom = next((it for it in them if db.short(it.key) == about), None)
    return page(
        "relatives/mine.html",
        form=form,
        there=[it for it in them if it.stage != "over"],
        over=[it for it in them if it.stage == "over" and it is not whom][: 2 * FEW],
        answered=any(it.stage == "answered" for it in them),
        done=done if whom else None,
        whom=whom,
        **read_back(form, None),
    )


def edit_page(it: Given, form: ChangeForm) -> Response:
    return page("relatives/change.html", it=it, form=form, **read_back(form, it.last))


def offered_page(it: Given) -> Response:
    """The link, for as long as this browser has it: what proves a code is all that the house keeps."""
    code = session.get(CODES, {}).get(db.short(it.key)) if it.stage == "offered" else None
    address = current_app.extensions["settings"].base_url + url_for("offers.enter")
    return page(
        "relatives/offered.html",
        it=it,
        code=code and invite_rules.shown(code),
        address=address,
        link=f"{address}#{code}",
        qr=qr.drawn(f"{address}#{code}") if code else None,
        topic=live.topic("r", it.key),
        state=queries.OFFERED,
    )


def read_back(form: OfferForm, there: date | None) -> dict[str, object]:
    """Each sentence that the form can come to mean, so that a script has none to write."""
    lasts = {length: rules.last_day(length, today=today()) for length in rules.MONTHS}
    if there:
        lasts[KEEP] = there
    return {"boxes": words.boxes(), "sentences": words.sentences(lasts)}


def wanted(form: OfferForm, last: date) -> Wanted:
    return Wanted((form.name.data or "").strip(), tuple(form.items.data), last)


def filled(again: str) -> OfferForm:
    """The form as it was for somebody before; empty for an address that somebody has changed."""
    try:
        it = queries.given_for(current_user, db.long(again), now=now())
    except ValueError:
        return OfferForm(formdata=None)
    return OfferForm(formdata=None, data={"name": it.name, "items": sorted(it.items), "length": "half"})


def keep_code(key: UUID, code: str) -> None:
    """The latest few, in the browser that made them and nowhere else."""
    session[CODES] = dict([*session.get(CODES, {}).items(), (db.short(key), code)][-FEW:])
