"""Whom a patient lets in: what is seen when, by whom, and that it is gone when it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import time_machine

from app.accounts import ending_service, invite_rules
from app.accounts import queries as account_queries
from app.accounts import service as accounts
from app.accounts.models import Relative as RelativeRow
from app.accounts.queries import Viewer
from app.care import answer_queries
from app.care import ending_service as care_ending
from app.care import queries as care_queries
from app.care.models import Unit
from app.core import audit, clock, db
from app.core.audit import SYSTEM
from app.core.errors import NotFound
from app.relatives import invite_queries, queries, rules, service
from app.relatives.models import Consent, Relation
from app.relatives.service import LetInAlready, Over, OwnOffer, TooMany, Wanted
from tests.relatives.conftest import MONDAY
from tests.world import Patient, Relative, Someone, Staff, World, today

BOTH = ("contact", "bookings")


def sees(who: Someone) -> dict[str, set[str]]:
    """What somebody is let see, by the patient's name."""
    return {it.name: set(it.items) for it in queries.let_in(who.viewer, now=clock.now())}


def stage(siv: Patient, key: UUID) -> str:
    return invite_queries.given_for(siv.viewer, key, now=clock.now()).stage


def later(**length: float) -> time_machine.travel:
    return time_machine.travel(MONDAY + timedelta(**length), tick=False)


def does(verb: Callable[..., object], *values: object, by: Someone) -> None:
    with db.transaction():
        verb(*values, by=by.viewer, now=clock.now())


def wanted(*items: str, name: str = "Anna", last: date = date(2027, 5, 23)) -> Wanted:
    return Wanted(name, items, last)


def test_nothing_is_seen_until_the_patient_has_said_who_it_is(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv, confirmed=False)
    key = anna.relations[siv]
    assert sees(anna) == {} and stage(siv, key) == "answered" and siv.rings() == ["relative_answered"]
    does(service.confirm, key, by=siv)
    assert sees(anna) == {"Siv Nyberg": {"contact"}} and stage(siv, key) == "let_in" and anna.rings() == ["let_in"]
    (it,) = queries.let_in(anna.viewer, now=clock.now())
    assert it.patient_id == siv.person.id and it.last == date(2027, 5, 23)


def test_only_what_was_shared_is_seen(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv, items=("contact",))
    key = anna.relations[siv]
    assert queries.shared(anna.viewer, key, "contact", now=clock.now()).name == "Siv Nyberg"
    with pytest.raises(NotFound):
        queries.shared(anna.viewer, key, "bookings", now=clock.now())
    does(service.change, key, wanted("bookings"), by=siv)
    assert sees(anna) == {"Siv Nyberg": {"bookings"}}
    found = queries.seen_by(anna.viewer, key, now=clock.now(), today=today())
    assert found.contacts == [] and found.answers == {}


def test_it_holds_to_the_end_of_its_last_day_and_not_longer(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv)
    viewer = anna.viewer
    midnight = datetime(2027, 5, 23, 22, tzinfo=UTC)
    assert queries.let_in(viewer, now=midnight - timedelta(seconds=1))
    assert queries.let_in(viewer, now=midnight) == []


def test_what_is_taken_back_is_gone_at_once(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv, items=BOTH)
    key = anna.relations[siv]
    does(service.take_back, key, by=siv)
    assert sees(anna) == {} and stage(siv, key) == "over"
    for item in BOTH:
        with pytest.raises(NotFound):
            queries.shared(anna.viewer, key, item, now=clock.now())
    assert queries.state_of(anna.viewer, key, now=clock.now()) is None
    assert all(row.taken_back_at == MONDAY for row in db.session().query(Consent).filter_by(relation_id=key))
    with pytest.raises(Over):
        does(service.take_back, key, by=siv)
    assert anna.rings() == [], "what was told of it is withdrawn, and nothing is said of taking back"


def test_each_change_leaves_the_consent_that_was(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv, items=("contact",))
    key = anna.relations[siv]
    with later(hours=1):
        does(service.change, key, wanted(*BOTH, last=date(2026, 12, 23)), by=siv)
        assert sees(anna) == {"Siv Nyberg": set(BOTH)}
    rows = db.session().query(Consent).filter_by(relation_id=key).order_by(Consent.starts_at, Consent.item)
    hour = MONDAY + timedelta(hours=1)
    assert [(it.item, it.starts_at, it.taken_back_at) for it in rows] == [
        ("contact", MONDAY, hour),
        ("bookings", hour, None),
        ("contact", hour, None),
    ]
    assert queries.let_in(anna.viewer, now=datetime(2026, 12, 24, tzinfo=UTC)) == []


