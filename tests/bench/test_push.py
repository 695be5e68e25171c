"""That the bench of pushes still runs: everything once, as small as it goes. Figures are not judged here."""

from __future__ import annotations

import pytest

from tests.bench import push_way


@pytest.mark.slow
def test_what_is_told_leaves_is_shown_and_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCALE", "0.001")
    figures = {figure.metric: figure.value for figure in push_way.run()}
    assert figures.keys() == {"per s", "drain s", "memory grows kB", "p95 ms"} and figures["per s"] > 0
