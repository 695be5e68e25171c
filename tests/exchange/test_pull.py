"""A clinic whose times are kept in another system: what is read becomes what the patient sees, once."""

import json

import pytest
import time_machine
from sqlalchemy import func, select, text

from app.accounts import service as accounts
from app.accounts.models import Staff as StaffRow
from app.accounts.service import Who
from app.bookings import kind_service
from app.bookings import service as bookings
from app.bookings.models import Booking, BookingChange, Participant
from app.bookings.service import KeptElsewhere, Wanted
from app.core import clock, db
from app.core.audit import SYSTEM
from app.demo.people import test_number as number_of
from app.exchange.models import ImportRun
from app.notices.models import Notice
from tests.bookings.times import offers
from tests.exchange.clinic import Asked
from tests.exchange.conftest import Reader, at, gives, moment
from tests.world import Staff, World

pytestmark = pytest.mark.slow
WRITTEN = "select sum(n_tup_ins + n_tup_upd + n_tup_del)::int from pg_stat_xact_user_tables where relname <> 'source'"


def written() -> int:
    return db.session().scalar(text(WRITTEN)) or 0


def lines(booking: Booking) -> list[str]:
    asked = select(BookingChange.what).where(BookingChange.booking_id == booking.id).order_by(BookingChange.n)
    return list(db.session().scalars(asked))


def test_a_time_there_is_a_time_here(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3)
    found = reader.reads()
    assert reader.refused() == {}
    (booking,) = reader.bookings()
    assert (booking.starts_at, booking.ends_at) == (moment(at(3)), moment(at(3, 10, 45)))
    assert (booking.title, booking.place, booking.kept_in) == ("Samtal", "Huset, Storgatan 4, Falun", "Tidbok Väst")
    assert booking.patient_id == reader.siv.person.id and booking.unit_id == reader.karin.unit.id
    assert reader.siv.rings() == ["booking_made"]
    assert found.counts["Appointment"]["made"] == 1 and found.counts["Patient"]["made"] == 1
    assert reader.row().failing_since is None and reader.row().leased_until is None


def test_the_same_read_again_writes_nothing(reader: Reader) -> None:
    for n in range(5):
        gives(reader.clinic, f"a{n}", days=3 + n)
    reader.reads()
    with db.transaction() as session:
        session.execute(text("update source set read_to = null"))
    before, runs = written(), db.session().scalar(select(func.count()).select_from(ImportRun))
    found = reader.reads()
    assert written() == before, "an unchanged re-import wrote rows"
    assert found.quiet and found.counts["Appointment"] == {
        "read": 5,
        "made": 0,
        "changed": 0,
        "unchanged": 5,
        "passed": {},
        "refused": {},
    }
    assert db.session().scalar(select(func.count()).select_from(ImportRun)) == runs
    assert reader.siv.rings() == ["booking_made"] * 5


def test_only_what_has_changed_is_asked_for(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3)
    reader.reads()
    reader.line.asked.clear()
    reader.reads()
    asked = [it for it in reader.line.asked if it.startswith("/Appointment?") and "_id" not in it]
    assert len(asked) == 1 and "_lastUpdated=ge" in asked[0] and "_sort=_lastUpdated" in asked[0]


def test_what_is_moved_there_is_moved_here_and_the_patient_hears_of_it(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3)
    reader.reads()
    gives(reader.clinic, "a1", days=4, hour=13)
    reader.reads()
    (booking,) = reader.bookings()
    db.session().refresh(booking)
    assert booking.starts_at == moment(at(4, 13)) and lines(booking) == ["made", "moved"]
    assert sorted(reader.siv.rings()) == ["booking_made", "booking_moved"]


def test_another_to_meet_and_another_place(reader: Reader) -> None:
    erik = reader.world.staff("Erik Lund")
    gives(reader.clinic, "a1", days=3)
    reader.reads()
    reader.clinic.practitioner("erik", hsa_of(erik))
    reader.clinic.location("annexet", "Annexet", "SE2321000180-BJORK", "Gruvgatan 1")
    gives(reader.clinic, "a1", days=3, actors=("Patient/siv", "Practitioner/erik", "Location/annexet"))
    reader.reads()
    (booking,) = reader.bookings()
    db.session().refresh(booking)
    there = select(Participant.person_id).where(Participant.booking_id == booking.id, Participant.role == "staff")
    assert list(db.session().scalars(there)) == [erik.person.id] and booking.place == "Annexet, Gruvgatan 1"


def hsa_of(it: Staff) -> str:
    return db.session().get_one(StaffRow, it.person.id).hsa_id


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        ("proposed", "booked"),
        ("pending", "booked"),
        ("booked", "booked"),
        ("arrived", "booked"),
        ("checked-in", "booked"),
        ("cancelled", "cancelled"),
        ("entered-in-error", "entered-in-error"),
    ],
)
def test_each_status_of_a_time_to_come(reader: Reader, said: str, becomes: str) -> None:
    gives(reader.clinic, "a1", days=3)
    reader.reads()
    gives(reader.clinic, "a1", days=3, status=said)
    reader.reads()
    (booking,) = reader.bookings()
    db.session().refresh(booking)
    assert booking.status == becomes


