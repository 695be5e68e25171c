"""That the benches and the drills still run: everything once, as small as it goes. Figures are not judged here."""

from __future__ import annotations

import pytest

from tests.bench import audit, invariants, loader, pages
from tests.bench.figures import Broken, Figure, must, percentile, table
from tests.bench.house import House
from tests.bench.loader import Size
from tests.drills import send
from tests.drills.send import compared


def test_a_figure_says_whether_its_goal_is_met() -> None:
    least = Figure("pages", "ratio thread", 0.41, "", 0.4, least=True)
    most = Figure("send", "p99 ms", 151, "ms", 150)
    assert (least.ok, most.ok) == (True, False)
    assert most.line == '{"bench": "send", "metric": "p99 ms", "value": 151, "unit": "ms", "goal": 150, "ok": false}'
    assert "missed" in table([least, most])


def test_what_was_not_measured_is_no_figure() -> None:
    with pytest.raises(Broken):
        percentile([], 0.5)


def test_letters_are_compared_one_by_one() -> None:
    sent = ["a", "b", "c", "d"]
    assert compared(sent, ["a", "b", "c", "d"]) == (0, 0, 0)
    assert compared(sent, ["a", "c", "b", "b"]) == (1, 1, 1)


def test_must_says_what_broke() -> None:
    with pytest.raises(Broken, match="the sky"):
        must(False, "the sky fell")


@pytest.mark.slow
def test_a_loaded_house_serves_pages_and_a_drill_and_keeps_its_invariants(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "0.008")
    with House(durable=False) as house:
        database = house.database("tiny")
        app, owner = house.app(database), house.owner(database)
        town = loader.fill(app, owner, Size(threads=30, staff=2, patients=10, letters=4))
        invariants.check(app, owner)
        audit.write_rows(app, owner, 200)
        pages.fill_bare(owner, rows=2)
        web = house.web(database)
        asked = pages.thread_pages(app, town) + pages.list_pages(app, town, "/")
        assert pages.answers_a_second(web, asked, "page", 0.3) > 0
        owner.execute("update thread set last_n = last_n + 1 where id = %s", (town.threads[0].id,))
        with pytest.raises(Broken, match="counts its letters wrong"):
            invariants.check(app, owner)
        judged = {figure.metric: figure.value for figure in send.drill(house) if figure.goal == 0}
    assert judged == {"lost": 0, "double": 0, "reordered": 0, "answered broken": 0}
