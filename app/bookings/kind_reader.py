"""Kinds of time out of a file, read strictly: what is wrong is said in one line, with its place."""

import re
from dataclasses import dataclass

from app.bookings.letter_rules import FIELDS, closes, unknown
from app.bookings.rules import CLOSING, MODES
from app.care.case_reader import BadCase, Node, loads

UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]")
LONGEST = 3_000


@dataclass(frozen=True)
class Read:
    """A kind of time as a file says it: its unit and place by name, its people by HSA-id."""

    at: str
    unit: str
    name: str
    mode: str
    minutes: int
    staff: tuple[str, ...]
    place: str
    bring: str
    letter: str


def read(text: str) -> list[Read]:
    """The kinds of a file: a list of objects. Raises BadCase."""
    return [_one(node) for node in loads(text).items()]


def _one(node: Node) -> Read:
    said = node.fields("unit", "name", "mode", "minutes", "staff", place="", bring="", letter=CLOSING)
    mode, minutes = _text(said["mode"], 80), said["minutes"].count()
    if mode not in MODES:
        raise said["mode"].bad(f"one of {', '.join(MODES)}")
    if not 5 <= minutes <= 720:
        raise said["minutes"].bad("a number of minutes from 5 to 720")
    place = _text(said["place"], 80, empty=True)
    if place and mode != "visit":
        raise said["place"].bad("empty, since only a visit has a place")
    letter = _text(said["letter"], LONGEST)
    if not closes(letter):
        raise BadCase(f'{said["letter"].place}: must end with "{CLOSING}", and does not.')
    if strange := unknown(letter):
        known = ", ".join(f"{{{name}}}" for name in FIELDS)
        raise BadCase(f"{said['letter'].place}: {{{strange[0][:40]}}} cannot be filled in; known are {known}.")
    return Read(
        node.place,
        _text(said["unit"], 80),
        _text(said["name"], 80),
        mode,
        minutes,
        tuple(_text(one, 80) for one in said["staff"].items()),
        place,
        _text(said["bring"], 300, empty=True),
        letter,
    )


def _text(node: Node, most: int, *, empty: bool = False) -> str:
    text = node.value
    if not isinstance(text, str) or UNSEEN.search(text) or len(text) > most or not (empty or text.strip()):
        raise node.bad(f"a text of at most {most} letters")
    return text.strip()
