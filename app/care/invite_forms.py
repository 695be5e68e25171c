"""What staff type to help a patient in."""

from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

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


class CodeForm(Form):
    """Whether the patient is here, or gets the code by letter."""

    how = RadioField(
        _l("Hur lämnar du koden?"),
        choices=[
            SelectChoice("in_person", _l("Här och nu. Koden gäller i en kvart.")),
            SelectChoice("letter", _l("Med brev. Koden gäller i fjorton dagar, och ett samtal med er behövs också.")),
        ],
        validators=[InputRequired(_l("Välj hur du lämnar koden."))],
    )


class WordsForm(Form):
    said = StringField(
        _l("Vilka två ord står på telefonen?"),
        filters=[plain],
        validators=[DataRequired(_l("Skriv de två orden.")), Length(max=100, message=_l("Skriv bara de två orden."))],
    )
