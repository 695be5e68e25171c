"""Sweden's red days, and the eves that are treated as such, from the `holidays` package."""

from collections.abc import Iterable
from datetime import date
from functools import cache


def in_years(years: Iterable[int]) -> frozenset[date]:
    """The public holidays of the years given, with midsommarafton, julafton and nyårsafton. Plain Sundays are not."""
    return frozenset[date]().union(*map(_of, years))


def between(first: date, last: date) -> frozenset[date]:
    """The same from one day to another, both included."""
    return frozenset(day for day in in_years(range(first.year, last.year + 1)) if first <= day <= last)


def named(first: date, last: date, *, language: str) -> list[tuple[date, str]]:
    """The same in order, each with its name."""
    names: dict[date, str] = {}
    for year in range(first.year, last.year + 1):
        names |= _named(year, {"sv": "sv", "en": "en_US"}.get(language, "sv"))
    return sorted((day, name) for day, name in names.items() if first <= day <= last)


@cache
def _named(year: int, language: str) -> dict[date, str]:
    from holidays import country_holidays

    return dict(country_holidays("SE", years=year, categories=("public", "de_facto"), language=language))


@cache
def _of(year: int) -> frozenset[date]:
    from holidays import country_holidays

    return frozenset(country_holidays("SE", years=year, categories=("public", "de_facto")))
