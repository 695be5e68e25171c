"""`flask care explain`: the format, what may be left out, and each bad case as one line that says where."""

import copy
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from app.care import red_days
from app.care.case_reader import BadCase
from app.care.explain import explain, local
from app.core import db
from tests.care.worlds import at
from tests.test_commands import refused, run
from tests.world import World

DAY = ["08:00-16:30"]
MON_TUE = {"anchor": "2026-01-05", "weeks": [{"mon": DAY, "tue": DAY}]}
WHOLE_WEEK = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), DAY)
PRINTED: dict[str, Any] = {
    "unit": {
        "key": "r",
        "office": {"mon": DAY, "tue": DAY},
        "closed": ["2026-12-28"],
        "longest_gap_h": 8.5,
        "promise_h": 16,
        "head": "h",
        "function": "f",
    },
    "people": [
        {
            "key": key,
            "units": ["r"],
            "pattern": {"anchor": "2026-01-05", "weeks": [{"mon": DAY}]} if key == "k" else MON_TUE,
            "standing": ["e"] if key == "k" else [],
            "channel": True,
            "active": True,
            "open_waits": 0,
            "last_asked": None,
        }
        for key in "kedh"
    ],
    "absences": [
        {"who": "k", "from": "2026-11-05T06:30", "to": None, "substitutes": ["e"], "registered": "2026-11-05T06:20"}
    ],
    "duty": [{"unit": "r", "from": "2026-11-05T08:00", "to": "2026-11-05T16:30", "who": ["d"]}],
    "patient": {"contacts": [{"who": "k", "coordinating": True, "from": "2026-01-01", "to": None}], "blocked": []},
    "thread": {"belongs_to": "k"},
    "at": "2026-11-05T09:00",
}
SMALL: dict[str, Any] = {
    "unit": {"key": "r", "office": WHOLE_WEEK, "head": "h", "function": "f"},
    "people": [
        {"key": "h", "units": ["r"]},
        {"key": "k", "units": ["r"], "pattern": {"anchor": "2026-01-05", "weeks": [WHOLE_WEEK]}},
    ],
    "patient": {},
    "thread": {"belongs_to": "k"},
    "at": "2026-11-05T09:00",
}


def changed(path: str, value: Any, case: dict[str, Any] = PRINTED) -> str:
    """The case with the value at a path such as `people.0.key` put there, or taken away where it is `...`."""
    case = copy.deepcopy(case)
    there: Any = case
    *way, last = [int(it) if it.isdigit() else it for it in path.split(".")]
    for step in way:
        there = there[step]
    if value is ...:
        del there[last]
    else:
        there[last] = value
    return json.dumps(case)


def test_the_printed_example() -> None:
    """As ANSWERING.md prints it, with the others in it described. The unit is open Mondays and Tuesdays."""
    assert explain(json.dumps(PRINTED)) == {
        "asked_at": "2026-11-09T08:00",
        "holder": "e",
        "step": 2,
        "passed": [{"who": "k", "reason": "absent"}],
        "until": None,
        "promise": "2026-11-10T15:30",
    }
    assert list(explain(json.dumps(PRINTED))) == ["asked_at", "holder", "step", "passed", "until", "promise"]


def test_a_list_of_cases_gives_a_list_of_answers() -> None:
    assert explain(json.dumps([PRINTED, SMALL])) == [explain(json.dumps(PRINTED)), explain(json.dumps(SMALL))]
    assert explain("[]") == []


def test_what_may_be_left_out() -> None:
    given = explain(json.dumps(SMALL))
    assert (given["holder"], given["step"], given["promise"]) == ("k", 1, "2026-11-06T16:30")


