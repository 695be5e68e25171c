"""That the long drills still run: as small as they go, and nothing may be wrong there either."""

import pytest

from tests.bench.figures import Figure
from tests.drills import idor, mail, race, revoke, silent, told, year


def wrong(figures: list[Figure]) -> list[str]:
    return [figure.line for figure in figures if not figure.ok and figure.unit != "s"]


@pytest.mark.slow
def test_a_small_race(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "0.008")
    assert wrong(race.run()) == []


@pytest.mark.slow
def test_a_small_year(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "0.01")
    assert wrong(year.run()) == []


@pytest.mark.slow
def test_a_few_wrong_doors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "0.03")
    assert wrong(idor.run()) == []


@pytest.mark.slow
def test_a_small_taking_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "0.02")
    assert wrong(revoke.run()) == []


@pytest.mark.slow
def test_a_few_who_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "0.02")
    figures = told.run()
    # So few, on whatever machine this is, say nothing of the time.
    assert wrong([it for it in figures if it.unit != "%"]) == [] and len(figures) == 6


@pytest.mark.slow
def test_a_few_silent_phones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "0.13")
    figures = silent.run()
    assert wrong(figures) == [] and len(figures) in (3, 4), "the slowest text has a figure where somebody had one"


@pytest.mark.slow
def test_a_mail_server_that_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "0.1")
    figures = mail.run()
    assert wrong(figures) == [] and len(figures) == 5
