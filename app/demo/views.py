"""The page of people to step into."""

from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response as Answer

from app.accounts import queries as accounts
from app.accounts import service, sessions
from app.core import db, installation
from app.core.access import access, safe_next
from app.core.clock import now
from app.core.db import transaction
from app.core.errors import NotFound
from app.core.pages import page
from app.demo import seed
from app.demo.seed import Persona

bp = Blueprint("demo", __name__, url_prefix="/demo")


@bp.before_request
def only_in_a_demo() -> None:
    """DEMO=1 over a real installation must not let anybody step into anybody."""
    if installation.kind(db.session().connection()) != "demo":
        raise NotFound


@bp.get("/personer")
@access("public")
def personas() -> Response:
    everybody = seed.personas()
    return page(
        "demo/personas.html",
        patients=[persona for persona in everybody if persona.capacity == "private"],
        staff=[persona for persona in everybody if persona.capacity == "duty"],
        next=safe_next(request.args.get("next")),
    )


@bp.post("/personer/<key:person>")
@access("public")
def step_in(person: UUID) -> Answer:
    persona = known(person)
    at = now()
    with transaction():
        if current_user.is_authenticated:
            service.sign_out(current_user.session_id, by=current_user, now=at)
        token = service.sign_in(
            persona.key,
            capacity=persona.capacity,
            way="demo",
            agent=request.user_agent.string,
            by=service.Arrival(persona.key, persona.capacity),
            now=at,
        )
        viewer = accounts.viewer_of(token, now=at)
    if viewer is None:
        raise NotFound
    sessions.begin(viewer)
    return redirect(safe_next(request.form.get("next")) or url_for("home.start"), 303)


def known(person: UUID) -> Persona:
    for persona in seed.personas():
        if persona.key == person:
            return persona
    raise NotFound