@pytest.mark.parametrize(
    ("path", "value", "holder", "rest"),
    [
        ("at", "2026-11-05T16:30", "k", {"asked_at": "2026-11-06T08:00"}),
        ("at", "2026-11-05T09:00+00:00", "k", {"asked_at": "2026-11-05T10:00"}),
        ("at", "2026-11-05T08:00Z", "k", {"asked_at": "2026-11-05T09:00"}),
        ("at", "2026-11-05", "k", {"asked_at": "2026-11-05T08:00"}),
        ("at", "2026-11-05T09:00:30", "k", {"asked_at": "2026-11-05T09:00:30", "promise": "2026-11-09T08:00:30"}),
        ("people.1.active", False, "f", {"passed": [("k", "ended"), ("h", "out_of_reach")]}),
        ("people.1.channel", False, "f", {"passed": [("k", "no_channel"), ("h", "out_of_reach")]}),
        ("people.1.units", ["s"], "f", {"passed": [("k", "no_right"), ("h", "out_of_reach")]}),
        ("people.1.units", ["s", "r"], "k", {}),
        ("people.1.pattern", None, "f", {"passed": [("k", "out_of_reach"), ("h", "out_of_reach")]}),
        ("people.0.pattern", MON_TUE, "k", {}),
        ("patient.blocked", ["k"], "f", {"passed": [("k", "blocked"), ("h", "out_of_reach")]}),
        ("unit.promise_h", 0.5, "k", {"promise": "2026-11-05T09:30"}),
        ("unit.closed", ["2026-11-05", "2026-11-06"], "k", {"asked_at": "2026-11-09T08:00"}),
        ("absences", [{"who": "k", "from": "2026-11-05", "to": "2026-11-06"}], "f", {"until": "2026-11-05T16:30"}),
        (
            "absences",
            [{"who": "k", "from": "2026-11-05", "to": "2026-11-05T23:59"}],
            "f",
            {"until": "2026-11-05T16:30"},
        ),
        ("absences", [{"who": "k", "from": "2026-11-05", "to": "2026-11-05T09:00"}], "k", {"passed": []}),
        ("duty", [{"unit": "r", "from": "2026-11-05T10:00", "to": "2026-11-05T23:59", "who": ["h"]}], "k", {}),
    ],
)
def test_what_a_key_does(path: str, value: Any, holder: str, rest: dict[str, Any]) -> None:
    given = explain(changed(path, value, SMALL))
    given["passed"] = [(one["who"], one["reason"]) for one in given["passed"]]
    assert given["holder"] == holder and given | rest == given


def test_the_longest_gap_is_the_longest_office_day_where_none_is_given() -> None:
    case = changed("unit.office.fri", ["08:00-12:00", "13:00-16:00"], SMALL)
    shift = {"unit": "r", "from": "2026-11-06T09:00", "to": "2026-11-06T10:00", "who": ["h"]}
    for hour, holder in (("09:00", "h"), ("08:59", "f")):
        given = json.loads(case) | {"duty": [shift], "at": f"2026-11-05T{hour}", "patient": {"blocked": ["k"]}}
        assert explain(json.dumps(given))["holder"] == holder


def test_the_fewest_open_waits_and_the_longest_since() -> None:
    case = json.loads(changed("people.0.pattern", MON_TUE, SMALL)) | {
        "patient": {"blocked": ["k"]},
        "at": "2026-11-09T09:00",
    }
    case["people"] += [{"key": key, "units": ["r"], "pattern": MON_TUE, "open_waits": 1} for key in "ab"]
    case["people"][0]["open_waits"] = 2
    case["people"][2]["last_asked"] = "2026-11-04T10:00"
    assert explain(json.dumps(case))["holder"] == "b"
    case["people"][3]["last_asked"] = "2026-11-04T10:00+01:00"
    assert explain(json.dumps(case))["holder"] == "a"
    case["people"][3]["last_asked"] = "2026-11-04T08:59Z"
    assert explain(json.dumps(case))["holder"] == "b"


