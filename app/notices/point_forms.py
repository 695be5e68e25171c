"""What somebody types of themselves to be told on: an e-mail address, a mobile number, and the code that came there."""

from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberType
from wtforms import EmailField, StringField, TelField
from wtforms.validators import StopValidation

from app.core.forms import Form, plain
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l
from app.notices import point_rules as rules

MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class AddressField(EmailField):
    """An e-mail address; `address` is it as it is written on a letter."""

    address = ""

    def pre_validate(self, form: Any) -> None:
        text = (self.data or "").strip()
        if not text:
            raise StopValidation(_("Skriv din e-postadress."))
        try:
            self.address = rules.email(text)
        except rules.NoAddress as error:
            if error.fault == "letters":
                raise StopValidation(
                    _("Vi kan inte skicka till en adress med å, ä, ö eller ovanliga tecken före @. Har du en annan?")
                ) from error
            raise StopValidation(
                _("Så ser en e-postadress ut: namn@exempel.se. Något fattas eller är för mycket.")
            ) from error


class MobileField(TelField):
    """A mobile number, written as people write it; `number` is it in E.164."""

    number = ""

    def pre_validate(self, form: Any) -> None:
        text = (self.data or "").strip()
        if not text:
            raise StopValidation(_("Skriv ditt mobilnummer."))
        try:
            parsed = phonenumbers.parse(text, "SE")
        except phonenumbers.NumberParseException as error:
            raise StopValidation(_("Skriv numret med siffror, till exempel 070-174 06 12.")) from error
        if not phonenumbers.is_valid_number(parsed):
            raise StopValidation(_("Numret har för få eller för många siffror. Så här kan det se ut: 070-174 06 12."))
        if phonenumbers.number_type(parsed) not in MOBILE:
            raise StopValidation(_("Det är ingen mobil. Skriv ett nummer som kan ta emot sms."))
        self.number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


class EmailForm(Form):
    value = AddressField(_l("Din e-postadress"), filters=[plain])

    @property
    def given(self) -> str:
        return self.value.address


class MobileForm(Form):
    value = MobileField(_l("Ditt mobilnummer"), filters=[plain])

    @property
    def given(self) -> str:
        return self.value.number


class CodeForm(Form):
    code = StringField(_l("Koden"), filters=[plain])

    def validate_code(self, field: StringField) -> None:
        digits = "".join(it for it in field.data or "" if not it.isspace() and it not in "-–")
        if not (digits.isascii() and digits.isdigit() and len(digits) == rules.DIGITS):
            raise StopValidation(_("Koden är sex siffror. Skriv dem som de står i meddelandet."))
        self.digits = digits


FORMS: dict[str, type[EmailForm] | type[MobileForm]] = {"email": EmailForm, "sms": MobileForm}
