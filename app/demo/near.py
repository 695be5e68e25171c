"""Two relatives among the demo's people: one whom Siv and Tom have let in, and one who has answered and waits."""

from datetime import datetime, timedelta
from uuid import UUID

from app.accounts import service as accounts
from app.accounts.queries import Viewer
from app.accounts.service import Who
from app.core.audit import SYSTEM
from app.core.locale import local
from app.demo.people import PATIENTS, test_number
from app.relatives import rules, service
from app.relatives.service import Wanted


def let_in(siv: Viewer, tom: Viewer, anna: Viewer, olle: Viewer, *, now: datetime) -> None:
    offered(siv, anna, "Anna", ("contact",), now=now - timedelta(days=31), confirmed=True)
    offered(tom, anna, "Anna", ("contact", "bookings"), now=now - timedelta(days=12), confirmed=True)
    offered(siv, olle, "Olle", ("contact", "bookings"), now=now - timedelta(hours=5), confirmed=False)


def registered(index: int, name: str, *, now: datetime) -> UUID:
    """Somebody who is nothing else here."""
    number, _born = test_number(len(PATIENTS) + index)
    person = accounts.register_person(Who(name, number=number), by=SYSTEM, now=now)
    accounts.register_relative(person.id, by=SYSTEM, now=now)
    return person.id


def offered(
    patient: Viewer, whom: Viewer, name: str, items: tuple[str, ...], *, now: datetime, confirmed: bool
) -> None:
    last = rules.last_day("half", today=local(now).date())
    key, code = service.offer(Wanted(name, items, last), by=patient, now=now)
    service.accept(key, code, by=whom, now=now + timedelta(minutes=30))
    if confirmed:
        service.confirm(key, by=patient, now=now + timedelta(minutes=50))
