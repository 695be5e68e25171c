"""What the columns of each kind of file are, and what may stand in them. Pure."""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, time

KINDS = ("people", "assignments", "contacts", "bookings")
MOST_BYTES = 10_000_000
MOST_ROWS = 2_000
"""So many are looked through while somebody waits for the page; the command takes more."""
HSA_ID = re.compile(r"SE\d{10}-[0-9A-Z]{1,20}")
CLOCK = re.compile(r"([01]?\d|2[0-3])[.:]([0-5]\d)(?:[.:]00)?")
SCIENTIFIC = re.compile(r"\d[.,]?\d*E\+?\d+", re.IGNORECASE)
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
FORMULA = "=+-@\t\r"
YES, NO = ("ja", "j", "yes", "1", "x", "sant"), ("nej", "n", "no", "0", "falskt", "")
TYPES = {"patient": "patient", "personal": "staff"}
ROLES = {"legitimerad": "licensed", "vårdpersonal": "care", "annan": "other"}


class Bad(Exception):
    """What stands in a cell cannot be used; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Column:
    """A column of a file. `needed`: no row is without it. `sample` is what stands in the template."""

    name: str
    needed: bool = False
    most: int = 80
    sample: str = ""
    lines: bool = False


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row: its line in the file, the column, and the code that says what and what to do."""

    line: int
    column: str
    code: str
    more: str = ""


@dataclass(frozen=True)
class Report:
    """What a file holds: rows that are new, rows that are here already, and what is wrong."""

    new: int
    same: int
    faults: tuple[Fault, ...]

    @property
    def bad(self) -> int:
        """How many rows are wrong."""
        return len({it.line for it in self.faults})


NUMBER = Column("personnummer", needed=True, most=20, sample="191212121212")
HSA = Column("hsa-id", needed=True, most=40, sample="SE2321000180-1A2B")
UNIT = Column("mottagning", needed=True, sample="Mottagning Björken")
COLUMNS: dict[str, tuple[Column, ...]] = {
    "people": (
        Column("typ", needed=True, most=20, sample="personal"),
        Column("namn", needed=True, sample="Åsa Öberg"),
        Column("personnummer", most=20, sample=""),
        Column("hsa-id", most=40, sample="SE2321000180-1A2B"),
        Column("titel", most=60, sample="sjuksköterska"),
        Column("läkare", most=10, sample="nej"),
        Column("telefon", most=40, sample="070-174 06 12"),
        Column("e-post", most=254, sample="asa.oberg@example.org"),
    ),
    "assignments": (
        HSA,
        UNIT,
        Column("roll", needed=True, most=20, sample="legitimerad"),
        Column("första dagen", most=10, sample="2027-01-11"),
        Column("direktnummer", most=40, sample="010-249 00 00"),
        Column("svarstider", sample="Vardagar 8–16"),
    ),
    "contacts": (
        NUMBER,
        HSA,
        UNIT,
        Column("första dagen", most=10, sample="2027-01-11"),
        Column("samordnar", most=10, sample="ja"),
        Column("önskan", most=300, sample="", lines=True),
    ),
    "bookings": (
        NUMBER,
        HSA,
        UNIT,
        Column("tidstyp", needed=True, sample="Samtal"),
        Column("dag", needed=True, most=10, sample="2027-01-14"),
        Column("börjar", needed=True, most=8, sample="9.00"),
        Column("slutar", most=8, sample="9.45"),
        Column("plats", most=160, sample="Kyrkogatan 12, våning 2"),
        Column("ta med", most=300, sample="Legitimation", lines=True),
        Column("länk", most=500, sample=""),
    ),
}


def tidy(text: str) -> str:
    """A cell as it is used: composed letters, no unseen signs, no space around; what was put before a formula is taken
    away again."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " "))
    text = UNSEEN.sub("", text).strip()
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in FORMULA else text


def shown(text: str) -> str:
    """A cell as it is given out: a program for tables would run what begins like a formula."""
    return f"'{text}" if text[:1] and text[0] in FORMULA else text


def missing(kind: str, line: int, cells: Mapping[str, str]) -> list[Fault]:
    """What is not filled in, too long, or on more lines than one."""
    found = []
    for column in COLUMNS[kind]:
        text = cells[column.name]
        if column.needed and not text:
            found.append(Fault(line, column.name, "empty"))
        elif len(text) > column.most:
            found.append(Fault(line, column.name, "long", str(column.most)))
        elif "\n" in text and not column.lines:
            found.append(Fault(line, column.name, "lines"))
    return found


def yes(text: str) -> bool:
    said = text.casefold()
    if said in YES or said in NO:
        return said in YES
    raise Bad("yes_or_no")


def one_of(known: Mapping[str, str], text: str) -> str:
    if found := known.get(text.casefold()):
        return found
    raise Bad("unknown_word")


def hsa_id(text: str) -> str:
    if HSA_ID.fullmatch(found := text.upper().replace(" ", "")):
        return found
    raise Bad("hsa_id")


def hsa_ids(text: str) -> list[str]:
    """One or several, with a blank or a plus sign between them."""
    return list(dict.fromkeys(hsa_id(one) for one in re.split(r"[\s+]+", text) if one))


def number(text: str) -> str:
    """What may be a personnummer; a table program that has made it a figure of its own has lost it."""
    if SCIENTIFIC.fullmatch(text):
        raise Bad("number_lost")
    return text.replace(" ", "")


def day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise Bad("day")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Bad("day") from None


def clock(text: str) -> time:
    if found := CLOCK.fullmatch(text):
        return time(int(found[1]), int(found[2]))
    raise Bad("clock")


def packed(report: Report) -> str:
    return json.dumps(asdict(report), ensure_ascii=False)


def unpacked(text: str) -> Report:
    it = json.loads(text)
    return Report(it["new"], it["same"], tuple(Fault(**one) for one in it["faults"]))
