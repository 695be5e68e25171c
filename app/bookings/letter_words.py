"""How a time is said: when, with whom, and what a kallelse says where the unit has no words of its own."""

from collections.abc import Sequence
from datetime import datetime

from app.bookings.letter_rules import own_words
from app.core.locale import SOURCE, day, hour, reading
from app.core.locale import gettext as _


def hours(starts_at: datetime, ends_at: datetime) -> str:
    """From when to when, with the date: what is printed knows no "today"."""
    return _(
        "%(day)s kl. %(starts)s–%(ends)s",
        day=day(starts_at),
        starts=hour(starts_at),
        ends=hour(ends_at),
    )


def people(staff: Sequence[tuple[str, str]]) -> str:
    """Those whom one meets: Karin Ek, sjuksköterska, och Erik Lund, kurator."""
    said = [f"{name}, {title}" for name, title in staff]
    if len(said) < 2:
        return "".join(said)
    return _("%(first)s, och %(last)s", first=", ".join(said[:-1]), last=said[-1])


def ours() -> str:
    """The words of a kallelse at a unit that has written none, in the reader's language; the fields keep theirs."""
    return _(
        "Hej {namn}.\n\nDu har en tid {tid}.\nDu möter {vem}.\nVar: {plats}.\nTa med: {ta med}.\n\n"
        "Passar det inte? Svara i Närlinjen eller ring oss. Du behöver inte säga varför."
    )


def sheltered() -> str:
    """The same for whoever is protected: it names no place, and does not say why."""
    return _(
        "Hej.\n\nDu har en tid {tid}.\nDu möter {vem}.\n\n"
        "Undrar du hur eller var ni möts? Fråga din kontakt i Närlinjen.\n\n"
        "Passar det inte? Svara i Närlinjen. Du behöver inte säga varför."
    )


def template(letter: str) -> str:
    """What a unit's letter says, to be changed: its own words, or ours in the source language."""
    with reading(SOURCE):
        return own_words(letter) or ours()


def kept(words: str) -> str:
    """What is to be kept of words that somebody has written: nothing when they are ours."""
    words = own_words(words)
    with reading(SOURCE):
        return "" if words == ours() else words
