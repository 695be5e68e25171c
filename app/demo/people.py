"""Who there is in the demo. Nobody here exists.

Telephone numbers: the series that PTS keeps free for books and films (070-174 06 05–99, 031-390 06 00–99).
Identity numbers: built as Skatteverket's published test numbers are (birth numbers 238 and 239 of a day).
"""

from dataclasses import dataclass
from datetime import date

from app.care.hours_rules import Week, weekdays


@dataclass(frozen=True)
class UnitSketch:
    """`head` and `stand_in` are places in STAFF."""

    name: str
    phone: str
    hours: str
    office: Week
    head: int
    stand_in: tuple[int, ...]
    visiting: str = ""


@dataclass(frozen=True)
class StaffSketch:
    name: str
    title: str
    role: str
    unit: int
    phone: str | None
    hours: str = "Vardagar 8–16"
    standing: tuple[int, ...] = ()
    weeks: tuple[Week, ...] = ()
    physician: bool = False
    also: int | None = None
    also_weeks: tuple[Week, ...] = ()


UNITS = (
    UnitSketch(
        "Mottagning Björken",
        "+46313900610",
        "Vardagar 8–16",
        weekdays("08:00", "16:30"),
        3,
        (1, 7),
        "Björkgatan 1, Norrlida",
    ),
    UnitSketch(
        "Mottagning Granen",
        "+46313900620",
        "Vardagar 8–16.30",
        weekdays("08:00", "16:30"),
        7,
        (5, 3),
        "Granvägen 2, Söderlida",
    ),
    UnitSketch(
        "Mobila teamet Norrlida",
        "+46313900630",
        "Alla dagar 8–20",
        weekdays("08:00", "20:00", days=range(7)),
        8,
        (10, 3),
    ),
)

STAFF = (
    StaffSketch("Karin Ek", "sjuksköterska", "licensed", 0, "+46313900612", standing=(1, 2)),
    StaffSketch("Erik Lund", "skötare", "care", 0, "+46313900614", standing=(0, 2)),
    StaffSketch("Fatima Aydin", "arbetsterapeut", "licensed", 0, "+46313900615", standing=(0,)),
    StaffSketch("Maria Hedlund", "enhetschef", "licensed", 0, "+46313900616"),
    StaffSketch("Jonas Ström", "skötare", "care", 1, "+46313900622", standing=(5,)),
    StaffSketch("Anna Berg", "sjuksköterska", "licensed", 1, None, standing=(4, 7)),
    StaffSketch(
        "Samuel Öberg",
        "kurator",
        "licensed",
        1,
        "+46313900624",
        "Måndag till onsdag 9–15",
        (4, 5),
        (weekdays("09:00", "15:00", days=range(3)),),
        also=2,
        also_weeks=(weekdays("09:00", "15:00", days=range(3, 5)),),
    ),
    StaffSketch("Linnéa Åström", "psykolog", "licensed", 1, "+46313900625"),
    StaffSketch("Tove Håkansson", "sjuksköterska", "licensed", 2, "+46701740605", "Alla dagar 8–20"),
    StaffSketch("Amir Rezaei", "skötare", "care", 2, "+46701740606", "Alla dagar 8–20"),
    StaffSketch("Birgitta Nordin", "läkare", "licensed", 2, "+46701740607", physician=True),
    StaffSketch("Olof Wallin", "boendestödjare", "other", 2, None),
)

FIRST = (
    "Siv Gun Tom Leif Anita Östen Majken Yusuf Elsa Ragnar Åsa Nils Hanna Mirjam Göran "
    "Ylva Bo Saga Per Aino Ingela Tage Lova Ulf Ebba Ahmed Kajsa Rolf Signe Måns"
).split()
LAST = (
    "Nyberg Sandberg Wiklund Dahl Forsman Björklund Hallin Demir Sjögren Öhman Lindahl Ask Ekström Norén Hägg "
    "Palm Rask Vik Stål Mäkinen Tjäder Broman Lilja Frid Ängquist Karimi Moberg Sten Ahl Lövgren"
).split()
RELATIVES = ("Anna Granström", "Olle Lindqvist")
PATIENTS = tuple(f"{FIRST[i % 30]} {LAST[(i + 7 * (i // 30)) % 30]}" for i in range(60))


def test_number(index: int) -> tuple[str, date]:
    """A test identity number with its check digit (Luhn), and the day of birth in it; every one is an adult."""
    born = date(1941 + (index * 7) % 62, 1 + index % 12, 1 + (index * 5) % 28)
    digits = f"{born:%y%m%d}{238 + index % 2}"
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(digits))
    return f"{born:%Y%m%d}{238 + index % 2}{-total % 10}", born
