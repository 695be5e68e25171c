"""What staff type about a time: when, with whom, where, what to bring; and why not."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from wtforms import Field, HiddenField, StringField, ValidationError
from wtforms.validators import Length, Optional

from app.bookings import slot_rules
from app.bookings.slot_rules import Site, Span, Taken, Wrong
from app.care.absence_forms import ClockField, DayField
from app.care.fields import LONG, KeyField, long, short, tidy
from app.care.words import days, sentence, stretch, weekday
from app.core.forms import Form, is_blank, plain
from app.core.locale import SWEDEN, day, local
from app.core.locale import gettext as _
from app.core.locale import lazy_gettext as _l

CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
SAID = {
    "skipped": _l("Den tiden finns inte den natten, när klockan ställs fram från 2 till 3. Välj en annan tid."),
    "twice": _l("Den tiden kommer två gånger den natten, när klockan ställs tillbaka. Välj före kl. 2 eller efter 3."),
    "ends_first": _l("Slutet är före början. Välj ett senare slut."),
    "long": _l("Det är mer än tolv timmar. Välj ett tidigare slut."),
    "past": _l("Det har redan varit. Välj en tid framåt."),
    "far": _l("Det är mer än två år bort. Välj en dag som är närmare."),
}


class SlotField(StringField):
    """One of the free times of a day, as its clock: 09:30; OTHER where another is typed. Anything else is none."""

    OTHER = "annat"

    def process_formdata(self, valuelist: list[Any]) -> None:
        said = valuelist[0] if valuelist else ""
        self.data = said if CLOCK.fullmatch(said) or said == self.OTHER else None

    @property
    def clock(self) -> time | None:
        return time.fromisoformat(self.data) if self.data and self.data != self.OTHER else None


class SearchForm(Form):
    sought = short(_l("Namn"))

    def validate(self, extra_validators: Any = None) -> bool:
        if whole := super().validate(extra_validators) and not is_blank(self.sought.data or ""):
            return whole
        self.sought.errors = self.sought.errors or [_("Skriv början av namnet.")]
        return False


class VersionForm(Form):
    """It carries which version of a time the page showed."""

    version = HiddenField(filters=[plain])

    def is_fresh(self, version: int) -> bool:
        """Whether nobody has changed the time since the page was drawn; the next try goes through."""
        if self.version.data != str(version):
            self.version.errors = [
                _("Någon ändrade tiden medan du hade sidan öppen. Se hur den är nu, och försök igen.")
            ]
            self.version.data = str(version)
        return not self.version.errors


class TimeForm(VersionForm):
    """When: a day, and one of its free times or a clock."""

    day = DayField(_l("Dag"))
    free = SlotField(_l("Ledigt den dagen"))
    start = ClockField(_l("Från kl."))
    end = ClockField(_l("Till kl."))

    def fill(self, span: Span) -> None:
        """Show when a time is, as one of the free ones; how long it is stays the same unless an end is typed."""
        starts = local(span.starts_at)
        self.day.data, self.free.data = starts.date(), f"{starts:%H:%M}"

    def span(self, *, length: timedelta, now: datetime) -> Span | None:
        """The time that was typed; None when it is none, with the faults noted."""
        on = self.day.data
        if on is None and not self.day.errors:
            self.day.errors = [_l("Välj en dag.")]
        start, chosen = self.start.data, self.free.clock
        if start and chosen and start != chosen:
            self.start.errors = [_l("Du har både valt en ledig tid och skrivit ett klockslag. Ta bort det ena.")]
        elif not (start := start or chosen) and not self.start.errors:
            self.start.errors = [_l("Välj en ledig tid, eller skriv ett klockslag.")]
        if on is None or start is None or self.day.errors or self.start.errors or self.end.errors:
            return None
        try:
            if not 2000 <= on.year < 9999:
                raise Wrong("past" if on.year < 2000 else "far", "day")
            return slot_rules.span(on, start, self.end.data, length=length, now=now)
        except Wrong as error:
            self[error.field].errors = [SAID[error.code]]
            return None

    def day_shown(self, *, now: datetime) -> date | None:
        """The day whose free times can be shown: one ahead, and not too far."""
        on = self.day.data
        return on if on and local(now).date() <= on <= local(now + slot_rules.FARTHEST).date() else None


def slots(spans: Iterable[Span]) -> list[str]:
    """Free times as the field holds them."""
    return [f"{it.starts_at.astimezone(SWEDEN):%H:%M}" for it in spans]


class PlaceFields(Form):
    """Where it is: a place of the unit's, or in words; what to bring, and the link of a video call."""

    location = KeyField(_l("Plats"), blank=True, choices=[])
    place = short(_l("Var?"), 160)
    bring = long(_l("Ta med"))
    link = StringField(
        _l("Länk till videosamtalet"),
        filters=[plain, tidy],
        validators=[Optional(), Length(max=500, message=LONG)],
    )

    def validate_link(self, field: Field) -> None:
        try:
            found = urlsplit(field.data)
            whole = found.scheme == "https" and bool(found.hostname) and not re.search(r"\s", field.data)
        except ValueError:
            whole = False
        if not whole:
            raise ValidationError(_("Klistra in hela länken. Den börjar med https://."))

    def choose_sites(self, sites: Iterable[Site]) -> None:
        self.location.offer(((it.key, it.name) for it in sites), after=[_("En annan plats")])

    def site(self, sites: Iterable[Site]) -> Site | None:
        """The place that is chosen; None for another, said in words."""
        return next((it for it in sites if it.key == self.location.key), None)

    def has_place(self, mode: str, sites: Iterable[Site]) -> bool:
        """Whether it says where one comes, with the fault noted."""
        comes = mode == "home" or (mode == "visit" and self.site(sites) is None)
        if comes and is_blank(self.place.data or ""):
            self.place.errors = [_("Skriv var ni ses.")]
        return not self.place.errors

    def where(self, mode: str, sites: Iterable[Site]) -> str:
        """The place as the patient reads it."""
        if mode not in ("visit", "home"):
            return ""
        site = self.site(sites) if mode == "visit" else None
        return site.words if site else self.place.data or ""


