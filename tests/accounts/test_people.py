"""Who a person is: numbers that are numbers, once each, and an account that ends when it is closed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.accounts import service
from app.accounts.models import Person
from app.accounts.queries import Viewer
from app.accounts.service import BadNumber, Closed, Known, KnownHsaId, Who, normalised
from app.core import clock, db
from app.core.audit import SYSTEM
from app.demo.people import test_number as demo_number
from tests.world import World


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("198507099805", "198507099805"),
        ("19850709-9805", "198507099805"),
        ("850709-9805", "198507099805"),
        ("8507099805", "198507099805"),
        ("19121212+1212", "191212121212"),
        ("121212+1212", "191212121212"),
        ("701063-2391", "197010632391"),
        ("197010632391", "197010632391"),
    ],
)
def test_a_number_is_stored_in_one_form_however_it_is_written(written: str, stored: str) -> None:
    assert normalised(written) == stored


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "Siv",
        "198507099806",
        "850709-9806",
        "19851309-9805",
        "850732-9805",
        "701093-2391",
        "1985",
        "0" * 12,
        "1" * 40,
        "19850709 9805x",
        "５" * 12,
        "198507099805\n198507099805",
    ],
)
def test_what_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(BadNumber):
        normalised(written)


@given(st.text(max_size=20) | st.text(alphabet="0123456789-+", max_size=14))
def test_whatever_is_written_is_a_number_of_twelve_digits_or_none(written: str) -> None:
    try:
        number = normalised(written)
    except BadNumber:
        return
    assert len(number) == 12 and number.isascii() and number.isdigit() and normalised(number) == number


def test_the_same_hsa_id_is_the_same_person(world: World) -> None:
    with db.transaction():
        service.register_staff(Who("Karin"), hsa_id="SE1", title="skötare", by=SYSTEM, now=world.now())
    with pytest.raises(Known), db.transaction():
        service.register_staff(Who("Erik"), hsa_id="SE1", title="skötare", by=SYSTEM, now=world.now())


def test_whoever_has_the_number_in_another_capacity_is_the_same_person_with_the_name_they_had(world: World) -> None:
    first, second = demo_number(52)[0], demo_number(53)[0]
    with db.transaction():
        siv = service.register_patient(Who("Siv", number=first), by=SYSTEM, now=world.now())
        nina = service.register_staff(
            Who("Nina", number=second), hsa_id="SE-N", title="skötare", by=SYSTEM, now=world.now()
        )
    short = f"{first[2:8]}-{first[8:]}"
    with db.transaction():
        works = service.register_staff(
            Who("Siv N", number=short), hsa_id="SE-S", title="skötare", by=SYSTEM, now=world.now()
        )
        ill = service.register_patient(Who("Nina B", number=second), by=SYSTEM, now=world.now())
    assert (works.id, works.name, ill.id, ill.name) == (siv.id, "Siv", nina.id, "Nina")
    for who, hsa_id, known in ((Who("X", number=first), "SE-X", Known), (Who("X"), "SE-S", KnownHsaId)):
        with pytest.raises(Known) as refusal, db.transaction():
            service.register_staff(who, hsa_id=hsa_id, title="skötare", by=SYSTEM, now=world.now())
        assert refusal.type is known


def test_a_closed_account_gets_no_new_capacity(world: World) -> None:
    number, _ = demo_number(54)
    with db.transaction():
        siv = service.register_patient(Who("Siv", number=number), by=SYSTEM, now=world.now())
        service.close_account(siv.id, by=SYSTEM, now=world.now())
    for again in (
        lambda: service.register_patient(Who("Siv", number=number), by=SYSTEM, now=world.now()),
        lambda: service.register_staff(Who("S", number=number), hsa_id="S", title="s", by=SYSTEM, now=world.now()),
    ):
        with pytest.raises(Closed), db.transaction():
            again()


def test_a_person_refused_leaves_nothing_behind(world: World) -> None:
    number, _ = demo_number(50)
    with db.transaction():
        service.register_patient(Who("Siv", number=number), by=SYSTEM, now=world.now())
    before = db.session().scalar(text("select count(*) from person"))
    with pytest.raises(Known), db.transaction():
        service.register_patient(Who("Tom", number=number), by=SYSTEM, now=world.now())
    with pytest.raises(BadNumber), db.transaction():
        service.register_patient(Who("Tom", number="1"), by=SYSTEM, now=world.now())
    assert db.session().scalar(text("select count(*) from person")) == before


def test_what_says_who_somebody_is_cannot_be_read_in_the_database(world: World) -> None:
    number, _ = demo_number(51)
    with db.transaction():
        who = Who("Siv Nyberg", number=number, phone="+46701740605", email="siv@example.org")
        person = service.register_person(who, by=SYSTEM, now=world.now())
    row = db.session().execute(text("select * from person where id = :id"), {"id": person.id}).one()
    raw = b"".join(bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in row)
    for word in ("Siv", "Nyberg", number, number[2:], "701740605", "example"):
        assert word.encode() not in raw
    found = db.session().scalars(select(Person).where(Person.id == person.id)).one()
    assert (found.name, found.number, found.phone, found.email) == (
        "Siv Nyberg",
        number,
        "+46701740605",
        "siv@example.org",
    )


def test_a_region_has_at_least_two_people_in_its_function(own_world: World) -> None:
    for people in (0, 1):
        with pytest.raises(IntegrityError, match="at least two people"), db.transaction():
            staff = [
                service.register_staff(Who("A"), hsa_id=f"SE{n}", title="chef", by=SYSTEM, now=own_world.now()).id
                for n in range(2)
            ]
            service.open_region(
                "Provlandet",
                "20",
                function_phone="+46313900600",
                function=staff[:people],
                administrator=staff[0],
                by=SYSTEM,
                now=own_world.now(),
            )
        assert db.session().scalar(text("select count(*) from person")) == 0


def test_nobody_can_leave_the_function_so_that_one_is_left(own_world: World) -> None:
    own_world.region()
    with pytest.raises(IntegrityError, match="at least two people"), db.transaction() as session:
        one = "select ctid from region_role where role = 'function' limit 1"
        session.execute(text(f"delete from region_role where ctid in ({one})"))


def test_a_closed_account_ends_every_session_at_once_and_opens_none(world: World) -> None:
    siv = world.patient("Siv")
    phones = [siv.phone(), siv.phone()]
    assert [phone.get("/meddelanden").status_code for phone in phones] == [200, 200]
    with db.transaction():
        service.close_account(siv.person.id, by=SYSTEM, now=clock.now())
    assert [phone.get("/meddelanden").status_code for phone in phones] == [302, 302]
    assert world.app.test_client().get("/meddelanden").status_code == 302
    with pytest.raises(AssertionError, match="cannot sign in"):
        _ = siv.viewer


def test_a_viewer_says_nothing_of_who_it_is_by_accident(world: World) -> None:
    viewer: Viewer = world.patient("Siv Nyberg").viewer
    assert viewer.token not in repr(viewer) and "Siv" not in repr(viewer) and viewer.name == "Siv Nyberg"
