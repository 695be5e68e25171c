"""What a head types about a drop-in, and about a day that is not as the others."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from wtforms import SelectChoice, TextAreaField
from wtforms.validators import Length, ValidationError

from app.bookings.kind_forms import WeekdaysField
from app.bookings.staff_forms import words_of_days
from app.care.absence_forms import ClockField, DayField
from app.care.fields import LONG, ChoiceField, KeyField, OneOfField, short, tidy
from app.care.words import sentence
from app.core.forms import Form, Seen, is_blank, plain
from app.core.locale import day, local
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l
from app.dropin.fields import YesField

FARTHEST = timedelta(days=400)
LONGEST_AHEAD = 5
EVERY = {
    "1": _l("Varje vecka"),
    "2": _l("Varannan vecka"),
    "3": _l("Var tredje vecka"),
    "4": _l("Var fjärde vecka"),
}
HOW = {
    "closed": _l("Stängt den dagen"),
    "open": _l("Öppet den dagen"),
}


def told(label: Any, needed: Any) -> TextAreaField:
    """A few lines that anybody will read."""
    return TextAreaField(label, filters=[plain, tidy], validators=[Seen(needed), Length(max=600, message=LONG)])


class HoursForm(Form):
    """From when till when, the same day."""

    opens = ClockField(_l("Öppnar kl."))
    closes = ClockField(_l("Stänger kl."))

    def has_hours(self) -> bool:
        """Whether it opens before it closes, with the fault noted."""
        for field, wrong in (
            (self.opens, _("Skriv när det öppnar, till exempel 13.00.")),
            (self.closes, _("Skriv när det stänger, till exempel 16.00.")),
        ):
            if field.data is None and not field.errors:
                field.errors = [wrong]
        if not (self.opens.errors or self.closes.errors):
            opens, closes = self.opens.data or time(), self.closes.data or time()
            if opens >= closes:
                self.closes.errors = [_("Det stänger innan det öppnar. Välj en senare tid.")]
        return not (self.opens.errors or self.closes.errors)


class SeriesForm(HoursForm):
    name = short(_l("Vad heter det?"), needed=_l("Skriv vad det heter."))
    purpose = told(_l("Vad är det till för?"), _l("Skriv vad man kan komma för."))
    meets = told(_l("Vem möter man?"), _l("Skriv vem man möter, till exempel en sjuksköterska."))
    welcome = YesField(_l("Vem får följa med?"), known=("relative", "child"))
    location = KeyField(_l("Var?"), choices=[])
    municipality = ChoiceField(_l("I vilken kommun?"), choices=[])
    weekdays = WeekdaysField(_l("Vilka dagar?"), least=_l("Välj minst en dag."))
    every = OneOfField(_l("Hur ofta?"), choices=[SelectChoice(number, label) for number, label in EVERY.items()])
    first = DayField(_l("Första dagen"))
    last = DayField(_l("Sista dagen"))
    red = YesField(_l("Röda dagar"), known=("open",))

    def has_days(self, *, now: datetime) -> bool:
        """Whether it begins and ends on days that can be, with the fault noted."""
        today = local(now).date()
        if self.first.data is None and not self.first.errors:
            self.first.errors = [_("Välj den första dagen.")]
        elif self.first.data and not 2000 <= self.first.data.year <= today.year + LONGEST_AHEAD:
            self.first.errors = [_("Välj en dag som är närmare i dag.")]
        if self.last.data and not self.last.errors:
            if self.last.data.year > today.year + LONGEST_AHEAD:
                self.last.errors = [_("Det är långt bort. Lämna tomt om det inte ska sluta.")]
            elif self.first.data and self.last.data < self.first.data:
                self.last.errors = [_("Sista dagen är före den första. Välj en senare dag.")]
        return not (self.first.errors or self.last.errors)

    def fits(self, place: str, open_on: Iterable[int]) -> bool:
        """Whether the place is open on all of its days, with the fault noted."""
        here = sorted(open_on)
        if not {int(number) for number in self.weekdays.data or ()} <= set(here):
            said = _(
                "%(place)s har öppet %(days)s. Välj de dagarna, eller en annan plats.",
                place=place,
                days=words_of_days(here),
            )
            self.weekdays.errors = [*self.weekdays.errors, said]
        return not self.weekdays.errors


class DayForm(HoursForm):
    """A day that is not as the others."""

    on = DayField(_l("Vilken dag?"))
    how = OneOfField(_l("Hur är det den dagen?"), choices=[SelectChoice(key, label) for key, label in HOW.items()])
    words = TextAreaField(
        _l("Ord till den som tittar"), filters=[plain, tidy], validators=[Length(max=200, message=LONG)]
    )

    def is_whole(self, *, today: date) -> bool:
        """Whether it says what a day ahead is, with the faults noted."""
        if self.on.data is None and not self.on.errors:
            self.on.errors = [_("Välj en dag.")]
        elif self.on.data and self.on.data < today:
            self.on.errors = [_("Den dagen har varit. Välj en dag framåt.")]
        elif self.on.data and self.on.data > today + FARTHEST:
            self.on.errors = [_("Det är mer än ett år bort. Välj en dag som är närmare.")]
        if self.how.data == "open":
            self.has_hours()
        elif self.how.data == "closed":
            self.opens.errors = self.closes.errors = []
        return not self.errors

    def fits(self, place: str, open_on: Iterable[int]) -> bool:
        """Whether somebody opens the door that day, with the fault noted."""
        on, here = self.on.data, sorted(open_on)
        if self.how.data == "open" and on and on.weekday() not in here:
            said = _(
                "%(day)s är %(place)s stängd. Där är öppet %(days)s.",
                day=sentence(day(on)),
                place=place,
                days=words_of_days(here),
            )
            self.on.errors = [said]
        return not self.on.errors

    def validate_words(self, field: Any) -> None:
        if self.how.data == "closed" and is_blank(field.data or ""):
            raise ValidationError(_("Skriv varför det är stängt. Det får vara kort."))
