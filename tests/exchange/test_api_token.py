"""How another system comes in: a secret for a short token, over HTTP as RFC 6749 has it."""

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from app.core import clock, db
from app.exchange import client_service as clients
from app.exchange.models import ApiClient, ApiToken
from tests.exchange.reading import CONTACTS, TIMES, System, fault, given
from tests.world import World


@pytest.fixture
def system(world: World) -> System:
    return System(world)


@pytest.mark.parametrize("by", ["header", "body"])
def test_a_secret_gives_a_short_token(system: System, by: str) -> None:
    answer = system.asks_token(by=by)
    said = answer.json
    assert answer.status_code == 200 and said
    assert said["token_type"] == "Bearer" and said["expires_in"] == 300
    assert set(said["scope"].split()) == {TIMES, CONTACTS}
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    assert "Set-Cookie" not in answer.headers and answer.mimetype == "application/json"


def test_neither_secret_nor_token_is_kept(world: World, system: System) -> None:
    token = system.enters()
    kept = db.session().scalars(select(ApiClient)).one(), db.session().scalars(select(ApiToken)).one()
    for secret in (system.secret, token):
        assert secret.encode() not in (kept[0].secret_digest, kept[1].digest)
        assert len(kept[0].secret_digest) == len(kept[1].digest) == 32
    assert kept[0].used_at and clock.now() - kept[0].used_at < timedelta(minutes=1)


def refusal(system: System, **asked: str) -> tuple[int, str]:
    answer = system.asks_token(**asked)  # type: ignore[arg-type]
    assert answer.json and answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.json["error"]


def test_what_is_wrong_is_said_as_the_standard_has_it(system: System) -> None:
    assert refusal(system, secret="nej") == (401, "invalid_client")
    assert refusal(system, client="A" * 22) == (401, "invalid_client")
    assert refusal(system, client="åäö") == (401, "invalid_client")
    assert refusal(system, grant_type="password") == (400, "unsupported_grant_type")
    assert refusal(system, grant_type="") == (400, "invalid_request")
    assert refusal(system, scope="system/Patient.rs") == (400, "invalid_scope")
    assert refusal(system, client_id=system.id, client_secret=system.secret) == (400, "invalid_request")
    wrong = system.asks_token(secret="nej")
    assert wrong.headers["WWW-Authenticate"].startswith("Basic")


def test_a_secret_never_stands_in_an_address(system: System) -> None:
    form = {"grant_type": "client_credentials", "client_id": system.id, "client_secret": system.secret}
    answer = system.client.post("/fhir/token", query_string=form)
    assert answer.status_code == 400 and answer.json and answer.json["error"] == "invalid_request"
    assert system.client.post("/fhir/token", json=form).status_code == 400
    twice = f"grant_type=client_credentials&client_id={system.id}&client_id=x&client_secret={system.secret}"
    sent = system.client.post("/fhir/token", data=twice, content_type="application/x-www-form-urlencoded")
    assert sent.status_code == 400
    assert system.client.get("/fhir/token").status_code == 405


def test_a_token_is_for_what_was_asked_and_no_more(world: World, system: System) -> None:
    narrow = System(world, "Vårdportalen", CONTACTS)
    answer = narrow.asks_token(scope=f"{TIMES} {CONTACTS}")
    assert answer.json and answer.json["scope"] == CONTACTS
    token = system.enters(scope=CONTACTS)
    said = system.client.get(
        "/fhir/r4/Appointment?_lastUpdated=ge2026-01-01", headers={"Authorization": f"Bearer {token}"}
    )
    assert "system/Appointment.rs" in fault(said, 403)
    assert 'error="insufficient_scope"' in said.headers["WWW-Authenticate"]
    given(system.get("/r4/metadata"))


def test_a_token_runs_out(system: System) -> None:
    system.enters()
    given(system.get("/r4/Appointment?_lastUpdated=ge2026-01-01"))
    with time_machine.travel(clock.now() + timedelta(seconds=301)):
        late = system.get("/r4/Appointment?_lastUpdated=ge2026-01-01")
        assert "run out" in fault(late, 401)
        assert 'error="invalid_token"' in late.headers["WWW-Authenticate"]
        system.enters()
    assert db.session().scalar(select(func.count()).select_from(ApiToken)) == 1, "What has run out is taken away."


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer nej", "Basic bmVqOm5lag==", "Bearer åäö"])
def test_nobody_else_is_let_in(system: System, shown: str) -> None:
    headers = {"Authorization": shown.encode().decode("latin-1")} if shown else {}
    for path in (
        "/fhir/r4/Appointment?_lastUpdated=ge2026-01-01",
        "/fhir/r5/CareTeam/00000000-0000-0000-0000-000000000000",
    ):
        answer = system.client.get(path, headers=headers)
        fault(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_is_no_token(world: World, system: System) -> None:
    """Whoever is signed in reads nothing here, and what opens their session opens nothing here either."""
    admin = world.admin()
    assert admin.phone().get("/fhir/r4/Appointment?_lastUpdated=ge2026-01-01").status_code == 401
    for other in (admin.viewer.token, system.secret):
        answer = system.client.get(
            "/fhir/r4/Appointment?_lastUpdated=ge2026-01-01", headers={"Authorization": f"Bearer {other}"}
        )
        fault(answer, 401)


def test_who_is_shut_out_or_gets_another_secret_reads_no_more(world: World, system: System) -> None:
    system.enters()
    admin, old = world.admin(), system.secret
    with db.transaction():
        _key, system.secret = clients.renew(world.region().id, system.key, by=admin.viewer, now=clock.now())
    fault(system.get("/r4/Appointment?_lastUpdated=ge2026-01-01"), 401)
    assert refusal(system, secret=old) == (401, "invalid_client")
    system.enters()
    given(system.get("/r4/Appointment?_lastUpdated=ge2026-01-01"))
    with db.transaction():
        clients.shut_out(world.region().id, system.key, by=admin.viewer, now=clock.now())
    fault(system.get("/r4/Appointment?_lastUpdated=ge2026-01-01"), 401)
    assert refusal(system) == (401, "invalid_client")


def test_guesses_are_slowed_down_and_shut_nobody_out(system: System) -> None:
    answers = [refusal(system, secret=f"gissning {number}")[0] for number in range(25)]
    assert answers[:20] == [401] * 20 and 429 in answers
    system.enters()


def test_tokens_are_slowed_down_too(system: System) -> None:
    with time_machine.travel(clock.now(), tick=False):
        answers = [system.asks_token().status_code for _number in range(62)]
    assert answers == [200] * 60 + [429] * 2


def test_another_site_cannot_ask_with_a_readers_browser(system: System) -> None:
    answer = system.client.post(
        "/fhir/token", data={"grant_type": "client_credentials"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403 and answer.json and answer.json["resourceType"] == "OperationOutcome"
