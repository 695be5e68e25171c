"""What other systems may read from us, in FHIR (docs/fhir.md). Read only; whom it is about is never in an address.

Another system is nobody who signs in: it has no session and no cookie, and shows a token with each request. What is
given of a patient is in the access log before it leaves.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, current_app, request, session, url_for
from flask.blueprints import BlueprintSetupState

from app.accounts import throttle_service
from app.core import audit
from app.core.access import access
from app.core.audit import SYSTEM, Entry
from app.core.clock import now
from app.core.db import transaction
from app.core.locale import today
from app.exchange import api_queries, bundle, capability, careteam, contact_queries, reader_queries
from app.exchange.api_queries import Found
from app.exchange.elements import MIME, SCOPES, Json, outcome, searchset
from app.exchange.reader_queries import Client
from app.exchange.search_rules import IDENTIFIER, Search, Unfit, read

bp = Blueprint("fhir", __name__, url_prefix="/fhir")
R4, R5 = "4.0.1", "5.0.0"
WANTED = {MIME, "application/json", "text/json", "json", "*/*", "application/*"}
MISSES, REFILL = 60, timedelta(seconds=10)
"""So many searches in a row that find nobody, by one client, and how soon there is room for another."""
SAID = {
    400: ("invalid", "The request cannot be read."),
    403: ("forbidden", "The request came from a page of another site."),
    404: ("not-found", "There is nothing here with that address, or it is not for this client."),
    405: ("not-supported", "Other systems can read here, and nothing else."),
    413: ("too-long", "The request is too long."),
    429: ("throttled", "Too many requests. Wait a while."),
    503: ("transient", "What is kept cannot be reached now. Try again in a while."),
}


@dataclass
class Stopped(Exception):
    """A request that is not answered, in words for whoever looks after the other system."""

    status: int
    code: str
    said: str
    challenge: str | None = None


@bp.record
def without_form_token(state: BlueprintSetupState) -> None:
    """A program has no page of ours to take a form token from, and no cookie that another site could misuse."""
    for view in (search_times, search_contacts):
        state.app.extensions["csrf"].exempt(f"{__name__}.{view.__name__}")


@bp.errorhandler(Stopped)
def stopped(error: Stopped) -> Response:
    answer = answered(outcome("error", error.code, error.said), error.status)
    if error.challenge:
        answer.headers["WWW-Authenticate"] = error.challenge
    return answer


@bp.errorhandler(Unfit)
def unfit(error: Unfit) -> Response:
    return answered(outcome("error", error.code, error.said), 400)


@bp.after_app_request
def in_fhir(answer: Response) -> Response:
    """A fault is said as what was asked for is: never as a page for people."""
    if request.path.startswith("/fhir/") and answer.status_code >= 400 and answer.mimetype == "text/html":
        code, said = SAID.get(answer.status_code, ("exception", "Something broke here."))
        answer.set_data(json.dumps(outcome("error", code, said)))
        answer.content_type = MIME
        # The page for people had a form token in it, which nobody here has a cookie for.
        session.modified = False
    return answer


@bp.get("/r4/metadata")
@access("public", database=False)
def times_served() -> Response:
    more = {"versioning": "versioned", "readHistory": False, "updateCreate": False}
    return served("Appointment", R4, base("r4"), **more)


@bp.get("/r5/metadata")
@access("public", database=False)
def contacts_served() -> Response:
    return served("CareTeam", R5, base("r5"), supportedProfile=[careteam.MANAGER, careteam.TEAM])


@bp.get(f"/r5/StructureDefinition/{careteam.ANSWERS_NOW}")
@access("public", database=False)
def answers_now() -> Response:
    """What our extension is."""
    return public(careteam.definition(base("r5")))


@bp.get("/r4/Appointment/<uuid:booking>")
@access("public")
def time(booking: UUID) -> Response:
    found, entry = api_queries.time_for(entered("Appointment"), booking)
    return answered(bundle.appointment(found), entries=[entry])


@bp.get("/r4/Appointment")
@access("public")
def times() -> Response:
    client = entered("Appointment")
    return times_found(client, searched("Appointment", in_address=True))


@bp.post("/r4/Appointment/_search")
@access("public")
def search_times() -> Response:
    client = entered("Appointment")
    return times_found(client, searched("Appointment"))


@bp.get("/r5/CareTeam/<uuid:contact>")
@access("public")
def contact(contact: UUID) -> Response:
    """Somebody's contact, or the unit that one is reached through."""
    client = entered("CareTeam")
    managers, entries = contact_queries.manager_for(client, contact, at=now(), today=today())
    if managers:
        return answered(careteam.manager(managers[0], base("r5")), entries=entries)
    return answered(careteam.team(contact_queries.team_for(client, contact)))


@bp.get("/r5/CareTeam")
@access("public")
def contacts() -> Response:
    """There is no list of everybody's contacts."""
    client = entered("CareTeam")
    return contacts_found(client, searched("CareTeam", in_address=True))


