"""Who takes a question and why, in words that the patient reads; and how a head says that they are sure."""

from typing import Any

from wtforms import BooleanField, RadioField, ValidationError

from app.core.forms import Form, written
from app.core.locale import lazy_gettext as _l

LONGEST = 500


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