def test_several_patients_and_several_relatives(world: World, siv: Patient) -> None:
    tom = world.patient("Tom Wiklund")
    anna = world.relative("Anna Lind", of=siv)
    world.relative("Anna Lind", of=tom, items=("bookings",))
    olle = world.relative("Olle Berg", of=siv, items=BOTH)
    assert sees(anna) == {"Siv Nyberg": {"contact"}, "Tom Wiklund": {"bookings"}}
    assert sees(olle) == {"Siv Nyberg": set(BOTH)}
    does(service.take_back, anna.relations[siv], by=siv)
    assert sees(anna) == {"Tom Wiklund": {"bookings"}} and sees(olle) == {"Siv Nyberg": set(BOTH)}


def test_a_lock_hides_all_until_it_is_opened(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv)
    by = siv.viewer
    with db.transaction():
        ending_service.lock(siv.person.id, by=by, now=clock.now())
    assert sees(anna) == {}
    with db.transaction():
        ending_service.unlock(siv.person.id, by=by, now=clock.now())
    assert sees(anna) == {"Siv Nyberg": {"contact"}}


def test_an_account_that_closes_hides_all_and_ends_it_the_day_after(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv)
    key = anna.relations[siv]
    with db.transaction():
        accounts.close_account(siv.person.id, by=SYSTEM, now=clock.now())
    assert sees(anna) == {}
    assert ended(hours=23) == 0, "until then it may have been a mistake"
    assert ended(hours=25) == 1
    assert db.session().get_one(Relation, key).ended_how == "care_ended"


def test_a_death_that_is_taken_back_gives_back_what_was_shared(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv)
    head = world.function_people()[0].viewer
    with db.transaction():
        care_ending.has_died(siv.person.id, told="Vården är avslutad.", by=head, now=clock.now())
    assert sees(anna) == {}
    with db.transaction():
        care_ending.take_back_death(siv.person.id, by=head, now=clock.now())
    assert sees(anna) == {"Siv Nyberg": {"contact"}}


def ended(**length: float) -> int:
    with later(**length), db.transaction():
        return service.end_what_is_over(by=SYSTEM, now=clock.now())


def test_the_worker_ends_what_has_run_out_and_what_nobody_answered(world: World, siv: Patient) -> None:
    key, _code = siv.offers("Olle")
    anna = world.relative("Anna Lind", of=siv)
    assert ended(days=1) == 0
    assert ended(days=8) == 1 and db.session().get_one(Relation, key).ended_how == "expired"
    assert ended(days=182) == 1 and db.session().get_one(Relation, anna.relations[siv]).ended_how == "expired"
    assert ended(days=182) == 0


def test_a_code_is_answered_once(world: World, siv: Patient) -> None:
    key, code = siv.offers("Anna")
    anna, olle = world.patient("Anna Sandberg"), world.patient("Olle Dahl")
    does(service.accept, key, code, by=anna)
    with pytest.raises(Over):
        does(service.accept, key, code, by=olle)
    assert find(code) is None


def find(code: str) -> UUID | None:
    with db.transaction():
        return service.find(code, by=SYSTEM, now=clock.now())


def test_a_code_dies_of_ten_wrong_tries_and_of_age_and_of_a_new_one(world: World, siv: Patient) -> None:
    key, code = siv.offers("Anna")
    wrong = code[:4] + ("2" * 8 if code[4:] != "2" * 8 else "3" * 8)
    for _ in range(9):
        assert find(wrong) is None
    assert find(invite_rules.shown(code).lower()) == key
    assert find(wrong) is None and find(code) is None and stage(siv, key) == "lapsed"
    with db.transaction():
        again = service.renew(key, by=siv.viewer, now=clock.now())
    assert find(code) is None and find(again) == key
    with later(days=7):
        assert find(again) is None and stage(siv, key) == "lapsed"


def test_the_code_stands_nowhere(world: World, siv: Patient) -> None:
    key, code = siv.offers("Anna")
    row = db.session().get_one(Relation, key)
    assert code[4:].encode() not in row.secret_digest and row.place == code[:4]
    said = db.session().execute(audit.log.select()).all()
    assert said and code not in repr(said) and "Anna" not in repr(said)


def test_one_does_not_let_oneself_in_nor_the_same_person_twice(world: World, siv: Patient) -> None:
    key, code = siv.offers("Mig själv")
    with pytest.raises(OwnOffer):
        does(service.accept, key, code, by=siv)
    anna = world.relative("Anna Lind", of=siv)
    with pytest.raises(LetInAlready):
        does(service.accept, key, code, by=anna)


def test_there_is_room_for_ten(world: World, siv: Patient) -> None:
    keys = [siv.offers(f"Nära {n}")[0] for n in range(rules.MOST_OPEN)]
    with pytest.raises(TooMany):
        siv.offers("En till")
    does(service.take_back, keys[0], by=siv)
    siv.offers("En till")


