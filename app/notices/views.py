"""What is new for the one who looks, and whether they may be reached off duty."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.core import live, paging
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import gettext as _
from app.core.pages import page
from app.notices import queries, service, words
from app.notices.forms import ALWAYS, PEACE, ChoiceForm
from app.notices.rules import KINDS, Kind

bp = Blueprint("notices", __name__, url_prefix="/aviseringar")
ANCHORS = {"absence.index": "svarar"}


@bp.get("")
@access("patient", "relative", "staff")
def index() -> Response:
    form = ChoiceForm(formdata=None)
    if "staff" in current_user.kinds:
        form.off_duty.data = ALWAYS if queries.off_duty(current_user) else PEACE
    return list_page(form)


@bp.get("/oppna")
@access("patient", "relative", "staff")
def open_() -> Answer:
    """Where a notice out of the app leads, which says nothing of what it was: to the one thing that is new, or to all
    of it."""
    if len(current_user.news) != 1:
        return redirect(url_for(".index"))
    ((kind, about),) = current_user.news
    return redirect(place_of(KINDS[kind], UUID(about) if about else None))


@bp.post("/ledig")
@access("staff")
def choose() -> Answer | tuple[Response, int]:
    form = ChoiceForm()
    if not form.validate_on_submit():
        return list_page(form), 422
    with transaction():
        service.choose(form.off_duty.data == ALWAYS, by=current_user, now=now())
    return redirect(url_for(".index", klart="ledig"), 303)


@bp.post("/alla")
@access("patient", "relative", "staff")
def read_all() -> Answer:
    with transaction():
        service.seen_all(by=current_user, now=now())
    return redirect(url_for(".index"), 303)


@bp.post("/<key:notice>")
@access("patient", "relative", "staff")
def open_one(notice: UUID) -> Answer:
    """Note that it was opened, and go on to what it is about."""
    found = queries.notice_for(current_user, notice, now=now())
    if found.gone:
        return redirect(url_for(".index", klart="redan"), 303)
    with transaction():
        service.opened(found.key, by=current_user, now=now())
    return redirect(place_of(found.kind, found.about), 303)


def place_of(kind: Kind, about: UUID | None) -> str:
    """The page where what somebody was told of is seen."""
    if not kind.with_key:
        return url_for(kind.page, _anchor=ANCHORS.get(kind.page))
    values: dict[str, Any] = {kind.with_key: about}
    return url_for(kind.page, **values)


def list_page(form: ChoiceForm) -> Response:
    before = paging.place(request.args.get("fore"))
    rows, more = queries.notices_of(current_user, now=now(), before=before)
    topic = live.topic("p", current_user.person_id)
    return page(
        "notices/index.html",
        notices=[(it, *words.said(it.kind.name, it.count)) for it in rows],
        older=url_for(".index", fore=paging.cursor(rows[-1].at, rows[-1].key)) if more else None,
        newer=url_for(".index") if before else None,
        form=form if "staff" in current_user.kinds else None,
        options=[
            {
                "value": PEACE,
                "name": _("Lämna mig i fred"),
                "text": _("Det som är nytt väntar tills du är i arbete igen. Någon annan svarar så länge."),
                "off": False,
            },
            {
                "value": ALWAYS,
                "name": _("Nå mig även när jag är ledig"),
                "text": _("Du får veta det som är nytt också på kvällar, helger och när du är borta."),
                "off": False,
            },
        ],
        done=request.args.get("klart"),
        unreached=current_user.unreached,
        topic=topic,
        state=live.state(current_user, topic) or "",
    )
