"""Giving an address to be told on: a code goes there, and whoever types it has shown that it is theirs."""

from datetime import timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select, text

from app.accounts.throttle_service import TooMany
from app.core import audit, clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from app.notices import point_queries, point_rules, point_service
from app.notices.models import ContactPoint
from app.notices.point_queries import Point
from app.notices.point_service import Asked, InUse
from tests.world import Patient, Someone, Staff, World

Travel = time_machine.Traveller
HOME, WORK = "siv@example.org", "siv@example.com"


def asks(who: Someone, value: str = HOME, system: str = "email") -> Asked:
    with db.transaction():
        return point_service.ask(system, value, by=who.viewer, now=clock.now())


def types(who: Someone, asked: Asked, code: str | None = None) -> str:
    with db.transaction():
        return point_service.confirm(asked.key, code or asked.code, by=who.viewer, now=clock.now())


def removes(who: Someone, asked: Asked) -> None:
    with db.transaction():
        point_service.remove(asked.key, by=who.viewer, now=clock.now())


def held(who: Someone, system: str = "email") -> list[str]:
    return [it.value for it in point_queries.points_of(who.viewer) if it.is_confirmed and it.system == system]


def only(who: Someone) -> Point:
    (point,) = point_queries.points_of(who.viewer)
    return point


def wrong(asked: Asked) -> str:
    return f"{(int(asked.code) + 1) % 1_000_000:06}"


def test_an_address_holds_once_its_code_has_been_typed(siv: Patient) -> None:
    asked = asks(siv)
    assert held(siv) == [] and not only(siv).is_confirmed
    assert types(siv, asked) == "done"
    assert held(siv) == [HOME] and only(siv).key == asked.key


def test_the_code_is_kept_as_a_digest_and_the_address_sealed(siv: Patient) -> None:
    asked = asks(siv)
    row = db.session().execute(text("select * from contact_point")).one()
    assert asked.code.encode() not in bytes(row.code_digest) and len(row.code_digest) == 32
    assert b"example.org" not in bytes(row.value_sealed)
    types(siv, asked)
    assert db.session().execute(text("select code_digest from contact_point")).scalar() is None


def test_the_one_that_holds_goes_on_until_the_new_one_is_confirmed(siv: Patient) -> None:
    types(siv, asks(siv, HOME))
    new = asks(siv, WORK)
    assert held(siv) == [HOME]
    types(siv, new)
    assert held(siv) == [WORK]


def test_an_address_given_up_is_forgotten_at_once(siv: Patient) -> None:
    first = asks(siv, HOME)
    types(siv, first)
    types(siv, asks(siv, WORK))
    old = db.session().get_one(ContactPoint, first.key)
    assert old.ended_at and old.value == ""
    with pytest.raises(NotFound):
        removes(siv, first)


def test_each_way_is_its_own(siv: Patient) -> None:
    types(siv, asks(siv))
    types(siv, asks(siv, "+46701740612", "sms"))
    assert held(siv) == [HOME] and held(siv, "sms") == ["+46701740612"]


def test_a_new_address_takes_the_place_of_one_that_waits(siv: Patient) -> None:
    first, second = asks(siv, HOME), asks(siv, WORK)
    with pytest.raises(NotFound):
        types(siv, first)
    assert only(siv).value == WORK and types(siv, second) == "done"


def test_the_same_again_is_a_new_code_to_the_same_address(siv: Patient) -> None:
    first, second = asks(siv), asks(siv)
    assert first.key == second.key and first.letter != second.letter
    assert types(siv, second, first.code) == ("done" if first.code == second.code else "wrong")


def test_what_one_has_already_needs_no_code(siv: Patient) -> None:
    types(siv, asks(siv))
    with pytest.raises(InUse):
        asks(siv)


