"""By which way a person is told, as a table and by chance: one way at a time, none in quiet, and every chain ends."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.notices.delivery_rules import (
    NOT_NEEDED,
    NOTHING,
    SEND,
    TOO_LATE,
    Next,
    Quiet,
    Standing,
    Tried,
    Verdict,
    Way,
    covering,
    following,
    left_to_live,
    lives,
    off_at,
    patience,
    quiet_of,
    quiet_until,
    urgency,
    verdict,
    ways,
)
from app.notices.rules import CHANNELS, DUTY, KINDS, PRIVATE
from tests.world import wall

NOON = wall("2026-11-04 12:00")
MINUTE = timedelta(minutes=1)
PHONE, TABLET, MAIL, TEXT = Way("push", 1), Way("push", 2), Way("email", 3), Way("sms", 4)
ALL = [PHONE, TABLET, MAIL, TEXT]


def tried(way: Way, minutes: float, status: str = "accepted") -> Tried:
    return Tried(way, NOON - minutes * MINUTE, status)


@pytest.mark.parametrize(
    ("kind", "there", "before", "then"),
    [
        ("reply", ALL, [], Next(PHONE, NOON + 15 * MINUTE)),
        ("wait", ALL, [], Next(PHONE, NOON + 2 * MINUTE)),
        ("called", ALL, [], Next(PHONE, NOON + 2 * MINUTE)),
        ("reply", [], [], NOTHING),
        ("reply", [MAIL], [], Next(MAIL, NOON + 15 * MINUTE)),
        # It has fourteen minutes left, and then none.
        ("reply", ALL, [tried(PHONE, 1)], Next(None, NOON + 14 * MINUTE)),
        ("reply", ALL, [tried(PHONE, 15)], Next(TABLET, NOON + 15 * MINUTE)),
        ("wait", ALL, [tried(PHONE, 2)], Next(TABLET, NOON + 2 * MINUTE)),
        # Not even accepted: nobody waits for a service that is down.
        ("reply", ALL, [tried(PHONE, 15, "waiting")], Next(TABLET, NOON + 15 * MINUTE)),
        # A way that failed is followed at once.
        ("reply", ALL, [tried(PHONE, 0, "ended")], Next(TABLET, NOON + 15 * MINUTE)),
        ("reply", ALL, [tried(PHONE, 30), tried(TABLET, 15)], Next(MAIL, NOON + 15 * MINUTE)),
        ("reply", ALL, [tried(PHONE, 45), tried(TABLET, 30), tried(MAIL, 15)], Next(TEXT, NOON + 15 * MINUTE)),
        ("reply", ALL, [tried(PHONE, 60), tried(TABLET, 45), tried(MAIL, 30), tried(TEXT, 15)], NOTHING),
        # Shown is reached, by whichever, and however late.
        ("reply", ALL, [tried(PHONE, 0, "shown")], NOTHING),
        ("reply", ALL, [tried(PHONE, 20, "shown"), tried(TABLET, 1)], NOTHING),
        ("reply", ALL, [tried(PHONE, 9, "opened")], NOTHING),
        # The address was changed after it was written to.
        ("reply", [MAIL], [tried(Way("email", 9), 20)], NOTHING),
    ],
)
def test_one_way_after_the_other(kind: str, there: list[Way], before: list[Tried], then: Next) -> None:
    assert following(kind, there, before, quiet=None, now=NOON) == then


def test_nothing_begins_in_quiet_and_what_has_begun_is_not_hurried() -> None:
    late = wall("2026-11-04 22:00")
    morning = wall("2026-11-05 07:00")
    assert following("reply", ALL, [], quiet=quiet_of(PRIVATE, None), now=late) == Next(None, morning)
    assert following("reply", ALL, [], quiet=quiet_of(PRIVATE, None), now=morning).way == PHONE
    failed = [Tried(PHONE, late, "ended")]
    assert following("reply", ALL, failed, quiet=quiet_of(PRIVATE, None), now=late) == Next(None, morning)
    assert following("wait", ALL, [], quiet=quiet_of(DUTY, None), now=late).way == PHONE


def test_who_has_chosen_has_the_hours_they_chose_or_none() -> None:
    assert quiet_of(PRIVATE, None) == Quiet(time(21), time(7)) and quiet_of(DUTY, None) is None
    assert quiet_of(DUTY, (time(12), time(13))) == Quiet(time(12), time(13))
    assert quiet_of(PRIVATE, (None, None)) is None


@pytest.mark.parametrize(
    ("begins", "ends", "at", "until"),
    [
        ("21:00", "07:00", "2026-11-04 20:59", None),
        ("21:00", "07:00", "2026-11-04 21:00", "2026-11-05 07:00"),
        ("21:00", "07:00", "2026-11-05 06:59", "2026-11-05 07:00"),
        ("21:00", "07:00", "2026-11-05 07:00", None),
        ("12:00", "13:00", "2026-11-04 12:30", "2026-11-04 13:00"),
        ("12:00", "13:00", "2026-11-04 13:00", None),
        # The nights when clocks are changed are an hour longer and shorter, and morning is at seven all the same.
        ("21:00", "07:00", "2026-10-24 22:00", "2026-10-25 07:00"),
        ("21:00", "07:00", "2026-03-28 22:00", "2026-03-29 07:00"),
        # Half past two does not come that night: it is over when it would have been.
        ("21:00", "02:30", "2026-03-29 01:00", "2026-03-29 03:30"),
    ],
)
def test_quiet_goes_by_the_clock_on_the_wall(begins: str, ends: str, at: str, until: str | None) -> None:
    quiet = Quiet(time.fromisoformat(begins), time.fromisoformat(ends))
    assert quiet_until(quiet, wall(at)) == (until and wall(until))


def test_the_hour_that_comes_twice_is_quiet_twice() -> None:
    quiet = Quiet(time(2, 15), time(2, 45))
    first = datetime(2026, 10, 25, 0, 20, tzinfo=UTC)
    assert quiet_until(quiet, first) == datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    assert quiet_until(quiet, first + 60 * MINUTE) == datetime(2026, 10, 25, 1, 45, tzinfo=UTC)


moments = some.integers(0, 730 * 24 * 3600).map(lambda seconds: NOON + timedelta(seconds=seconds))
quiets = some.none() | some.tuples(some.times(), some.times()).filter(lambda it: it[0] != it[1]).map(
    lambda it: Quiet(*it)
)


@given(quiets, moments)
def test_quiet_ends_within_days_and_when_it_has_it_is_not_quiet(quiet: Quiet | None, at: datetime) -> None:
    until = quiet_until(quiet, at)
    if until:
        assert at < until <= at + timedelta(hours=73) and quiet_until(quiet, until) is None


@given(
    kind=some.sampled_from(sorted(KINDS)),
    devices=some.lists(some.integers(1, 9), unique=True, max_size=5),
    points=some.lists(some.sampled_from([("sms", 10), ("email", 11)]), unique=True),
    wanted=some.sets(some.sampled_from(CHANNELS)),
    quiet=quiets,
    at=moments,
    fates=some.lists(some.sampled_from(["waiting", "accepted", "ended"]), min_size=9, max_size=9),
    late=some.lists(some.integers(0, 40), min_size=60, max_size=60),
)
def test_every_chain_ends_takes_each_way_once_and_none_that_is_off_or_in_quiet(
    kind: str,
    devices: list[int],
    points: list[tuple[str, int]],
    wanted: set[str],
    quiet: Quiet | None,
    at: datetime,
    fates: list[str],
    late: list[int],
) -> None:
    there, begun, looks = ways(devices, points, wanted), [], 0
    now: datetime | None = at
    while now:
        looks += 1
        assert looks < 60, "it never ends"
        step = following(kind, there, begun, quiet=quiet, now=now)
        if step.way:
            assert quiet_until(quiet, now) is None
            begun.append(Tried(step.way, now, fates[len(begun)]))
        assert step.look_at is None or step.look_at > now
        now = step.look_at + late[looks] * MINUTE if step.look_at else None
    taken = [it.way for it in begun]
    assert len(set(taken)) == len(taken) and {way.channel for way in taken} <= wanted
    # Nobody saw anything, so that each way there is was taken, in the order of the channels.
    assert taken == there and [CHANNELS.index(it.channel) for it in taken] == sorted(
        CHANNELS.index(it.channel) for it in taken
    )
    assert all(b.at - a.at >= patience(kind) or a.status == "ended" for a, b in pairwise(begun))


def test_the_best_device_first_and_no_more_than_three() -> None:
    four = ways([4, 3, 2, 1], [("sms", 8), ("email", 7)], CHANNELS)
    assert four == [Way("push", 4), Way("push", 3), Way("push", 2), Way("email", 7), Way("sms", 8)]
    assert ways([4], [("sms", 8), ("email", 7)], {"sms"}) == [Way("sms", 8)]


@pytest.mark.parametrize(
    ("mailed", "unseen", "since"),
    [(1, True, 1), (1, False, 1), (0, False, 0), (-14, True, 0), (-14, False, None), (-16, True, None)],
)
def test_a_mail_says_what_was_there_when_it_came_and_what_came_just_after(
    mailed: int, unseen: bool, since: int | None
) -> None:
    found = covering(NOON + mailed * MINUTE, show_at=NOON, unseen=unseen)
    assert found == (None if since is None else NOON + since * MINUTE)


def test_what_a_mail_has_said_already_is_not_mailed_again_and_then_texted_in_its_time() -> None:
    mailed = {"email": NOON - 5 * MINUTE}
    failed = [tried(PHONE, 5, "ended")]
    assert following("reply", [PHONE, MAIL, TEXT], failed, quiet=None, now=NOON, covered=mailed) == Next(
        None, NOON + 10 * MINUTE
    )
    later = NOON + 10 * MINUTE
    assert following("reply", [PHONE, MAIL, TEXT], failed, quiet=None, now=later, covered=mailed).way == TEXT
    # A device comes first all the same.
    assert following("reply", ALL, [], quiet=None, now=NOON, covered=mailed).way == PHONE


@pytest.mark.parametrize(
    ("standing", "then"),
    [
        (Standing("reply", NOON), SEND),
        (Standing("reply", NOON, wanted=False), NOT_NEEDED),
        (Standing("reply", NOON, way_open=False), NOT_NEEDED),
        (Standing("reply", NOON - lives("reply")), TOO_LATE),
        (Standing("trial", NOON - 10 * MINUTE), TOO_LATE),
        (Standing("reply", NOON, paused=NOON + MINUTE), Verdict(at=NOON + MINUTE)),
        (Standing("reply", NOON, paused=NOON), SEND),
        (Standing("wait", NOON, peace=NOON + MINUTE, paused=NOON + 9 * MINUTE), Verdict(at=NOON + MINUTE, anew=True)),
        # What rested over a weekend is told on Monday.
        (Standing("wait", NOON - lives("wait"), peace=NOON + MINUTE), Verdict(at=NOON + MINUTE, anew=True)),
        (Standing("wait", NOON, wanted=False, peace=NOON + MINUTE), NOT_NEEDED),
    ],
)
def test_it_is_looked_at_once_more_before_it_leaves(standing: Standing, then: Verdict) -> None:
    assert verdict(standing, NOON) == then and then.sends is (then == SEND)


def test_somebody_away_is_looked_at_again_within_the_hour() -> None:
    assert off_at(None, NOON) is None and off_at(NOON, NOON) is None
    assert off_at(NOON + MINUTE, NOON) == NOON + MINUTE
    assert off_at(NOON + timedelta(days=366), NOON) == NOON + timedelta(hours=1)


def test_each_kind_has_an_urgency_and_a_time_that_push_services_know() -> None:
    for kind in [*KINDS, "trial"]:
        assert urgency(kind) in ("very-low", "low", "normal", "high")
        assert 0 < left_to_live(kind, NOON, NOON) <= 28 * 24 * 3600
        assert left_to_live(kind, NOON - timedelta(days=9), NOON) == 0
    assert (urgency("wait"), urgency("gap"), urgency("back")) == ("high", "normal", "very-low")
