"""To the provider and back, as a browser goes."""

from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.accounts import service as accounts
from app.core import audit, clock, db
from app.core.audit import SYSTEM
from tests.client import LintedClient
from tests.world import World

places = count(1)


class Stay(HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_options: Any) -> None:
        return None


def own(world: World, name: str) -> Any:
    from app.care import contact_service
    from tests.care.around import number_for
    from tests.world import ADULT, Patient

    karin = world.people.get("Karin Ek") or world.people.setdefault("Karin Ek", staff_of(world))
    with db.transaction():
        count = db.session().query(accounts.Person).count()
        born = ADULT.replace(year=1940 + count % 60, month=1 + count // 60)
        person = accounts.register_patient(
            accounts.Who(f"Siv {name}", number=number_for(born)), by=SYSTEM, now=clock.now()
        )
        given = contact_service.appoint(
            person, karin.person.id, karin.unit, coordinating=True, born=born, by=SYSTEM, now=clock.now()
        )
    return Patient(world, person, given)


def staff_of(world: World) -> Any:
    """Karin, who is there from the first test on."""
    from app.care.models import Assignment
    from tests.world import Staff

    found = db.session().query(accounts.Staff).filter_by(title="sjuksköterska").first()
    if found is None:
        return world.staff("Karin Ek")
    person = db.session().get(accounts.Person, found.person_id)
    assert person
    work = db.session().query(Assignment).filter_by(person_id=person.id).one()
    return Staff(world, person, world.unit(), work)


def arrives(phone: LintedClient, who: str = "e-legitimation", **values: str | None) -> TestResponse:
    """To the provider and back; `values` change what the browser brings back, as somebody on the way might."""
    away = phone.get(f"/logga-in/{who}?next=/meddelanden", lint=False)
    assert away.status_code == 303, away.text
    return comes_back(phone, away.location, **values)


def comes_back(phone: LintedClient, url: str, **values: str | None) -> TestResponse:
    try:
        build_opener(Stay).open(url).close()
        raise AssertionError("the provider sends nobody back")
    except OSError as answer:
        location = urlsplit(answer.headers["Location"])  # type: ignore[attr-defined]
        answer.close()  # type: ignore[attr-defined]
    brought = {name: value[0] for name, value in parse_qs(location.query).items()} | values
    query = {name: value for name, value in brought.items() if value is not None}
    return phone.get(location.path, query_string=query, watch=False)


def browser(world: World, address: str | None = None) -> LintedClient:
    """A browser somewhere of its own, so that no test uses up another's tries."""
    found = world.app.test_client()
    found.environ_base["REMOTE_ADDR"] = address or f"192.0.2.{next(places)}"
    return found  # type: ignore[return-value]


def refusals() -> int:
    found = select(func.count()).select_from(audit.log).where(audit.log.c.action == "sign_in.refused")
    return db.session().scalar(found) or 0


def last_refusal() -> str | None:
    found = select(audit.log.c.object).where(audit.log.c.action == "sign_in.refused").order_by(audit.log.c.id.desc())
    return db.session().scalars(found.limit(1)).first()
