"""What is asked of the head, and what the head decides, before it is done."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from wtforms import BooleanField, DateField, Field, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Optional, Regexp, ValidationError

from app.core.forms import Form, is_blank, plain, written
from app.core.locale import lazy_gettext as _l
from app.core.locale import today

LONGEST = 2_000
LONGEST_REASON = 500
LONGEST_NAME = 80
FARTHEST = timedelta(days=400)
OLDEST = timedelta(days=130 * 365)


def tidy(text: str | None) -> str | None:
    return text.strip() if text else text


class AtMost:
    """Says that a text is too long; a browser that was told so itself would cut it off without a word."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, _form: Any, field: Any) -> None:
        if len(field.data or "") > self.most:
            raise ValidationError(_l("Skriv kortare, högst %(most)s tecken.", most=self.most))


def words(label: Any, most: int = LONGEST) -> TextAreaField:
    """A text that may be left out."""
    return TextAreaField(label, filters=[plain], validators=[AtMost(most)])


class Ahead:
    """A day that is today or later, and not so far off that it must be a slip."""

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data and not today() <= field.data <= today() + FARTHEST:
            raise ValidationError(_l("Välj en dag från i dag och högst ett år fram."))


def day(label: Any) -> DateField:
    return DateField(
        label,
        default=today,
        validators=[DataRequired(_l("Skriv dagen så här: %(day)s.", day=date(2026, 11, 25))), Ahead()],
    )


class Pick(Field):
    """One out of a list that the view has, which says what may be picked: `allowed`."""

    data: str | None

    def __init__(self, *args: Any, allowed: Collection[str] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.allowed = allowed

    def pre_validate(self, _form: Any) -> None:
        if self.data not in self.allowed:
            raise ValidationError(_l("Listan har ändrats. Välj igen."))


class ChangeForm(Form):
    text = words(_l("Vill du säga något mer?"))


class AskForm(ChangeForm):
    unit = Pick(_l("Vilken mottagning?"), validators=[InputRequired(_l("Välj en mottagning."))])


class BirthField(DateField):
    """A day of birth, for whoever has no number that it stands in."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([text for text in valuelist if text.strip()])
        except ValueError as error:
            raise ValueError(_l("Skriv födelsedagen så här: %(day)s.", day=date(1985, 7, 9))) from error

    def pre_validate(self, _form: Any) -> None:
        if self.data and not today() - OLDEST <= self.data <= today():
            raise ValidationError(_l("Stämmer årtalet? Skriv födelsedagen så här: %(day)s.", day=date(1985, 7, 9)))


class NewPerson(Form):
    """Who is to be a patient: by a number, or else by the day of birth. `key` makes the same form the same person."""

    name = StringField(
        _l("Namn"), filters=[plain, tidy], validators=[DataRequired(_l("Skriv namnet.")), AtMost(LONGEST_NAME)]
    )
    number = StringField(_l("Personnummer eller samordningsnummer"), filters=[plain, tidy], validators=[AtMost(20)])
    born = BirthField(_l("Födelsedag"))
    key = HiddenField(validators=[Regexp(r"\A[A-Za-z0-9_-]{22}\Z", message=_l("Ladda om sidan och försök igen."))])
    wish = words(_l("Patientens egen önskan"))

    def validate_name(self, field: Any) -> None:
        if is_blank(field.data):
            raise ValidationError(_l("Skriv namnet."))

    def validate_number(self, field: Any) -> None:
        if not field.data and not self.born.data and not self.born.process_errors:
            raise ValidationError(_l("Skriv numret. Finns inget, skriv födelsedagen i stället."))


class Appointing(Form):
    """The fields that say who becomes a contact; a subclass decides whether somebody has to be chosen."""

    person = Pick(_l("Vem?"), validators=[InputRequired(_l("Välj någon."))])
    starts_on = day(_l("Från och med"))
    physician = BooleanField(_l("Tillståndet är livshotande: kontakten ska vara läkare"))
    because = words(_l("Skälet till att det ska vara en läkare"), LONGEST_REASON)

    def validate_because(self, field: Any) -> None:
        if self.physician.data and is_blank(field.data or ""):
            raise ValidationError(_l("Skriv skälet, eller ta bort krysset för läkare."))
        if not self.physician.data and not is_blank(field.data or ""):
            raise ValidationError(_l("Kryssa för läkare, eller ta bort skälet."))

    @property
    def reason(self) -> str | None:
        return (self.because.data or "").strip() or None if self.physician.data else None


class NewPatientForm(NewPerson, Appointing):
    """`there` is who has a contact here already."""

    person = Pick(_l("Vem blir kontakt?"), validators=[InputRequired(_l("Välj någon."))])
    there: UUID | None = None


class AppointForm(Appointing):
    wish = words(_l("Patientens egen önskan"))
    coordinating = BooleanField(_l("Ska hålla ihop vården"))


class AnswerForm(Appointing):
    person = Pick(_l("Vem blir kontakt?"), default="", validators=[Optional()])
    text = written(_l("Ditt svar"), LONGEST)


class EndForm(Form):
    ends_on = day(_l("Sista dagen"))
    care = Pick(
        _l("Vad händer sedan?"),
        allowed=("goes_on", "ends"),
        validators=[InputRequired(_l("Välj vad som händer sedan."))],
    )


class SearchForm(Form):
    sought = StringField(
        _l("Sök patient"),
        filters=[plain],
        validators=[
            DataRequired(_l("Skriv ett namn eller ett helt personnummer.")),
            AtMost(100),
        ],
    )