def test_contacts_are_half_open_and_the_coordinating_one_comes_first() -> None:
    case = json.loads(changed("people.0.pattern", {"anchor": "2026-01-05", "weeks": [WHOLE_WEEK]}, SMALL))
    case["people"].append({"key": "l", "units": ["r"], "pattern": case["people"][1]["pattern"]})
    case["patient"] = {
        "contacts": [{"who": "h"}, {"who": "l", "coordinating": True, "to": "2026-11-06"}],
        "blocked": ["k"],
    }
    assert [explain(json.dumps(case | {"at": day}))["holder"] for day in ("2026-11-05", "2026-11-06")] == ["l", "h"]
    case["patient"]["contacts"] = [
        {"who": "l", "from": "2026-11-06", "coordinating": True},
        {"who": "h", "from": "2026-11-05"},
    ]
    assert [explain(json.dumps(case | {"at": day}))["holder"] for day in ("2026-11-05", "2026-11-06")] == ["h", "l"]


def test_a_head_without_a_place_at_the_unit_still_has_substitutes() -> None:
    case = json.loads(changed("people.0", {"key": "h", "units": ["s"], "standing": ["k"]}, SMALL))
    given = explain(json.dumps(case | {"patient": {"blocked": ["k"]}}))
    assert given["passed"][-2:] == [{"who": "h", "reason": "no_right"}, {"who": "k", "reason": "already_asked"}]


def test_the_second_time_that_a_wall_time_comes_has_its_offset() -> None:
    always = {day: ["00:00-24:00"] for day in ("sat", "sun")}
    case = json.loads(changed("unit.office", always, SMALL))
    for asked, printed in (
        ("2026-10-25T02:30", "2026-10-25T02:30"),
        ("2026-10-25T02:30+02:00", "2026-10-25T02:30"),
        ("2026-10-25T02:30+01:00", "2026-10-25T02:30+01:00"),
        ("2028-03-26T02:30", "2028-03-26T03:00"),
    ):
        assert explain(json.dumps(case | {"at": asked}))["asked_at"] == printed
    assert local(at("2026-11-05 9.00").replace(microsecond=5)) == "2026-11-05T09:00:00.000005"


