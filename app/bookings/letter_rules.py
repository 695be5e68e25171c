"""What a kallelse says: a template with fields, filled in, and closed by inviting the relative along. Pure."""

import re
from dataclasses import dataclass
from functools import partial

from app.bookings.rules import CLOSING

FIELDS = {"namn": "name", "tid": "time", "plats": "place", "vem": "whom", "ta med": "bring"}
"""What a template can ask for, as its writer types it between braces."""
FIELD = re.compile(r"\{([^{}\n]*)\}(\.?)")
GAPS = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Facts:
    """What is filled in; what is empty takes its whole line with it."""

    name: str
    time: str
    place: str
    whom: str
    bring: str


def closes(letter: str) -> bool:
    """Whether it ends by inviting the relative along."""
    return letter.endswith(CLOSING)


def own_words(letter: str) -> str:
    """What stands before the closing, however many times somebody has added it."""
    words = letter.strip()
    while closes(words):
        words = words.removesuffix(CLOSING).rstrip()
    return words


def closed(words: str) -> str:
    """The words with the closing as a paragraph of its own, once."""
    words = own_words(words)
    return f"{words}\n\n{CLOSING}" if words else CLOSING


def unknown(words: str) -> list[str]:
    """What stands between braces and is no field, in order."""
    asked = dict.fromkeys(found[1].strip() for found in FIELD.finditer(words))
    return [it for it in asked if it.lower() not in FIELDS]


def filled(words: str, facts: Facts) -> str:
    """The words with their fields filled in, once: what is filled in is never read as a field itself."""
    lines = (_line(line, facts) for line in own_words(words).split("\n"))
    return GAPS.sub("\n\n", "\n".join(line for line in lines if line is not None)).strip()


def _line(line: str, facts: Facts) -> str | None:
    """A line filled in; None when it asks for what there is none of."""
    asked = (FIELDS.get(found[1].strip().lower()) for found in FIELD.finditer(line))
    if any(field and not getattr(facts, field).strip() for field in asked):
        return None
    return FIELD.sub(partial(_put, facts=facts), line)


def _put(found: re.Match[str], facts: Facts) -> str:
    field = FIELDS.get(found[1].strip().lower())
    if field is None:
        return found[0]
    value = " ".join(getattr(facts, field).split())
    # A sentence that is filled in with a sentence ends once.
    return value if found[2] and value.endswith(".") else value + found[2]
