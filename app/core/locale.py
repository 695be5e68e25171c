"""Language and time as people say them. Swedish is the source language; the others are read from .po at start."""

import functools
import io
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import phonenumbers
from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import LazyProxy, NullTranslations, Translations
from flask import Flask, session
from markupsafe import Markup, escape

from app.config import Refusal
from app.core import clock

SWEDEN = ZoneInfo("Europe/Stockholm")
SOURCE = "sv"
NAMES = {"sv": "Svenska", "en": "English"}
CATALOGUES = Path(__file__).parent.parent.parent / "translations"
PHRASES = 4096


@dataclass(frozen=True, eq=False)
class Reader:
    """Whoever reads: a language, and its texts."""

    code: str
    texts: NullTranslations


READERS = {SOURCE: Reader(SOURCE, NullTranslations())}
_reader: ContextVar[Reader] = ContextVar("reader", default=READERS[SOURCE])


def language() -> str:
    """The reader's own choice; Swedish until they have made one."""
    return _reader.get().code


def catalogue(code: str) -> Translations:
    """The texts of one language, straight from its .po file; raises Refusal when it is missing or broken."""
    path = CATALOGUES / code / "LC_MESSAGES" / "messages.po"
    try:
        with path.open("rb") as source:
            texts = read_po(source, locale=code, abort_invalid=True)
    except (OSError, ValueError, PoFileError) as error:
        raise Refusal(f"The texts in {code!r} cannot be read from {path}: {error}.") from error
    compiled = io.BytesIO()
    write_mo(compiled, texts)
    compiled.seek(0)
    return Translations(compiled)


def init_app(app: Flask) -> None:
    READERS.update({code: Reader(code, catalogue(code)) for code in NAMES.keys() - READERS.keys()})
    app.jinja_env.globals.update(_=on_page, ngettext=number_on_page, language=language, languages=NAMES)
    app.jinja_env.filters.update(when=when, day=day, clock=hour, iso=iso, phone=phone, tel=tel, paragraphs=paragraphs)
    app.jinja_env.filters.update(span=span, span_of_days=span_of_days, since=since, sentence=sentence)

    @app.before_request
    def read() -> None:
        _reader.set(READERS.get(session.get("language", SOURCE), READERS[SOURCE]))


def gettext(text: str, /, **values: object) -> str:
    """The text in the reader's language, with its values put in."""
    found = _reader.get().texts.gettext(text)
    return found % values if values else found


def on_page(text: str, /, **values: object) -> Markup:
    """The text for a page: its own markup stands, its values are escaped."""
    found = _markup(_reader.get(), text)
    return found % values if values else found


@functools.lru_cache(PHRASES)
def _markup(reader: Reader, text: str) -> Markup:
    return Markup(reader.texts.gettext(text))


def number_on_page(one: str, many: str, number: int, /, **values: object) -> Markup:
    return Markup(_reader.get().texts.ngettext(one, many, number)) % ({"num": number} | values)


def lazy_gettext(text: str, /, **values: object) -> LazyProxy:
    """The same, looked up each time it is shown: for what is written before there is a reader."""
    return LazyProxy(gettext, text, enable_cache=False, **values)


_ = gettext


def local(at: datetime) -> datetime:
    return at.astimezone(SWEDEN)


def today() -> date:
    """The day it is in Sweden."""
    return local(clock.now()).date()


def iso(at: datetime) -> str:
    return local(at).isoformat(timespec="minutes")


def hour(at: datetime) -> str:
    """The wall time: 8.20, or 8:20 in English."""
    here = local(at)
    return _("%(hour)s.%(minute)s", hour=here.hour, minute=f"{here.minute:02}")


@functools.lru_cache(maxsize=2048)
def _day(code: str, on: date, this_year: bool) -> str:
    locale = Locale.parse(code)
    name, month = locale.days["format"]["wide"][on.weekday()], locale.months["format"]["wide"][on.month]
    return f"{name} {on.day} {month}" + ("" if this_year else f" {on.year}")


