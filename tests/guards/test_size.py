"""A file over 250 lines is a question; over 400 it is two files. And what a phone fetches of it has a weight."""

import gzip
import re
from pathlib import Path

import pytest

from app.core.static import SHEETS, SOURCE, thin
from tests.guards.source import APP, ROOT

MOST = 400
MOST_IN_WORKER = 199
MOST_CSS, MOST_JS = 12_000, 20_000
IMPORT = re.compile(r"""^import (?:.* from )?"\./(\w+)\.js";$""", re.MULTILINE)
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


def weight(text: str, suffix: str) -> int:
    return len(gzip.compress(thin(text, suffix).encode(), 9, mtime=0))


def test_what_a_first_visit_fetches_is_light() -> None:
    css = weight("".join((SOURCE / name).read_text() for name in SHEETS), ".css")
    modules = {path.name: weight(path.read_text(), ".js") for path in SOURCE.glob("js/*.js")}
    js = sum(modules.values())
    assert css <= MOST_CSS, f"The style sheets are {css} bytes on the way, at most {MOST_CSS}: what does no page use?"
    assert js <= MOST_JS, f"The modules are {js} bytes on the way, at most {MOST_JS}: {modules}"


def test_every_style_sheet_is_sent() -> None:
    left_out = {f"css/{path.name}" for path in SOURCE.glob("css/*.css")} ^ set(SHEETS)
    assert not left_out, f"{left_out}: SHEETS in app/core/static.py is the order that the style sheets are sent in."


def test_what_every_page_imports_is_asked_for_at_once() -> None:
    """A module that is first heard of when another has come costs a slow net one more way there and back."""
    known, fresh = set(), {"app"}
    while fresh:
        known |= fresh
        fresh = {it for name in fresh for it in IMPORT.findall((SOURCE / f"js/{name}.js").read_text())} - known
    head = (APP / "templates/frame/head.html").read_text()
    said = re.search(r"for name in \((.*?)\) %}<link rel=\"modulepreload\"", head)
    assert said
    told = set(re.findall(r"\w+", said[1]))
    assert told == known - {"app"}, f"frame/head.html preloads {told}, and app.js imports {known - {'app'}}."


def test_no_script_has_text_over_several_lines() -> None:
    """It would lose its indents, and what looks like comments, on the way (app/core/static.py)."""
    for path in SOURCE.rglob("*.js"):
        odd = [line for line in path.read_text().splitlines() if line.count("`") % 2]
        assert not odd, f"{path.name} has a text over several lines, at {odd[0]!r}: put it together of lines."


def test_what_is_sent_means_what_is_written() -> None:
    assert thin("  // Why.\n  const a = 1; // so\n\n", ".js") == "const a = 1; // so\n"
    assert thin("/* Why,\n and so */\na {\n  b: c; }\n", ".css") == "a {\nb: c; }\n"


@pytest.mark.parametrize(("lines", "refused"), [(MOST, False), (MOST + 1, True)])
def test_this_guard_bites(tmp_path: Path, lines: int, refused: bool) -> None:
    (tmp_path / "a.py").write_text("x\n" * lines)
    assert bool(too_long(tmp_path / "a.py")) == refused
