"""Närlinjen: a direct line to one's fast vårdkontakt. This page is the table of contents."""

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.config import Settings

MOST_BYTES = 1_000_000


def create_app(settings: "Settings | None" = None) -> "Flask":
    """The whole app. Raises Refusal, in one sentence, when something that it needs is missing."""
    # Here and not above, so that what only starts the app need not load it: `make run`, gunicorn before its patching.
    from flask import Flask
    from jinja2 import StrictUndefined

    from app import cli, table_cli
    from app.accounts import exit_views, oidc_views, passkey_views, session_views, sessions
    from app.accounts import invite_views as codes
    from app.accounts import views as accounts
    from app.bookings import (
        answer_views,
        change_views,
        feed_views,
        guest_views,
        hit_service,
        kind_views,
        letter_views,
        reminder_service,
        reminder_views,
        staff_views,
    )
    from app.bookings import views as bookings
    from app.care import (
        appoint_views,
        contact_views,
        cover_views,
        invite_views,
        patient_views,
        roster_views,
        unit_choice_views,
        unit_views,
        work_views,
    )
    from app.config import Settings
    from app.core import (
        access,
        audit,
        crypto,
        db,
        errors,
        figures,
        forms,
        headers,
        live,
        locale,
        logs,
        origin,
        pages,
        periods,
        pulse,
        static,
    )
    from app.demo import views as demo
    from app.dropin import figure_views, head_views
    from app.dropin import staff_views as reception
    from app.dropin import views as dropin
    from app.exchange import client_views, file_views, pull_service, source_views, token_views
    from app.exchange import views as fhir
    from app.home import absence_views, app_views, closure_views, health, pocket_views
    from app.home import relative_views as places
    from app.home import views as home
    from app.log import check_views, export_views
    from app.log import views as log
    from app.machine import postgres
    from app.messages import opening_views, outbox_views, question_views, ring_views
    from app.messages import views as messages
    from app.notices import delivery_service, point_views, receipt_views, setting_views, subscription_views
    from app.notices import views as notices
    from app.relatives import call_views, heard_views, relative_views, told_service, told_views
    from app.relatives import views as relatives
    from app.slots import freed_service, queue_views
    from app.slots import staff_views as openings
    from app.slots import views as slots
    from app.support import views as support
    from app.waits import tick_service as waits
    from app.waits import views as wait_views

    letters = (messages.bp, outbox_views.bp, question_views.bp, opening_views.bp, ring_views.bp)
    heads = (wait_views.bp, wait_views.figures, check_views.bp)
    people = (contact_views.bp, patient_views.bp, appoint_views.bp, invite_views.bp)
    away = (absence_views.bp, closure_views.bp)
    care = (cover_views.bp, unit_views.bp, work_views.bp, roster_views.bp, unit_choice_views.bp)
    ways = (accounts.bp, session_views.bp, passkey_views.bp, codes.bp, log.bp, export_views.bp)
    told = (told_views.bp, heard_views.bp, call_views.bp)
    mine = (bookings.bp, answer_views.bp, guest_views.bp, reminder_views.bp, feed_views.bp, letter_views.bp)
    times = (*mine, staff_views.bp, change_views.bp, kind_views.bp)
    free = (slots.bp, openings.bp, queue_views.bp, dropin.bp, reception.bp, head_views.bp, figure_views.bp)
    systems = (fhir.bp, token_views.bp, source_views.bp, client_views.bp, file_views.bp)
    near = (relatives.bp, relative_views.bp, relative_views.shared, *told, places.bp, support.bp)
    phone = (home.bp, health.bp, app_views.bp, pocket_views.bp, exit_views.bp, live.bp)
    channels = (setting_views.bp, subscription_views.bp, point_views.bp, receipt_views.bp)
    kept = (*phone, *ways, *channels, notices.bp)
    blueprints = (*kept, *letters, *heads, *people, *near, *times, *free, *systems, *away, *care)
    settings = postgres.at_hand(settings or Settings.from_env())
    logs.init()
    app = Flask(__name__, static_folder=None)
    app.config.update(
        PROVIDE_AUTOMATIC_OPTIONS=False,
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-narlinjen" if settings.secure else "narlinjen",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        WTF_CSRF_TIME_LIMIT=None,
    )
    # No view of ours is a coroutine, and Flask asks that of each function before and after each page.
    app.ensure_sync = lambda func: func  # type: ignore[method-assign]
    app.jinja_environment = pages.Templates  # type: ignore[assignment]
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.globals["demo"] = lambda: settings.demo
    app.extensions["settings"] = settings

    db.init_app(app, settings.database_url or "")
    crypto.init_app(app, settings.data_keys, settings.index_key)
    audit.init_app(app, settings.audit_keys)
    alarms = (*waits.SIGNALS, *told_service.SIGNALS, *hit_service.SIGNALS, *reminder_service.SIGNALS)
    pulse.init_app(app, (*alarms, *delivery_service.SIGNALS, *freed_service.SIGNALS, *pull_service.SIGNALS))
    locale.init_app(app)
    periods.init_app(app)
    pages.init_app(app)
    headers.init_app(app, secure=settings.secure)
    errors.init_app(app)
    static.init_app(app, settings.local, headers.always(secure=settings.secure))
    figures.init_app(app)
    lists = {"t": messages.follow_thread, "p": messages.follow_lists}
    live.init_app(app, lists | {"r": relative_views.follow_shared, "l": log.follow, "b": bookings.follow})
    sessions.init_app(app)
    # Before what looks at who it is: what is closed is closed for everybody.
    exit_views.init_app(app)
    origin.init_app(app, settings.base_url)
    access.init_app(app)
    # After access, so that whoever is signed out hears that, and not that a form was old.
    forms.init_app(app)
    vouched = settings.oidc_patient or settings.oidc_staff
    further = (*((demo.bp,) if settings.demo else ()), *((oidc_views.bp,) if vouched else ()))
    for blueprint in (*blueprints, *further):
        app.register_blueprint(blueprint)
    cli.init_app(app)
    table_cli.init_app(app)
    return app
