"""What the rows of the truth table are written with: who there is, and one Thursday."""

from datetime import date
from typing import Any

from app.care.rules import Closure
from tests.care.worlds import away, shift, week, works

Row = tuple[str, dict[str, Any], str, str, str, str | None, str]
"""What is asked, and when; then T, the step and the holder, who was passed over, until, the promise."""

MON_WED = week(mon_wed="8-16.30")
TUESDAYS = week(tue="8-16.30")
KARIN, ERIK, LEILA, HEAD = (works(who) for who in ("karin", "erik", "leila", "head"))
PART_TIME = works("karin", MON_WED)
DUTY = [shift(f"2026-11-{day:02} 8.00", f"2026-11-{day:02} 16.30", "duty") for day in (4, 5, 6, 9, 10)]
JOUR = works("duty", week())
"""At work on shifts only."""
ILL = away("karin", "2026-11-01")
NOW = "2026-11-05 10.00"
LATER = "Mon 9 Nov 09.00"
"""The promise of what is asked on Thursday 5 November at 10."""
COVER = Closure(date(2026, 11, 9), date(2026, 11, 13), "other", week(mon_fri="9-12"))
OTHER = [works("olga", week(mon_fri="9-12"), unit="other"), works("oskar", week(mon="9-12"), unit="other")]
CHRISTMAS = ("2026-12-24", "2026-12-25", "2026-12-26", "2027-01-01", "2027-01-06")