BAD = [
    ("at", ..., "at: this key is missing."),
    ("unit.head", ..., "unit.head: this key is missing."),
    ("people.0.key", ..., "people[0].key: this key is missing."),
    ("absences.0.to", ..., "absences[0].to: this key is missing."),
    ("thread", {}, "thread.belongs_to: this key is missing."),
    ("colour", 1, "colour: there is no such key; known are"),
    ("people.1.patern", None, "people[1].patern: there is no such key; known are"),
    ("people.1.two words", None, 'people[1]."two words": there is no such key'),
    ("unit.office.monday", DAY, "unit.office.monday: there is no such key; known are mon, tue"),
    ("unit", [], "unit: must be an object, not []."),
    ("people", {}, "people: must be a list, not {}."),
    ("people.1.key", "k", 'people[1].key: "k" is there already.'),
    ("people.0.key", "", 'people[0].key: must be a key, a printable text that is not empty, not "".'),
    ("people.0.key", "a\nb", "people[0].key: must be a key"),
    ("people.0.key", 7, "people[0].key: must be a key"),
    ("absences.0.who", "x", 'absences[0].who: nobody in people has the key "x".'),
    ("patient.contacts.0.who", "x", 'patient.contacts[0].who: nobody in people has the key "x".'),
    ("patient.blocked", ["x"], 'patient.blocked[0]: nobody in people has the key "x".'),
    ("thread.belongs_to", "x", 'thread.belongs_to: nobody in people has the key "x".'),
    ("thread.belongs_to", None, "thread.belongs_to: must be a key"),
    ("people.0.channel", 1, "people[0].channel: must be true or false, not 1."),
    ("people.0.open_waits", -1, "people[0].open_waits: must be a whole number, 0 or more, not -1."),
    ("people.0.open_waits", True, "people[0].open_waits: must be a whole number"),
    ("people.0.open_waits", 1.5, "people[0].open_waits: must be a whole number"),
    ("people.0.open_waits", 1 << 31, "people[0].open_waits: must be a whole number"),
    ("unit.promise_h", "16", "unit.promise_h: must be a number of hours"),
    ("unit.promise_h", True, "unit.promise_h: must be a number of hours"),
    ("unit.promise_h", -1, "unit.promise_h: must be a number of hours from 0 to 10000, not -1."),
    ("unit.longest_gap_h", 10001, "unit.longest_gap_h: must be a number of hours from 0 to 10000"),
    ("unit.closed", ["2026-12-28T00:00"], "unit.closed[0]: must be a day, written as 2026-11-05"),
    ("unit.closed", ["2026-02-29"], "unit.closed[0]: must be a day that exists"),
    ("unit.closed", ["2200-01-01"], "unit.closed[0]: must be a day from 1900 to 2199"),
    ("at", "2026-11-05 09:00", "at: must be a time, written as 2026-11-05T09:00"),
    ("at", "2026-11-05T09", "at: must be a time"),
    ("at", "2026-11-05T25:00", "at: must be a time that exists"),
    ("at", "2026-13-05T09:00", "at: must be a day that exists"),
    ("at", "2026-11-05T09:00+99:00", "at: must be a time that exists"),
    ("at", "1899-11-05T09:00Z", "at: must be a day from 1900 to 2199"),
    ("at", 5, "at: must be a time"),
    ("at", None, "at: must be a time"),
    ("people.0.last_asked", "yesterday", "people[0].last_asked: must be a time"),
    ("absences.0.to", "2026-11-05T06:30", "absences[0].to: must be an end after its beginning"),
    ("absences.0.from", "soon", "absences[0].from: must be a time"),
    ("absences.0.registered", "then", "absences[0].registered: must be a time"),
    ("duty.0.to", None, "duty[0].to: must be when the shift ends, not null."),
    ("duty.0.to", "2026-11-05T08:00", "duty[0].to: must be an end after its beginning"),
    ("patient.contacts.0.to", "2026-01-01", "patient.contacts[0].to: must be an end after its beginning"),
    ("patient.contacts.0.from", "2026-01-01T10:00", "patient.contacts[0].from: must be a day"),
    ("people.0.pattern.weeks", [], "people[0].pattern.weeks: a pattern has 1 to 10 weeks, not 0."),
    ("people.0.pattern.weeks", [{}] * 11, "people[0].pattern.weeks: a pattern has 1 to 10 weeks, not 11."),
    ("people.0.pattern.anchor", "2026-1-5", "people[0].pattern.anchor: must be a day, written as 2026-11-05"),
    ("people.0.pattern.anchor", ..., "people[0].pattern.anchor: this key is missing."),
    ("unit.office.mon", "08:00-16:30", "unit.office.mon: must be a list"),
    ("unit.office.mon", ["8-16"], "unit.office.mon[0]: must be a span of a day, written as 08:00-16:30"),
    ("unit.office.mon", [816], "unit.office.mon[0]: must be a span of a day"),
    ("unit.office.mon", ["08:00"], "unit.office.mon[0]: must be a span of a day"),
    ("unit.office.mon", ["08:00-09:60"], "unit.office.mon[0]: must be a span of a day"),
    ("unit.office.mon", ["08:00-24:01"], "unit.office.mon[0]: must be a span that ends after it begins"),
    ("unit.office.mon", ["16:30-08:00"], "unit.office.mon[0]: must be a span that ends after it begins"),
    ("unit.office.mon", ["08:00-12:00", "11:00-13:00"], "unit.office.mon[1]: must be a span that overlaps no other"),
]


