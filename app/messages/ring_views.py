""" "Ring mig": a patient chooses when to be rung, and sees who rings."""

from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.care import answer_queries
from app.care import queries as care
from app.care.answer_queries import Answering
from app.care.queries import ContactCard
from app.core import db
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound
from app.core.locale import local, today
from app.core.pages import page
from app.messages import queries, ring_queries, ring_rules, ring_service, words
from app.messages.ring_forms import Chosen, RingForm, value_of
from app.messages.ring_queries import Standing
from app.messages.ring_rules import Window
from app.messages.ring_service import StandsAlready
from app.messages.service import Call

bp = Blueprint("ring", __name__, url_prefix="/ring-mig")
bp.add_app_template_filter(words.window)
LOOKS_AHEAD = timedelta(days=60)
CHANGE = "byt"


class Offered(NamedTuple):
    """A window that may be chosen, and who rings then."""

    window: Window
    answering: Answering

    @property
    def value(self) -> str:
        return value_of(*self.window.stretch, self.answering.now.mark)


@bp.get("/<key:contact>")
@access("patient")
def ring(contact: UUID) -> Response:
    to = care.contact_for(current_user, contact, today=today())
    return choose(to, changes=CHANGE in request.args)


def choose(to: ContactCard, *, changes: bool) -> Response:
    """The times to choose from; where a call stands it is shown instead, unless it is to be changed."""
    number, standing = ring_queries.calls_of(current_user, to)
    if standing and not changes:
        return page("ring/standing.html", contact=to, standing=standing)
    form = RingForm(number=number, instead=db.short(standing.key) if standing else "")
    return ring_page(to, form, offered_by(to, now()), standing)


@bp.get("/byt/<key:thread>")
@access("patient")
def change(thread: UUID) -> Response:
    """The same, for the call of a thread."""
    head = queries.thread_for(current_user, thread, today=today())
    there = (head.unit_id, head.contact.person_id)
    for it in care.contacts_of(current_user, today=today()):
        if (it.unit_id, it.person_id) == there:
            return choose(it, changes=True)
    raise NotFound


@bp.post("/<key:contact>")
@access("patient")
def send(contact: UUID) -> Response | Answer | tuple[Response, int]:
    to = care.contact_for(current_user, contact, today=today())
    form, at = RingForm(), now()
    chosen = form.chosen
    if not form.validate_on_submit() or chosen is None:
        form.renew()
        if form.window.data and chosen is None:
            form.window.data, form.window.errors = "", [form.window.validators[0].message]
        _own, standing = ring_queries.calls_of(current_user, to)
        return ring_page(to, form, offered_by(to, at), standing), 422
    starts_at, ends_at, number = chosen.starts_at, chosen.ends_at, form.number.number or ""
    letter = words.ring_letter(starts_at, ends_at, number, (form.text.data or "").strip())
    if found := queries.sent_before(current_user, to.key, text=letter, key=form.key.data or ""):
        return redirect(url_for("messages.thread", thread=found[0], _anchor=f"m{found[1]}"), 303)
    offered = offered_by(to, at)
    same = next((it for it in offered if it.window.stretch == (starts_at, ends_at)), None)
    if same is None or same.answering.now.mark != chosen.mark:
        return stopped(to, form, offered, chosen, same), 409
    try:
        with transaction():
            stored = ring_service.ring(
                to,
                same.answering,
                Call((starts_at, ends_at), number, words.ring_topic(starts_at, ends_at)),
                instead=instead_of(form),
                by=current_user,
                text=letter,
                key=form.key.data,
                now=at,
            )
    except StandsAlready:
        _own, standing = ring_queries.calls_of(current_user, to)
        form.instead.data = db.short(standing.key) if standing else ""
        return ring_page(to, form, offered, standing, again=True), 409
    return redirect(url_for("messages.thread", thread=stored.thread_id, _anchor=f"m{stored.n}"), 303)


def instead_of(form: RingForm) -> UUID | None:
    """The call that is to be replaced; None for anything that we never wrote."""
    try:
        return db.long(form.instead.data or "")
    except ValueError:
        return None


def offered_by(to: ContactCard, at: datetime) -> list[Offered]:
    office = answer_queries.office_of(current_user, to, at=at, until=at + LOOKS_AHEAD)
    windows = ring_rules.windows(office, now=at)
    ringing = answer_queries.who_rings(current_user, to, [it.stretch for it in windows], at=at, today=today())
    return [Offered(*it) for it in zip(windows, ringing, strict=True)]


def stopped(to: ContactCard, form: RingForm, offered: list[Offered], chosen: Chosen, same: Offered | None) -> Response:
    """Nothing was stored: the time can no longer be chosen, or somebody else rings than was said. All that was typed is
    kept."""
    form.window.data = same.value if same else ""
    _own, standing = ring_queries.calls_of(current_user, to)
    return ring_page(to, form, offered, standing, gone=None if same else chosen, another=same)


def ring_page(
    to: ContactCard,
    form: RingForm,
    offered: list[Offered],
    standing: Standing | None,
    *,
    gone: Chosen | None = None,
    another: Offered | None = None,
    again: bool = False,
) -> Response:
    """The times to choose from, day by day; and what stopped the last try: the time is gone, another rings, or a call
    stands already."""
    days = groupby(offered, key=lambda it: local(it.window.starts_at).date())
    at = now()
    first = answer_queries.office_of(current_user, to, at=at, until=at + LOOKS_AHEAD)[:1]
    return page(
        "ring/ring.html",
        contact=to,
        form=form,
        days=[(day, list(them)) for day, them in days],
        standing=standing,
        gone=gone,
        another=another,
        again=again,
        closed=bool(first) and first[0][0] > at,
    )