@pytest.mark.parametrize("status", ["booked", "fulfilled", "noshow"])
def test_old_times_are_read_and_tell_nobody(reader: Reader, status: str) -> None:
    gives(reader.clinic, "a1", days=-30, status=status)
    reader.reads()
    (booking,) = reader.bookings()
    assert booking.status == status
    told = select(func.count()).select_from(Notice).where(Notice.person_id == reader.siv.person.id)
    assert db.session().scalar(told) == 0


def test_what_never_stood_here_is_passed_over(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3, status="cancelled")
    gives(reader.clinic, "a2", days=3, status="waitlist")
    found = reader.reads()
    assert reader.bookings() == [] and reader.refused() == {}
    assert found.counts["Appointment"]["passed"] == {"nothing_new": 1, "waitlist": 1}


def test_a_cancelled_time_is_off_even_when_the_rest_of_it_is_nonsense(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3)
    reader.reads()
    reader.clinic.put("Appointment", "a1", status="cancelled", participant=[{"status": "accepted"}])
    reader.reads()
    (booking,) = reader.bookings()
    db.session().refresh(booking)
    assert booking.status == "cancelled" and "booking_cancelled" in reader.siv.rings()


def test_a_time_that_is_booked_again_is_a_new_time(reader: Reader) -> None:
    for status in ("booked", "cancelled", "booked"):
        gives(reader.clinic, "a1", days=3, status=status)
        reader.reads()
    assert [it.status for it in reader.bookings()] == ["cancelled", "booked"]


def test_a_time_that_is_deleted_there_is_off_here(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3)
    gives(reader.clinic, "a2", days=4)
    reader.reads()
    reader.clinic.delete("Appointment", "a1")
    reader.reads()
    first, second = reader.bookings()
    db.session().refresh(first)
    assert (first.status, second.status) == ("cancelled", "booked")
    before = written()
    reader.reads()
    assert written() == before, "what is gone stays gone, and is not written again"


def test_a_system_that_has_lost_everything_is_not_believed(reader: Reader) -> None:
    for n in range(12):
        gives(reader.clinic, f"a{n}", days=3 + n)
    reader.reads()
    for n in range(12):
        reader.clinic.delete("Appointment", f"a{n}")
    reader.reads()
    assert {it.status for it in reader.bookings()} == {"booked"}
    run = db.session().scalars(select(ImportRun).order_by(ImportRun.began_at.desc())).first()
    assert run and run.outcome == "mass_gone" and reader.row().failing_since


def test_nobody_here_may_change_what_is_kept_there(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3)
    reader.reads()
    (booking,) = reader.bookings()
    with pytest.raises(KeptElsewhere, match="Tidbok Väst"), db.transaction():
        bookings.cancel(booking.id, by=reader.karin.viewer, now=clock.now())


def test_an_unknown_patient_waits_in_quarantine_until_they_are_here(reader: Reader, world: World) -> None:
    number, _born = number_of(900)
    reader.clinic.patient("ny", number)
    gives(reader.clinic, "a1", days=3, actors=("Patient/ny", "Practitioner/karin", "Location/huset"))
    reader.reads()
    assert reader.refused() == {
        "Patient/ny": ("patient_unknown", "Patient.identifier"),
        "Appointment/a1": ("patient_unknown", "Appointment.participant[0].actor"),
    }
    assert reader.bookings() == []
    with db.transaction():
        new = accounts.register_patient(Who("Ny Patient", number=number), by=SYSTEM, now=clock.now())
    with time_machine.travel(clock.now().timestamp() + 7200):
        reader.reads()
    assert reader.refused() == {} and [it.patient_id for it in reader.bookings()] == [new.id]


def test_an_unknown_practitioner_is_a_stated_reason(reader: Reader) -> None:
    reader.clinic.practitioner("okand", "SE0000-NOBODY")
    gives(reader.clinic, "a1", days=3, actors=("Patient/siv", "Practitioner/okand", "Location/huset"))
    reader.reads()
    assert reader.refused()["Appointment/a1"] == ("practitioner_unknown", "Appointment.participant[1].actor")


def test_a_pointer_to_nothing_is_a_stated_reason(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3, actors=("Patient/siv", "Practitioner/finns-inte", "Location/huset"))
    reader.reads()
    assert reader.refused() == {"Appointment/a1": ("reference", "Appointment.participant[1].actor")}


def test_whoever_is_busy_here_is_an_administrators_work(reader: Reader) -> None:
    kind = offers(reader.karin, "Eget")
    begins = moment(at(3))
    with db.transaction():
        wanted = Wanted(kind, reader.siv.person.id, (reader.karin.person.id,), begins, moment(at(3, 11)), "Huset")
        bookings.make(wanted, by=reader.karin.viewer, now=clock.now())
    gives(reader.clinic, "a1", days=3)
    gives(reader.clinic, "a2", days=4)
    found = reader.reads()
    assert reader.refused() == {"Appointment/a1": ("busy", "Appointment.start")}
    assert [it.kept_in for it in reader.bookings()] == [None, "Tidbok Väst"], "the other one came in all the same"
    assert found.counts["Appointment"]["refused"] == {"busy": 1}


