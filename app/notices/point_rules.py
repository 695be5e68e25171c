"""What an e-mail address is to us, and how long a code is good that was sent to one. Pure."""

import re
import secrets
from datetime import datetime, timedelta
from typing import Literal

LIVES = timedelta(minutes=15)
TRIES = 10
DIGITS = 6
# What is asked for and never confirmed, and what was once somebody's, are forgotten.
KEPT_UNCONFIRMED, KEPT_ENDED = timedelta(days=1), timedelta(days=90)
# Codes in a row to one person, and to one address: the second has room again sooner, so that nobody who asks for codes
# to somebody else's address can keep them from it.
ROOM, REFILL = 5, timedelta(minutes=10)
ROOM_TO, REFILL_TO = 10, timedelta(minutes=3)

LONGEST, LONGEST_LOCAL = 254, 64
# RFC 5322's dot-atom: what comes in quotation marks no one has, and many servers refuse.
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")

Fault = Literal["form", "letters"]


class NoAddress(ValueError):
    """`fault`: it does not have an address's form, or has letters before the @ that mail does not carry everywhere."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Fault = fault


def email(typed: str) -> str:
    """The address as it is written on a letter: its domain in small letters and in ASCII (RFC 5891). Raises
    NoAddress."""
    text = typed.strip().removeprefix("mailto:")
    local, at, domain = text.rpartition("@")
    if not at or not local or "@" in local:
        raise NoAddress("form")
    if local.isprintable() and not local.isascii() and " " not in local:
        raise NoAddress("letters")
    try:
        host = domain.encode("idna").decode().lower()
    except UnicodeError as error:
        raise NoAddress("form") from error
    labels = host.split(".")
    named = len(labels) > 1 and all(LABEL.fullmatch(it) for it in labels) and not labels[-1].isdigit()
    if not named or not LOCAL.fullmatch(local) or len(local) > LONGEST_LOCAL or len(local) + len(host) >= LONGEST:
        raise NoAddress("form")
    return f"{local}@{host}"


def shown(address: str) -> str:
    """An address as its owner writes it: siv@hjärtat.se."""
    local, _at, host = address.rpartition("@")
    try:
        return f"{local}@{host.encode().decode('idna')}"
    except UnicodeError:
        return address


def fresh_code() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def is_open(asked_at: datetime, tries: int, *, now: datetime) -> bool:
    """Whether the code that was sent then can still be typed."""
    return now < asked_at + LIVES and tries < TRIES