def test_the_wrong_person_gets_to_see_nothing_and_the_relative_may_leave(world: World, siv: Patient) -> None:
    stranger = world.relative("Nils Okänd", of=siv, confirmed=False)
    does(service.not_them, stranger.relations[siv], by=siv)
    assert sees(stranger) == {}
    with pytest.raises(Over):
        does(service.confirm, stranger.relations[siv], by=siv)
    anna = world.relative("Anna Lind", of=siv)
    with pytest.raises(Over):
        does(service.not_them, anna.relations[siv], by=siv)
    does(service.leave, anna.relations[siv], by=anna)
    assert sees(anna) == {} and invite_queries.given_for(siv.viewer, anna.relations[siv], now=MONDAY).how == "left"


def test_no_verb_reaches_another_patients(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv)
    tom = world.patient("Tom Wiklund")
    key = anna.relations[siv]
    for verb in (service.take_back, service.confirm, service.not_them, service.renew, service.leave):
        with pytest.raises(NotFound):
            does(verb, key, by=tom)
    with pytest.raises(NotFound):
        does(service.change, key, wanted("bookings"), by=tom)
    with pytest.raises(NotFound):
        invite_queries.given_for(tom.viewer, key, now=clock.now())
    assert sees(anna) == {"Siv Nyberg": {"contact"}}


def test_staff_who_are_let_in_are_no_longer_asked_until_it_ends(world: World, siv: Patient, karin: Staff) -> None:
    """Karin is Siv's contact, and her neighbour: what Siv asks goes to Erik as long as Karin is let in in private."""
    world.staff("Erik Lund")
    assert answers(siv) == karin.person.id
    key, code = siv.offers("Karin")
    privately = Someone(world, karin.person)
    before = version(karin)
    does(service.accept, key, code, by=privately)
    assert version(karin) > before and answers(siv) != karin.person.id
    assert db.session().get(RelativeRow, karin.person.id)
    does(service.take_back, key, by=siv)
    assert version(karin) > before + 1 and answers(siv) == karin.person.id


def version(staff: Staff) -> int:
    return db.session().query(Unit.care_version).filter_by(id=staff.unit.id).scalar()


def answers(siv: Patient) -> UUID | None:
    cards = care_queries.contacts_of(siv.viewer, today=today())
    return answer_queries.who_answers(siv.viewer, cards, at=clock.now(), today=today())[cards[0].key].now.key


def test_a_relative_sees_who_answers_as_the_patient_does(world: World, siv: Patient, karin: Staff) -> None:
    erik = world.staff("Erik Lund")
    anna = world.relative("Anna Lind", of=siv)
    karin.is_away("2026-11-23 08:00", "2026-11-30 08:00", erik)
    found = queries.seen_by(anna.viewer, anna.relations[siv], now=clock.now(), today=today())
    (card,) = found.contacts
    assert (card.name, found.answers[card.key].now.name) == ("Karin Ek", "Erik Lund")
    assert answers(siv) == erik.person.id


def test_what_relatives_look_at_is_in_the_patients_log(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv)
    anna.phone().get(f"/anhorig/{db.short(anna.relations[siv])}")
    seen = audit.log.select().where(audit.log.c.action == queries.SEEN)
    (row,) = db.session().execute(seen).all()
    assert (row.patient_id, row.actor_id, row.capacity) == (siv.person.id, anna.person.id, "private")
    assert invite_queries.given_for(siv.viewer, anna.relations[siv], now=clock.now()).seen_at == MONDAY


def test_a_protected_patient_is_initials_and_no_place(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv)
    siv.person.protected = True
    db.session().commit()
    html = anna.phone().get(f"/anhorig/{db.short(anna.relations[siv])}").text
    assert "S. N." in html and "Nyberg" not in html and "Björken" not in html and "390 06 10" not in html
    assert "Karin Ek" in html


def test_whoever_has_no_session_of_a_relative_sees_nothing(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv)
    tom = world.patient("Tom Wiklund")
    for who in (tom, siv):
        assert who.phone().get(f"/anhorig/{db.short(anna.relations[siv])}").status_code == 404


def viewer_of(who: Relative) -> Viewer:
    found = account_queries.viewer_of(who.viewer.token, now=clock.now())
    assert found
    return found


def test_somebody_new_is_a_relative_and_nothing_else(world: World, siv: Patient) -> None:
    anna = world.relative("Anna Lind", of=siv)
    assert viewer_of(anna).kinds == {"relative"}
    phone = anna.phone()
    for page in ("/meddelanden", "/kontakt", "/anhoriga", "/franvaro"):
        assert phone.get(page).status_code == 404
    for page in ("/", "/aviseringar", "/inloggningar"):
        assert phone.get(page).status_code == 200
