"""Free times as people say them."""

from collections.abc import Sequence
from datetime import date, time
from itertools import groupby
from typing import Any

from app.core.locale import local


def days(rows: Sequence[Any]) -> list[tuple[date, list[Any]]]:
    """Times by their day, in their order."""
    return [(on, list(them)) for on, them in groupby(rows, key=lambda it: local(it.starts_at).date())]


def wall(clock: time) -> str:
    """What a clock shows: 9.30."""
    return f"{clock.hour}.{clock.minute:02}"


FILTERS = (days, wall)
