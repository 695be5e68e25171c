"""What staff type when they publish free times: with whom, which day, between which clocks, for how many weeks."""

from datetime import date, timedelta
from typing import Any

from wtforms import HiddenField

from app.bookings.slot_rules import Site
from app.care.absence_forms import ClockField, DayField
from app.care.fields import ChoiceField, KeyField, OneOfField
from app.core.forms import Form, plain
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l
from app.core.locale import number_on_page as _n
from app.slots import slot_rules
from app.slots.slot_queries import Kind
from app.slots.slot_rules import MOST, Planned

PAUSES = (0, 5, 10, 15, 30)
WEEKS = (1, 2, 3, 4, 6, 8, 12, 26)
FIELDS = ("staff", "location", "day", "start", "end", "pause", "weeks", "for_whom")


class OpenForm(Form):
    """It carries what was shown of it last, so that nothing is published that nobody has seen."""

    staff = KeyField(_l("Vem har tiden?"), choices=[])
    location = KeyField(_l("Plats"), blank=True, choices=[])
    day = DayField(_l("Dag"))
    start = ClockField(_l("Från kl."))
    end = ClockField(_l("Till kl."))
    pause = ChoiceField(_l("Paus efter varje tid"))
    weeks = ChoiceField(_l("Hur många veckor?"))
    for_whom = OneOfField(_l("Vem får tiderna?"))
    shown = HiddenField(filters=[plain])

    def __init__(self, kind: Kind, **options: Any) -> None:
        super().__init__(**options)
        self.staff.offer((it.key, it.name) for it in kind.staff)
        self.location.offer(((it.key, it.name) for it in kind.sites), after=[_("Ingen särskild plats")])
        self.pause.choices = [
            (str(it), _n("%(num)s minut", "%(num)s minuter", it) if it else _l("Ingen paus")) for it in PAUSES
        ]
        self.weeks.choices = [
            (str(it), _n("%(num)s vecka", "%(num)s veckor", it) if it > 1 else _l("Bara den dagen")) for it in WEEKS
        ]
        self.for_whom.choices = [
            ("unit", _l("Alla patienter på mottagningen")),
            ("waiting", _l("De som står på väntelistan, i tur och ordning")),
        ]

    def fill(self, *, staff: str | None, location: str, day: date) -> None:
        self.staff.data, self.location.data, self.day.data = staff, location, day
        self.pause.data, self.weeks.data, self.for_whom.data = "0", "1", "unit"

    def validate(self, extra_validators: Any = None) -> bool:
        whole = super().validate(extra_validators)
        if self.day.data is None and not self.day.errors:
            self.day.errors = [_l("Välj en dag.")]
        elif self.day.data and not 2000 <= self.day.data.year <= 2100:
            self.day.errors = [_l("Välj en dag inom ett år.")]
        for field in (self.start, self.end):
            if field.data is None and not field.errors:
                field.errors = [_l("Skriv ett klockslag, till exempel 13.30.")]
        return whole and not self.errors

    def planned(self, kind: Kind) -> list[Planned]:
        """The times of a form that is valid; with the fault noted where they are none, or too many."""
        assert self.day.data and self.start.data is not None and self.end.data is not None
        pause, weeks = timedelta(minutes=int(self.pause.data)), int(self.weeks.data)
        found = slot_rules.series(
            self.day.data, self.start.data, self.end.data, length=kind.length, pause=pause, weeks=weeks
        )
        if not found:
            self.end.errors = [_l("Där får ingen hel tid plats. Välj ett senare slut.")]
        elif len(found) > MOST:
            self.weeks.errors = [_l("Det blir mer än tvåhundra tider. Välj färre veckor eller kortare dag.")]
            return []
        return found

    @property
    def mark(self) -> str:
        """What is chosen, to be compared with what was shown."""
        return "|".join(str(self[name].data) for name in FIELDS)

    def site(self, kind: Kind) -> Site | None:
        return next((it for it in kind.sites if it.key == self.location.key), None)