def test_a_code_is_good_for_fifteen_minutes(siv: Patient, clockwork: Travel) -> None:
    asked = asks(siv)
    clockwork.shift(timedelta(minutes=15))
    assert types(siv, asked) == "over" and held(siv) == []


def test_a_code_is_good_for_ten_tries(siv: Patient) -> None:
    asked = asks(siv)
    said = [types(siv, asked, wrong(asked)) for _ in range(11)]
    assert said == ["wrong"] * 9 + ["over"] * 2
    assert types(siv, asked) == "over" and held(siv) == []


def test_a_new_code_is_good_where_the_old_one_was_used_up(siv: Patient, clockwork: Travel) -> None:
    asked = asks(siv)
    clockwork.shift(timedelta(minutes=20))
    with db.transaction():
        again = point_service.ask_again(asked.key, by=siv.viewer, now=clock.now())
    assert again.key == asked.key and again.value == HOME
    assert types(siv, again) == "done"


def test_typed_twice_it_is_done_twice(siv: Patient) -> None:
    asked = asks(siv)
    assert [types(siv, asked), types(siv, asked, wrong(asked))] == ["done", "done"]
    assert held(siv) == [HOME]


def test_that_a_code_has_left_is_noted_of_that_code_only(siv: Patient) -> None:
    first = asks(siv)
    second = asks(siv)
    with db.transaction():
        point_service.sent(first, by=siv.viewer, now=clock.now())
    assert only(siv).sent_at is None
    with db.transaction():
        point_service.sent(second, by=siv.viewer, now=clock.now())
    assert only(siv).sent_at == clock.now()


def test_an_address_is_of_nobody_else(siv: Patient, karin: Staff) -> None:
    asked = asks(siv)
    for verb in (lambda: types(karin, asked), lambda: removes(karin, asked)):
        with pytest.raises(NotFound):
            verb()
    with pytest.raises(NotFound):
        point_queries.point_for(karin.viewer, asked.key)
    assert point_queries.points_of(karin.viewer) == []


def test_on_duty_and_in_private_are_two_lives(karin: Staff, world: World) -> None:
    at_home = Someone(world, karin.person)
    types(karin, asks(karin, WORK))
    asked = asks(at_home, HOME)
    types(at_home, asked)
    assert (held(karin), held(at_home)) == ([WORK], [HOME])
    with pytest.raises(NotFound):
        removes(karin, asked)


def test_two_may_share_an_address_and_neither_is_told(siv: Patient, world: World) -> None:
    olle = world.patient("Olle")
    types(siv, asks(siv))
    types(olle, asks(olle))
    assert held(siv) == held(olle) == [HOME]


def test_codes_to_many_addresses_come_to_an_end(siv: Patient, clockwork: Travel) -> None:
    for number in range(5):
        asks(siv, f"siv{number}@example.org")
    with pytest.raises(TooMany):
        asks(siv, HOME)
    clockwork.shift(timedelta(minutes=10))
    asks(siv, HOME)


def test_many_who_ask_for_codes_to_one_address_come_to_an_end(world: World, clockwork: Travel) -> None:
    for number in range(10):
        asks(world.patient(f"Patient {number}"))
    with pytest.raises(TooMany):
        asks(world.patient("Siv"), HOME.upper())
    # Sooner than any one of them may ask anew: nobody can keep its owner from it.
    clockwork.shift(timedelta(minutes=3))
    asks(world.patient("Siv"))


def test_too_many_change_nothing(siv: Patient) -> None:
    types(siv, asks(siv))
    for number in range(4):
        asks(siv, f"siv{number}@example.org")
    before = point_queries.points_of(siv.viewer)
    with pytest.raises(TooMany):
        asks(siv, WORK)
    db.session().expire_all()
    assert point_queries.points_of(siv.viewer) == before


