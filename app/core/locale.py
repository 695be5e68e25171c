"""Language and time as people say them. Swedish is the source language; the others are read from .po at start."""

import functools
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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


@contextmanager
def reading(code: str) -> Iterator[None]:
    """Say things in one language whoever asks: for what is written to somebody who is not here. One that we no longer
    have is Swedish."""
    before = _reader.set(READERS.get(code, READERS[SOURCE]))
    try:
        yield
    finally:
        _reader.reset(before)


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
    app.jinja_env.filters.update(
        when=when, near=near, time=time, day=day, clock=hour, iso=iso, phone=phone, tel=tel, paragraphs=paragraphs
    )

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
    return _filled(found, values) if values else found


def _filled(text: str, values: Mapping[str, object]) -> Markup:
    filled = str.__mod__(text, {name: escape(value) for name, value in values.items()})
    return Markup(filled)  # nosec B704  # our own text, its values escaped


@functools.lru_cache(PHRASES)
def _markup(reader: Reader, text: str) -> Markup:
    found = reader.texts.gettext(text)
    return Markup(found)  # nosec B704  # our own text


def number_on_page(one: str, many: str, number: int, /, **values: object) -> Markup:
    return _filled(_reader.get().texts.ngettext(one, many, number), {"num": number} | values)


def lazy_gettext(text: str, /, **values: object) -> LazyProxy:
    """The same, looked up each time it is shown: for what is written before there is a reader."""
    return LazyProxy(gettext, text, enable_cache=False, **values)


_ = gettext


def local(at: datetime) -> datetime:
    return at.astimezone(SWEDEN)


def today() -> date:
    """The day it is in Sweden, where days begin with an hour."""
    return _today(int(clock.now().timestamp()) // 3600)


@functools.lru_cache(1)
def _today(hour: int) -> date:
    return datetime.fromtimestamp(hour * 3600, SWEDEN).date()


def iso(at: datetime) -> str:
    return local(at).isoformat(timespec="minutes")


def hour(at: datetime) -> str:
    """The wall time: 8.20, or 8:20 in English."""
    here = local(at)
    return _hour(_reader.get(), here.hour, here.minute)


@functools.lru_cache(PHRASES)
def _hour(_reader: Reader, hour: int, minute: int) -> str:
    return _("%(hour)s.%(minute)s", hour=hour, minute=f"{minute:02}")


@functools.lru_cache(maxsize=2048)
def _day(code: str, on: date, this_year: bool) -> str:
    locale = Locale.parse(code)
    name, month = locale.days["format"]["wide"][on.weekday()], locale.months["format"]["wide"][on.month]
    return f"{name} {on.day} {month}" + ("" if this_year else f" {on.year}")


def near(at: datetime) -> str:
    """The day as it stands beside a time: i dag, i morgon, else the weekday and date."""
    return _near(_reader.get(), local(at).date(), today())


@functools.lru_cache(PHRASES)
def _near(_reader: Reader, on: date, today: date) -> str:
    return {-1: _("i går"), 0: _("i dag"), 1: _("i morgon")}.get((on - today).days) or day(on)


def day(at: datetime | date) -> str:
    """The date: fredag 27 november, with the year when it is not this one."""
    on = local(at).date() if isinstance(at, datetime) else at
    return _day(language(), on, on.year == today().year)


def when(at: datetime) -> str:
    """The day and the time: i dag kl. 8.20, onsdag 25 november kl. 14.30."""
    return _when(local(at))


def _when(here: datetime) -> str:
    reader = _reader.get()
    return _dated(reader, here.date(), today()) % {"time": _hour(reader, here.hour, here.minute)}


@functools.lru_cache(PHRASES)
def _dated(_reader: Reader, on: date, today: date) -> str:
    """The words for a day, with the time still to be put in."""
    if on == today:
        return _("i dag kl. %(time)s")
    if on == today - timedelta(days=1):
        return _("i går kl. %(time)s")
    if on == today + timedelta(days=1):
        return _("i morgon kl. %(time)s")
    return _("%(day)s kl. %(time)s", day=day(on), time="%(time)s")


def time(at: datetime) -> Markup:
    """When, as an element that programs can read too."""
    here = local(at)
    stamp = here.isoformat(timespec="minutes")
    element = f'<time datetime="{stamp}">{escape(_when(here))}</time>'
    return Markup(element)  # nosec B704  # a date, and words escaped


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
    whole = "".join(f'<p dir="auto">{block.replace(chr(10), "<br>")}</p>' for block in blocks if block)
    return Markup(whole)  # nosec B704  # escaped before anything of ours is put in
