"""A file over 250 lines is a question; over 400 it is two files."""

from pathlib import Path

import pytest

from tests.guards.source import APP, ROOT

MOST = 400
MOST_IN_WORKER = 199
KINDS = ("*.py", "*.html", "*.css", "*.js")


def files() -> list[Path]:
    return sorted(path for folder in ("app", "tests") for kind in KINDS for path in (ROOT / folder).rglob(kind))


def too_long(path: Path) -> int | None:
    """How many lines it has, when that is too many."""
    lines = len(path.read_text().splitlines())
    return lines if lines > MOST else None


def test_no_file_is_too_long() -> None:
    found = {str(path.relative_to(ROOT)): lines for path in files() if (lines := too_long(path))}
    assert not found, (
        f"{found} are over {MOST} lines: split the noun (two things that people do), never the layer or the alphabet."
    )


def test_the_service_worker_is_short() -> None:
    """It runs unseen, on every phone, and is the one program that cannot be taken back at once."""
    lines = sum(len(path.read_text().splitlines()) for path in (APP / "static/sw").glob("*.js"))
    assert 0 < lines <= MOST_IN_WORKER, f"app/static/sw/*.js are {lines} lines together: what can a page do instead?"


@pytest.mark.parametrize(("lines", "refused"), [(MOST, False), (MOST + 1, True)])
def test_this_guard_bites(tmp_path: Path, lines: int, refused: bool) -> None:
    (tmp_path / "a.py").write_text("x\n" * lines)
    assert bool(too_long(tmp_path / "a.py")) == refused
