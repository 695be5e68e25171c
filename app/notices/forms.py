"""Whether somebody of the staff may be reached off duty."""

from wtforms import RadioField
from wtforms.validators import InputRequired

from app.core.forms import Form
from app.core.locale import lazy_gettext as _l

PEACE, ALWAYS = "lugn", "alltid"


class ChoiceForm(Form):
    off_duty = RadioField(
        _l("När du är ledig"),
        choices=[(PEACE, ""), (ALWAYS, "")],
        validators=[InputRequired(_l("Välj ett av de två."))],
        validate_choice=True,
    )
