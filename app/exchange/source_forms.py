"""What an administrator fills in of a system that times are read from."""

from typing import Any
from urllib.parse import urlsplit

from wtforms import IntegerField, PasswordField, SelectChoice, ValidationError

from app.care.fields import OneOfField, short
from app.core.forms import Form, is_blank
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l

MOST_ADDRESS = 300
WAYS = [
    SelectChoice("client", _l("Med en klient och en hemlighet")),
    SelectChoice("certificate", _l("Med vårt certifikat")),
    SelectChoice("open", _l("Utan något alls")),
]


class MinutesField(IntegerField):
    """A whole number of minutes, with a fault that says what to write."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([text.strip() for text in valuelist])
        except ValueError as error:
            raise ValueError(_("Skriv ett antal minuter från 1 till 1440.")) from error


class SourceForm(Form):
    """`anyway`: what happened in the trial is known, and it is saved all the same."""

    name = short(_l("Vad heter systemet?"), needed=_l("Skriv vad systemet heter. Patienterna ser namnet."))
    base_url = short(_l("Adress"), MOST_ADDRESS, needed=_l("Skriv adressen till systemets FHIR."))
    way_in = OneOfField(_l("Hur kommer vi in?"), choices=WAYS)
    token_url = short(_l("Adress för nyckel"), MOST_ADDRESS)
    client_id = short(_l("Klient"), MOST_ADDRESS)
    secret = PasswordField(_l("Hemlighet"))
    every = MinutesField(_l("Så ofta, i minuter"), default=15)

    kept = False
    """Whether there is a secret already, which stands when none is written."""

    def validate_base_url(self, field: Any) -> None:
        ensure_address(field.data)

    def validate_token_url(self, field: Any) -> None:
        if self.way_in.data == "client":
            ensure_address(field.data or "")

    def validate_client_id(self, field: Any) -> None:
        if self.way_in.data == "client" and is_blank(field.data or ""):
            raise ValidationError(_("Skriv vad vi heter hos dem."))

    def validate_secret(self, field: Any) -> None:
        if self.way_in.data == "client" and not field.data and not self.kept:
            raise ValidationError(_("Skriv hemligheten som ni fick av dem."))
        if len(field.data or "") > MOST_ADDRESS:
            raise ValidationError(_("Hemligheten är för lång. Se efter att det bara är den."))

    def validate_every(self, field: Any) -> None:
        if field.data is None or not 1 <= field.data <= 1440:
            raise ValidationError(_("Skriv ett antal minuter från 1 till 1440."))


def ensure_address(text: str) -> None:
    try:
        parts = urlsplit(text)
        there = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        there = False
    if not there or parts.username or parts.query or parts.fragment or not text.isascii():
        raise ValidationError(_("Skriv hela adressen. Den börjar med https."))
