"""Keys on phones: who gets in with one, into what, and everything that is refused."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.accounts import ending_service, passkey_queries
from app.accounts import service as accounts
from app.accounts.models import Passkey, SignIn, Throttle
from app.accounts.passkey_rules import CHALLENGE_LIVES, MOST
from app.core import audit, clock, db
from app.core.audit import SYSTEM
from tests.accounts.soft_key import PRESENT, SoftKey
from tests.client import LintedClient
from tests.world import OnDuty, Someone, World, token_in

NOON = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)


def asks(phone: LintedClient, path: str, token: str) -> dict[str, Any]:
    answer = phone.post(path, data={"csrf_token": token})
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text)


def saves(someone: Someone, key: SoftKey, name: str = "Min telefon", phone: LintedClient | None = None) -> TestResponse:
    phone = phone or someone.phone()
    token = token_in(phone.get("/nyckel/ny").text)
    credential = key.makes(asks(phone, "/nyckel/ny/fraga", token))
    return phone.post("/nyckel/ny", data={"csrf_token": token, "name": name, "credential": credential})


def enters(world: World, key: SoftKey, phone: LintedClient | None = None, **more: str) -> TestResponse:
    phone = phone or world.app.test_client()  # type: ignore[assignment]
    assert phone
    token = token_in(phone.get("/logga-in").text)
    credential = key.answers(asks(phone, "/nyckel/fraga", token))
    return phone.post("/nyckel/logga-in", data={"csrf_token": token, "credential": credential} | more)


def refusals() -> list[str]:
    found = select(audit.log.c.object).where(audit.log.c.action == "sign_in.refused").order_by(audit.log.c.id)
    return [it for it in db.session().scalars(found) if it]


def test_a_key_opens_what_it_was_made_for(world: World) -> None:
    siv, key = world.patient("Siv"), SoftKey()
    assert saves(siv, key).location == "/inloggningar?klart=nyckel"
    phone: LintedClient = world.app.test_client()  # type: ignore[assignment]
    answer = enters(world, key, phone, next="/meddelanden")
    assert (answer.status_code, answer.location) == (303, "/meddelanden")
    assert phone.get("/meddelanden").status_code == 200
    ways = db.session().scalars(select(SignIn.way).where(SignIn.person_id == siv.person.id)).all()
    assert sorted(ways) == ["demo", "passkey"]


def test_nobody_is_led_to_another_site(world: World) -> None:
    key = SoftKey()
    saves(world.patient("Siv"), key)
    assert enters(world, key, next="//evil.example/x").location == "/"


@pytest.mark.parametrize("capacity", ["duty", "private"])
def test_a_key_made_in_one_capacity_opens_that_one_only(world: World, capacity: str) -> None:
    key, phone = SoftKey(), world.app.test_client()
    someone: Someone = world.staff("Karin Ek") if capacity == "duty" else world.patient("Siv")
    saves(someone, key)
    enters(world, key, phone)  # type: ignore[arg-type]
    assert (phone.get("/vag-in").status_code == 200) == (capacity == "duty")


def test_the_phone_is_asked_to_verify_and_to_find_the_key_itself_and_told_no_name(world: World) -> None:
    siv = world.patient("Siv Nyberg")
    phone = siv.phone()
    token = token_in(phone.get("/nyckel/ny").text)
    asked = asks(phone, "/nyckel/ny/fraga", token)
    chosen = asked["authenticatorSelection"]
    assert (chosen["residentKey"], chosen["userVerification"]) == ("required", "required")
    assert "Siv" not in json.dumps(asked) and str(siv.person.id) not in json.dumps(asked)
    used = asks(phone, "/nyckel/fraga", token)
    assert used["userVerification"] == "required" and not used.get("allowCredentials")


@pytest.mark.parametrize("lie", ["origin", "host", "unverified"])
@pytest.mark.parametrize("when", ["made", "used"])
def test_a_key_that_lies_is_refused(world: World, lie: str, when: str) -> None:
    siv, key = world.patient("Siv"), SoftKey()

    def lies() -> None:
        if lie == "origin":
            key.origin = "https://narlinjen.example.net"
        if lie == "host":
            key.host = "example.net"
        if lie == "unverified":
            key.flags = PRESENT

    if when == "made":
        lies()
        answer = saves(siv, key)
        assert answer.status_code == 422 and "stämde inte" in answer.text
        assert passkey_queries.keys_of(siv.viewer) == []
    else:
        saves(siv, key)
        lies()
        assert enters(world, key).status_code == 403
        assert refusals() == ["passkey:unknown"]


def stolen(world: World, key: SoftKey) -> SoftKey:
    """Another key that says that it is this one."""
    other = SoftKey()
    other.id = key.id
    return other


def removed(world: World, key: SoftKey) -> SoftKey:
    with db.transaction() as session:
        session.execute(update(Passkey).values(ended_at=clock.now()))
    return key


def closed(world: World, key: SoftKey) -> SoftKey:
    with db.transaction():
        accounts.close_account(world.patient("Siv").person.id, by=SYSTEM, now=clock.now())
    return key


def copied(world: World, key: SoftKey) -> SoftKey:
    """A copy of a key that has been used since it was copied."""
    enters(world, key)
    enters(world, key)
    key.count = 0
    return key


def strange(world: World, key: SoftKey) -> SoftKey:
    return SoftKey()


@pytest.mark.parametrize("made", [stolen, removed, closed, copied, strange], ids=lambda it: it.__name__)
def test_whatever_is_wrong_the_page_is_the_same(world: World, made: Callable[[World, SoftKey], SoftKey]) -> None:
    key = SoftKey()
    saves(world.patient("Siv"), key)
    answer = enters(world, made(world, key))
    assert answer.status_code == 403 and "Den nyckeln gäller inte här" in answer.text
    assert "ring din mottagning" in answer.text and "Siv" not in answer.text
    assert refusals()[-1] == "passkey:unknown"


def test_an_answer_is_good_once(world: World) -> None:
    key = SoftKey()
    saves(world.patient("Siv"), key)
    phone = world.app.test_client()
    token = token_in(phone.get("/logga-in").text)
    asked = asks(phone, "/nyckel/fraga", token)  # type: ignore[arg-type]
    with phone.session_transaction() as cookie:
        kept = cookie["asked"]
    key.count = -1
    data = {"csrf_token": token, "credential": key.answers(asked)}
    assert phone.post("/nyckel/logga-in", data=data).status_code == 303
    again = world.app.test_client()
    token = token_in(again.get("/logga-in").text)
    with again.session_transaction() as cookie:
        cookie["asked"] = kept
    answer = again.post("/nyckel/logga-in", data=data | {"csrf_token": token})
    assert answer.status_code == 403, "a cookie that was kept does not make the answer good twice"


def test_a_question_runs_out_and_belongs_to_its_purpose(world: World) -> None:
    siv, key = world.patient("Siv"), SoftKey()
    with time_machine.travel(NOON, tick=False) as clockwork:
        saves(siv, key)
        phone = siv.phone()
        token = token_in(phone.get("/logga-in").text)
        late = key.answers(asks(phone, "/nyckel/fraga", token))
        clockwork.shift(CHALLENGE_LIVES)
        assert phone.post("/nyckel/logga-in", data={"csrf_token": token, "credential": late}).status_code == 422
        other = SoftKey().makes(asks(phone, "/nyckel/fraga", token))
        data = {"csrf_token": token, "credential": other, "name": "En till"}
        assert phone.post("/nyckel/ny", data=data).status_code == 422


@pytest.mark.parametrize("credential", ["", "[]", "{}", "null", "x", '{"id": 1}', "å" * 30_000])
def test_what_is_no_answer_is_refused_in_words(world: World, credential: str) -> None:
    phone = world.app.test_client()
    token = token_in(phone.get("/logga-in").text)
    asks(phone, "/nyckel/fraga", token)  # type: ignore[arg-type]
    answer = phone.post("/nyckel/logga-in", data={"csrf_token": token, "credential": credential})
    assert (answer.status_code in (403, 422) and "mottagning" in answer.text) or "annat sätt" in answer.text


def test_a_lock_takes_the_keys_with_it(world: World) -> None:
    siv, key, work = world.patient("Siv"), SoftKey(), SoftKey()
    saves(siv, key)
    saves(world.staff("Karin Ek"), work)
    with db.transaction():
        ending_service.lock(siv.person.id, by=siv.viewer, now=clock.now())
    assert enters(world, key).status_code == 403
    assert enters(world, work).status_code == 303


def test_a_key_to_what_is_locked_is_told_so_and_logged(world: World) -> None:
    siv, key = world.patient("Siv"), SoftKey()
    saves(siv, key)
    with db.transaction():
        ending_service.lock(siv.person.id, by=siv.viewer, now=clock.now())
        db.session().execute(update(Passkey).values(ended_at=None))
    answer = enters(world, key)
    assert answer.location == "/logga-in/last" and refusals() == ["passkey:locked"]


def test_a_new_key_needs_a_fresh_way_in(world: World) -> None:
    siv = world.patient("Siv")
    with time_machine.travel(NOON, tick=False) as clockwork:
        phone = siv.phone()
        clockwork.shift(timedelta(minutes=15))
        page = phone.get("/nyckel/ny")
        assert "Logga in en gång till först" in page.text
        token = token_in(page.text)
        assert phone.post("/nyckel/ny/fraga", data={"csrf_token": token}).status_code == 403
        data = {"csrf_token": token, "name": "Min", "credential": "{}"}
        assert phone.post("/nyckel/ny", data=data).status_code == 403


def test_there_is_an_end_to_keys(world: World) -> None:
    siv = world.patient("Siv")
    for number in range(MOST):
        assert saves(siv, SoftKey(), f"Nyckel {number}").status_code == 303
    answer = saves(siv, SoftKey(), "En för mycket")
    assert answer.status_code == 422 and "redan tio nycklar" in answer.text and "En för mycket" in answer.text


def test_the_same_key_is_kept_once(world: World) -> None:
    siv, key = world.patient("Siv"), SoftKey()
    saves(siv, key)
    answer = saves(siv, key)
    assert answer.status_code == 422 and "har redan en nyckel" in answer.text


def test_a_key_is_ones_own_in_this_capacity(world: World) -> None:
    siv, tom = world.patient("Siv"), world.patient("Tom")
    saves(siv, SoftKey())
    key = passkey_queries.keys_of(siv.viewer)[0].key
    for someone in (tom, world.staff("Karin Ek")):
        phone = someone.phone()
        token = token_in(phone.get("/inloggningar").text)
        assert phone.get(f"/nyckel/{db.short(key)}").status_code == 404
        for path in (f"/nyckel/{db.short(key)}", f"/nyckel/{db.short(key)}/ta-bort"):
            assert phone.post(path, data={"csrf_token": token, "name": "Min"}).status_code == 404
    assert passkey_queries.keys_of(OnDuty(world, siv.person).viewer) == []


@pytest.mark.parametrize("name", ["", "   ", "x" * 41])
def test_a_name_says_something_short(world: World, name: str) -> None:
    siv = world.patient("Siv")
    assert saves(siv, SoftKey(), name).status_code == 422


def test_too_many_tries_wait_for_seconds_and_not_longer(world: World) -> None:
    key = SoftKey()
    saves(world.patient("Siv"), key)
    with time_machine.travel(NOON, tick=False) as clockwork:
        codes = [enters(world, SoftKey()).status_code for _ in range(22)]
        assert codes == [403] * 20 + [429] * 2
        clockwork.shift(5)
        assert enters(world, key).status_code == 303, "an honest person waits for as long as it takes to read the page"
        assert refusals()[-1] == "passkey:throttled"
        kept = db.session().scalars(select(Throttle.key)).all()
    assert all(b"127.0.0.1" not in row for row in kept)
