"""Whether somebody of the staff may be reached off duty."""

from wtforms import RadioField, SelectChoice
from wtforms.validators import InputRequired

from app.core.forms import Form
from app.core.locale import lazy_gettext as _l

PEACE, ALWAYS = "lugn", "alltid"


class ChoiceForm(Form):
    off_duty = RadioField(
        _l("När du är ledig"),
        choices=[SelectChoice(PEACE), SelectChoice(ALWAYS)],
        validators=[InputRequired(_l("Välj ett av de två."))],
    )
