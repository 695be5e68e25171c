"""Codes that let somebody in once, without e-identification: their letters, their time, and words to say aloud."""

import re
import secrets
from datetime import datetime, timedelta

# Signs that nobody takes for another on paper or by ear: no 0 and O, no 1, I and L, no U beside V.
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
PLACE, SECRET = 4, 8
TRIES = 10
LIVES = {"in_person": timedelta(minutes=15), "letter": timedelta(days=14)}
KEPT = timedelta(days=90)
TOLD = timedelta(days=7)
WORDS = (
    "ask björk boll bord bro brunn båt dal dörr eld fisk fjäll fågel gran grind gräs gunga hare hav hatt häst hus is "
    "kaka katt klocka kniv ko korg kruka kudde lampa lax löv matta mjölk moln mus måne nyckel päron ren ros sax sjö "
    "sko skog snö sol spade spik stege sten stig strand stol tall tråd träd vante vind ved våg å älg äpple ö"
).split()
SPACE = re.compile(r"[\s\u00ad\u2010-\u2015-]+")


def fresh_code() -> str:
    """A code: four letters that find it, and eight that nobody can guess in ten tries."""
    return "".join(secrets.choice(LETTERS) for _ in range(PLACE + SECRET))


def shown(code: str) -> str:
    """As it is read aloud and typed: in fours."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))


def read(typed: str) -> tuple[str, str] | None:
    """What finds a code and what proves it, however it was typed; None when it is none."""
    code = SPACE.sub("", typed).upper()
    if len(code) != PLACE + SECRET or not set(code) <= set(LETTERS):
        return None
    return code[:PLACE], code[PLACE:]


def fresh_words() -> str:
    """Two different words that a phone shows, to be said to whoever confirms."""
    return " ".join(secrets.SystemRandom().sample(WORDS, 2))


def same_words(said: str, shown: str) -> bool:
    """Whether these are the words, in any order and however they were written."""
    return sorted(re.findall(r"\w+", said.lower())) == sorted(shown.split())


def is_open(expires_at: datetime, tries: int, *, now: datetime) -> bool:
    return now < expires_at and tries < TRIES