@pytest.mark.parametrize(("path", "value", "said"), BAD, ids=[f"{path} {value}"[:60] for path, value, _ in BAD])
def test_a_bad_case_is_one_line_that_says_where(path: str, value: Any, said: str) -> None:
    with pytest.raises(BadCase) as error:
        explain(changed(path, value))
    line = str(error.value)
    assert line.startswith(said) and line.endswith(".") and "\n" not in line and len(line) < 300
    with pytest.raises(BadCase) as error:
        explain(f"[{json.dumps(PRINTED)}, {changed(path, value)}]")
    assert str(error.value) == f"[1].{line}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1, column 1: this is not JSON"),
        ("{\n 'a': 1}", "line 2, column 2: this is not JSON"),
        ('{"at": 1, "at": 2}', 'the key "at" stands twice in one object.'),
        ('{"at": NaN}', "NaN is no number."),
        ("[" * 100_000, "this is nested too deeply"),
        ("1" * 10_000, "this is nested too deeply, or has too long a number."),
        ("7", "the case: must be an object, not 7."),
        ("[7]", "[0]: must be an object, not 7."),
        ('{"\\ud800": 1}', '"\\ud800": there is no such key'),
        ('"' + "x" * 100 + '"', 'the case: must be an object, not "xxxx'),
    ],
)
def test_what_is_no_case(text: str, said: str) -> None:
    with pytest.raises(BadCase) as error:
        explain(text)
    assert str(error.value).startswith(said) and "\n" not in str(error.value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["k", "2026-11-05", "08:00-16:30"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["key", "who", "from", "to", "mon", "at"]), inner),
    max_leaves=6,
)
PATHS = sorted({path for path, _, _ in BAD if not path.startswith(("colour", "people.1.")) and "monday" not in path})


@settings(max_examples=300)
@given(st.sampled_from(PATHS), JSON)
def test_whatever_is_put_in_a_case_there_is_an_answer_or_a_line(path: str, value: Any) -> None:
    try:
        assert explain(changed(path, value))["holder"]
    except BadCase as error:
        assert "\n" not in str(error) and str(error).encode()


def test_red_days_are_the_public_ones_and_the_eves() -> None:
    found = red_days.in_years([2026, 2027])
    assert {date(2026, 6, 19), date(2026, 12, 24), date(2026, 12, 31), date(2027, 1, 6), date(2026, 4, 3)} <= found
    assert date(2026, 11, 8) not in found and date(2026, 12, 23) not in found and red_days.in_years([]) == frozenset()


def test_the_command(own_app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(PRINTED))
    done = run(own_app, "care", "explain", path)
    assert (done.exit_code, json.loads(done.stdout)) == (0, explain(json.dumps(PRINTED)))
    path.write_text("\ufeff" + json.dumps([PRINTED]))
    assert json.loads(run(own_app, "care", "explain", path).stdout) == [explain(json.dumps(PRINTED))]
    path.write_text(changed("thread.belongs_to", "x"))
    assert refused(run(own_app, "care", "explain", path)) == 'thread.belongs_to: nobody in people has the key "x".\n'
    path.write_bytes(b"\xff")
    assert "is no text in UTF-8" in refused(run(own_app, "care", "explain", path))
    assert "cannot be read" in refused(run(own_app, "care", "explain", tmp_path / "none.json"))
    assert "cannot be read" in refused(run(own_app, "care", "explain", tmp_path))
    assert refused(run(own_app, "care", "explain", "-")).startswith("line 1, column 1")


def test_a_real_thread_is_explained_by_its_key(own_world: World) -> None:
    siv = own_world.patient("Siv")
    key = db.short(siv.asks("Hej."))
    done = run(own_world.app, "care", "explain", "--thread", key)
    found = json.loads(done.stdout)
    assert (found["holder"], found["step"], found["passed"]) == (db.short(own_world.staff("Karin Ek").person.id), 1, [])
    assert "no key of a thread" in refused(run(own_world.app, "care", "explain", "--thread", "x"))
    assert "There is no thread" in refused(run(own_world.app, "care", "explain", "--thread", "A" * 22))
    assert "and not both" in refused(run(own_world.app, "care", "explain"))


def test_who_is_named_to_answer_and_not_described_works_the_office_hours() -> None:
    case = json.loads(json.dumps(PRINTED)) | {"people": [it for it in PRINTED["people"] if it["key"] == "k"]}
    found = explain(json.dumps(case))
    assert (found["holder"], found["step"], found["passed"]) == ("e", 2, [{"who": "k", "reason": "absent"}])
