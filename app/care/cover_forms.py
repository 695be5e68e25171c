"""Who fills a gap, and how."""

from wtforms import RadioField
from wtforms.validators import InputRequired

from app.core.forms import Form
from app.core.locale import lazy_gettext as _l


class FillForm(Form):
    who = RadioField(_l("Vem svarar?"), validators=[InputRequired(_l("Välj vem som svarar."))])
    how = RadioField(_l("På vilket sätt?"), validators=[InputRequired(_l("Välj på vilket sätt."))])
