"""A relative who wants to be rung: on which number, and what about in their own words."""

from wtforms import TextAreaField

from app.care.contact_forms import AtMost
from app.care.fields import PhoneField
from app.core.forms import KeyedForm, PromisedForm, plain
from app.core.locale import lazy_gettext as _l

LONGEST = 1_000


class CallForm(KeyedForm, PromisedForm):
    number = PhoneField(_l("Vilket nummer ska vi ringa?"))
    text = TextAreaField(_l("Vad vill du prata om?"), filters=[plain], validators=[AtMost(LONGEST)])
