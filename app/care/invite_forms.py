"""What staff type to help a patient in."""

from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.core.forms import Form, plain
from app.core.locale import lazy_gettext as _l


class NumberForm(Form):
    number = StringField(
        _l("Patientens personnummer"),
        filters=[plain],
        validators=[
            DataRequired(_l("Skriv alla tolv siffror.")),
            Length(max=20, message=_l("Skriv alla tolv siffror.")),
        ],
    )
