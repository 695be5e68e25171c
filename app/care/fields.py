"""Fields that the forms of care share: a time of day, a number to ring, weeks of hours, people in order."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import phonenumbers
from wtforms import DateField, Field, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import Length, Optional, StopValidation

from app.care import words
from app.care.hours_rules import MIDNIGHT, Span, Week
from app.core import db
from app.core.forms import Seen, plain
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l
from app.core.locale import phone

CLOCK = re.compile(r"(\d{1,2})(?:[.:, ]?(\d{2}))?")
LENGTH = re.compile(r"(\d{1,2})(?:[.,](\d{1,2}))?")
PARTS = 4
MOST_PEOPLE = 8
LAST_YEAR = 2100
LONG = _l("Skriv kortare, högst %(max)d tecken.")

Choices = Sequence[tuple[str, str]]


def minutes_of(text: str, *, end: bool = False) -> int | None:
    """The minutes of a time as people type it: 8, 8.30, 8:30, 0830. As an end, 23:59 is midnight."""
    found = CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    total = 60 * hour + minute
    if minute > 59 or total > MIDNIGHT - (not end):
        return None
    return MIDNIGHT if end and total == MIDNIGHT - 1 else total


class ClockField(StringField):
    """A time of day; `minutes` is None when there is none."""

    minutes: int | None = None

    def __init__(self, label: Any, *, end: bool = False, **options: Any) -> None:
        super().__init__(label, filters=[plain], **options)
        self.end = end

    def pre_validate(self, form: Any) -> None:
        self.minutes = minutes_of(self.data or "", end=self.end)
        if self.minutes is None:
            raise StopValidation(_("Skriv klockslaget som 8 eller 16.30."))


class DayField(DateField):
    """A day."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([text for text in valuelist if text.strip()])
        except ValueError as error:
            raise ValueError(_("Skriv dagen som 2026-12-24.")) from error

    def pre_validate(self, form: Any) -> None:
        if self.data is None and not self.process_errors:
            raise StopValidation(_("Välj en dag."))
        if self.data and not 1950 <= self.data.year <= LAST_YEAR:
            raise StopValidation(_("Välj en dag mellan 1950 och %(year)s.", year=LAST_YEAR))


class PhoneField(StringField):
    """A number as it is written in Sweden; `number` is the same in E.164."""

    number: str | None = None

    def __init__(self, label: Any, *, needed: bool = True, **options: Any) -> None:
        super().__init__(label, filters=[plain], **options)
        self.needed = needed

    def _value(self) -> str:
        return phone(self.data) if self.data and self.raw_data is None else self.data or ""

    def pre_validate(self, form: Any) -> None:
        text = (self.data or "").strip()
        if not text:
            self.number = None
            if self.needed:
                raise StopValidation(_("Skriv ett nummer att ringa."))
            return
        try:
            parsed = phonenumbers.parse(text, "SE")
        except phonenumbers.NumberParseException as error:
            raise StopValidation(_("Skriv numret med siffror och riktnummer.")) from error
        if not phonenumbers.is_valid_number(parsed):
            raise StopValidation(_("Numret har för få eller för många siffror. Skriv riktnumret också."))
        self.number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


class LengthField(StringField):
    """A length of time in hours; `minutes` is None for an empty one."""

    minutes: int | None = None
    LEAST, MOST = 15, 80 * 60

    def __init__(self, label: Any, *, needed: bool = True, **options: Any) -> None:
        super().__init__(label, **options)
        self.needed = needed

    def _value(self) -> str:
        if isinstance(self.data, int):
            return f"{self.data / 60:.2f}".rstrip("0").rstrip(".").replace(".", ",")
        return self.data or ""

    def pre_validate(self, form: Any) -> None:
        text = (plain(self.data) or "").strip()
        if not text and not self.needed:
            return
        found = LENGTH.fullmatch(text)
        self.minutes = round(60 * float(f"{found[1]}.{found[2] or 0}")) if found else 0
        if not self.LEAST <= self.minutes <= self.MOST:
            raise StopValidation(_("Skriv antalet timmar, från 0,25 till 80."))


