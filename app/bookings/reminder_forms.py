"""How long before a time of each kind one wants to be reminded."""

from collections.abc import Mapping

from wtforms import SelectChoice, SelectMultipleField

from app.bookings.rules import BEFORE, MODES
from app.core.forms import Form
from app.core.locale import lazy_gettext as _l

BOXES = [SelectChoice(before) for before in BEFORE]


class ReminderForm(Form):
    """One field a kind of time, named as it, with a box for each moment; nothing ticked is no reminder."""

    visit = SelectMultipleField(_l("Besök på mottagningen"), choices=BOXES)
    phone = SelectMultipleField(_l("Telefonsamtal"), choices=BOXES)
    video = SelectMultipleField(_l("Videosamtal"), choices=BOXES)
    home = SelectMultipleField(_l("Hembesök"), choices=BOXES)

    def fill(self, chosen: Mapping[str, tuple[str, ...]]) -> None:
        for mode in MODES:
            self[mode].data = list(chosen[mode])

    @property
    def befores(self) -> dict[str, tuple[str, ...]]:
        return {mode: tuple(it for it in BEFORE if it in (self[mode].data or ())) for mode in MODES}
