"""What is typed to come in with a code."""

from wtforms import StringField
from wtforms.validators import DataRequired

from app.core.forms import Form, plain
from app.core.locale import lazy_gettext as _l


class CodeForm(Form):
    code = StringField(
        _l("Din kod"), filters=[plain], validators=[DataRequired(_l("Skriv koden. Den har tolv tecken."))]
    )
