"""Times, numbers and texts as people say them, in both languages and through both nights of summer time."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
import time_machine
from flask import Flask, session
from hypothesis import given
from hypothesis import strategies as st

from app.config import Refusal
from app.core import locale
from app.core.locale import day, hour, iso, paragraphs, phone, tel, when

NOW = datetime(2026, 11, 27, 8, 20, tzinfo=UTC)


@pytest.fixture
def reading(app: Flask) -> Iterator[Callable[[str], None]]:
    """Read as somebody who has chosen a language."""
    with app.test_request_context("/"):

        def choose(code: str) -> None:
            session["language"] = code
            app.preprocess_request()

        choose("sv")
        with time_machine.travel(NOW, tick=False):
            yield choose


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("utc", "said"),
    [
        ("2026-11-27 07:05", "i dag kl. 8.05"),
        ("2026-11-27 22:59", "i dag kl. 23.59"),
        ("2026-11-26 23:00", "i dag kl. 0.00"),
        ("2026-11-26 22:59", "i går kl. 23.59"),
        ("2026-11-27 23:00", "i morgon kl. 0.00"),
        ("2026-11-25 13:30", "onsdag 25 november kl. 14.30"),
        ("2026-11-29 13:30", "söndag 29 november kl. 14.30"),
        ("2025-12-31 23:30", "torsdag 1 januari kl. 0.30"),
        ("2025-12-31 22:30", "onsdag 31 december 2025 kl. 23.30"),
        ("2027-01-01 12:00", "fredag 1 januari 2027 kl. 13.00"),
    ],
)
def test_a_time_is_told_by_the_day_it_was_in_sweden(reading: Callable[[str], None], utc: str, said: str) -> None:
    assert when(at(utc)) == said


@pytest.mark.parametrize(
    ("now", "utc", "said"),
    [
        ("2026-03-29 10:00", "2026-03-29 00:59", "i dag kl. 1.59"),
        ("2026-03-29 10:00", "2026-03-29 01:00", "i dag kl. 3.00"),
        ("2026-03-29 10:00", "2026-03-28 22:59", "i går kl. 23.59"),
        ("2026-03-29 10:00", "2026-03-29 22:00", "i morgon kl. 0.00"),
        ("2026-10-25 10:00", "2026-10-25 00:30", "i dag kl. 2.30"),
        ("2026-10-25 10:00", "2026-10-25 01:30", "i dag kl. 2.30"),
        ("2026-10-25 10:00", "2026-10-24 22:00", "i dag kl. 0.00"),
        ("2026-10-25 23:30", "2026-10-25 22:59", "i går kl. 23.59"),
        ("2026-12-31 23:30", "2026-12-31 22:30", "i går kl. 23.30"),
        ("2026-12-31 22:30", "2026-12-31 23:30", "i morgon kl. 0.30"),
    ],
)
def test_the_nights_of_summer_time_and_new_year_are_told_right(
    reading: Callable[[str], None], now: str, utc: str, said: str
) -> None:
    with time_machine.travel(at(now), tick=False):
        assert when(at(utc)) == said


def test_a_machine_is_told_the_offset_so_that_both_half_past_two_are_different(app: Flask) -> None:
    assert iso(at("2026-10-25 00:30")) == "2026-10-25T02:30+02:00"
    assert iso(at("2026-10-25 01:30")) == "2026-10-25T02:30+01:00"


def test_a_day_is_told_with_its_year_only_when_it_is_another(reading: Callable[[str], None]) -> None:
    assert day(date(2026, 1, 1)) == "torsdag 1 januari"
    assert day(date(2027, 1, 1)) == "fredag 1 januari 2027"
    assert day(at("2026-12-31 23:30")) == "fredag 1 januari 2027"
    assert hour(at("2026-06-01 06:05")) == "8.05"


def test_english_readers_get_english_days_and_swedish_ones_swedish(reading: Callable[[str], None]) -> None:
    assert day(date(2026, 11, 25)) == "onsdag 25 november"
    reading("en")
    assert day(date(2026, 11, 25)) == "Wednesday 25 November"
    reading("sv")
    assert day(date(2026, 11, 25)) == "onsdag 25 november"


@pytest.mark.parametrize("code", ["de", "", "../en", "sv-SE"])
def test_a_language_that_we_do_not_speak_is_swedish(reading: Callable[[str], None], code: str) -> None:
    reading(code)
    assert locale.language() == "sv"


@pytest.mark.parametrize("text", ["", "msgid", "not a catalogue"])
def test_a_language_without_readable_texts_stops_the_start_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    monkeypatch.setattr(locale, "CATALOGUES", tmp_path)
    if text:
        path = tmp_path / "en" / "LC_MESSAGES" / "messages.po"
        path.parent.mkdir(parents=True)
        path.write_text(text)
    with pytest.raises(Refusal, match=r"The texts in 'en' cannot be read"):
        locale.catalogue("en")


@pytest.mark.parametrize(
    ("number", "said", "rung"),
    [
        ("+46313900614", "031-390 06 14", "tel:+46313900614"),
        ("+46701740605", "070-174 06 05", "tel:+46701740605"),
        ("+4620332211", "020-33 22 11", "tel:+4620332211"),
        ("1177", "1177", "tel:1177"),
        ("112", "112", "tel:112"),
        ("+4721930700", "+47 21 93 07 00", "tel:+4721930700"),
    ],
)
def test_a_number_is_written_as_in_sweden_and_rings_as_it_is(number: str, said: str, rung: str) -> None:
    assert phone(number).replace("\N{NO-BREAK SPACE}", " ") == said
    assert tel(number) == rung


TAGS = re.compile(r'<p dir="auto">|</p>|<br>')


@given(st.text())
def test_no_text_becomes_markup(text: str) -> None:
    html = str(paragraphs(text))
    bare = TAGS.sub("", html)
    assert not set(bare) & set("<>\"'")
    assert (
        re.sub(r"\s", "", unescape(bare)) == re.sub(r"\s", "", unescape(re.sub(r"\s", "", text)) if False else text)
        or "&" in text
        or "\x00" in text
    )
    assert html.count('<p dir="auto">') == html.count("</p>")


@given(st.text(alphabet="a <>&\"'\n;amplt"))
def test_what_looks_like_markup_is_shown_as_it_was_written(text: str) -> None:
    bare = TAGS.sub("\n", str(paragraphs(text)))
    assert re.sub(r"\s+", "", unescape(bare)) == re.sub(r"\s+", "", text)


def test_a_blank_line_begins_a_paragraph_and_a_break_is_a_break() -> None:
    assert paragraphs("Ett\ntvå\n\n\n\ntre\n") == '<p dir="auto">Ett<br>två</p><p dir="auto">tre</p>'
    assert paragraphs(" \n\n ") == ""


def test_a_long_text_is_quick() -> None:
    before = datetime.now(UTC)
    paragraphs("\n\n".join(["<"] * 5_000))
    assert datetime.now(UTC) - before < timedelta(seconds=2)
