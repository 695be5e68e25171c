"""The letters, signs and lines of a file, as programs save them: the same rows come out, or a clear refusal."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.file_reader import Unreadable, table, text_of, written
from app.exchange.row_rules import Bad, clock, day, hsa_ids, number, shown, tidy, yes

NAMES = ("namn", "titel", "ort")
SWEDISH = st.text(st.sampled_from("aåäöÅÄÖéüß€–’ Bc1,;\t\"'=+-@.\n"), max_size=20)
ROWS = st.lists(st.tuples(SWEDISH, SWEDISH, SWEDISH), min_size=1, max_size=6)


def saved(rows: list[tuple[str, ...]], sign: str, line: str, letters: str) -> bytes:
    out = io.StringIO(newline="")
    lines = csv.writer(out, delimiter=sign, lineterminator=line)
    lines.writerow(NAMES)
    lines.writerows(rows)
    return out.getvalue().encode(letters)


def read(content: bytes) -> list[tuple[str, ...]]:
    found = table(text_of(content), NAMES, (), most=100)
    assert not found.faults
    return [tuple(row.cells[name] for name in NAMES) for row in found.rows]


@given(
    ROWS, st.sampled_from(";,\t"), st.sampled_from(("\r\n", "\n")), st.sampled_from(("utf-8", "utf-8-sig", "cp1252"))
)
def test_however_a_program_saves_it_the_rows_are_the_same(
    rows: list[tuple[str, ...]], sign: str, line: str, letters: str
) -> None:
    content = saved(rows, sign, line, letters)
    meant = [tuple(map(tidy, row)) for row in rows if any(cell.strip() for cell in row)]
    try:
        text_of(content).encode(letters)
        found = read(content)
    except Unreadable as error:
        assert error.code == "no_rows" and not meant
        return
    # Windows-1252 that happens to be UTF-8 too is only ever letters of ASCII, or a mark of a mix that nobody writes.
    if letters != "cp1252" or content.decode("utf-8", "ignore").encode() != content or content.isascii():
        assert found == meant


@given(ROWS)
def test_what_is_given_back_is_read_back_as_it_was(rows: list[tuple[str, ...]]) -> None:
    meant = [tuple(map(tidy, row)) for row in rows]
    if not any(any(row) for row in meant):
        return
    text = written(NAMES, meant)
    assert text.startswith("\ufeff")
    cells = [cell for row in csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";") for cell in row]
    assert not any(cell[:1] and cell[0] in "=+-@\t\r" for cell in cells)
    assert read(text.encode()) == [row for row in meant if any(row)]


@given(st.binary(max_size=200))
def test_nothing_that_is_sent_breaks_it(content: bytes) -> None:
    try:
        table(text_of(content), NAMES, (), most=100)
    except Unreadable as error:
        assert error.code


def test_lines_are_counted_as_the_program_shows_them() -> None:
    content = 'namn;titel;ort\r\n\r\n"Å\r\nsa";b;c\r\nBo;x;y\r\nfel;1;2;3\r\n'.encode()
    found = table(text_of(content), NAMES, (), most=100)
    assert [row.line for row in found.rows] == [3, 5] and [it.line for it in found.faults] == [6]


def test_a_letter_of_two_marks_is_one() -> None:
    assert tidy("A\u030asa\xa0O\u0308berg\u200b ") == "Åsa Öberg"


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+46", "-1", "@SUM(A1)"])
def test_what_begins_like_a_formula_is_text_on_its_way_out_and_itself_again_on_its_way_in(text: str) -> None:
    assert shown(text) == f"'{text}" and tidy(shown(text)) == text


def test_what_a_cell_may_say() -> None:
    assert [yes(it) for it in ("Ja", "x", "nej", "")] == [True, True, False, False]
    assert hsa_ids("se2321000180-1a2b + SE2321000180-9X9X") == ["SE2321000180-1A2B", "SE2321000180-9X9X"]
    assert (clock("9.05").minute, clock("09:00:00").hour, number("19121212 1212")) == (5, 9, "191212121212")
    for read, text in (
        (yes, "kanske"),
        (hsa_ids, "12345"),
        (clock, "24.00"),
        (clock, "9"),
        (day, "2026-02-30"),
        (day, "12/11 2026"),
        (number, "1,91212E+11"),
    ):
        with pytest.raises(Bad):
            read(text)