def test_two_that_change_places_within_a_page(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3)
    reader.reads()
    # The first leaves its hour to the second, which the server lists before it.
    gives(reader.clinic, "a0", days=3)
    gives(reader.clinic, "a1", days=3, hour=15)
    reader.reads()
    assert reader.refused() == {} and [it.starts_at for it in reader.bookings()] == [moment(at(3)), moment(at(3, 15))]


def test_a_kind_the_unit_has_is_used_whatever_its_case(reader: Reader) -> None:
    kind = offers(reader.karin, "Samtal på telefon")
    gives(reader.clinic, "a1", days=3, kind="samtal på TELEFON")
    reader.reads()
    assert [it.service_type_id for it in reader.bookings()] == [kind]


def test_a_new_kind_is_opened_only_where_it_is_said_how_one_meets(reader: Reader) -> None:
    here = ("Patient/siv", "Practitioner/karin")
    gives(reader.clinic, "a1", days=3, kind="Telefonsamtal", actors=here)
    gives(reader.clinic, "a2", days=4, kind="Bedömning", actors=here)
    reader.reads()
    assert [(it.title, it.mode, it.place) for it in reader.bookings()] == [("Telefonsamtal", "phone", "")]
    assert reader.refused() == {"Appointment/a2": ("kind_unknown", "Appointment.serviceType")}
    with db.transaction():
        unit = reader.karin.unit
        kind_service.open_kind(unit, "Bedömning", "visit", 60, staff=[], by=SYSTEM, now=clock.now())
    with time_machine.travel(clock.now().timestamp() + 7200):
        reader.reads()
    assert reader.refused() == {} and len(reader.bookings()) == 2


def test_a_place_without_an_address_cannot_be_found(reader: Reader) -> None:
    reader.clinic.location("skogen", "Skogen", "SE2321000180-BJORK", "")
    gives(reader.clinic, "a1", days=3, actors=("Patient/siv", "Practitioner/karin", "Location/skogen"))
    reader.reads()
    assert reader.refused() == {
        "Location/skogen": ("place_without_address", "Location.address"),
        "Appointment/a1": ("place_unknown", "Appointment.participant[2].actor"),
    }


def test_what_is_no_r4_is_kept_apart_with_its_path_and_solved_by_a_better_version(reader: Reader) -> None:
    gives(reader.clinic, "a1", days=3)
    reader.line.work = broken_start
    reader.reads()
    assert reader.refused() == {"Appointment/a1": ("invalid", "Appointment.start")}
    reader.line.work = None
    with db.transaction() as session:
        session.execute(text("update source set read_to = null"))
    reader.reads()
    assert reader.refused() == {} and len(reader.bookings()) == 1


def broken_start(asked: Asked) -> bool:
    if not asked.path.startswith("/Appointment?"):
        return False
    found = asked.passed_on()
    for it in found.get("entry", ()):
        it["resource"]["start"] = "i morgon bitti"
    return asked.says(200, json.dumps(found).encode())


def test_roles_say_at_which_unit_somebody_of_two_units_is(reader: Reader, world: World) -> None:
    reader.clinic.put(
        "PractitionerRole",
        "roll",
        practitioner={"reference": "Practitioner/karin"},
        organization={"identifier": {"system": "urn:oid:1.2.752.129.2.1.4.1", "value": "SE2321000180-BJORK"}},
    )
    gives(reader.clinic, "a1", days=3, kind="Telefon", actors=("Patient/siv", "PractitionerRole/roll"))
    reader.reads()
    assert reader.refused() == {} and [it.unit_id for it in reader.bookings()] == [reader.karin.unit.id]


def test_schedules_and_slots_are_read_and_shown_to_nobody(reader: Reader) -> None:
    reader.clinic.put("Schedule", "s1", actor=[{"reference": "Practitioner/karin"}])
    reader.clinic.put("Slot", "f1", schedule={"reference": "Schedule/s1"}, status="free", start=at(5), end=at(5, 11))
    found = reader.reads()
    assert reader.refused() == {}
    assert found.counts["Slot"]["made"] + found.counts["Slot"]["changed"] == 1


def test_a_number_that_is_mended_there_leads_to_the_right_person(reader: Reader, world: World) -> None:
    olle = world.patient("Olle Berg")
    gives(reader.clinic, "a1", days=3)
    reader.reads()
    reader.clinic.patient("siv", olle.person.number)
    reader.reads()
    first, second = sorted(reader.bookings(), key=lambda it: it.status, reverse=True)
    db.session().refresh(first)
    assert (first.status, first.patient_id) == ("cancelled", reader.siv.person.id)
    assert (second.status, second.patient_id) == ("booked", olle.person.id)
