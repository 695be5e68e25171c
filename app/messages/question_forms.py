"""What staff type in when they end, keep or move a question."""

from datetime import date, datetime, timedelta

from wtforms import HiddenField

from app.care.absence_forms import ClockField, DayField
from app.care.fields import ChoiceField
from app.care.hours_rules import from_wall
from app.core.forms import Form, plain, written
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l
from app.core.locale import local, when

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


class TalkForm(ShownForm):
    """When the two talked: now, until somebody says another time."""

    day = DayField(_l("Dag"))
    clock = ClockField(_l("Klockan"))

    def fill(self, now: datetime) -> None:
        self.day.data, self.clock.data = local(now).date(), local(now).time()

    def at(self, asked_at: datetime, *, now: datetime) -> datetime | None:
        """The moment, when it can be right: after the question, and not ahead. Else None, with the fault noted."""
        if self.day.data is None and not self.day.errors:
            self.day.errors = [_l("Välj dagen då ni pratades vid.")]
        if self.clock.data is None and not self.clock.errors:
            self.clock.errors = [_l("Skriv klockslaget så här: 13.30.")]
        if self.errors or self.day.data is None or self.clock.data is None:
            return None
        at = from_wall(self.day.data, self.clock.data)
        if at > now:
            self.clock.errors = [_l("Den tiden har inte varit än. Skriv när ni pratades vid.")]
        elif at < asked_at.replace(second=0, microsecond=0):
            said = _("Frågan kom %(when)s, efter den tiden. Skriv när ni pratades vid om den.", when=when(asked_at))
            self.clock.errors = [said]
        return None if self.errors else at


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
