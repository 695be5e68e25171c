"""A drop-in in the demo: open on Wednesdays and on the day of the demo, with some weeks of visits behind it."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from app.accounts.queries import Viewer
from app.bookings import kind_service as kinds
from app.care import red_days
from app.care.hours_rules import from_wall
from app.care.models import Unit
from app.core import db
from app.core.audit import SYSTEM
from app.core.locale import local
from app.dropin import service, visit_service
from app.dropin.rules import Exceptional
from app.dropin.service import Wanted

WEEKS = 10
WEDNESDAY = 2
WAYS = (
    ("talk",),
    ("talk", "booked"),
    ("first_line",),
    ("talk",),
    ("talk", "waiting_list"),
    ("primary_care",),
    ("talk", "booked"),
    ("municipality",),
)
PURPOSE = (
    "När du mår dåligt och vill prata med någon, och inte vet vart du ska vända dig. Du får ett samtal, och hjälp att"
    " hitta rätt. Vi skriver inga recept här."
)
MEETS = "En sjuksköterska eller en skötare. Du väntar i väntrummet tills någon är ledig."


def opened(unit: Unit, address: str, staff: Viewer, *, now: datetime) -> None:
    """A drop-in of the unit, open also today, and who has come to it."""
    began, today = now - timedelta(weeks=WEEKS, days=1), local(now).date()
    way = "Gå in från gården och ta stolen närmast luckan. Du behöver inte anmäla dig."
    days = tuple(range(7))
    place = kinds.open_location(unit, "Öppna dörren", address, way=way, weekdays=days, by=SYSTEM, now=began)
    wanted = Wanted(
        name="Öppen mottagning på Björken",
        purpose=PURPOSE,
        meets=MEETS,
        location_id=place,
        municipality="2031",
        weekdays=(WEDNESDAY,),
        opens=time(13),
        closes=time(16),
        first_on=local(began).date(),
    )
    key = service.make(unit, wanted, by=SYSTEM, now=began)
    service.publish(key, by=SYSTEM, now=began)
    extra = Exceptional(time(7), time(23), "Extra öppet i dag.")
    service.say_of_day(key, today, extra, by=staff, now=now - timedelta(days=2))
    wednesdays = [today - timedelta(days=ago) for ago in range(1, 7 * WEEKS)]
    for nth, on in enumerate(it for it in wednesdays if it.weekday() == WEDNESDAY):
        if on not in red_days.in_years((on.year,)):
            came(key, staff, on, nth)
    for minutes in (50, 20):
        visit_service.arrive(key, db.new_key(), by=staff, now=now - timedelta(minutes=minutes))
    for number in range(3):
        service.say_coming(
            key,
            db.new_key(),
            before=None,
            sender=f"demo-{number}",
            is_open=True,
            by=SYSTEM,
            now=now - timedelta(minutes=number),
        )


def came(key: UUID, staff: Viewer, on: date, nth: int) -> None:
    """An afternoon: more the first weeks, and most of them early."""
    for number in range(5 + (nth * 3) % 5):
        at = from_wall(on, time(13)) + timedelta(minutes=number * 19 + nth * 2)
        visit, met = db.new_key(), at + timedelta(minutes=4 + (number * 7 + nth) % 25)
        visit_service.arrive(key, visit, by=staff, now=at)
        if (number + nth) % 9 == 8:
            visit_service.leave(key, visit, by=staff, now=met)
            continue
        visit_service.note(
            key,
            visit,
            new_here=(True, False, False, True, None)[(number + nth) % 5],
            led_to=WAYS[(number + nth) % len(WAYS)],
            shown="vantar.?",
            by=staff,
            now=met,
        )
