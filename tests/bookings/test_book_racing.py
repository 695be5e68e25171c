"""Two of the staff book the same minute: one of them has it, the other is told, and nothing half is left."""

import threading
from datetime import datetime, timedelta

from sqlalchemy import select

from app.bookings import service as bookings
from app.bookings.models import Booking
from app.bookings.service import Busy, Wanted
from app.core import clock, db
from app.core.locale import local
from tests.bookings.diary import fields, stored, url
from tests.bookings.times import books, offers
from tests.messages.test_racing import at_once
from tests.world import Patient, Staff, World, wall


def test_two_who_book_one_patient_for_the_same_minute_do_not_both(own_world: World) -> None:
    siv, karin, erik = own_world.patient("Siv"), own_world.staff("Karin Ek"), own_world.staff("Erik Lund")
    kind = offers(karin, also=(erik,))
    first = local(clock.now()).date() + timedelta(days=20)
    viewers = {who: who.viewer for who in (karin, erik)}
    for turn in range(5):
        at = wall(f"{first + timedelta(days=turn)} 09:00")

        def asks(who: Staff, minutes: int, at: datetime = at) -> str:
            starts = at + timedelta(minutes=minutes)
            wanted = Wanted(
                kind, siv.person.id, (who.person.id,), starts, starts + timedelta(minutes=45), place="Rum 1"
            )
            try:
                with db.transaction():
                    bookings.make(wanted, by=viewers[who], now=clock.now())
                return "booked"
            except Busy:
                return "busy"

        said = at_once(own_world.app, lambda: asks(karin, 0), lambda: asks(erik, 15))
        assert sorted(said) == ["booked", "busy"], said
    assert stored() == [5, 10, 5, 5]


def test_two_browsers_book_one_nurse_at_once_and_the_slower_is_told(own_world: World) -> None:
    siv, olle = own_world.patient("Siv"), own_world.patient("Olle")
    karin, erik = own_world.staff("Karin Ek"), own_world.staff("Erik Lund")
    kind = offers(karin, also=(erik,))
    on = local(clock.now()).date() + timedelta(days=14)
    on += timedelta(days=(1 - on.weekday()) % 7)
    forms = []
    for who, patient in ((karin, siv), (erik, olle)):
        phone = who.phone()
        typed = {"day": on.isoformat(), "start": "02:00", "place": "Rum 1", "staff": db.short(karin.person.id)}
        forms.append((phone, url(patient, kind), fields(phone.get(url(patient, kind)).text) | typed))
    db.session().close()
    start, answers = threading.Barrier(2), []

    def send(phone, path, data) -> None:  # type: ignore[no-untyped-def]
        start.wait(20)
        answers.append(phone.post(path, data=data, lint=False, watch=False))

    threads = [threading.Thread(target=send, args=one) for one in forms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(it.status_code for it in answers) == [303, 422]
    (refused,) = (it for it in answers if it.status_code == 422)
    assert "Karin Ek har en annan tid kl. 2–2.45. Välj en annan tid." in refused.text
    assert stored() == [1, 2, 1, 1]


def test_the_same_form_from_two_tabs_at_once_is_one_time(own_world: World) -> None:
    siv, karin = own_world.patient("Siv"), own_world.staff("Karin Ek")
    kind = offers(karin)
    on = local(clock.now()).date() + timedelta(days=14)
    phone = karin.phone()
    data = fields(phone.get(url(siv, kind)).text) | {"day": on.isoformat(), "start": "02:00", "place": "Rum 1"}
    if on.isoformat().endswith(("12-25", "01-01")):
        data["day"] = (on + timedelta(days=8)).isoformat()
    db.session().close()
    start, answers = threading.Barrier(2), []

    def send() -> None:
        other = karin.world.app.test_client()
        start.wait(20)
        for name in ("session", f"{karin.world.app.config['SESSION_COOKIE_NAME']}"):
            if cookie := phone.get_cookie(name):
                other.set_cookie(name, cookie.value)
        if cookie := phone.get_cookie(f"{karin.world.app.config['SESSION_COOKIE_NAME']}-here"):
            other.set_cookie(cookie.key, cookie.value)
        answers.append(other.post(url(siv, kind), data=data, lint=False, watch=False))  # type: ignore[call-arg]

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [it.status_code for it in answers] == [303, 303], [it.text for it in answers]
    assert len({it.location.split("?")[0] for it in answers}) == 1 and stored() == [1, 2, 1, 1]


def test_two_moves_to_one_minute_leave_the_slower_where_it_was(own_world: World) -> None:
    karin = own_world.staff("Karin Ek")
    people: list[Patient] = [own_world.patient(name) for name in ("Siv", "Olle")]
    first = local(clock.now()).date() + timedelta(days=20)
    keys = [books(karin, it, f"{first + timedelta(days=n)} 09:00") for n, it in enumerate(people)]
    at = wall(f"{first + timedelta(days=9)} 09:00")
    viewer = karin.viewer

    def moves(key, minutes: int) -> str:  # type: ignore[no-untyped-def]
        starts = at + timedelta(minutes=minutes)
        try:
            with db.transaction():
                bookings.move(key, starts, starts + timedelta(minutes=45), by=viewer, now=clock.now())
            return "moved"
        except Busy:
            return "busy"

    said = at_once(own_world.app, lambda: moves(keys[0], 0), lambda: moves(keys[1], 30))
    assert sorted(said) == ["busy", "moved"]
    assert stored() == [2, 4, 3, 3]
    versions = sorted(db.session().scalars(select(Booking.version)))
    assert versions == [1, 2]
