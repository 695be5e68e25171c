"""What a patient answers to a time, and what the unit offers, says or does about it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from wtforms import HiddenField, RadioField, SelectMultipleField

from app.bookings.offer_rules import CHOICES, Mark, packed
from app.bookings.rules import ANSWERS
from app.care.absence_forms import ClockField, DayField
from app.care.contact_forms import words
from app.core.forms import Form, PromisedForm, plain, written
from app.core.locale import SWEDEN, local
from app.core.locale import lazy_gettext as _l

LONGEST = 500
FARTHEST = timedelta(days=400)
ROWS = (1, 2, 3)


class MarkedForm(Form):
    """It carries what the page showed of the time: its version, and how many answers it had."""

    seen = HiddenField(filters=[plain])

    @property
    def mark(self) -> Mark | None:
        version, _dot, n = (self.seen.data or "").partition(".")
        return Mark(int(version), int(n)) if version.isdecimal() and n.isdecimal() else None


class SuitsFields(Form):
    """Which other times suit: nothing need be said."""

    suits = SelectMultipleField(_l("När passar det?"), choices=list(CHOICES), validate_choice=False)
    text = words(_l("Något mer om när det passar?"), LONGEST)

    @property
    def said(self) -> str | None:
        return packed(self.suits.data or (), (self.text.data or "").strip())


class SayForm(SuitsFields, MarkedForm):
    answer = RadioField(choices=list(ANSWERS))


class OtherForm(SuitsFields, PromisedForm, MarkedForm):
    """Another time is wanted."""


class OfferForm(Form):
    """Up to three other times. Each is as long as the one that stands."""

    day1, clock1 = DayField(_l("Dag")), ClockField(_l("Klockan"))
    day2, clock2 = DayField(_l("Dag")), ClockField(_l("Klockan"))
    day3, clock3 = DayField(_l("Dag")), ClockField(_l("Klockan"))

    def rows(self) -> Iterator[tuple[Any, Any]]:
        """The fields of each time."""
        return ((self[f"day{n}"], self[f"clock{n}"]) for n in ROWS)

    def spans(self, length: timedelta, *, now: datetime) -> dict[int, tuple[datetime, datetime]]:
        """The times that are filled in and can be, by their rows; faults are noted at their fields."""
        found = {}
        for n, (day, clock) in zip(ROWS, self.rows(), strict=True):
            if day.errors or clock.errors or (day.data is None and clock.data is None):
                continue
            if day.data is None:
                day.errors = [_l("Välj en dag till klockslaget.")]
            elif clock.data is None:
                clock.errors = [_l("Skriv klockslaget så här: 13.30.")]
            elif starts := self._starts(day, clock, now):
                found[n] = (starts, starts + length)
        if not found and not self.errors:
            self.day1.errors = [_l("Fyll i minst en tid.")]
        return found

    def _starts(self, day: Any, clock: Any, now: datetime) -> datetime | None:
        if abs(day.data - local(now).date()) > FARTHEST:
            day.errors = [_l("Välj en dag högst ett år fram.")]
            return None
        wall = datetime.combine(day.data, clock.data, SWEDEN)
        at = wall.astimezone(UTC)
        if at.astimezone(SWEDEN).replace(fold=0) != wall.replace(fold=0):
            clock.errors = [_l("Den tiden finns inte: klockan ställs fram då. Skriv en annan.")]
        elif wall.utcoffset() != wall.replace(fold=1).utcoffset():
            clock.errors = [_l("Den tiden kommer två gånger: klockan ställs tillbaka då. Skriv en annan.")]
        elif at <= now:
            day.errors = [_l("Den tiden har redan varit. Välj en senare.")]
        else:
            return at
        return None


class KeepForm(Form):
    text = written(_l("Vad vill du säga?"), LONGEST)


class CancelForm(Form):
    text = words(_l("Vad vill du säga?"), LONGEST)


class WhyForm(Form):
    text = written(_l("Varför tar du den?"), LONGEST)
