"""What becomes of something sent, by what the service said: the whole table, and what holds whatever it says."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notices.outcome_rules import FAULTS, LONGEST, MOST, Answer, Outcome, Pause, asked_for, backoff, outcome

NOW = datetime(2026, 11, 4, 14, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def later(wait: timedelta, why: str = "") -> Outcome:
    return Outcome("later", NOW + wait, Pause(NOW + wait, why) if why else None)  # type: ignore[arg-type]


ACCEPTED, GONE, REFUSED, AGAIN = Outcome("accepted"), Outcome("gone"), Outcome("refused"), later(10 * SECOND)
BY_STATUS = [
    *((status, ACCEPTED) for status in (200, 201, 202, 204)),
    *((status, GONE) for status in (404, 410)),
    *((status, later(5 * MINUTE, "key")) for status in (401, 403)),
    *((status, REFUSED) for status in (203, 205, 206, 300, 301, 302, 303, 304, 307, 308)),
    *((status, REFUSED) for status in (400, 402, 405, 411, 413, 414, 415, 418, 422, 431, 451)),
    *((status, AGAIN) for status in (406, 408, 425, 500, 501, 502, 503, 504, 507, 599)),
    (429, later(MINUTE, "asked")),
    *((status, AGAIN) for status in (0, 100, 199, 999, -1)),
]
ASKED = [
    (429, "120", later(2 * MINUTE, "asked")),
    (429, " 120 ", later(2 * MINUTE, "asked")),
    (429, "Wed, 04 Nov 2026 14:02:00 GMT", later(2 * MINUTE, "asked")),
    (429, "Wed, 04 Nov 2026 15:02:00 +0100", later(2 * MINUTE, "asked")),
    (429, "Wed, 04 Nov 2026 14:02:00", later(2 * MINUTE, "asked")),
    (429, "Wed, 04 Nov 2026 13:00:00 GMT", later(SECOND, "asked")),
    (429, "0", later(SECOND, "asked")),
    (429, "86400", later(LONGEST, "asked")),
    (429, "9" * 4000, later(LONGEST, "asked")),
    (429, "Fri, 31 Dec 9999 23:59:59 GMT", later(LONGEST, "asked")),
    (429, "-5", later(MINUTE, "asked")),
    (429, "1.5", later(MINUTE, "asked")),
    (429, "²", later(MINUTE, "asked")),
    (429, "soon", later(MINUTE, "asked")),
    (429, "", later(MINUTE, "asked")),
    (503, "30", later(30 * SECOND, "asked")),
    (500, "Wed, 04 Nov 2026 14:02:00 GMT", later(2 * MINUTE, "asked")),
    (503, "soon", AGAIN),
    (201, "120", ACCEPTED),
    (410, "120", GONE),
    (403, "9", later(5 * MINUTE, "key")),
]
BY_FAULT = dict.fromkeys(FAULTS, AGAIN) | dict.fromkeys(("address", "keys", "content"), REFUSED)


@pytest.mark.parametrize(("status", "expected"), BY_STATUS)
def test_by_status(status: int, expected: Outcome) -> None:
    assert outcome(Answer(status), tries=1, now=NOW) == expected


@pytest.mark.parametrize(("status", "asked", "expected"), ASKED, ids=lambda it: str(it)[:30])
def test_by_what_it_asks_for(status: int, asked: str, expected: Outcome) -> None:
    assert outcome(Answer(status, asked), tries=1, now=NOW) == expected


@pytest.mark.parametrize("fault", FAULTS)
def test_by_fault(fault: str) -> None:
    assert outcome(Answer(None, fault=fault), tries=1, now=NOW) == BY_FAULT[fault]  # type: ignore[arg-type]


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_taken_for_others_pauses_nobody(status: int) -> None:
    assert outcome(Answer(status, fault="alone"), tries=1, now=NOW) == AGAIN


def test_tries_come_further_apart_up_to_a_quarter_of_an_hour() -> None:
    waits = [backoff(tries) // SECOND for tries in range(1, 10)]
    assert waits == [10, 20, 40, 80, 160, 320, 640, 900, 900]


ANSWERS = st.builds(
    Answer,
    st.none() | st.integers() | st.integers(100, 599),
    st.none() | st.text() | st.integers().map(str) | st.datetimes().map("{:%a, %d %b %Y %H:%M:%S GMT}".format),
    st.none() | st.sampled_from(FAULTS),
)

TIMES = st.integers(0, 7_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@given(ANSWERS, st.integers(), TIMES)
def test_whatever_is_said_something_becomes_of_it(answer: Answer, tries: int, now: datetime) -> None:
    found = outcome(answer, tries=tries, now=now)
    assert (found.what == "later") == (found.at is not None)
    if found.at:
        assert now < found.at <= now + LONGEST
    if found.pause:
        assert found.what == "later" and found.pause.until == found.at
        assert (found.pause.why == "key") == (answer.status in (401, 403))
    if found.what == "gone":
        assert answer.status in (404, 410), "only these end a subscription"
    if answer.status in (401, 403) and answer.fault not in ("address", "keys", "content"):
        assert found.what == "later", "our own key's fault is never the browser's"


@given(st.integers(), st.integers())
def test_a_further_try_never_comes_sooner(one: int, other: int) -> None:
    assert backoff(min(one, other)) <= backoff(max(one, other)) <= MOST


@given(st.text())
def test_what_is_asked_for_is_within_reason(text: str) -> None:
    found = asked_for(text, NOW)
    assert found is None or SECOND <= found <= LONGEST
