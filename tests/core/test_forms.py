"""What is written is kept as written; what says nothing is not sent."""

import unicodedata
from typing import Any

import pytest
from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict
from wtforms.validators import ValidationError

from app.accounts import sessions
from app.core.forms import CSRF, Form, Written, is_blank, plain, written

BLANKS = [
    *(chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Zs", "Zl", "Zp")),
    "\t", "\n", "\r", "\x0b", "\x00", "\x85",
    "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u2060", "\u2061", "\ufeff", "\u00ad", "\u180e", "\u202e",
    "\u2066", "\u2800", "\u3164", "\u115f", "\u1160", "\uffa0", "\ufe0f", "\u0301", "\U000e0041", "\u034f",
]  # fmt: skip


class Letter(Form):
    text = written("Text", 10_000)


@pytest.mark.parametrize("blank", BLANKS, ids=lambda letter: f"U+{ord(letter):04X}")
def test_a_letter_that_nobody_can_see_says_nothing(blank: str) -> None:
    assert is_blank(blank) and is_blank(f" {blank}{blank}\n")
    assert not is_blank(f"{blank}a{blank}")


def test_nothing_at_all_says_nothing() -> None:
    assert is_blank("")


@pytest.mark.parametrize(
    "text",
    ["a", "å", ".", "7", "🙂", "مرحبا", "नमस्ते", "你好", "👩‍👩‍👧", "❤️", "🇸🇪", "1️⃣", "€", "\U0001fae9", "\U0001fabe"],
)
def test_the_least_that_can_be_seen_says_something(text: str) -> None:
    assert not is_blank(text)


def fault(text: str | None, most: int = 10_000) -> str | None:
    class Field:
        data = text

    try:
        Written(most)(None, Field())
    except ValidationError as error:
        return str(error)
    return None


@pytest.mark.parametrize("letter", ["a", "🙂", "å", "\n.", "ﷺ"])
def test_ten_thousand_letters_go_and_one_more_does_not(letter: str) -> None:
    text = (letter * 10_000)[:10_000]
    assert fault(text) is None
    assert fault(text + "x") == "Texten är 1 tecken för lång. Dela den i två meddelanden, så får allt plats."
    assert "250 tecken" in str(fault(text + "🙂" * 250))


@pytest.mark.parametrize("text", [None, "", " ", "\u200b\n\u2800"])
def test_nothing_written_is_told_gently(text: str | None) -> None:
    assert fault(text) == "Skriv något först. Det får vara kort."


def posted(app: Flask, text: str) -> Any:
    with app.test_request_context("/", method="POST", data={"text": text}):
        form = Letter(MultiDict({"text": text}), meta={"csrf": False})
        return form, form.validate()


def test_a_line_break_counts_once_however_the_browser_sends_it(app: Flask) -> None:
    form, whole = posted(app, "a\r\n" * 5_000)
    assert whole and form.text.data == "a\n" * 5_000
    assert not posted(app, "a\r\n" * 5_000 + "b")[1]


def test_a_fault_is_read_out_with_its_field(app: Flask) -> None:
    form, whole = posted(app, " ")
    assert not whole and form.faults == [("text", "Skriv något först. Det får vara kort.")]


@given(st.text())
def test_text_is_kept_but_for_control_characters_and_kinds_of_breaks(text: str) -> None:
    kept = plain(text)
    assert kept is not None and plain(kept) == kept
    assert not [
        letter
        for letter in kept
        if unicodedata.category(letter) == "Cc" and letter not in "\t\n" and ord(letter) < 0x80
    ]
    visible = [letter for letter in text if unicodedata.category(letter) != "Cc"]
    assert [letter for letter in kept if unicodedata.category(letter) != "Cc"] == visible


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("a\tb", "a\tb"),
        (None, None),
        ("e\u0301 é", "e\u0301 é"),
    ],
)
def test_breaks_become_one_kind_and_controls_fall_away(raw: str | None, kept: str | None) -> None:
    assert plain(raw) == kept


def test_a_sessions_token_is_one_until_the_session_is_another(app: Flask) -> None:
    browser = app.test_client()

    def token() -> str:
        page = browser.get("/om").get_data(as_text=True)
        return page.partition('name="csrf_token" value="')[2].partition('"')[0]

    first = token()
    assert first and token() == first
    assert browser.post("/sprak", data={"csrf_token": first, "language": "en", "next": "/om"}).status_code == 303
    assert token() == first
    with browser.session_transaction() as kept:
        kept["csrf_token"] = "another"
    assert token() != first
    assert browser.post("/sprak", data={"csrf_token": first, "language": "sv", "next": "/om"}).status_code == 403


def test_whoever_leaves_takes_its_token_along(app: Flask) -> None:
    def opened(token: str) -> str:
        return str(URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="wtf-csrf-token").loads(token))

    with app.test_request_context():
        session[CSRF] = "first"
        app.preprocess_request()
        assert opened(generate_csrf()) == "first"
        sessions.forget()
        assert CSRF not in session and opened(generate_csrf()) == session[CSRF] != "first"
