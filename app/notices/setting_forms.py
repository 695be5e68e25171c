"""How one wants to be told: when it is quiet, of what by which channel, how much a notice says."""

import re
from collections.abc import Iterable
from datetime import time

from wtforms import Field, RadioField, SelectChoice, SelectMultipleField, StringField, ValidationError
from wtforms.validators import InputRequired

from app.core.forms import Form
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l
from app.core.recurrence import Quiet
from app.notices.delivery_rules import quiet_of
from app.notices.rules import ABOUT, CHANNELS, PRIVATE

HOURS, NEVER = "tider", "aldrig"
NEUTRAL, FULLER = "inget", "lite"
WRITTEN = re.compile(r"\s*(\d{1,2})(?:\s*[.:]\s*(\d\d))?\s*")
BOXES = [SelectChoice(channel) for channel in CHANNELS]
Pair = tuple[str, str]


def moment(text: str | None) -> time | None:
    """A wall time as people write it: 21, 21.00 or 21:00; 24 is midnight. Nothing when it is none."""
    found = WRITTEN.fullmatch(text or "")
    if not found or int(found[1]) > 24 or int(found[2] or 0) > 59 or (int(found[1]) == 24 and int(found[2] or 0)):
        return None
    return time(int(found[1]) % 24, int(found[2] or 0))


class QuietForm(Form):
    quiet = RadioField(
        _l("När ska det vara tyst?"),
        choices=[SelectChoice(HOURS), SelectChoice(NEVER)],
        validators=[InputRequired(_l("Välj ett av de två."))],
    )
    begins = StringField(_l("Tyst från"))
    ends = StringField(_l("Tyst till"))

    def fill(self, quiet: Quiet | None) -> None:
        """Show what holds now, with the usual night to begin from where nothing is quiet."""
        self.quiet.data = HOURS if quiet else NEVER
        if hours := quiet or quiet_of(PRIVATE, None):
            self.begins.data, self.ends.data = (f"{it.hour}.{it.minute:02}" for it in (hours.begins, hours.ends))

    def validate_begins(self, field: Field) -> None:
        self._is_a_time(field)

    def validate_ends(self, field: Field) -> None:
        self._is_a_time(field)
        if self.quiet.data == HOURS and moment(field.data) == moment(self.begins.data) is not None:
            raise ValidationError(_("Tiderna är lika. Skriv när det ska sluta vara tyst."))

    def _is_a_time(self, field: Field) -> None:
        if self.quiet.data == HOURS and moment(field.data) is None:
            raise ValidationError(_("Skriv ett klockslag, till exempel 21.00."))

    @property
    def hours(self) -> Quiet | None:
        begins, ends = moment(self.begins.data), moment(self.ends.data)
        return Quiet(begins, ends) if self.quiet.data == HOURS and begins is not None and ends is not None else None


class ChannelsForm(Form):
    """Of what by which channel: one field a group of things, named as it, with a box a channel."""

    questions = SelectMultipleField(_l("Frågor till dig"), choices=BOXES)
    work = SelectMultipleField(_l("Vem som svarar när någon är borta"), choices=BOXES)
    answers = SelectMultipleField(_l("Svar på det du har frågat"), choices=BOXES)
    bookings = SelectMultipleField(_l("Dina tider"), choices=BOXES)
    near = SelectMultipleField(_l("Inbjudningar mellan dig och någon du står nära"), choices=BOXES)
    log = SelectMultipleField(_l("Svar om vem som har läst"), choices=BOXES)

    def fill(self, off: Iterable[Pair]) -> None:
        for group in (name for names in ABOUT.values() for name in names):
            self[group].data = [channel for channel in CHANNELS if (group, channel) not in set(off)]

    def off(self, groups: Iterable[str], channels: Iterable[str]) -> set[Pair]:
        """What was left unticked, of what was there to tick."""
        shown = tuple(channels)
        return {(group, it) for group in groups for it in shown if it not in (self[group].data or ())}


class FullerForm(Form):
    fuller = RadioField(
        _l("Hur mycket får synas?"),
        choices=[SelectChoice(NEUTRAL), SelectChoice(FULLER)],
        validators=[InputRequired(_l("Välj ett av de två."))],
    )
