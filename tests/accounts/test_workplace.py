"""Where somebody who works at several units is now: asked once, kept, written in the log, and asked again in time."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.accounts import rules, session_service
from app.care import service as care
from app.care.service import Cycle
from app.core import audit, clock, db
from app.core.audit import SYSTEM, Entry
from app.core.errors import NotFound
from app.core.locale import local
from tests.client import LintedClient
from tests.world import OFFICE, Staff, World, token_in

ONE, TWO, THREE = (UUID(int=n) for n in (1, 2, 3))


@pytest.fixture
def karin(world: World) -> Staff:
    """She works at Björken, and at Granen too."""
    return works_at_granen(world, world.staff("Karin Ek"))


def works_at_granen(world: World, karin: Staff) -> Staff:
    today = local(world.now()).date()
    with db.transaction():
        care.assign(
            karin.person.id,
            world.unit("Mottagning Granen"),
            role="licensed",
            starts_on=today - timedelta(days=1),
            cycle=Cycle((OFFICE,), today),
            by=SYSTEM,
            now=world.now(),
        )
    return karin


def leaves_granen(world: World, karin: Staff) -> None:
    granen = world.unit("Mottagning Granen")
    found = db.session().scalars(
        select(care.Assignment).where(
            care.Assignment.unit_id == granen.id, care.Assignment.person_id == karin.person.id
        )
    )
    with db.transaction():
        care.end_assignment(found.one(), on=local(world.now()).date() - timedelta(days=1), by=SYSTEM, now=world.now())


def chooses(phone: LintedClient, unit: object, next: str = "/franvaro") -> tuple[int, str]:
    token = token_in(phone.get("/arbetsplats").text)
    answer = phone.post("/arbetsplats", data={"csrf_token": token, "unit": unit, "next": next})
    return answer.status_code, answer.location


@pytest.mark.parametrize(
    ("chosen", "places", "now"),
    [
        (None, (), None),
        (None, (ONE,), ONE),
        (TWO, (ONE,), ONE),
        (None, (ONE, TWO), None),
        (TWO, (ONE, TWO), TWO),
        (THREE, (ONE, TWO), None),
        (ONE, (), None),
    ],
)
def test_where_one_works_is_what_one_said_or_the_only_place(
    chosen: UUID | None, places: tuple[UUID, ...], now: UUID | None
) -> None:
    assert rules.workplace(chosen, places) == now


def test_whoever_works_at_two_units_is_asked_and_goes_on_to_where_they_were_going(world: World, karin: Staff) -> None:
    phone, granen = karin.phone(), world.unit("Mottagning Granen")
    for path in ("/", "/franvaro", "/meddelanden?avslutade=1"):
        asked = phone.get(path)
        assert asked.status_code == 303 and asked.location.startswith("/arbetsplats?next=")
    page = phone.get(asked.location).text
    assert "Var arbetar du nu?" in page and "Mottagning Björken" in page and "Mottagning Granen" in page
    assert 'name="next" value="/meddelanden?avslutade=1"' in page
    assert chooses(phone, db.short(granen.id)) == (303, "/franvaro")
    assert phone.get("/franvaro").status_code == 200
    assert "Byt arbetsplats" in phone.get("/").text and "Mottagning Granen" in phone.get("/inloggningar").text
    assert chooses(phone, db.short(karin.unit.id), next="//evil.example") == (303, "/")
    assert karin.viewer.unit_id == karin.unit.id


def test_whoever_works_at_one_is_never_asked_and_is_there(world: World) -> None:
    erik = world.staff("Erik Lund")
    assert erik.phone().get("/franvaro").status_code == 200 and erik.viewer.unit_id == erik.unit.id
    assert "Byt arbetsplats" not in erik.phone().get("/").text


def test_a_patient_is_nowhere_and_asked_nothing(world: World) -> None:
    siv = world.patient("Siv")
    assert siv.viewer.unit_id is None and siv.viewer.workplaces == {}
    assert siv.phone().get("/").status_code == 200 and siv.phone().get("/arbetsplats").status_code == 404


def test_one_cannot_be_where_one_does_not_work(world: World, karin: Staff) -> None:
    phone, other = karin.phone(), world.unit("Mottagning Eken")
    for wrong in (db.short(other.id), "", "x", db.short(db.new_key())):
        assert chooses(phone, wrong)[0] == 422
    with pytest.raises(NotFound), db.transaction():
        session_service.work_at(other.id, karin.viewer.session_id, by=karin.viewer, now=world.now())
    somebody = world.staff("Erik Lund")
    with pytest.raises(NotFound), db.transaction():
        session_service.work_at(karin.unit.id, karin.viewer.session_id, by=somebody.viewer, now=world.now())
    assert karin.viewer.unit_id is None


def test_when_the_work_ends_the_one_place_left_is_taken_and_what_was_typed_arrives(world: World, karin: Staff) -> None:
    siv, granen = world.patient("Siv"), world.unit("Mottagning Granen")
    thread = siv.asks("Jag vaknar vid tre.")
    phone = karin.phone()
    chooses(phone, db.short(granen.id))
    assert karin.viewer.unit_id == granen.id
    page = phone.get(f"/meddelanden/{db.short(thread)}")
    leaves_granen(world, karin)
    assert karin.viewer.unit_id == karin.unit.id, "one place is left, and nobody need be asked"
    with db.transaction():
        care.assign(
            karin.person.id,
            world.unit("Mottagning Eken"),
            role="licensed",
            starts_on=local(world.now()).date(),
            cycle=Cycle((OFFICE,), local(world.now()).date()),
            by=SYSTEM,
            now=world.now(),
        )
    token = token_in(page.text)
    sent = phone.post(f"/meddelanden/{db.short(thread)}", data={"csrf_token": token, "text": "", "key": "x" * 22})
    assert sent.status_code == 422, "what is sent is never turned away to ask"
    assert phone.get("/").location.startswith("/arbetsplats"), "asked again at the next page"


def test_what_a_page_fetches_by_itself_is_not_led_away(world: World, karin: Staff) -> None:
    phone = karin.phone()
    assert phone.get("/franvaro", headers={"Sec-Fetch-Dest": "empty"}).status_code == 200
    assert phone.get("/hjalp-nu").status_code == 200 and phone.get("/inloggningar").status_code == 200
    assert phone.get("/logga-ut").status_code == 200


def test_the_log_says_where_one_works_for_what_has_no_unit_of_its_own(world: World, karin: Staff) -> None:
    phone, granen = karin.phone(), world.unit("Mottagning Granen")
    chooses(phone, db.short(granen.id))
    with db.transaction() as session:
        entries = [Entry("prov.utan"), Entry("prov.med", unit_id=karin.unit.id)]
        audit.record(session, entries, by=karin.viewer, now=clock.now())
        audit.record(session, Entry("prov.systemet"), by=SYSTEM, now=clock.now())
    found = dict(
        db.session()
        .execute(select(audit.log.c.action, audit.log.c.unit_id).where(audit.log.c.action.like("prov.%")))
        .all()
    )
    assert found == {"prov.utan": granen.id, "prov.med": karin.unit.id, "prov.systemet": None}
    chosen = db.session().execute(select(audit.log.c.unit_id).where(audit.log.c.action == "session.unit_chosen"))
    assert chosen.scalars().all() == [granen.id]


def test_ones_own_unit_stands_first_and_no_question_is_hidden(world: World, karin: Staff) -> None:
    siv, phone = world.patient("Siv Nyberg"), karin.phone()
    siv.asks("Jag vaknar vid tre.")
    chooses(phone, db.short(world.unit("Mottagning Granen").id))
    units = phone.get("/enhet").text
    assert units.index("Mottagning Granen") < units.index("Mottagning Björken")
    start = phone.get("/").text
    assert "Siv Nyberg" in start and '<span class="tag">Mottagning Björken</span>' in start
    chooses(phone, db.short(karin.unit.id))
    units = phone.get("/enhet").text
    assert units.index("Mottagning Björken") < units.index("Mottagning Granen")
    assert '<span class="tag">Mottagning' not in phone.get("/").text


def test_whoever_cannot_come_in_reads_whom_to_ring(world: World) -> None:
    world.unit()
    page = world.app.test_client().get("/logga-in").text
    assert "031-390 06 10" in page and "Mottagning Björken. Vardagar 8–16" in page
    assert "Provlandet. Ring hit om ingen annan svarar." in page and "031-390 06 00" in page
