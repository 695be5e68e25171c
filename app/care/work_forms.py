"""What is typed about a person's work: who, from when, in which pattern, and who answers for them."""

from typing import Any

from wtforms import BooleanField, Field, HiddenField, SelectChoice, ValidationError
from wtforms.validators import Regexp

from app.care.fields import ChoiceField, DayField, OneOfField, PeopleField, PhoneField, WeeksField, short
from app.core.forms import Form
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l

ROLES = (
    SelectChoice("licensed", _l("Legitimerad, svarar patienter")),
    SelectChoice("care", _l("Vårdpersonal utan legitimation, svarar patienter")),
    SelectChoice("other", _l("Annan personal, svarar inte patienter")),
)


class DirectForm(Form):
    phone = PhoneField(_l("Direktnummer"), needed=False)
    phone_hours = short(_l("När svarar det?"))


class AssignForm(DirectForm):
    person = ChoiceField(_l("Vem?"))
    role = OneOfField(_l("Arbetar som"), choices=ROLES)
    starts_on = DayField(_l("Första dagen"))


class StaffForm(DirectForm):
    name = short(_l("Namn"), needed=_l("Skriv namnet."))
    hsa_id = short(_l("HSA-id"), 40, needed=_l("Skriv HSA-id. Det står på tjänstekortet."))
    number = short(_l("Personnummer"), 20)
    title = short(_l("Titel"), 60, needed=_l("Skriv titeln, som sjuksköterska."))
    role = OneOfField(_l("Arbetar som"), choices=ROLES)
    physician = BooleanField(_l("Legitimerad läkare"))
    starts_on = DayField(_l("Första dagen"))

    def validate_physician(self, field: Field) -> None:
        if field.data and self.role.data != "licensed":
            raise ValidationError(_("En läkare är legitimerad. Ändra ett av svaren."))


class PatternForm(Form):
    starts_on = DayField(_l("Gäller från"))
    hours = WeeksField(_l("Arbetstider"), most=10)
    anchor = HiddenField(validators=[Regexp(r"\A\d{4}-\d\d-\d\d\Z", message=_l("Ladda om sidan och försök igen."))])


class StandingForm(Form):
    people = PeopleField(_l("Svarar i stället, i ordning"))


class EndForm(Form):
    on = DayField(_l("Sista dagen"))
    seen: Any = HiddenField()
