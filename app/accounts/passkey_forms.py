"""What comes with a key: the phone's answer, and what its owner calls it."""

from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length

from app.accounts.passkey_rules import LONGEST_NAME
from app.core.forms import Form, Written, plain
from app.core.locale import lazy_gettext as _l


class NameForm(Form):
    name = StringField(
        _l("Vad ska nyckeln heta?"),
        filters=[plain],
        validators=[
            Written(LONGEST_NAME),
            Length(max=LONGEST_NAME, message=_l("Skriv kortare, högst %(most)s tecken.", most=LONGEST_NAME)),
        ],
    )


class NewKeyForm(NameForm):
    credential = HiddenField(
        validators=[DataRequired(_l("Telefonen gjorde ingen nyckel. Tryck på knappen och lås upp som vanligt."))]
    )
