"""What a thread is called, and who had read which letter."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.messages.rules import TOPIC, Read, adds, marks_by_letter, topic

LONG = "Jag undrar om jag kan byta tid på torsdag eftersom min dotter fyller år och vi ska äta tårta"


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("Hej", "Hej"),
        ("jag sover inte", "Jag sover inte"),
        ("  \n\n \t\nAndra raden\nTredje", "Andra raden"),
        ("Hej Karin. Jag vaknar vid tre på natten. Sedan somnar jag inte om.", "Jag vaknar vid tre på natten"),
        ("Hej! Kan jag byta tid?", "Kan jag byta tid?"),
        ("Hej!\nKan jag byta tid?", "Hej!"),
        ("God morgon Karin, receptet är slut", "Receptet är slut"),
        ("Hejdå", "Hejdå"),
        ("Hej Karin. Tack.", "Hej Karin"),
        ("Vad är det? Jag undrar.", "Vad är det?"),
        ("Ring mig!", "Ring mig!"),
        ("kl. 8 i morgon går bra", "Kl. 8 i morgon går bra"),
        ("Det är 3.5 mg som gäller. Eller hur", "Det är 3.5 mg som gäller"),
        (LONG, "Jag undrar om jag kan byta tid på torsdag eftersom min …"),
        ("x" * 60, "X" + "x" * 59),
        ("x" * 61, "X" + "x" * 58 + " …"),
        (
            "första, andra, tredje, fjärde, femte, sjätte, sjunde, åttonde, nionde",
            "Första, andra, tredje, fjärde, femte, sjätte, sjunde …",
        ),
        (".........", "........."),
        ("?" * 80, "?" * 59 + " …"),
        ("-" * 80, "-" * 59 + " …"),
        ("\u200b\nSyns", "Syns"),
        ("\u2800", "\u2800"),
        ("🙂", "🙂"),
        ("مرحبا", "مرحبا"),
        ("<b>fet</b>", "<b>fet</b>"),
        ("ett\u2028två", "Ett"),
    ],
)
def test_a_thread_is_called_by_its_first_words(text: str, called: str) -> None:
    assert topic(text) == called


@given(st.text(min_size=1) | st.text(alphabet="Hej .!?,\nå-…\u200bß", min_size=1, max_size=200))
@example("ŉ" * 59)
@example("ΐ" + "a" * 59)
@example("Hej. " + "." * 30)
def test_a_name_is_short_one_line_and_never_empty(text: str) -> None:
    name = topic(text)
    assert 0 < len(name) <= TOPIC + 3 and len(name.splitlines()) <= 1
    assert name.strip() or not text.strip()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Hej. jag vaknar tidigt och somnar sent.", False),
        ("Jag vaknar tidigt", False),
        ("Tack, då vet jag.", True),
    ],
)
def test_a_topic_is_told_beside_words_only_where_it_adds_to_them(said: str, expected: bool) -> None:
    assert adds("Jag vaknar tidigt …", said) is expected


PEOPLE = [UUID(int=n) for n in range(1, 4)]
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def mark(person: int, upto: int, minute: int = 0) -> Read:
    return Read(PEOPLE[person], upto, NOON + timedelta(minutes=minute))


def test_a_mark_stands_on_the_last_letter_of_somebody_elses_that_it_made_read() -> None:
    authors = {1: PEOPLE[0], 2: PEOPLE[0], 3: PEOPLE[1], 4: PEOPLE[0]}
    early, late = mark(1, 2), mark(1, 4, 5)
    assert marks_by_letter([late, early], authors) == {2: [early], 4: [late]}


def test_a_mark_of_ones_own_letters_alone_is_left_out() -> None:
    assert marks_by_letter([mark(0, 2)], {1: PEOPLE[0], 2: PEOPLE[0]}) == {}


def test_a_mark_beyond_the_page_stands_on_its_last_letter() -> None:
    assert marks_by_letter([mark(1, 90)], {20: PEOPLE[0], 21: PEOPLE[1]}) == {20: [mark(1, 90)]}
    assert marks_by_letter([mark(1, 10)], {20: PEOPLE[0]}) == {}


def naive(marks: list[Read], authors: dict[int, UUID]) -> dict[int, list[Read]]:
    """Letter by letter: the earliest mark of each reader that covers it; shown where it covers the last."""
    covers: dict[Read, list[int]] = {}
    ordered = sorted(marks, key=lambda one: (one.upto, one.at))
    for n, author in sorted(authors.items()):
        for person in {one.person_id for one in ordered} - {author}:
            first = next((one for one in ordered if one.person_id == person and one.upto >= n), None)
            if first:
                covers.setdefault(first, []).append(n)
    shown: dict[int, list[Read]] = {}
    for one in ordered:
        if one in covers:
            shown.setdefault(max(covers.pop(one)), []).append(one)
    return shown


MARKS = st.lists(
    st.builds(mark, st.integers(0, 2), st.integers(1, 12), st.integers(0, 9)),
    max_size=10,
    unique_by=lambda one: (one.person_id, one.upto),
)
AUTHORS = st.dictionaries(st.integers(1, 12), st.sampled_from(PEOPLE), max_size=12)


@given(MARKS, AUTHORS)
def test_marks_are_as_a_patient_reckoner_would_place_them(marks: list[Read], authors: dict[int, UUID]) -> None:
    assert marks_by_letter(marks, authors) == naive(marks, authors)


@given(MARKS, AUTHORS)
def test_nobody_is_shown_as_reader_of_what_they_wrote(marks: list[Read], authors: dict[int, UUID]) -> None:
    for n, shown in marks_by_letter(marks, authors).items():
        assert all(authors[n] != one.person_id and one.upto >= n for one in shown)
