"""A file of rows as a table program saves it: its letters, its signs between columns, its lines. It touches nothing."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from app.exchange.row_rules import Fault, shown, tidy

BOMS = (b"\xff\xfe", b"\xfe\xff")
SIGNS = ";,\t"
LONGEST = 4_000


class Unreadable(Exception):
    """The file as a whole cannot be read; the code says why, `more` where or which."""

    def __init__(self, code: str, more: str = "") -> None:
        super().__init__(code)
        self.code, self.more = code, more


@dataclass(frozen=True)
class Row:
    """A row, with the line of the file that it begins on."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """The rows of a file, and those that have more or fewer cells than its first line has columns."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]


def text_of(content: bytes) -> str:
    """The letters of a file: UTF-8, with or without its mark, else Windows-1252. Raises Unreadable."""
    if content.startswith(BOMS) or b"\0" in content:
        raise Unreadable("letters")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise Unreadable("letters") from error


def table(text: str, columns: Sequence[str], needed: Sequence[str], *, most: int) -> Table:
    """The rows of a text under the columns that are known. Raises Unreadable."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise Unreadable("empty")
    sign = max(SIGNS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    rows: list[Row] = []
    faults: list[Fault] = []
    names: list[str] = []
    line = 1
    try:
        for cells in reader:
            begins, line = line, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = _names(cells, columns, needed)
                continue
            if len(rows) + len(faults) >= most:
                raise Unreadable("many", str(most))
            filled = _even(cells, len(names))
            if filled is None:
                faults.append(Fault(begins, "", "cells", f"{len(names)}"))
            else:
                given = dict(zip(names, map(tidy, filled), strict=True))
                rows.append(Row(begins, {name: given.get(name, "") for name in columns}))
    except csv.Error as error:
        raise Unreadable("quotes", str(line)) from error
    if not rows and not faults:
        raise Unreadable("no_rows")
    return Table(tuple(rows), tuple(faults))


def written(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A file of rows that table programs open as it is: with the mark of UTF-8, semicolons, and no formula."""
    out = io.StringIO(newline="")
    lines = csv.writer(out, delimiter=";", lineterminator="\r\n")
    lines.writerow(columns)
    lines.writerows([shown(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


def _names(cells: Sequence[str], columns: Sequence[str], needed: Sequence[str]) -> list[str]:
    """The columns of the first line. What we have added ourselves to rows that were given back is no fault."""
    names = [" ".join(tidy(cell).casefold().rstrip("*").split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    if lost := [name for name in needed if name not in names]:
        raise Unreadable("lost", ", ".join(lost))
    if strange := [name for name in names if name not in (*columns, *ADDED)]:
        raise Unreadable("strange", ", ".join(name[:40] for name in strange[:5]))
    if len(set(names)) < len(names):
        raise Unreadable("twice", ", ".join(sorted({name for name in names if names.count(name) > 1})))
    return names


def _even(cells: Sequence[str], width: int) -> list[str] | None:
    """As many cells as there are columns: empty ones at the end are nothing."""
    there = list(cells)
    while len(there) > width and not there[-1].strip():
        there.pop()
    if len(there) > width or any(len(cell) > LONGEST for cell in there):
        return None
    return there + [""] * (width - len(there))


ADDED = ("rad", "fel")
"""The columns that are put before those of the file when its bad rows are given back."""
