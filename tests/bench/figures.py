"""A figure, its goal, and how figures are told to people and to programs."""

from __future__ import annotations

import json
import os
import statistics
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

PAIRS = 5


class Broken(Exception):
    """Something that must always hold does not: the figures are worth nothing, and the run fails."""


@dataclass(frozen=True)
class Figure:
    """One measured value. `goal` is None where the figure only informs; `least` turns the goal round."""

    bench: str
    metric: str
    value: float
    unit: str
    goal: float | None = None
    least: bool = False

    @property
    def ok(self) -> bool:
        if self.goal is None:
            return True
        return self.value >= self.goal if self.least else self.value <= self.goal

    @property
    def line(self) -> str:
        words = ("bench", "metric", "value", "unit", "goal")
        return json.dumps({word: getattr(self, word) for word in words} | {"ok": self.ok})

    @property
    def aim(self) -> str:
        return "" if self.goal is None else f"{'≥' if self.least else '≤'} {self.goal:g} {self.unit}".rstrip()


def scaled(size: float, *, least: int = 1) -> int:
    """A size of the issue's, shrunk by SCALE when somebody tries the tool itself."""
    return max(least, round(size * float(os.environ.get("SCALE", "1"))))


def seconds(length: float, *, least: float = 0.3) -> float:
    return max(least, length * float(os.environ.get("SCALE", "1")))


def pairs(ours: Callable[[], float], other: Callable[[], float], what: str) -> float:
    """The median of five quotients, each of two measurements made right after one another."""
    found = []
    for _ in range(PAIRS):
        mine = ours()
        found.append(mine / other())
    say(f"    {what}: " + " ".join(f"{quotient:.3f}" for quotient in found))
    return round(statistics.median(found), 3)


def percentile(values: Iterable[float], share: float) -> float:
    known = sorted(values)
    if not known:
        raise Broken("nothing was measured")
    return known[min(len(known) - 1, int(len(known) * share))]


def must(holds: bool, what: str) -> None:
    if not holds:
        raise Broken(what)


def say(text: str) -> None:
    """Progress, beside the figures."""
    print(text, file=sys.stderr, flush=True)


def table(figures: Iterable[Figure]) -> str:
    rows = [("bench", "metric", "value", "goal", "")] + [
        (f.bench, f.metric, f"{f.value:g} {f.unit}".rstrip(), f.aim, "" if f.ok else "missed") for f in figures
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(5)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def run_all(benches: dict[str, Callable[[], list[Figure]]]) -> int:
    """Run all of them, or the one that ONLY names. A missed goal is a figure; 1 is for what must never be."""
    only = os.environ.get("ONLY")
    if only and only not in benches:
        say(f"ONLY is {only!r}; there is {', '.join(benches)}.")
        return 2
    figures: list[Figure] = []
    broken = False
    for name, run in benches.items():
        if only in (None, "", name):
            say(f"{name} …")
            try:
                found = run()
            except Broken as error:
                say(f"{name}: {error}")
                broken = True
                continue
            for figure in found:
                print(figure.line, flush=True)
            figures += found
    print("\n" + table(figures), flush=True)
    return 1 if broken else 0
