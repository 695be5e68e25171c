"""Somebody nobody knows here, who comes in by e-identification because a patient has invited them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.accounts import service as accounts
from app.core import clock, db
from app.relatives import service as relatives
from tests.accounts.oidc.doors import arrives, browser, comes_back, last_refusal, own, staff_of
from tests.client import LintedClient
from tests.provider import NUMBER, Provider
from tests.world import World, token_in


def invited(world: World, request: pytest.FixtureRequest) -> tuple[LintedClient, Any, UUID]:
    """A browser of somebody unknown, which holds an offer of a patient's."""
    siv = own(world, request.node.name)
    key, code = siv.offers("Anna")
    phone = browser(world)
    token = token_in(phone.get("/slapp-in").text)
    assert phone.post("/slapp-in", data={"csrf_token": token, "code": code}).location == "/slapp-in/vidare"
    return phone, siv, key


def stranger() -> str:
    """The number of somebody whom nobody knows here."""
    from tests.care.around import number_for

    count = db.session().query(accounts.Person).count()
    return number_for(datetime(2002, 1 + count % 12, 1 + count // 12, tzinfo=UTC).date())


def test_whoever_is_invited_comes_in_as_a_relative_and_answers(
    world: World, provider: Provider, request: pytest.FixtureRequest
) -> None:
    phone, siv, key = invited(world, request)
    assert "Logga in först" in phone.get("/slapp-in/vidare").text
    number = stranger()
    provider.lets_in({NUMBER: number, "given_name": "Anna Maria", "family_name": "Öberg"})
    away = phone.get("/logga-in/e-legitimation?next=/slapp-in/vidare", lint=False)
    answer = comes_back(phone, away.location)
    assert (answer.status_code, answer.location) == (303, "/slapp-in/vidare")
    page = phone.get("/slapp-in/vidare").text
    assert "Ja tack" in page and "Siv" not in page
    assert phone.post("/slapp-in/ja", data={"csrf_token": token_in(page)}).location == f"/anhorig/{db.short(key)}"
    assert "Anna Maria Öberg" in siv.phone().get(f"/anhoriga/{db.short(key)}").text
    assert phone.get("/meddelanden").status_code == 404 and phone.get("/anhoriga").status_code == 404

    # Known from now on, without any offer.
    provider.lets_in({NUMBER: number})
    again = browser(world)
    assert arrives(again).status_code == 303 and again.get("/").status_code == 200


def test_nobody_comes_in_by_an_offer_that_was_taken_back(
    world: World, provider: Provider, request: pytest.FixtureRequest
) -> None:
    phone, siv, key = invited(world, request)
    with db.transaction():
        relatives.take_back(key, by=siv.viewer, now=clock.now())
    provider.lets_in({NUMBER: stranger(), "name": "Anna Öberg"})
    before = db.session().query(accounts.Person).count()
    assert arrives(phone).status_code == 403 and last_refusal() == "oidc-patient:unknown"
    assert db.session().query(accounts.Person).count() == before


def test_somebody_new_without_a_name_is_told_so(
    world: World, provider: Provider, request: pytest.FixtureRequest
) -> None:
    phone, _siv, _key = invited(world, request)
    provider.lets_in({NUMBER: stranger()})
    answer = arrives(phone)
    assert answer.status_code == 502 and "Vi fick inte veta vem du är" in answer.text
    assert last_refusal() == "oidc-patient:nameless"


def test_an_offer_is_dropped_by_whoever_comes_in_on_duty(
    world: World, provider: Provider, request: pytest.FixtureRequest
) -> None:
    phone, _siv, _key = invited(world, request)
    karin = staff_of(world)
    hsa = db.session().scalars(select(accounts.Staff.hsa_id).where(accounts.Staff.person_id == karin.person.id)).one()
    provider.lets_in({"employeeHsaId": hsa})
    assert arrives(phone, "tjanst").status_code == 303
    with phone.session_transaction() as cookie:
        assert "offer" not in cookie
