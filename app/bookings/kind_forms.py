"""What a head types about the kinds of time, the places and the letters of a unit."""

from typing import Any

from wtforms import Field, IntegerField, SelectChoice, TextAreaField, ValidationError
from wtforms.validators import Length, StopValidation

from app.bookings.letter_rules import FIELDS, unknown
from app.bookings.rules import MODES
from app.care.fields import LONG, ChoiceField, OneOfField, long, short, tidy
from app.core.forms import Form, is_blank, plain
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l

LONGEST = 3_000
HOW = {
    "visit": _l("Besök"),
    "phone": _l("Telefonsamtal"),
    "video": _l("Videosamtal"),
    "home": _l("Hembesök"),
}


class SomeField(Field):
    """Some out of several, each a box to tick; `known` are those that there are."""

    known: frozenset[str] = frozenset()

    def __init__(self, label: Any, *, least: Any, **options: Any) -> None:
        super().__init__(label, **options)
        self.least = least

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = list(dict.fromkeys(valuelist))

    def pre_validate(self, form: Any) -> None:
        if not self.data:
            raise StopValidation(str(self.least))
        if not self.known.issuperset(self.data):
            raise StopValidation(_("Någon i listan går inte att välja längre. Välj på nytt."))


class WeekdaysField(SomeField):
    known = frozenset("0123456")


class MinutesField(IntegerField):
    """How long a time is."""

    process_errors: list[str]

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([text.strip() for text in valuelist])
        except ValueError:
            self.data = None

    def pre_validate(self, form: Any) -> None:
        self.process_errors = []
        if self.data is None or not 5 <= self.data <= 720:
            raise StopValidation(_("Skriv antalet minuter, från 5 till 720."))


class KindForm(Form):
    name = short(_l("Vad heter tiden?"), needed=_l("Skriv vad tiden heter."))
    mode = OneOfField(_l("Hur möts ni?"), choices=[SelectChoice(mode, HOW[mode]) for mode in MODES])
    minutes = MinutesField(_l("Hur många minuter?"))
    place = ChoiceField(_l("Var är det oftast?"), blank=True, choices=[])
    staff = SomeField(_l("Vilka gör det här?"), least=_l("Välj minst en som gör det här."))
    bring = long(_l("Vad är bra att ta med?"))


class PlaceForm(Form):
    name = short(_l("Vad heter platsen?"), needed=_l("Skriv vad platsen heter."))
    address = long(_l("Adress"))
    way = long(_l("Så hittar man dit"))
    weekdays = WeekdaysField(_l("Vilka dagar är den öppen?"), least=_l("Välj minst en dag."))

    def validate_address(self, field: Field) -> None:
        if is_blank(field.data or ""):
            raise ValidationError(_("Skriv en adress som går att hitta till."))


class LetterForm(Form):
    words = TextAreaField(
        _l("Vad ska stå i kallelsen?"),
        filters=[plain, tidy],
        validators=[Length(max=LONGEST, message=LONG)],
    )

    def validate_words(self, field: Field) -> None:
        if strange := unknown(field.data or ""):
            raise ValidationError(no_such(strange))


def no_such(names: list[str]) -> str:
    """What is wrong with a template that asks for what there is not, and what there is."""
    return _(
        "%(strange)s går inte att fylla i. Det som går är %(known)s.",
        strange=", ".join(f"{{{name}}}" for name in names[:5]),
        known=", ".join(f"{{{name}}}" for name in FIELDS),
    )
