"""What somebody tells a unit about a patient."""

from typing import Any

from wtforms import StringField
from wtforms.validators import Length, StopValidation

from app.care.contact_forms import AtMost
from app.core.forms import KeyedForm, is_blank, plain, written
from app.core.locale import lazy_gettext as _l

LONGEST = 10_000
LONGEST_LINE = 200


class Seen:
    """Something that can be seen is written."""

    def __init__(self, message: Any) -> None:
        self.message = message

    def __call__(self, _form: Any, field: Any) -> None:
        if is_blank(field.data or ""):
            raise StopValidation(str(self.message))


class TellForm(KeyedForm):
    name = StringField(
        _l("Vad heter den du vill berätta om?"),
        filters=[plain],
        validators=[
            Seen(_l("Skriv namnet, så gott du vet.")),
            Length(max=LONGEST_LINE, message=_l("Skriv kortare, högst %(max)d tecken.")),
        ],
    )
    birth = StringField(
        _l("När är personen född?"),
        filters=[plain],
        validators=[
            Seen(_l("Skriv födelsedagen. Vet du den inte, skriv ungefär hur gammal personen är.")),
            Length(max=LONGEST_LINE, message=_l("Skriv kortare, högst %(max)d tecken.")),
        ],
    )
    text = written(_l("Vad vill du berätta?"), LONGEST)
    reach = StringField(_l("Hur når vi dig, om du vill det?"), filters=[plain], validators=[AtMost(LONGEST_LINE)])
