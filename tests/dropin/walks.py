"""A drop-in for the guards of pages to walk through: open every hour of the day, with as many as may have come."""

from datetime import time
from typing import Any
from uuid import UUID

from sqlalchemy import select

from app.bookings import kind_service as kinds
from app.core import clock, db
from app.core.audit import SYSTEM
from app.dropin import queries, service, visit_service
from app.dropin.models import DropInVisit
from app.dropin.rules import Exceptional
from tests.dropin.hours import opens
from tests.world import Staff, today


def has_drop_ins(head: Staff, rows: int) -> None:
    """So many drop-ins, of which the first has as many visits and days that are not as the others."""
    everyday: dict[str, Any] = {
        "weekdays": tuple(range(7)),
        "opens": time(0),
        "closes": time(23, 59),
        "on_red_days": True,
    }
    with db.transaction():
        place = kinds.open_location(
            head.unit, "Öppna dörren", "Torget 2", weekdays=range(7), by=SYSTEM, now=clock.now()
        )
    for number in range(rows):
        key = opens(head, place, name=f"Drop-in {number:03}", first_on=today(), **everyday)
        if number:
            continue
        for nth in range(rows):
            with db.transaction():
                visit_service.arrive(key, db.new_key(), by=head.viewer, now=clock.now())
                on = today().replace(year=today().year + 1, month=1, day=1 + nth % 28)
                service.say_of_day(key, on, Exceptional(words="Stängt."), by=head.viewer, now=clock.now())


def first() -> UUID:
    return queries.published(SYSTEM)[0].key


def drop_in(_scene: Any, _who: str) -> dict[str, object]:
    return {"drop_in": first()}


def of_unit(scene: Any, _who: str) -> dict[str, object]:
    return {"unit": scene.karin.unit.id}


def one(scene: Any, who: str) -> dict[str, object]:
    return of_unit(scene, who) | drop_in(scene, who)


def visit(scene: Any, who: str) -> dict[str, object]:
    return drop_in(scene, who) | {"visit": db.session().scalars(select(DropInVisit.id)).first()}


DOORS = {
    "dropin.show": drop_in,
    "reception.show": drop_in,
    "reception.visit": visit,
    **{f"drop_in_hours.{name}": of_unit for name in ("index", "new")},
    **{f"drop_in_hours.{name}": one for name in ("show", "edit", "day")},
    **{f"drop_in_figures.{name}": of_unit for name in ("show", "table")},
}