def test_what_nobody_confirmed_is_forgotten_and_what_holds_is_not(siv: Patient, clockwork: Travel) -> None:
    types(siv, asks(siv))
    asks(siv, WORK)
    removed = asks(siv, "+46701740612", "sms")
    types(siv, removed)
    removes(siv, removed)

    def forgets() -> int:
        with db.transaction():
            return point_service.forget_old_points(by=SYSTEM, now=clock.now())

    assert forgets() == 0
    clockwork.shift(timedelta(days=1, seconds=1))
    assert forgets() == 1 and held(siv) == [HOME]
    clockwork.shift(timedelta(days=90))
    assert forgets() == 1 and held(siv) == [HOME]


def test_the_log_says_what_was_done_and_never_where(siv: Patient) -> None:
    asked = asks(siv)
    types(siv, asked, wrong(asked))
    types(siv, asked)
    removes(siv, asked)
    rows = db.session().execute(select(audit.log).where(audit.log.c.action.like("point.%")).order_by(audit.log.c.id))
    found = [(it.action, it.patient_id, it.object) for it in rows]
    about = (siv.person.id, f"point:{db.short(asked.key)}")
    assert found == [(f"point.{it}", *about) for it in ("asked", "code_refused", "confirmed", "removed")]


def test_what_staff_give_on_duty_is_nobodys_patient_data(karin: Staff) -> None:
    types(karin, asks(karin))
    rows = db.session().execute(select(audit.log.c.patient_id).where(audit.log.c.action.like("point.%")))
    assert rows.scalars().all() == [None, None]


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("siv@example.org", "siv@example.org"),
        ("  Siv.Nyberg+nar@Example.ORG ", "Siv.Nyberg+nar@example.org"),
        ("mailto:siv@example.org", "siv@example.org"),
        ("siv@hjärtat.se", "siv@xn--hjrtat-cua.se"),
        ("siv@xn--hjrtat-cua.se", "siv@xn--hjrtat-cua.se"),
        ("o'hara@mail.example.org", "o'hara@mail.example.org"),
    ],
)
def test_an_address_is_read_as_it_is_written(typed: str, written: str) -> None:
    assert point_rules.email(typed) == written


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "siv",
        "siv@",
        "@example.org",
        "siv@example",
        "siv@@example.org",
        "siv@exa mple.org",
        "siv nyberg@example.org",
        "siv@example..org",
        "siv@-example.org",
        "siv@127.0.0.1",
        "siv@[127.0.0.1]",
        ".siv@example.org",
        "siv.@example.org",
        "s..iv@example.org",
        '"siv"@example.org',
        "siv@example.org\r\nBcc: alla@example.org",
        "siv@example.org,olle@example.org",
        "siv@example.org>",
        f"{'s' * 65}@example.org",
        f"siv@{'a' * 64}.org",
        f"siv@{'abc.' * 63}org",
        "siv@exam\x00ple.org",
    ],
)
def test_what_is_no_address_is_none(typed: str) -> None:
    with pytest.raises(point_rules.NoAddress) as refusal:
        point_rules.email(typed)
    assert refusal.value.fault == "form"


def test_letters_that_mail_does_not_carry_are_said_to_be_that() -> None:
    with pytest.raises(point_rules.NoAddress) as refusal:
        point_rules.email("åsa@example.org")
    assert refusal.value.fault == "letters"


@given(some.text(max_size=60))
def test_whatever_is_typed_an_address_is_one_plain_one_or_none(typed: str) -> None:
    for text_ in (typed, f"{typed}@example.org", f"siv@{typed}", f"siv@{typed}.org"):
        try:
            found = point_rules.email(text_)
        except point_rules.NoAddress:
            continue
        assert found.isascii() and found.count("@") == 1 and not set(found) & set(' \r\n\t<>,;:"()[]\\\x00')
        assert point_rules.email(point_rules.shown(found)) == found


def test_codes_are_six_digits_and_differ() -> None:
    codes = {point_rules.fresh_code() for _ in range(50)}
    assert all(len(it) == 6 and it.isdigit() for it in codes) and len(codes) > 40
