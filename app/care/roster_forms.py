"""What is typed about closed days and the duty roster."""

from wtforms import Field, SelectChoice, ValidationError

from app.care.fields import ChoiceField, ClockField, DayField, PeopleField, short
from app.core.forms import Form
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l

LONGEST_CLOSURE = 366


class ClosureForm(Form):
    starts_on = DayField(_l("Från"))
    ends_on = DayField(_l("Till och med"))
    name = short(_l("Vad kallas dagarna?"))
    cover = ChoiceField(_l("Vem svarar då?"), blank=True)

    def validate_ends_on(self, field: Field) -> None:
        if field.data and self.starts_on.data:
            if field.data < self.starts_on.data:
                raise ValidationError(_("Sista dagen kommer före den första."))
            if (field.data - self.starts_on.data).days > LONGEST_CLOSURE:
                raise ValidationError(_("Stäng högst ett år i taget."))


class ShiftForm(Form):
    on = DayField(_l("Dag"))
    opens = ClockField(_l("Från"))
    closes = ClockField(_l("Till"), end=True)
    people = PeopleField(_l("Vem svarar, i ordning"), least=_l("Välj minst en."))


class RepeatForm(Form):
    weeks = ChoiceField(_l("Hur många veckor?"), choices=[SelectChoice(str(number)) for number in range(1, 27)])
