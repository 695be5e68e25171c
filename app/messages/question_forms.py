"""What staff type in when they end, keep or move a question."""

from datetime import date, datetime, timedelta

from wtforms import HiddenField

from app.care.absence_forms import ClockField
from app.care.fields import ChoiceField
from app.care.hours_rules import from_wall
from app.core.forms import Form, plain, written
from app.core.locale import lazy_gettext as _l
from app.waits.forms import WhenForm

LONGEST_REASON = 500
HOUR = timedelta(hours=1)


class ShownForm(Form):
    """It carries the last letter that it was shown under."""

    seen = HiddenField(filters=[plain])

    @property
    def shown(self) -> int:
        """The number of that letter; nothing that we never wrote has shown any."""
        said = self.seen.data or ""
        return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0


class TalkForm(WhenForm, ShownForm):
    """When the two talked, and the last letter that the page had shown."""


class NoNeedForm(ShownForm):
    text = written(_l("Det du skriver"), LONGEST_REASON)


class TryForm(Form):
    """When somebody whom nobody answered will be rung again."""

    day = ChoiceField(_l("Dag"))
    opens = ClockField(_l("Mellan kl."))
    closes = ClockField(_l("och kl."))

    def window(self, *, now: datetime) -> tuple[datetime, datetime] | None:
        """From when to when, while that lies ahead; else None, with the faults noted."""
        for field in (self.opens, self.closes):
            if field.data is None and not field.errors:
                field.errors = [_l("Skriv klockslaget så här: 13.30.")]
        if self.errors or self.opens.data is None or self.closes.data is None:
            return None
        day = date.fromisoformat(self.day.data)
        since, until = from_wall(day, self.opens.data), from_wall(day, self.closes.data, end=True)
        if until <= since:
            self.closes.errors = [_l("Slutet är före början. Välj ett senare slut.")]
        elif until <= now:
            self.closes.errors = [_l("Den tiden har redan varit. Välj en senare.")]
        return None if self.errors else (since, until)
