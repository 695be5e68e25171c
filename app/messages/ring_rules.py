"""When a patient may ask to be rung: pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Stockholm")
HOURS = ((6, 8), (8, 10), (10, 12), (13, 15), (15, 17), (17, 19), (19, 21))
DAYS = 5
LEAST = timedelta(minutes=60)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """Between which moments somebody rings."""

    starts_at: datetime
    ends_at: datetime

    @property
    def stretch(self) -> tuple[datetime, datetime]:
        return self.starts_at, self.ends_at


def windows(office: Iterable[tuple[datetime, datetime]], *, now: datetime) -> list[Window]:
    """The windows of the next days that have any: each cut to the unit's office time, with an hour left of it at least,
    and none that has begun. `office` is stretches of office time, in order.
    """
    found: dict[int, list[Window]] = {}
    for opens, closes in office:
        day = opens.astimezone(ZONE).date()
        while day <= closes.astimezone(ZONE).date():
            for first, last in HOURS:
                start = max(opens, datetime.combine(day, time(first), ZONE))
                end = min(closes, datetime.combine(day, time(last), ZONE))
                if start > now and end.astimezone(UTC) - start.astimezone(UTC) >= LEAST:
                    window = Window(start.astimezone(UTC), end.astimezone(UTC))
                    found.setdefault(day.toordinal(), []).append(window)
            if len(found) > DAYS:
                break
            day += DAY
    days = sorted(found)[:DAYS]
    return [window for day in days for window in sorted(found[day], key=lambda it: it.starts_at)]
