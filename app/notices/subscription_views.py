"""Devices that may be pushed to: turn on, renew, turn off."""

from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as Answer

from app.accounts.rules import device
from app.core.access import access
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import gettext as _
from app.core.locale import language
from app.notices import subscription_service as service
from app.notices import webpush
from app.notices.subscription_forms import BrowserForm
from app.notices.subscription_rules import AGAIN, KEEP
from app.notices.subscription_service import Address

bp = Blueprint("subscriptions", __name__, url_prefix="/aviseringar/telefoner")


@bp.record_once
def without_a_token(state: BlueprintSetupState) -> None:
    """A service worker has no page to take a token from. What another site sends is refused by `core.origin`."""
    state.app.extensions["csrf"].exempt(f"{__name__}.{keep.__name__}")


@bp.post("")
@access("patient", "relative", "staff")
def keep() -> Response | tuple[Response, int]:
    """A browser is turned on (it says for which of our keys), or says at its start that it still is."""
    sent = request.get_json(silent=True)
    plain = {name: str(value) for name, value in sent.items() if value is not None} if isinstance(sent, dict) else {}
    form = BrowserForm(formdata=MultiDict(plain))
    if not form.validate():
        return jsonify(fault=form.fault), 422
    settings = current_app.extensions["settings"]
    host = webpush.allowed_host(form.endpoint.data, settings)
    if host is None:
        fault = _(
            "Vi känner inte igen den tjänst som din webbläsare tar emot aviseringar genom. Välj e-post i stället."
        )
        return jsonify(fault=fault), 422
    number, key = webpush.public_key(settings)
    address = Address(
        endpoint=form.endpoint.data,
        p256dh=form.p256dh.data,
        auth=form.auth.data,
        host=host,
        language=language(),
        device=device(request.user_agent.string),
    )
    given = {"before": form.before.data or None, "by": current_user, "now": now()}
    with transaction():
        if form.vapid.data is None:
            what = service.renew(address, current_user.session_id, vapid=number, **given)
        elif form.vapid.data != number:
            # The page was older than our key.
            what = AGAIN
        else:
            service.turn_on(address, number, current_user.session_id, **given)
            what = KEEP
    return jsonify(state=what, **({"vapid": number, "key": key} if what == AGAIN else {}))


@bp.post("/<key:subscription>/stang")
@access("patient", "relative", "staff")
def turn_off(subscription: UUID) -> Answer:
    with transaction():
        service.turn_off(subscription, by=current_user, now=now())
    return redirect(url_for("settings.mine", klart="av"), 303)
