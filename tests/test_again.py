"""What fails by chance is told once more and passes; what is broken fails twice; what is much is no chance."""

from pathlib import Path

import pytest

from tests import again

pytestmark = pytest.mark.slow

ONCE = """
import pathlib
def test_first_time_it_fails():
    mark = pathlib.Path(__file__).with_name("mark")
    there = mark.exists()
    mark.touch()
    assert there
"""
BROKEN = "def test_broken(): assert False\n"
MUCH = "\n".join(f"def test_{number}(): assert False" for number in range(again.MOST + 1))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the tests take for the project's."""
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    monkeypatch.setattr(again, "ROOT", tmp_path)
    monkeypatch.setattr(again, "FAILED", tmp_path / ".pytest_cache/v/cache/lastfailed")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("story", "code", "said"),
    [
        (ONCE, 0, "Failed once, and then passed:\n  test_it.py::test_first_time_it_fails"),
        (BROKEN + ONCE, 1, "Failed twice:\n  test_it.py::test_broken\n  test_it.py::test_first_time_it_fails"),
    ],
    ids=["by chance", "both"],
)
def test_what_fails_is_told_once_more(
    house: Path, capfd: pytest.CaptureFixture[str], story: str, code: int, said: str
) -> None:
    (house / "test_it.py").write_text(story)
    assert again.main() == code
    assert capfd.readouterr().out.partition("\nFailed ")[2] == said.partition("Failed ")[2] + "\n"


def test_what_is_much_is_no_chance(house: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (house / "test_it.py").write_text(MUCH)
    assert again.main() == again.SOME_FAILED
    assert "Once more" not in capfd.readouterr().out
