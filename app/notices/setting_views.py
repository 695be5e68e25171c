"""Mina aviseringar: what is on, by which channel, when it is quiet, and a trial."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, current_app, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts.rules import device
from app.core import db
from app.core.access import access, safe_next
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound
from app.core.locale import gettext as _
from app.core.pages import page
from app.notices import delivery_queries, delivery_service, point_queries, subscription_queries, webpush
from app.notices import setting_queries as queries
from app.notices import setting_service as service
from app.notices.delivery_queries import Trial
from app.notices.rules import ABOUT, PRIVATE
from app.notices.setting_forms import FULLER, HOURS, NEUTRAL, NEVER, ChannelsForm, FullerForm, QuietForm

bp = Blueprint("settings", __name__, url_prefix="/aviseringar/mina")
SLOW = timedelta(minutes=1)
ALL = ("patient", "relative", "staff")
Option = dict[str, object]


@bp.get("")
@access(*ALL)
def mine() -> Response:
    return whole()


@bp.post("/prova/<key:subscription>")
@access(*ALL)
def try_out(subscription: UUID) -> Answer:
    with transaction():
        trial = delivery_service.try_out(subscription, by=current_user, now=now())
    return redirect(url_for(".mine", prov=db.short(trial), _anchor="prov"), 303)


@bp.post("/tyst")
@access(*ALL)
def choose_quiet() -> Answer | tuple[Response, int]:
    form = QuietForm()
    if not form.validate_on_submit():
        return whole(quiet=form), 422
    with transaction():
        service.choose_quiet(form.hours, by=current_user, now=now())
    return redirect(url_for(".mine", klart="tyst", _anchor="tyst"), 303)


@bp.post("/val")
@access(*ALL)
def choose_channels() -> Answer | tuple[Response, int]:
    form, groups, shown = ChannelsForm(), groups_here(), channels_here()
    if not form.validate_on_submit():
        return whole(channels=form), 422
    # What this page did not show stays as it was.
    kept = {it for it in queries.choice_of(current_user).off if it[1] not in shown or it[0] not in groups}
    with transaction():
        service.choose_channels(form.off(groups, shown) | kept, by=current_user, now=now())
    return redirect(url_for(".mine", klart="val", _anchor="val"), 303)


@bp.post("/text")
@access("patient", "relative")
def choose_fuller() -> Answer | tuple[Response, int]:
    form = FullerForm()
    if not form.validate_on_submit():
        return whole(fuller=form), 422
    with transaction():
        service.choose_fuller(form.fuller.data == FULLER, by=current_user, now=now())
    return redirect(url_for(".mine", klart="text", _anchor="text"), 303)


@bp.post("/racker")
@access(*ALL)
def app_is_enough() -> Answer:
    """The note that nothing reaches one outside the app is refused for good, on the page where it stood."""
    with transaction():
        service.app_is_enough(by=current_user, now=now())
    return redirect(safe_next(request.form.get("next")) or url_for("notices.index"), 303)


def groups_here() -> tuple[str, ...]:
    """What the viewer is told of: a relative who is no patient has no log of their own."""
    groups = ABOUT[current_user.capacity]
    whole = "patient" in current_user.kinds or current_user.capacity != PRIVATE
    return groups if whole else tuple(name for name in groups if name != "log")


def channels_here() -> tuple[str, ...]:
    """The channels that this house has."""
    settings = current_app.extensions["settings"]
    there = {"push": True, "email": settings.smtp_url is not None, "sms": settings.sms_url is not None}
    return tuple(name for name, on in there.items() if on)


def trial_now() -> Trial | None:
    """The trial that the page was asked for, where it is one of the viewer's."""
    try:
        return delivery_queries.trial_of(current_user, db.long(request.args.get("prov", "")), now=now())
    except (ValueError, NotFound):
        return None


def whole(
    quiet: QuietForm | None = None, channels: ChannelsForm | None = None, fuller: FullerForm | None = None
) -> Response:
    """The page, with the form that could not be taken as it was sent."""
    at, choice, trial = now(), queries.choice_of(current_user), trial_now()
    devices = subscription_queries.devices_of(current_user, now=at)
    points = point_queries.points_of(current_user)
    if quiet is None:
        quiet = QuietForm(formdata=None)
        quiet.fill(choice.quiet)
    if channels is None:
        channels = ChannelsForm(formdata=None)
        channels.fill(choice.off)
    if fuller is None:
        fuller = FullerForm(formdata=None)
        fuller.fuller.data = FULLER if choice.fuller else NEUTRAL
    browser, _slash, system = device(request.user_agent.string).partition("/")
    number, key = webpush.public_key(current_app.extensions["settings"])
    here, groups = channels_here(), groups_here()
    return page(
        "notices/mine.html",
        devices=devices,
        this=any(it.this for it in devices),
        points=points,
        confirmed=[it for it in points if it.is_confirmed],
        reaches=[it for it in devices if it.works],
        trial=trial,
        slow=trial is not None and at - trial.made_at > SLOW,
        vapid=(number, key),
        system=system,
        browser=browser.lower().partition(" ")[0],
        quiet=quiet,
        hours=choice.quiet,
        quiet_options=quiet_options(),
        channels=[(channels[group], group, not {*choice.on(group)} & {*here}) for group in groups],
        channel_options=channel_options(here),
        fuller=fuller if current_user.capacity == PRIVATE else None,
        fuller_options=fuller_options(),
        elsewhere=any(it != "push" for it in here),
        staff="staff" in current_user.kinds,
        done=request.args.get("klart"),
    )


def option(value: str, name: str, text: str) -> Option:
    return {"value": value, "name": name, "text": text, "off": False}


def quiet_options() -> list[Option]:
    never = _("Du får veta det när det händer, också på natten.")
    if "staff" in current_user.kinds:
        never = _("Du får veta det när det händer. När du är ledig väntar det, om du inte har valt något annat.")
    return [
        option(NEVER, _("Aldrig tyst"), never),
        option(HOURS, _("Tyst mellan två klockslag"), _("Det som kommer då väntar tills det inte är tyst längre.")),
    ]


def channel_options(here: Iterable[str]) -> list[Option]:
    said = {"push": _("Avisering"), "email": _("E-post"), "sms": _("Sms")}
    return [option(it, said[it], "") for it in here]


def fuller_options() -> list[Option]:
    return [
        option(
            NEUTRAL,
            _("Bara att något är nytt"),
            _("Det står: Du har något nytt. Ingen som ser telefonen kan läsa vad det gäller."),
        ),
        option(
            FULLER,
            _("Också vad det gäller"),
            _(
                "Det kan stå: Det är nytt om något som du har frågat. Den som ser din telefon förstår då att du har"
                " frågat något. Det står aldrig ett namn, och aldrig det du skrev."
            ),
        ),
    ]
