"""What each of the two units has that is nobody's own: a drop-in that somebody has come to, a source, a file."""

from datetime import time
from typing import Any
from uuid import UUID

from app.bookings import kind_service as kinds
from app.core import clock, db
from app.core.audit import SYSTEM
from app.dropin import visit_service
from app.exchange import file_service, source_service
from app.exchange.row_rules import Fault, Report
from app.exchange.source_service import Wanted
from tests.dropin.hours import opens
from tests.world import Staff, World, today


def has_doors(world: World, head: Staff) -> dict[str, UUID]:
    """The keys of all that, by what addresses call it."""
    now, admin, visit = clock.now(), world.admin().viewer, db.new_key()
    always: dict[str, Any] = {
        "weekdays": tuple(range(7)),
        "opens": time(0),
        "closes": time(23, 59),
        "on_red_days": True,
    }
    with db.transaction():
        place = kinds.open_location(head.unit, "Öppna dörren", "Torget 2", weekdays=range(7), by=SYSTEM, now=now)
    drop_in = opens(head, place, name=f"Drop-in på {head.unit.name}", first_on=today(), **always)
    report = Report(0, 0, (Fault(2, "personnummer", "number"),))
    with db.transaction():
        visit_service.arrive(drop_in, visit, by=head.viewer, now=now)
        # Nobody answers there.
        wanted = Wanted(f"Tidbok för {head.unit.name}", f"http://127.0.0.1:9/{head.unit.id.hex}")
        source = source_service.add(world.region().id, wanted, by=admin, now=now)
        file = file_service.keep("people", "typ;namn;personnummer\npatient;Bo;1", report, by=admin, now=now)
    return {"drop_in": drop_in, "visit": visit, "source": source, "one": db.new_key(), "file": file}
