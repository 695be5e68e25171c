"""Red days and closures, and who covers, as rows."""

from dataclasses import replace
from datetime import date

from app.care.rules import Closure, State
from tests.care.rows import (
    CHRISTMAS,
    COVER,
    ERIK,
    HEAD,
    KARIN,
    OTHER,
    Row,
)
from tests.care.worlds import contact, patient, shift, unit, week, works

ROWS: dict[str, Row] = {
    "closed, and another unit covers: its hours, people and head": (
        "2026-11-06 16.30",
        {"people": [KARIN, ERIK, *OTHER], "place": unit(closures=[COVER])},
        "Mon 9 Nov 09.00",
        "5 olga",
        "karin:out_of_reach",
        "Wed 11 Nov 09.30",
        "Mon 16 Nov 09.00",
    ),
    "closed, and another unit covers: its roster": (
        "2026-11-11 11.00",
        {
            "people": [KARIN, ERIK, *OTHER],
            "duty": [
                shift("2026-11-11 8.00", "2026-11-11 11.30", "oskar", unit="other"),
                shift("2026-11-11 8.00", "2026-11-11 11.30", "erik"),
                shift("2026-11-11 8.00", "2026-11-11 11.30", "stranger", unit="third"),
            ],
            "place": unit(closures=[COVER]),
            "belongs_to": "oskar",
            "states": {"oskar": State(channel=False)},
            "whose": patient(contact("stranger")),
        },
        "Wed 11 Nov 11.00",
        "5 olga",
        "oskar:no_channel stranger:no_right oskar:already_asked",
        "Fri 13 Nov 12.00",
        "Tue 17 Nov 08.30",
    ),
    "closed, and another unit covers: its head, and one of ours who has a shift in it": (
        "2026-11-10 11.00",
        {
            "people": [KARIN, ERIK],
            "duty": [shift("2026-11-10 8.00", "2026-11-10 11.30", "erik")],
            "place": unit(closures=[replace(COVER, head="hilda", head_substitutes=("erik",))]),
        },
        "Tue 10 Nov 11.00",
        "6 erik",
        "karin:out_of_reach hilda:no_right",
        "Tue 10 Nov 11.30",
        "Mon 16 Nov 14.00",
    ),
    "closed, and the function covers, in the unit's own hours": (
        "2026-11-11 11.00",
        {
            "people": [KARIN, ERIK, HEAD],
            "duty": [shift("2026-11-11 8.00", "2026-11-11 11.30", "erik")],
            "place": unit(closures=[replace(COVER, covered_by="function", office=None)]),
        },
        "Wed 11 Nov 11.00",
        "7 function",
        "karin:out_of_reach",
        "Thu 12 Nov 16.30",
        "Fri 13 Nov 10.00",
    ),
    "after the cover its people have no right": (
        "2026-11-16 8.00",
        {"people": [*OTHER], "belongs_to": "olga", "place": unit(closures=[COVER])},
        "Mon 16 Nov 08.00",
        "7 function",
        "olga:no_right head:no_right",
        None,
        "Tue 17 Nov 15.30",
    ),
    "a red day of the covering one is closed, and a closure that is covered counts before one that is not": (
        "2026-11-06 16.30",
        {
            "people": [*OTHER],
            "belongs_to": "oskar",
            "place": unit(
                closures=[
                    Closure(date(2026, 11, 6), date(2026, 11, 30)),
                    replace(COVER, closed_days=frozenset([date(2026, 11, 9)])),
                ]
            ),
        },
        "Tue 10 Nov 09.00",
        "5 olga",
        "oskar:out_of_reach",
        "Fri 13 Nov 12.00",
        "Tue 1 Dec 12.00",
    ),
    "when the cover ends, its people no longer answer": (
        "2026-11-11 11.00",
        {
            "people": [ERIK, *OTHER],
            "belongs_to": None,
            "place": unit(closures=[replace(COVER, ends_on=date(2026, 11, 11))]),
            "states": {"erik": State(open_waits=9)},
        },
        "Wed 11 Nov 11.00",
        "5 olga",
        "",
        "Wed 11 Nov 12.00",
        "Fri 13 Nov 14.30",
    ),
    "on red days nobody is at work by pattern": (
        "2026-12-23 15.00",
        {"people": [works("karin", week(thu_fri="8-16.30"))], "place": unit(red=CHRISTMAS)},
        "Wed 23 Dec 15.00",
        "7 function",
        "karin:out_of_reach head:no_right",
        "Tue 29 Dec 16.30",
        "Tue 29 Dec 14.00",
    ),
}
