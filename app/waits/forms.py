"""Who takes a question and why, in words that the patient reads; and how a head says that they are sure."""

from datetime import datetime
from typing import Any

from wtforms import BooleanField, RadioField, ValidationError

from app.care.absence_forms import ClockField, DayField
from app.care.hours_rules import from_wall
from app.core.forms import Form, written
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l
from app.core.locale import local, when

LONGEST = 500


class WhenForm(Form):
    """When the two talked: now, until somebody says another time."""

    day = DayField(_l("Dag"))
    clock = ClockField(_l("Klockan"))

    def fill(self, now: datetime) -> None:
        self.day.data, self.clock.data = local(now).date(), local(now).time()

    def at(self, asked_at: datetime, *, now: datetime) -> datetime | None:
        """The moment, when it can be right: after the question, and not ahead. Else None, with the fault noted."""
        if self.day.data is None and not self.day.errors:
            self.day.errors = [_l("Välj dagen då ni pratades vid.")]
        if self.clock.data is None and not self.clock.errors:
            self.clock.errors = [_l("Skriv klockslaget så här: 13.30.")]
        if self.errors or self.day.data is None or self.clock.data is None:
            return None
        at = from_wall(self.day.data, self.clock.data)
        if at > now:
            self.clock.errors = [_l("Den tiden har inte varit än. Skriv när ni pratades vid.")]
        elif at < asked_at.replace(second=0, microsecond=0):
            said = _("Frågan kom %(when)s, efter den tiden. Skriv när ni pratades vid om den.", when=when(asked_at))
            self.clock.errors = [said]
        return None if self.errors else at


class TakeForm(Form):
    text = written(_l("Varför är det du som svarar?"), LONGEST)


class GiveForm(Form):
    """Who is given or asked, and why."""

    person = RadioField(_l("Vem?"), validate_choice=False)
    text = written(_l("Varför?"), LONGEST)

    def chosen(self, people: Any) -> Any:
        """One of some people by their short keys; None with the fault noted."""
        found = people.get(self.person.data or "")
        if found is None:
            gone = _l("Den personen kan inte ta frågan längre. Välj någon annan.")
            self.person.errors = [gone if self.person.data else _l("Välj en person.")]
        return found


class SureForm(Form):
    sure = BooleanField()

    def validate_sure(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_l("Kryssa i att det gäller rätt person."))
