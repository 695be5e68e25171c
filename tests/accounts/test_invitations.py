"""Coming in with a code: given by hand or by letter, good once, on one phone, and never to somebody else."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from werkzeug.test import TestResponse

from app.accounts import ending_service, invite_rules, invite_service, passkey_queries, queries
from app.accounts import service as accounts
from app.accounts.models import Invitation
from app.core import audit, clock, db
from app.core.audit import SYSTEM
from tests.accounts.soft_key import SoftKey
from tests.client import LintedClient
from tests.world import Patient, Staff, World, token_in

NOON = datetime(2026, 11, 25, 11, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clockwork:
        yield clockwork


@pytest.fixture
def siv(world: World) -> Patient:
    return world.patient("Siv Nyberg")


@pytest.fixture
def karin(world: World) -> Staff:
    return world.staff("Karin Ek")


def press(phone: LintedClient, path: str, page: str, **values: str) -> TestResponse:
    return phone.post(path, data={"csrf_token": token_in(phone.get(page).text)} | values)


def gives(staff: Staff, patient: Patient, how: str = "in_person") -> str:
    """The code that staff read off their own page."""
    path = f"/vag-in/{db.short(patient.person.id)}/kod"
    page = press(staff.phone(), path, path, how=how).text
    found = re.search(r'class="code">([\w-]+)<', page)
    assert found and "Kod till Siv Nyberg" in page
    return found.group(1)


def types(phone: LintedClient, code: str) -> TestResponse:
    return press(phone, "/kod", "/kod", code=code)


def makes_key(phone: LintedClient, key: SoftKey) -> TestResponse:
    token = token_in(phone.get("/kod/vidare").text)
    asked = phone.post("/kod/fraga", data={"csrf_token": token}, lint=False)
    if asked.status_code != 200:
        return asked
    credential = key.makes(json.loads(asked.text))
    return phone.post("/kod/nyckel", data={"csrf_token": token, "name": "Min telefon", "credential": credential})


def browser(world: World) -> LintedClient:
    return world.app.test_client()  # type: ignore[return-value]


def words_on(phone: LintedClient) -> str:
    found = re.search(r'class="code" lang="sv">([^<]+)<', phone.get("/kod/vidare").text)
    assert found
    return found.group(1)


def confirms(staff: Staff, patient: Patient, said: str) -> TestResponse:
    door = f"/vag-in/{db.short(patient.person.id)}"
    return press(staff.phone(), f"{door}/kod/bekrafta", door, said=said)


def actions(patient: Patient) -> list[str]:
    found = select(audit.log.c.action).where(audit.log.c.patient_id == patient.person.id).order_by(audit.log.c.id)
    return [it for it in db.session().scalars(found) if it.startswith("invitation.")]


def test_a_code_by_hand_becomes_a_key_and_a_way_in(world: World, siv: Patient, karin: Staff) -> None:
    phone, key = browser(world), SoftKey()
    assert types(phone, gives(karin, siv)).location == "/kod/vidare"
    assert makes_key(phone, key).location == "/"
    assert "Skriv till Karin Ek" in phone.get("/").text
    assert [it.name for it in passkey_queries.keys_of(siv.viewer)] == ["Min telefon"]
    assert actions(siv) == ["invitation.issued", "invitation.claimed", "invitation.used"]


def test_the_code_is_kept_nowhere(world: World, siv: Patient, karin: Staff) -> None:
    code = gives(karin, siv).replace("-", "")
    rows = [str(row) for row in db.session().execute(text("select * from invitation"))]
    assert len(rows) == 1 and code[4:] not in rows[0]
    assert code not in karin.phone().get(f"/vag-in/{db.short(siv.person.id)}").text


@pytest.mark.parametrize(("how", "lives"), invite_rules.LIVES.items())
def test_a_code_runs_out(
    world: World, siv: Patient, karin: Staff, noon: time_machine.Traveller, how: str, lives: timedelta
) -> None:
    code = gives(karin, siv, how)
    noon.shift(lives - timedelta(seconds=1))
    phone = browser(world)
    assert types(phone, code).status_code == 303
    noon.shift(timedelta(seconds=1))
    assert "Koden gäller inte längre här" in phone.get("/kod/vidare").text
    code = gives(karin, siv, how)
    noon.shift(lives)
    assert types(browser(world), code).status_code == 422


def test_ten_wrong_tries_end_a_code_and_nothing_else(world: World, siv: Patient, karin: Staff) -> None:
    code = gives(karin, siv)
    wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
    phone = browser(world)
    for _ in range(10):
        assert types(phone, wrong).status_code == 422
    assert types(phone, code).status_code == 422
    assert siv.phone().get("/meddelanden").status_code == 200
    assert types(browser(world), gives(karin, siv)).status_code in (303, 429)


def test_nine_wrong_tries_leave_room_for_the_right_one(world: World, siv: Patient, karin: Staff) -> None:
    code = gives(karin, siv)
    for _ in range(9):
        types(browser(world), code[:-1] + ("2" if code[-1] != "2" else "3"))
    assert types(browser(world), code.lower().replace("-", " ")).status_code == 303


@pytest.mark.parametrize("typed", ["", "x", "ÅÄÖ", "0000-0000-0000", "K7QF-92MH-XT4P", "k" * 5000])
def test_what_is_no_code_is_refused_in_the_same_words(world: World, typed: str) -> None:
    answer = types(browser(world), typed)
    assert answer.status_code == 422
    assert "Skriv koden" in answer.text if not typed else "Koden gäller inte" in answer.text


def test_a_code_is_good_on_one_phone(world: World, siv: Patient, karin: Staff) -> None:
    code = gives(karin, siv)
    first, second = browser(world), browser(world)
    assert types(first, code).status_code == 303
    assert types(second, code).status_code == 422
    assert makes_key(first, SoftKey()).status_code == 303
    assert types(first, code).status_code == 422
    assert "Koden gäller inte längre här" in first.get("/kod/vidare").text


def test_a_second_code_ends_the_first(world: World, siv: Patient, karin: Staff) -> None:
    first = gives(karin, siv)
    phone = browser(world)
    types(phone, first)
    second = gives(karin, siv)
    assert makes_key(phone, SoftKey()).status_code == 403
    assert types(browser(world), first).status_code == 422
    assert types(browser(world), second).status_code == 303


def test_a_code_that_is_taken_back_is_none(world: World, siv: Patient, karin: Staff) -> None:
    code = gives(karin, siv)
    door = f"/vag-in/{db.short(siv.person.id)}"
    assert "Karin Ek gjorde en kod" in karin.phone().get(door).text
    assert press(karin.phone(), f"{door}/kod/ta-tillbaka", door).status_code == 303
    assert types(browser(world), code).status_code == 422
    assert actions(siv)[-1] == "invitation.ended"


def test_a_letters_code_waits_for_the_words_that_the_phone_shows(world: World, siv: Patient, karin: Staff) -> None:
    phone = browser(world)
    types(phone, gives(karin, siv, "letter"))
    words = words_on(phone)
    assert makes_key(phone, SoftKey()).status_code == 403, "nobody has confirmed it yet"
    page = karin.phone().get(f"/vag-in/{db.short(siv.person.id)}").text
    assert "Vilka två ord" in page and words not in page, "staff are told, they are not shown"
    answer = confirms(karin, siv, "sol sol")
    assert answer.status_code == 422 and "Det är inte de orden" in answer.text
    assert makes_key(phone, SoftKey()).status_code == 403
    assert confirms(karin, siv, " ".join(reversed(words.upper().split()))).status_code == 303
    assert makes_key(phone, SoftKey()).status_code == 303


def test_words_cannot_be_guessed_for_ever(world: World, siv: Patient, karin: Staff) -> None:
    phone = browser(world)
    types(phone, gives(karin, siv, "letter"))
    words = words_on(phone)
    for _ in range(10):
        with db.transaction():
            invite_service.confirm(siv.person.id, "fel ord", unit_id=karin.unit.id, by=karin.viewer, now=clock.now())
    with pytest.raises(invite_service.Over):
        invite_service.confirm(siv.person.id, words, unit_id=karin.unit.id, by=karin.viewer, now=clock.now())


def test_staff_cannot_become_the_patient_in_their_own_browser(world: World, siv: Patient, karin: Staff) -> None:
    code = gives(karin, siv)
    phone = karin.phone()
    answer = types(phone, code)
    assert answer.status_code == 409 and "inloggad i tjänsten" in answer.text
    taken = browser(world)
    types(taken, code)
    with taken.session_transaction() as cookie:
        claim = cookie["claim"]
    with phone.session_transaction() as cookie:
        cookie["claim"] = claim
    assert makes_key(phone, SoftKey()).status_code == 409


def test_the_old_ways_end_when_a_new_phone_comes_in(world: World, siv: Patient, karin: Staff) -> None:
    lost = siv.phone()
    phone = browser(world)
    first = SoftKey()
    types(phone, gives(karin, siv))
    makes_key(phone, first)
    with db.transaction():
        ending_service.lock(siv.person.id, by=karin.viewer, now=clock.now())
    again = browser(world)
    types(again, gives(karin, siv))
    makes_key(again, SoftKey())
    assert again.get("/meddelanden").status_code == 200, "whoever gives a code opens the lock"
    assert lost.get("/meddelanden").status_code == phone.get("/meddelanden").status_code == 302
    assert len(passkey_queries.keys_of(siv.viewer)) == 1


def test_the_code_of_a_closed_account_opens_nothing(world: World, siv: Patient, karin: Staff) -> None:
    phone = browser(world)
    types(phone, gives(karin, siv))
    with db.transaction():
        accounts.close_account(siv.person.id, by=SYSTEM, now=clock.now())
    assert makes_key(phone, SoftKey()).status_code == 403


def test_the_patient_is_told_for_seven_days_who_made_a_code(
    world: World, siv: Patient, karin: Staff, noon: time_machine.Traveller
) -> None:
    gives(karin, siv)
    assert "Någon i vården gjorde en kod till dig" in siv.phone().get("/").text
    assert "Karin Ek gjorde en kod till dig." in siv.phone().get("/inloggningar").text
    noon.shift(timedelta(days=7))
    assert "gjorde en kod" not in siv.phone().get("/").text


@pytest.mark.parametrize("how", ["", "by_dove"])
def test_a_code_is_given_in_a_way_that_there_is(world: World, siv: Patient, karin: Staff, how: str) -> None:
    path = f"/vag-in/{db.short(siv.person.id)}/kod"
    assert press(karin.phone(), path, path, how=how).status_code == 422


def test_only_those_who_may_help_may_give_a_code(world: World, siv: Patient) -> None:
    anna = world.staff("Anna Berg", unit="Mottagning Granen")
    door = f"/vag-in/{db.short(siv.person.id)}"
    for path in ("/kod", "/kod/ta-tillbaka", "/kod/bekrafta"):
        assert press(anna.phone(), door + path, "/vag-in", how="in_person", said="x y").status_code == 404
    assert press(siv.phone(), f"{door}/kod", "/inloggningar", how="in_person").status_code == 404


def test_old_codes_are_forgotten(world: World, siv: Patient, karin: Staff, noon: time_machine.Traveller) -> None:
    gives(karin, siv)
    noon.shift(timedelta(days=90, seconds=1))
    with db.transaction():
        assert invite_service.forget_old_invitations(by=SYSTEM, now=clock.now()) == 1
    assert db.session().scalars(select(Invitation.id)).all() == []
    assert queries.viewer_of(siv.viewer.token, now=clock.now())


@given(st.integers(0, 5))
def test_a_code_is_read_as_it_is_written(spaces: int) -> None:
    code = invite_rules.fresh_code()
    typed = (" " * spaces).join(invite_rules.shown(code).lower())
    assert invite_rules.read(typed) == (code[:4], code[4:])


def test_words_are_two_and_different_and_the_list_has_none_twice() -> None:
    assert len(set(invite_rules.WORDS)) == len(invite_rules.WORDS) > 64
    one, two = invite_rules.fresh_words().split()
    assert one != two
    assert invite_rules.same_words(f"{two.upper()}, {one}.", f"{one} {two}")
    assert not invite_rules.same_words(f"{one} {one}", f"{one} {two}")
