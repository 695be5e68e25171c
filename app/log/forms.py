"""What a patient asks about a line of their log, and the answer."""

from wtforms import HiddenField

from app.core.forms import Form, written
from app.core.locale import lazy_gettext as _l

LONGEST = 2_000


class AskForm(Form):
    """`reader` and `promise` are who the page said answers, and by when."""

    text = written(_l("Vad undrar du?"), LONGEST)
    reader = HiddenField()
    promise = HiddenField()


class AnswerForm(Form):
    text = written(_l("Ditt svar"), LONGEST)