@bp.post("/r5/CareTeam/_search")
@access("public")
def search_contacts() -> Response:
    client = entered("CareTeam")
    return contacts_found(client, searched("CareTeam"))


def contacts_found(client: Client, search: Search) -> Response:
    if search.number:
        managers, entries = contact_queries.managers_for(client, search, at=now(), today=today())
    elif search.key:
        managers, entries = contact_queries.manager_for(client, search.key, at=now(), today=today())
    else:
        raise Stopped(400, "required", "Say which patient, by POST to CareTeam/_search, or which _id.")
    if search.number and not managers:
        count_miss(client)
    own = base("r5")
    made = [careteam.manager(it, own) for it in managers]
    links = {"self": f"{own}/CareTeam/_search"}
    found = searchset(own, made, also=careteam.teams(managers), note=left_out(search), links=links)
    return answered(found, entries=entries)


def times_found(client: Client, search: Search) -> Response:
    if not search.is_bound:
        raise Stopped(
            400, "required", "Say which patient, by POST to Appointment/_search, or _lastUpdated=ge and a time."
        )
    found: Found = api_queries.times_for(client, search)
    if search.number and not found.times:
        count_miss(client)
    own = f"{base('r4')}/Appointment"
    links = {"self": f"{own}?page={found.here}" if found.here else f"{own}/_search"}
    if found.next:
        links["next"] = f"{own}?page={found.next}"
    made = [bundle.appointment(it) for it in found.times]
    return answered(searchset(base("r4"), made, note=left_out(search), links=links), entries=found.entries)


def base(version: str) -> str:
    """Where what is served in a version of FHIR begins."""
    return f"{current_app.extensions['settings'].base_url}/fhir/{version}"


def entered(kind: str) -> Client:
    """Whoever shows a token that is good, and good for this; raises Stopped."""
    shown = request.authorization
    if shown is None or shown.type != "bearer" or not shown.token:
        raise Stopped(401, "login", "Show a token: Authorization: Bearer.", 'Bearer realm="fhir"')
    client = reader_queries.client_of(shown.token, now=now())
    if client is None:
        fault = 'Bearer realm="fhir", error="invalid_token"'
        raise Stopped(401, "login", "The token has run out, or is none. Ask for another.", fault)
    if SCOPES[kind] not in client.scopes:
        fault = f'Bearer realm="fhir", error="insufficient_scope", scope="{SCOPES[kind]}"'
        raise Stopped(403, "forbidden", f"The token is not for {SCOPES[kind]}.", fault)
    return client


def searched(kind: str, *, in_address: bool = False) -> Search:
    """What is searched for, in the address or in the body; raises Stopped and Unfit."""
    asked = [*request.args.items(multi=True)]
    if any(
        name.partition(":")[0].partition(".")[0] in ("patient", "subject", "identifier", "actor") for name, _ in asked
    ):
        said = f"An identity number never stands in an address. POST {IDENTIFIER[1]} in the body to {kind}/_search."
        raise Stopped(400, "not-supported", said)
    if not in_address:
        asked += request.form.items(multi=True)
    formats = [value for name, value in asked if name == "_format"] or [it for it, _ in request.accept_mimetypes]
    if formats and not any(it.partition(";")[0].strip().lower() in WANTED for it in formats):
        raise Stopped(406, "not-supported", f"Only {MIME}.")
    return read(kind, asked, strict="lenient" not in request.headers.get("Prefer", ""))


def left_out(search: Search) -> Json | None:
    """What was not understood in a search that did not have to be (Prefer: handling=lenient)."""
    if not search.ignored:
        return None
    return outcome("warning", "not-supported", f"Left out of the search: {', '.join(search.ignored)[:200]}.")


def count_miss(client: Client) -> None:
    """Whoever tries numbers to see who is known here is slowed down; raises Stopped."""
    try:
        with transaction():
            throttle_service.count("api_miss", client.named, room=MISSES, refill=REFILL, by=SYSTEM, now=now())
    except throttle_service.TooMany as error:
        raise Stopped(429, "throttled", "Too many searches that found nobody. Wait a while.") from error


def served(kind: str, version: str, own: str, **more: object) -> Response:
    token = current_app.extensions["settings"].base_url + url_for("tokens.give")
    return public(capability.statement(kind, version, own, token, **more))


def public(said: Json) -> Response:
    """What is the same for everybody."""
    answer = Response(json.dumps(said, ensure_ascii=False), mimetype=MIME)
    answer.headers["Cache-Control"] = "public, max-age=3600"
    return answer


def answered(said: Json, status: int = 200, *, entries: Sequence[Entry] = ()) -> Response:
    """What is said of somebody leaves when the log has it."""
    answer = Response(json.dumps(said, ensure_ascii=False), status, mimetype=MIME)
    answer.headers["Cache-Control"] = "no-store"
    if entries:
        with transaction(alone=True) as session:
            audit.record(session, entries, by=SYSTEM, now=now())
    return answer
