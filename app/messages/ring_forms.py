"""When and on which number a patient wants to be rung."""

from datetime import datetime
from typing import NamedTuple

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired

from app.care.contact_forms import AtMost
from app.care.fields import PhoneField
from app.core.forms import plain
from app.core.locale import lazy_gettext as _l
from app.messages.forms import MessageForm

LONGEST = 1_000


class Chosen(NamedTuple):
    """A window as it was shown, and who was said to ring."""

    starts_at: datetime
    ends_at: datetime
    mark: str


def value_of(starts_at: datetime, ends_at: datetime, mark: str) -> str:
    """A window and who rings then, as the form carries them."""
    return f"{starts_at.isoformat()} {ends_at.isoformat()} {mark}"


class RingForm(MessageForm):
    """`instead` is the call that stands already, and that this one is to replace."""

    window = StringField(_l("När?"), validators=[InputRequired(_l("Välj en tid."))])
    number = PhoneField(_l("Vilket nummer ska vi ringa?"))
    text = TextAreaField(_l("Vad gäller det?"), filters=[plain], validators=[AtMost(LONGEST)])
    instead = HiddenField(filters=[plain])

    @property
    def chosen(self) -> Chosen | None:
        """What was chosen; None for anything that we never wrote."""
        try:
            starts_at, ends_at, mark = (self.window.data or "").split(" ")
            chosen = Chosen(datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at), mark)
        except ValueError:
            return None
        return chosen if chosen.starts_at.tzinfo and chosen.ends_at.tzinfo else None
