"""The app as source: every file parsed at most once, for the guards that read code."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
APP = ROOT / "app"
TEMPLATES = APP / "templates"


@dataclass(frozen=True)
class Source:
    """One file of Python. `name` is its path below the project, `role` the last word of its file name."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def role(self) -> str:
        return Path(self.name).stem.rpartition("_")[2]

    @property
    def package(self) -> str:
        return Path(self.name).parts[1] if self.name.count("/") > 1 else ""

    def imports(self) -> Iterator[tuple[int, str]]:
        """Each imported thing with its line, named in full: `from a import b` is `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Each call, and the words it is called by: `db.session().add(x)` is `db.session().add`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield node, ast.unparse(node.func)


def parse(name: str, text: str) -> Source:
    return Source(name, text)


@cache
def app_files() -> tuple[Source, ...]:
    """Every Python file of the app."""
    return tuple(parse(str(path.relative_to(ROOT)), path.read_text()) for path in sorted(APP.rglob("*.py")))


def with_role(role: str) -> list[Source]:
    return [file for file in app_files() if file.role == role and file.package not in ("", "core")]


def templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))
