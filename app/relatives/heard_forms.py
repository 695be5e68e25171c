"""What staff write when they end, take or sort what they have heard of a patient."""

from wtforms import RadioField, StringField

from app.care.contact_forms import AtMost
from app.core.forms import Form, plain, written
from app.core.locale import lazy_gettext as _l

LONGEST = 500


class NothingForm(Form):
    text = written(_l("Varför behövs inget mer?"), LONGEST)


class WhyForm(Form):
    text = written(_l("Varför tar du den?"), LONGEST)


class FindForm(Form):
    sought = StringField(_l("Sök på namn"), filters=[plain], validators=[AtMost(100)])
    patient = RadioField(_l("De här stämmer"), validate_choice=False)
