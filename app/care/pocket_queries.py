"""How a patient reaches their contacts, as it may lie on a phone: what changes from day to day is not in it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import bindparam, select

from app.accounts.models import Person
from app.accounts.queries import Viewer
from app.care import queries
from app.care.queries import ContactCard
from app.core.db import run

_protected = select(Person.protected).where(Person.id == bindparam("viewer"))


@dataclass(frozen=True)
class Pocket:
    """The contacts who can be reached, and a card of each unit, with a name unless `hides_places`."""

    contacts: list[ContactCard]
    units: list[ContactCard]
    hides_places: bool


def pocket_of(viewer: Viewer, *, today: date) -> Pocket:
    """The viewer's own; nobody in it when they have no contact. A protected identity keeps no place."""
    held = queries.contacts_of(viewer, today=today)
    units = {it.unit_id: it for it in reversed(held)}
    protected = bool(run(_protected, {"viewer": viewer.person_id}).scalar())
    return Pocket([it for it in held if it.reachable], list(reversed(units.values())), protected)
