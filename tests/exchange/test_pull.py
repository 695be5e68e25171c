"""A clinic whose times are kept in another system: what is read becomes what the patient sees, once."""

import pytest
from sqlalchemy import text

from app.bookings.models import BookingChange, Participant
from app.core import db
from tests.exchange.conftest import Reader, at, gives, moment

pytestmark = pytest.mark.slow


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
