"""What suits somebody who waits for a time: parts of the week, and how soon before it they need to know."""

from typing import Any

from wtforms import SelectMultipleField

from app.bookings.offer_rules import CHOICES
from app.care.fields import ChoiceField, KeyField
from app.core.forms import Form
from app.core.locale import lazy_gettext as _l
from app.slots.queue_rules import NOTICES

SAID = {
    2: _l("Två timmar före räcker"),
    24: _l("Ett dygn före"),
    72: _l("Tre dygn före"),
    168: _l("En vecka före"),
}


class WaitForm(Form):
    suits = SelectMultipleField(_l("När passar det?"), choices=list(CHOICES), validate_choice=False)
    notice = ChoiceField(_l("Hur långt före behöver du veta det?"))

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.notice.choices = [(str(it), SAID[it]) for it in NOTICES]

    def fill(self, parts: tuple[str, ...], notice: int) -> None:
        self.suits.data, self.notice.data = list(parts), str(notice)

    @property
    def parts(self) -> list[str]:
        return [it for it in self.suits.data or () if it in CHOICES]


class PutForm(WaitForm):
    """Staff put a patient on the list of one of their kinds."""

    kind = KeyField(_l("Vad för slags tid?"), choices=[])

    def __init__(self, kinds: Any, **options: Any) -> None:
        super().__init__(**options)
        self.kind.offer(kinds)
