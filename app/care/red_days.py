"""Sweden's red days, and the eves that are treated as such, from the `holidays` package."""

from collections.abc import Iterable
from datetime import date
from functools import cache


def in_years(years: Iterable[int]) -> frozenset[date]:
    """The public holidays of the years given, with midsommarafton, julafton and nyårsafton. Plain Sundays are not."""
    return frozenset[date]().union(*map(_of, years))


@cache
def _of(year: int) -> frozenset[date]:
    from holidays import country_holidays

    return frozenset(country_holidays("SE", years=year, categories=("public", "de_facto")))
