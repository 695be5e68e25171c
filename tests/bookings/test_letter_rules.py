"""What a kallelse says. Whatever is written in its template, it closes by inviting the relative along."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.bookings.letter_rules import FIELDS, Facts, closed, closes, filled, own_words, unknown
from app.bookings.rules import CLOSING

GENERATED = 10_000
FACTS = Facts("Siv Nyberg", "tisdag 8 december kl. 9.00–9.45", "Kyrkogatan 12", "Karin Ek, sjuksköterska", "")
WORDS = "Hej {namn}.\n\nVälkommen {tid}.\nVar: {plats}.\nTa med: {ta med}.\n\nMed {vem}."
# What somebody would try: the line itself, pieces of it, fields, and marks that turn text or end it.
TRICKS = [
    CLOSING,
    CLOSING[:-1],
    CLOSING.upper(),
    f" {CLOSING} ",
    "{namn}",
    "{ TA MED }",
    "{plats}.",
    "{adress}",
    "{{tid}}",
]
TRICKS += ["\n", "\n\n", "\u202e", "\u2028", "\ufeff", "%(name)s", "\\", "<p>", "Välkommen", "مرحبا", "Tervetuloa"]
TEXTS = st.lists(st.sampled_from(TRICKS) | st.text(max_size=8), max_size=4).map("".join)
SAID = TEXTS.map(lambda text: Facts(text, text, f"{text}{{namn}}", text, text))


def letter(template: str, facts: Facts) -> str:
    """The whole kallelse, as it is kept and read."""
    return f"{filled(template, facts)}\n\n{CLOSING}".strip()


@pytest.mark.slow
@settings(max_examples=GENERATED)
@given(template=TEXTS, edit=TEXTS, facts=SAID)
def test_ten_thousand_that_are_generated_carry_the_line(template: str, edit: str, facts: Facts) -> None:
    kept = closed(own_words(closed(template)) + edit)
    assert closes(kept) and kept.endswith(CLOSING)
    assert not own_words(kept).endswith(CLOSING)
    assert closed(own_words(kept)) == kept
    assert letter(kept, facts).endswith(CLOSING)


@given(words=st.text(st.characters(exclude_characters="{}\n", codec="utf-8")))
def test_words_without_fields_stand_as_they_are_written(words: str) -> None:
    wanted = own_words(words)
    assert filled(words, FACTS) == re.sub(r"\n{3,}", "\n\n", wanted).strip()


@given(facts=SAID)
def test_what_is_filled_in_is_never_a_field_itself(facts: Facts) -> None:
    said = filled("{namn}|{vem}", facts)
    name, whom = (" ".join(it.split()) for it in (facts.name, facts.whom))
    assert said == (f"{name}|{whom}".strip() if name and whom else "")


def test_the_fields_are_filled_in_and_a_line_without_its_fact_goes() -> None:
    assert filled(WORDS, FACTS) == (
        "Hej Siv Nyberg.\n\nVälkommen tisdag 8 december kl. 9.00–9.45.\nVar: Kyrkogatan 12.\n\n"
        "Med Karin Ek, sjuksköterska."
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("{NAMN}, { namn }", "Siv Nyberg, Siv Nyberg"),
        ("Ta med {ta med} och {namn}.", ""),
        ("{adress}", "{adress}"),
        ("{", "{"),
        ("{}", "{}"),
        ("{{namn}}", "{Siv Nyberg}"),
        ("{nam\nn}", "{nam\nn}"),
    ],
)
def test_braces_of_all_kinds(words: str, said: str) -> None:
    assert filled(words, FACTS) == said


def test_a_sentence_that_is_filled_in_ends_once() -> None:
    facts = Facts("", "", "Huset.\n  Dörr två.", "", "")
    assert filled("Var: {plats}.", facts) == "Var: Huset. Dörr två."


def test_what_cannot_be_filled_in_is_named_once() -> None:
    assert unknown("{adress} {namn} {Ta Med} {adress} {tid }{x}") == ["adress", "x"]
    assert not unknown(" ".join(f"{{{name}}}" for name in FIELDS))


@pytest.mark.parametrize("words", ["", CLOSING, f"Hej.\n{CLOSING}", f"Hej. {CLOSING}\n\n {CLOSING} \n", "Hej."])
def test_the_line_stands_once_however_often_it_was_written(words: str) -> None:
    assert closed(words).count(CLOSING) == 1
    assert closed(words) in (CLOSING, f"Hej.\n\n{CLOSING}")


@pytest.mark.parametrize("letter", ["", "Hej.", f"{CLOSING} ", CLOSING[:-1], CLOSING.lower(), f"{CLOSING}\n"])
def test_what_does_not_close_so(letter: str) -> None:
    assert not closes(letter)
