"""What a head writes to the patient whose question they take, and how they say that they are sure."""

from typing import Any

from wtforms import BooleanField, ValidationError

from app.core.forms import Form, written
from app.core.locale import lazy_gettext as _l

LONGEST = 500


class TakeForm(Form):
    text = written(_l("Varför är det du som svarar?"), LONGEST)


class SureForm(Form):
    sure = BooleanField()

    def validate_sure(self, field: Any) -> None:
        if not field.data:
            raise ValidationError(_l("Kryssa i att det gäller rätt person."))