def day(at: datetime | date) -> str:
    """The date: fredag 27 november, with the year when it is not this one."""
    on = local(at).date() if isinstance(at, datetime) else at
    return _day(language(), on, on.year == local(clock.now()).year)


def near_day(on: date) -> str:
    """The date, or what people call it when it is close: i dag, i morgon."""
    return {0: _("i dag"), 1: _("i morgon"), -1: _("i går")}.get((on - today()).days) or day(on)


def days(first: date, last: date) -> str:
    """Days, the last included: måndag 28 till onsdag 30 december."""
    if first == last:
        return near_day(first)
    begins = day(first)
    if (first.year, first.month) == (last.year, last.month):
        begins = f"{Locale.parse(language()).days['format']['wide'][first.weekday()]} {first.day}"
    return _("%(first)s till %(last)s", first=begins, last=day(last))


def span(starts_at: datetime, ends_at: datetime | None) -> str:
    """From one moment to another; whole days are said without the clock."""
    start, begins = local(starts_at), hour(starts_at)
    from_dawn = start.time() == time()
    if ends_at is None:
        return _("från %(start)s, tills vidare", start=since(starts_at))
    end = local(ends_at)
    to_midnight = end.time() == time()
    last = end.date() - timedelta(days=to_midnight)
    if from_dawn and to_midnight:
        return days(start.date(), last)
    if start.date() != last:
        ends = near_day(last) if to_midnight else when(ends_at)
        return _("%(first)s till %(last)s", first=since(starts_at), last=ends)
    on = near_day(last)
    if to_midnight:
        return _("%(day)s från kl. %(start)s", day=on, start=begins)
    if from_dawn:
        return _("%(day)s till kl. %(end)s", day=on, end=hour(ends_at))
    return _("%(day)s kl. %(start)s–%(end)s", day=on, start=begins, end=hour(ends_at))


def span_of_days(starts_at: datetime, ends_at: datetime, whole: bool) -> str:
    """Days of work: only the days when they are `whole`, though they neither begin nor end at midnight."""
    return days(local(starts_at).date(), local(ends_at).date()) if whole else span(starts_at, ends_at)


def since(at: datetime) -> str:
    """The day, and the time where it is not the day's beginning."""
    return near_day(local(at).date()) if local(at).time() == time() else when(at)


def sentence(text: str) -> str:
    """The text with a capital first."""
    return text[:1].upper() + text[1:]


def when(at: datetime) -> str:
    """The day and the time: i dag kl. 8.20, onsdag 25 november kl. 14.30."""
    return _when(_reader.get(), int(at.timestamp()) // 60, today())


@functools.lru_cache(PHRASES)
def _when(_reader: Reader, minute: int, today: date) -> str:
    at = datetime.fromtimestamp(minute * 60, SWEDEN)
    time = hour(at)
    if at.date() == today:
        return _("i dag kl. %(time)s", time=time)
    if at.date() == today - timedelta(days=1):
        return _("i går kl. %(time)s", time=time)
    if at.date() == today + timedelta(days=1):
        return _("i morgon kl. %(time)s", time=time)
    return _("%(day)s kl. %(time)s", day=day(at), time=time)


@functools.lru_cache(maxsize=4096)
def phone(number: str) -> str:
    """A number in E.164 as it is written in Sweden: 031-390 06 14."""
    parsed = phonenumbers.parse(number, "SE")
    style = (
        phonenumbers.PhoneNumberFormat.NATIONAL
        if parsed.country_code == 46
        else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return phonenumbers.format_number(parsed, style)


def tel(number: str) -> str:
    """The address that rings a number (RFC 3966); short numbers ring as they are."""
    return "tel:" + number.replace(" ", "").replace("-", "")


def paragraphs(text: str) -> Markup:
    """Plain text as paragraphs: a blank line begins a new one, and nothing in it is markup."""
    blocks = (block.strip("\n") for block in str(escape(text.strip())).split("\n\n"))
    return Markup("".join(f'<p dir="auto">{block.replace(chr(10), "<br>")}</p>' for block in blocks if block))
