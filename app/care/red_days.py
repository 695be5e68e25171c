"""The red days of Sweden and the eves that are kept as such, from the package that follows the law of each year."""

from collections.abc import Iterable
from datetime import date
from functools import cache

import holidays

SUNDAY = 6


@cache
def red_days(year: int) -> frozenset[date]:
    """The public holidays and de-facto eves of a year, plain Sundays left out (lag 1989:253; the eves by custom)."""
    found = holidays.country_holidays("SE", years=year, categories=("public", "de_facto"))
    return frozenset(found)


def in_years(years: Iterable[int]) -> frozenset[date]:
    return frozenset[date]().union(*map(red_days, years))
