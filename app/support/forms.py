"""Where one lives, as it is typed."""

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.core.forms import Form, plain
from app.core.locale import lazy_gettext as _l
from app.support.rules import LONGEST


class PlaceForm(Form):
    class Meta(Form.Meta):
        csrf = False

    kommun = StringField(
        _l("Vilken kommun?"),
        filters=[plain],
        validators=[
            InputRequired(message=_l("Skriv en kommun, till exempel Rättvik.")),
            Length(max=LONGEST, message=_l("Skriv bara kommunens namn.")),
        ],
    )
