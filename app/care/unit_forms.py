"""What is typed about a unit: its place, hours, promise and head, and about the region's function."""

from typing import Any

from wtforms import Field, ValidationError

from app.care.fields import ChoiceField, LengthField, PeopleField, PhoneField, WeeksField, long, short
from app.core.forms import Form
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l

MOST_LINES = 5


class PlaceForm(Form):
    name = short(_l("Vad heter mottagningen?"), needed=_l("Skriv vad mottagningen heter."))
    phone = PhoneField(_l("Telefon"))
    phone_hours = short(_l("När svarar telefonen?"))
    visiting = long(_l("Besöksadress"))
    postal = long(_l("Postadress"))
    hsa_id = short(_l("Mottagningens HSA-id"))


class WorkplaceForm(Form):
    """Where somebody works now; its buttons are the answers."""

    unit = ChoiceField(_l("Mottagning"), choices=[])


class LineForm(Form):
    """A further number; one without words and number is none."""

    label = short(_l("Vad numret är till"))
    phone = PhoneField(_l("Nummer"), needed=False)
    hours = short(_l("När svarar någon där?"))

    @property
    def is_empty(self) -> bool:
        return not (self.label.data or self.phone.data)

    def validate(self, extra_validators: Any = None) -> bool:
        whole = super().validate(extra_validators)
        if not self.label.data:
            self.label.errors = [_("Skriv vad numret är till.")]
        if not self.phone.data:
            self.phone.errors = [_("Skriv ett nummer att ringa.")]
        return whole and bool(self.label.data and self.phone.data)


class OfficeForm(Form):
    hours = WeeksField(_l("Öppettider"), needed=True)


class PromiseForm(Form):
    promise = LengthField(_l("Svar senast efter, timmar"))
    gap = LengthField(_l("Längsta glapp, timmar"), needed=False)


class HeadForm(Form):
    head = ChoiceField(_l("Chef"))
    substitutes = PeopleField(
        _l("Svarar när chefen är borta"), least=_l("Välj minst en som svarar när chefen är borta.")
    )

    def validate_substitutes(self, field: Field) -> None:
        if self.head.data in field.chosen:
            raise ValidationError(_("Chefen kan inte svara för sig själv. Välj någon annan."))


class NewUnitForm(HeadForm):
    name = short(_l("Vad heter mottagningen?"), needed=_l("Skriv vad mottagningen heter."))
    phone = PhoneField(_l("Telefon"))
    phone_hours = short(_l("När svarar telefonen?"))
    hours = WeeksField(_l("Öppettider"), needed=True)


class FunctionHoursForm(Form):
    hours = WeeksField(_l("Tider när någon svarar"))


class FunctionForm(Form):
    phone = PhoneField(_l("Nummer som alltid besvaras"))
    people = PeopleField(_l("Vilka är funktionen?"), least=_l("Välj minst två personer."))

    def validate_people(self, field: Field) -> None:
        if len(field.chosen) < 2:
            raise ValidationError(_("Välj minst två personer, så att det alltid finns en till."))
