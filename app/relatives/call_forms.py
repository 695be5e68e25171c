"""A relative who wants to be rung: on which number, and what about in their own words."""

from datetime import datetime

from wtforms import HiddenField, TextAreaField

from app.care.contact_forms import AtMost
from app.care.fields import PhoneField
from app.core.forms import plain
from app.core.locale import lazy_gettext as _l
from app.relatives.fields import KeyedForm

LONGEST = 1_000


class CallForm(KeyedForm):
    """It carries who was said to ring, and by when: what was shown is what is promised."""

    number = PhoneField(_l("Vilket nummer ska vi ringa?"))
    text = TextAreaField(_l("Vad vill du prata om?"), filters=[plain], validators=[AtMost(LONGEST)])
    reader = HiddenField(filters=[plain])
    promise = HiddenField(filters=[plain])

    def show(self, reader: str, promise: datetime) -> None:
        self.reader.data, self.promise.data = reader, promise.isoformat()

    @property
    def shown(self) -> tuple[str, datetime] | None:
        """Who was shown, and by when; None for anything that we never wrote."""
        try:
            at = datetime.fromisoformat(self.promise.data or "")
        except ValueError:
            return None
        return (self.reader.data or "", at) if at.tzinfo else None
