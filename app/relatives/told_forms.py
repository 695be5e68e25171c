"""What somebody tells a unit about a patient."""

import secrets
from typing import Any

from wtforms import HiddenField, StringField
from wtforms.validators import Length, Regexp, StopValidation

from app.care.contact_forms import AtMost
from app.core.forms import Form, is_blank, plain, written
from app.core.locale import lazy_gettext as _l

LONGEST = 10_000
LONGEST_LINE = 200


def fresh_key() -> str:
    """Made before it is sent: the same key and words are told once."""
    return secrets.token_urlsafe(16)


class Seen:
    """Something that can be seen is written."""

    def __init__(self, message: Any) -> None:
        self.message = message

    def __call__(self, _form: Any, field: Any) -> None:
        if is_blank(field.data or ""):
            raise StopValidation(str(self.message))


class KeyedForm(Form):
    """A form that carries a key of its own, so that a second press is the same."""

    key = HiddenField(
        default=fresh_key,
        filters=[plain],
        validators=[
            Regexp(
                r"\A[A-Za-z0-9_-]{16,64}\Z",
                message=_l("Något blev fel med sidan. Texten står kvar. Tryck på Skicka en gång till."),
            )
        ],
    )

    def renew(self) -> None:
        """After a fault in the key: a new one, so that the next try goes through."""
        if self.key.errors:
            self.key.data = fresh_key()


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
