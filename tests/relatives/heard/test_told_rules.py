"""A name and a birth date as people write them."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from app.relatives.told_rules import Known, about, born_on, parts

TODAY = date(2026, 11, 4)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1980-05-17", date(1980, 5, 17)),
        ("19800517", date(1980, 5, 17)),
        ("19800517-2383", date(1980, 5, 17)),
        ("800517-2383", date(1980, 5, 17)),
        (" 800517 ", date(1980, 5, 17)),
        ("080517", date(2008, 5, 17)),
        ("17/5 1980", date(1980, 5, 17)),
        ("17.5.1980", date(1980, 5, 17)),
        ("17 maj 1980", date(1980, 5, 17)),
        ("den 1 Oktober 1980", date(1980, 10, 1)),
        ("1 oct 1980", date(1980, 10, 1)),
        # Nobody of eighteen was born then in this century.
        ("091105", date(1909, 11, 5)),
        ("1980-02-30", None),
        ("omkring 45 år", None),
        ("", None),
        ("½½½½-½½-½½", None),
    ],
)
def test_a_birth_date_is_read_as_it_is_written(text: str, day: date | None) -> None:
    assert born_on(text, today=TODAY) == day


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Siv Nyberg", "  siv   NYBERG "),
        ("Siv Nyberg", "Nyberg, Siv"),
        ("Anna-Karin Öberg", "Anna Karin Öberg"),
        ("Renée O’Hara", "renee o'hara"),
        ("Åsa Ek", "Åsa Ek"),
    ],
)
def test_a_name_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert parts(one) == parts(other)


def test_it_is_about_the_one_who_has_both() -> None:
    siv, leif, anna, other = (uuid4() for _ in range(4))
    day = date(1980, 5, 17)
    known = [
        Known(siv, "Siv Nyberg", day),
        Known(leif, "Leif Dahl", day),
        Known(anna, "Anna Ek", day),
        Known(other, "Anna Ek", day),
        Known(uuid4(), "Rut Ek", None),
    ]

    def found(name: str, birth: str = "1980-05-17") -> UUID | None:
        return about(name, birth, known, today=TODAY)

    assert found("siv nyberg") == siv and found("Dahl Leif") == leif
    assert found("Siv Nyberg", "1980-05-18") is None and found("Siv Nyberg", "vet inte") is None
    assert found("Siv") is None and found("") is None and found("…") is None
    assert found("Anna Ek") is None, "there are two"
    assert found("Rut Ek") is None, "nobody knows her day"