class ChoiceField(SelectField):
    """One of several in a list that opens; with `blank`, the empty one is an answer too."""

    def __init__(self, label: Any, *, blank: bool = False, **options: Any) -> None:
        super().__init__(label, **options)
        self.blank = blank

    def pre_validate(self, form: Any) -> None:
        known = [value for value, *_label in self.iter_choices()]
        if self.data not in known or not (self.data or self.blank):
            raise ValidationError(_("Välj en i listan."))


class KeyField(ChoiceField):
    """One of several things that are known by their keys."""

    def offer(self, ones: Iterable[tuple[UUID, str]], *, before: Sequence[str] = (), after: Sequence[str] = ()) -> None:
        """What there is to choose from, and what the empty choice is called, first or last."""
        keyed = [(db.short(key), name) for key, name in ones]
        self.choices = [*(("", name) for name in before), *keyed, *(("", name) for name in after)]
        self.data: str | None = self.data or ("" if self.blank else None)

    @property
    def key(self) -> UUID | None:
        """The one that is chosen, where it is among them."""
        return db.long(self.data) if self.data and self.data in [value for value, *_label in self.choices] else None


class OneOfField(RadioField):
    """One of several, all in sight."""

    validate_choice = False

    def pre_validate(self, form: Any) -> None:
        if self.data not in [value for value, *_label in self.iter_choices()]:
            raise ValidationError(_("Välj ett av svaren."))


class PeopleField(Field):
    """People in order, a list to choose from for each place; empty places are passed over."""

    choices: Choices = ()

    def __init__(self, label: Any, *, least: Any = None, **options: Any) -> None:
        super().__init__(label, **options)
        self.least = least

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist

    @property
    def chosen(self) -> list[str]:
        return [key for key in dict.fromkeys(self.data or ()) if key]

    @property
    def places(self) -> list[str]:
        """What stands at each place: those chosen, and two more to fill."""
        wanted = max(3, len(self.chosen) + 1)
        return (self.chosen + [""] * wanted)[: min(wanted, MOST_PEOPLE)]

    @property
    def people(self) -> tuple[UUID, ...]:
        return tuple(db.long(key) for key in self.chosen)

    def pre_validate(self, form: Any) -> None:
        known = {key for key, _name in self.choices}
        if not set(self.chosen) <= known:
            raise StopValidation(_("Någon i listan går inte att välja längre. Välj på nytt."))
        if self.least and not self.chosen:
            raise StopValidation(str(self.least))


def short(label: Any, most: int = 80, *, needed: Any = None) -> StringField:
    """A text of one line."""
    first = Seen(needed) if needed else Optional()
    return StringField(
        label,
        filters=[plain, tidy],
        validators=[first, Length(max=most, message=LONG)],
    )


def long(label: Any) -> TextAreaField:
    """A text of a few lines."""
    return TextAreaField(label, filters=[plain, tidy], validators=[Length(max=300, message=LONG)])


def tidy(text: str | None) -> str | None:
    return text.strip() if text else text


def keys_of(ones: Iterable[UUID]) -> list[str]:
    """Keys of people as the field holds them."""
    return [db.short(key) for key in ones]


@dataclass
class Part:
    """A stretch of a day as it is typed, and what is wrong with it."""

    opens: str = ""
    closes: str = ""
    fault: str | None = None

    @property
    def is_empty(self) -> bool:
        return not self.opens.strip() and not self.closes.strip()


@dataclass
class Typed:
    """A week as it is typed: the parts of each of its days."""

    days: list[list[Part]] = field(default_factory=lambda: [[Part()] for _day in range(7)])

    @classmethod
    def of(cls, week: Week) -> "Typed":
        return cls([[Part(words.clock(it.opens), words.clock(it.closes)) for it in day] or [Part()] for day in week])

    def copy(self) -> "Typed":
        return Typed([[Part(part.opens, part.closes) for part in day] for day in self.days])


