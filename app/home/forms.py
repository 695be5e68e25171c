"""The fault report and the choice of language."""

from wtforms import HiddenField, StringField
from wtforms.validators import AnyOf, Length, Optional

from app.core.forms import Form, plain, written
from app.core.locale import NAMES
from app.core.locale import lazy_gettext as _l


class FaultForm(Form):
    text = written(_l("Vad gick inte?"), 2_000)
    page = StringField(
        _l("På vilken sida?"),
        filters=[plain],
        validators=[Optional(), Length(max=200, message=_l("Skriv kortare, högst 200 tecken."))],
    )
    reply_to = StringField(
        _l("Hur når vi dig?"),
        filters=[plain],
        validators=[Optional(), Length(max=200, message=_l("Skriv ett kortare svar, högst 200 tecken."))],
    )


class LanguageForm(Form):
    language = HiddenField(validators=[AnyOf(list(NAMES))])
    next = HiddenField()
