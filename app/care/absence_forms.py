"""From when, until when, and who answers meanwhile."""

import re
from collections.abc import Collection
from datetime import date, datetime, time
from typing import Any

from wtforms import BooleanField, Field
from wtforms.widgets import DateInput, TimeInput

from app.care import absence_rules
from app.care.absence_rules import Stretch
from app.core.forms import Form
from app.core.locale import lazy_gettext as _l

CLOCK = re.compile(r"(\d{1,2})(?:[:.]?(\d{2}))?")


class DayField(Field):
    """A day, as a browser sends it, or typed the same way."""

    widget = DateInput()
    data: date | None

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.data.isoformat() if self.data else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            self.data = date.fromisoformat(valuelist[0].strip())
        except ValueError as error:
            raise ValueError(_l("Skriv datumet så här: 2026-12-21.")) from error


class ClockField(Field):
    """A time of the clock; none is the whole day."""

    widget = TimeInput()
    data: time | None

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else f"{self.data:%H:%M}" if self.data else ""

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        if not valuelist or not (said := valuelist[0].strip()):
            return
        try:
            found = CLOCK.fullmatch(said)
            self.data = time(int(found[1]), int(found[2] or 0)) if found else time.fromisoformat(said)
        except ValueError as error:
            raise ValueError(_l("Skriv klockslaget så här: 13.30.")) from error


class PeopleField(Field):
    """People in order, each chosen in a list of its own; those left empty are passed over."""

    data: list[str]

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = list(dict.fromkeys(value for value in valuelist if value))


class EndForm(Form):
    """Until when, and who answers."""

    end = DayField(_l("Till och med"))
    closes = ClockField(_l("Till kl."))
    open_ended = BooleanField()
    substitutes = PeopleField(_l("De som svarar"))

    def ends_at(self) -> datetime | None:
        last = None if self.open_ended.data else self.end.data
        return absence_rules.stretch(last, last, closes=self.closes.data).ends_at if last else None

    def fill(self, period: Stretch) -> None:
        """Show an absence as it stands: its last day, and the clock where it ends inside a day."""
        self.open_ended.data = period.ends_at is None
        if period.ends_at is not None:
            self.end.data, self.closes.data = absence_rules.last_day(period.ends_at)

    def fits(self, period: Stretch, people: Collection[str], *, now: datetime, begun: bool = False) -> bool:
        """Whether what was typed is an absence, with the faults noted at their fields."""
        if self.end.data is None and not self.open_ended.data and not self.end.errors:
            self.end.errors = [_l("Välj sista dagen, eller kryssa i att slutet inte är känt.")]
        if not set(self.substitutes.data or ()) <= set(people):
            self.substitutes.errors = [_l("Den personen går inte att välja längre. Välj någon annan.")]
        if not self.errors and (fault := absence_rules.fault(period, now=now, begun=begun)):
            self.note(fault)
        return not self.errors

    def note(self, fault: str) -> None:
        said = {
            "ends_first": _l("Slutet är före början. Välj ett senare slut."),
            "over": _l("Det har redan varit. Välj i dag eller en senare dag."),
            "too_early": _l("Det är för långt tillbaka. Välj i går eller senare."),
            "too_far": _l("Det är mer än två år bort. Välj en dag som är närmare."),
        }
        of_start = fault == "too_early" or (fault == "too_far" and self.open_ended.data)
        field = self["start"] if of_start and "start" in self else self.end
        field.errors = [said[fault]]


class AbsenceForm(EndForm):
    start = DayField(_l("Från"))
    opens = ClockField(_l("Från kl."))

    def period(self) -> Stretch | None:
        """What was typed, as moments; None while the first day is missing."""
        if self.start.data is None:
            return None
        last = None if self.open_ended.data else self.end.data
        return absence_rules.stretch(self.start.data, last, self.opens.data, self.closes.data)

    def whole(self, people: Collection[str], *, now: datetime) -> Stretch | None:
        """The period, when all of the form is right; else None, with the faults noted."""
        period = self.period()
        if period is None and not self.start.errors:
            self.start.errors = [_l("Välj första dagen.")]
        fits = self.fits(period or absence_rules.until_further(now), people, now=now)
        return period if fits else None
