"""What a drop-in's visits add up to, so that no small group shows, nor can be worked out from the sums. Pure."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from app.core.recurrence import SWEDEN
from app.dropin.rules import FEW, LED_TO, LEFT

UNNOTED = "unnoted"


@dataclass(frozen=True)
class Came:
    """A visit, as it is counted."""

    on: date
    came_at: datetime
    seen_at: datetime | None
    new_here: bool | None
    led_to: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A group and how many; None when that is not shown."""

    label: Hashable
    count: int | None


@dataclass(frozen=True)
class Table:
    """Groups of the same visits; no rows when showing which there are would tell too much."""

    name: str
    rows: tuple[Row, ...]

    @property
    def hidden(self) -> bool:
        return not self.rows

    @property
    def hides(self) -> bool:
        return any(row.count is None for row in self.rows)

    @property
    def most(self) -> int:
        return max((row.count or 0 for row in self.rows), default=0)


@dataclass(frozen=True)
class Figures:
    """A period's visits: `total` is None when they are too few to tell of. `wait` is the middle one, in minutes."""

    total: int | None
    wait: int | None = None
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, order=True)
class Quarter:
    """The only period there is: two that overlap would tell by what they differ."""

    year: int
    number: int

    @classmethod
    def of(cls, on: date) -> "Quarter":
        return cls(on.year, (on.month + 2) // 3)

    @property
    def first(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        return self.next.first - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)


def quarters(first: date, last: date) -> list[Quarter]:
    """Those that two days and all between them are in, the latest first."""
    found = [Quarter.of(first)]
    while found[-1] < Quarter.of(last):
        found.append(found[-1].next)
    return found[::-1]


def figures(visits: Sequence[Came]) -> Figures:
    """What they add up to."""
    if len(visits) < FEW:
        return Figures(None if visits else 0)
    waited = [it.seen_at - it.came_at for it in visits if it.seen_at and LEFT not in it.led_to]
    hours = [it.came_at.astimezone(SWEDEN).hour for it in visits]
    days = [it.on for it in visits]
    news = [{True: "new", False: "known", None: UNNOTED}[it.new_here] for it in visits]
    ways = [way for it in visits for way in (it.led_to or (UNNOTED,))]
    return Figures(
        len(visits),
        round(median(it.total_seconds() for it in waited) / 60) if len(waited) >= FEW else None,
        (
            table("days", days, sorted(set(days))),
            table("hours", hours, range(min(hours), max(hours) + 1)),
            table("new", news, ("new", "known", UNNOTED)),
            table("led_to", ways, (*LED_TO, LEFT, UNNOTED)),
        ),
    )


def table(name: str, values: Iterable[Hashable], labels: Iterable[Hashable]) -> Table:
    """How many of each, with the small ones hidden."""
    counted, named = Counter(values), list(labels)
    shown = hide([counted[label] for label in named])
    return Table(name, tuple(Row(label, count) for label, count in zip(named, shown, strict=True)) if shown else ())


def hide(counts: Sequence[int]) -> list[int | None]:
    """The counts as they can be shown beside their sum; nothing at all when they cannot.

    One to four are hidden. What is hidden must be two groups or more, not alike, and five together: else the smallest
    of the others go too, all that are equally many. Then two hidden groups could have changed places, and nothing shown
    would be another. When every group that has somebody is hidden, which they are is hidden as well.
    """
    hidden = {number for number in counts if 0 < number < FEW}
    if not hidden:
        return list(counts)
    while len(hidden) < 2 or sum(number for number in counts if number in hidden) < FEW:
        others = [number for number in counts if number and number not in hidden]
        if not others:
            return []
        hidden.add(min(others))
    if not any(number and number not in hidden for number in counts):
        return []
    return [None if number in hidden else number for number in counts]


def lines(found: Figures, say: Callable[[str, Hashable], str], hidden: str) -> list[tuple[str, str, str]]:
    """The same as rows of a file: what, which, how many."""
    rows: list[tuple[str, str, str]] = [("total", "", hidden if found.total is None else str(found.total))]
    if found.total:
        rows.append(("wait", "", hidden if found.wait is None else str(found.wait)))
    for it in found.tables:
        if it.hidden:
            rows.append((it.name, "", hidden))
        rows += [(it.name, say(it.name, row.label), hidden if row.count is None else str(row.count)) for row in it.rows]
    return rows
