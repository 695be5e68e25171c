"""What a patient writes to let somebody in, and the code that somebody types."""

from datetime import date
from typing import Any

from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import DataRequired, InputRequired, ValidationError
from wtforms.widgets import ListWidget

from app.care.contact_forms import AtMost
from app.core.forms import Form, plain
from app.core.locale import lazy_gettext as _l
from app.relatives import rules

LONGEST = 40
KEEP = "keep"


class Items(StringField):
    """Some of a few things, each a box to tick."""

    widget = ListWidget()
    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = [item for item in rules.ITEMS if item in valuelist]

    def pre_validate(self, _form: Any) -> None:
        if not self.data:
            raise ValidationError(_l("Välj något som personen får se."))


class OfferForm(Form):
    name = StringField(
        _l("Vad kallar du personen?"),
        filters=[plain],
        validators=[DataRequired(_l("Skriv ett namn. Bara du ser det.")), AtMost(LONGEST)],
    )
    items = Items(_l("Vad får personen se?"), default=["contact"])
    length = RadioField(
        _l("Hur länge?"),
        choices=[
            SelectChoice("month", _l("En månad")),
            SelectChoice("half", _l("Ett halvår")),
            SelectChoice("year", _l("Ett år")),
        ],
        default="half",
        validators=[InputRequired(_l("Välj hur länge."))],
    )

    def last(self, *, today: date) -> date:
        """The last day that was chosen."""
        return rules.last_day(self.length.data, today=today)


class ChangeForm(OfferForm):
    """The same of somebody who is there; the time may stand as it is."""

    length = RadioField(
        _l("Hur länge?"),
        choices=[
            SelectChoice(KEEP, _l("Som förut")),
            SelectChoice("month", _l("En månad")),
            SelectChoice("half", _l("Ett halvår")),
            SelectChoice("year", _l("Ett år")),
        ],
        default=KEEP,
        validators=[InputRequired(_l("Välj hur länge."))],
    )


class CodeForm(Form):
    code = StringField(
        _l("Koden du har fått"),
        filters=[plain],
        validators=[DataRequired(_l("Skriv koden. Den har tolv tecken."))],
    )