class WeeksField(Field):
    """One week of hours, or several that follow one another: seven days each, with a stretch or more a day.

    A form of it is drawn anew by buttons named `gor`: another stretch, another week, all weekdays as Monday.
    """

    def __init__(self, label: Any, *, most: int = 1, needed: bool = False, **options: Any) -> None:
        super().__init__(label, **options)
        self.most, self.needed = most, needed

    errors: list[str]
    process_errors: list[str]

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        self.process_errors = []
        self.object_data = self.data = data if isinstance(data, tuple) else None
        self.weeks: tuple[Week, ...] = self.data or ()
        self.typed = [Typed.of(week) for week in self.weeks] or [Typed()]
        if formdata and f"{self.name}-veckor" in formdata:
            self.typed = self._read(formdata)

    def _read(self, formdata: Any) -> list[Typed]:
        said = formdata.get(f"{self.name}-veckor", "")
        count = int(said) if said.isascii() and said.isdigit() else 1
        found = []
        for week in range(max(1, min(count, self.most))):
            typed = Typed()
            for day in range(7):
                parts = [
                    Part(plain(formdata.get(f"{at}-fran")) or "", plain(formdata.get(f"{at}-till")) or "")
                    for at in (f"{self.name}-{week}-{day}-{n}" for n in range(PARTS))
                    if f"{at}-fran" in formdata
                ]
                typed.days[day] = parts or [Part()]
            found.append(typed)
        return found

    def act(self, formdata: Any) -> bool:
        """Do what a button asks for, as far as there is room; False when none was pressed that only asks for it."""
        verb, _sep, place = formdata.get("gor", "").partition("-")
        day = formdata.get(f"{self.name}-{place}-dag", "")
        week = self.typed[int(place)] if place.isdigit() and int(place) < len(self.typed) else None
        if verb == "vecka" and len(self.typed) < self.most:
            self.typed.append(self.typed[-1].copy())
        elif verb == "farre" and len(self.typed) > 1:
            self.typed.pop()
        elif verb == "pass" and week and day in set("0123456"):
            if len(week.days[int(day)]) < PARTS:
                week.days[int(day)].append(Part())
        elif verb == "lika" and week:
            for other in range(1, 5):
                week.days[other] = [Part(part.opens, part.closes) for part in week.days[0]]
        return "gor" in formdata

    def pre_validate(self, form: Any) -> None:
        self.weeks = tuple(self._week(number, typed) for number, typed in enumerate(self.typed, 1))
        if not self.errors and self.needed and not any(day for week in self.weeks for day in week):
            self.errors = [*self.errors, _("Skriv minst en tid.")]
        if self.errors:
            raise StopValidation

    def _week(self, number: int, typed: Typed) -> Week:
        return tuple(self._day(number, day, parts) for day, parts in enumerate(typed.days))

    def _day(self, number: int, day: int, parts: list[Part]) -> tuple[Span, ...]:
        spans = []
        for part in parts:
            if part.is_empty:
                continue
            opens, closes = minutes_of(part.opens), minutes_of(part.closes, end=True)
            if opens is None or closes is None:
                self._fault(number, day, part, _("skriv från och till, som 8 och 16.30."))
            elif opens >= closes:
                self._fault(number, day, part, _("tiden slutar innan den börjar."))
            else:
                spans.append(Span(opens, closes))
        spans.sort(key=lambda span: span.opens)
        if any(one.closes > two.opens for one, two in pairwise(spans)):
            self._fault(number, day, parts[-1], _("två tider går in i varandra."))
        return tuple(spans)

    def _fault(self, week: int, day: int, part: Part, text: str) -> None:
        name = words.weekday(day)
        part.fault = words.sentence(text)
        if len(self.typed) > 1:
            said = _("Vecka %(week)s, %(day)s: %(text)s", week=week, day=name, text=text)
        else:
            said = _("%(day)s: %(text)s", day=words.sentence(name), text=text)
        self.errors = [*self.errors, said]

    @property
    def names(self) -> list[str]:
        """The days of the week, each with a capital."""
        return [words.sentence(words.weekday(number)) for number in range(7)]

    def calendar(self, anchor: date | None, week: int) -> str:
        """Which weeks of the calendar a week of the cycle is: v. 48, 50, 52."""
        if anchor is None or len(self.typed) == 1:
            return ""
        numbers = [(anchor + timedelta(weeks=week + turn * len(self.typed))).isocalendar().week for turn in range(3)]
        return _("v. %(weeks)s och så vidare", weeks=", ".join(map(str, numbers)))