class PeopleFields(Form):
    staff = KeyField(_l("Vem"), choices=[])
    also = KeyField(_l("En till"), blank=True, choices=[])

    def choose_people(self, people: Iterable[tuple[UUID, str]]) -> None:
        ones = list(people)
        self.staff.offer(ones)
        self.also.offer(ones, before=[_("Ingen mer")])

    @property
    def people(self) -> list[UUID]:
        return [key for key in dict.fromkeys((self.staff.key, self.also.key)) if key]


class BookForm(PeopleFields, TimeForm, PlaceFields):
    """A new time."""


class MeetForm(PeopleFields, VersionForm):
    """Somebody else to meet at the same time."""


class ChangeForm(PlaceFields, VersionForm):
    """All but when and whom."""


class CancelForm(VersionForm):
    words = long(_l("Vad händer nu?"))


def is_free(form: Form, taken: Iterable[Taken], names: Mapping[UUID, str], patient: UUID) -> bool:
    """Whether nobody has anything else then, with the first fault noted. Never what another patient's time is."""
    whom = form["staff"] if "staff" in form else form["start"]
    when = form["start"] if "start" in form else form["staff"]
    for it in taken:
        name = names[it.person_id]
        if it.away:
            whom.errors = [_("%(name)s är borta då. Välj någon annan, eller en annan dag.", name=name)]
        elif it.person_id == patient:
            when.errors = [_("%(name)s har redan en annan tid då. Välj en annan tid.", name=name)]
        else:
            hours = stretch(it.span.starts_at, it.span.ends_at)
            when.errors = [_("%(name)s har en annan tid kl. %(hours)s. Välj en annan tid.", name=name, hours=hours)]
        return False
    return True


def is_open(at: Field, mode: str, site: Site | None, span: Span, red: Collection[date]) -> bool:
    """Whether somebody opens the door that day, with the fault noted at a field."""
    on = local(span.starts_at).date()
    if mode == "visit" and on in red:
        at.errors = [_("%(day)s är en röd dag, och då är det stängt. Välj en annan dag.", day=sentence(day(on)))]
    elif mode == "visit" and site and not slot_rules.is_open(on, site.weekdays, ()):
        opens = words_of_days(site.weekdays)
        at.errors = [_("%(place)s har inte öppet då. Det är öppet %(days)s.", place=site.name, days=opens)]
    return not at.errors


def words_of_days(weekdays: Sequence[int]) -> str:
    """Weekdays as they are said: tisdag; måndag och torsdag; måndag till fredag."""
    if len(weekdays) > 2 and list(weekdays) == list(range(weekdays[0], weekdays[-1] + 1)):
        return days(weekdays[0], weekdays[-1])
    names = [weekday(it) for it in weekdays]
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s och %(last)s", first=", ".join(names[:-1]), last=names[-1])
