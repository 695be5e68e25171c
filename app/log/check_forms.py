"""What an administrator types in a check of the log."""

from typing import Any

from wtforms import IntegerField, SelectChoice, ValidationError

from app.care.fields import DayField, OneOfField, long
from app.core.forms import Form, is_blank, written
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l
from app.core.locale import today
from app.log.check_rules import LONGEST, MOST_ROWS, USUAL_ROWS

MOST_WORDS = 1000
RULES = [
    SelectChoice("random", _l("Slumpvis: vad som helst som har öppnats")),
    SelectChoice("own_unit", _l("Patienter på andra mottagningar än ens egna")),
    SelectChoice("surname", _l("Samma efternamn som den man läste om")),
    SelectChoice("many", _l("Många patienter på en timme")),
    SelectChoice("colleague", _l("En kollega som är patient")),
]


class NumberField(IntegerField):
    """A whole number, with a fault that says what to write."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([text.strip() for text in valuelist])
        except ValueError as error:
            raise ValueError(_("Skriv ett antal från 1 till %(most)s.", most=MOST_ROWS)) from error


class DrawForm(Form):
    rule = OneOfField(_l("Vad ska prövas?"), choices=RULES)
    starts_on = DayField(_l("Från"))
    ends_on = DayField(_l("Till och med"))
    size = NumberField(_l("Så många rader"), default=USUAL_ROWS)

    def validate_ends_on(self, field: Any) -> None:
        first = self.starts_on.data
        if first and field.data < first:
            raise ValidationError(_("Slutdagen kommer före startdagen. Byt plats på dem."))
        if first and field.data - first >= LONGEST:
            raise ValidationError(_("Välj högst tre månader åt gången."))
        if field.data > today():
            raise ValidationError(_("Välj en dag som har varit."))

    def validate_size(self, field: Any) -> None:
        if field.data is None or not 1 <= field.data <= MOST_ROWS:
            raise ValidationError(_("Skriv ett antal från 1 till %(most)s.", most=MOST_ROWS))


class JudgeForm(Form):
    judged = OneOfField(
        _l("Är det som det ska?"),
        choices=[
            SelectChoice("as_should", _l("Ja, det hör till arbetet")),
            SelectChoice("look_into", _l("Det ska utredas")),
        ],
    )
    text = long(_l("Vad ska utredas, eller vad såg du?"))

    def validate_text(self, field: Any) -> None:
        if self.judged.data == "look_into" and is_blank(field.data or ""):
            raise ValidationError(_("Skriv vad som ska utredas, så att nästa person förstår."))


class NameForm(Form):
    because = written(_l("Varför behöver du se namnet?"), 300)


class FinishForm(Form):
    text = written(_l("Vad kom du fram till?"), MOST_WORDS)
