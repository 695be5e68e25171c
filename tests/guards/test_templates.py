"""Templates are put together from components, each of which can be seen at /komponenter."""

import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment, StrictUndefined, nodes

from tests.guards.source import APP, TEMPLATES, templates

COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))
SAFE = re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\s+false|Markup\(")
SAFE_ALLOWED: dict[str, str] = {}
DRAWN_IN_PLACE = {
    "frame/top.html": "the mark in the head, drawn once",
    "components/qr.html": "a QR code, which is drawn from what it says",
    "components/drawing.html": "the three drawings, which are no icons",
}
OWN_MACROS = {"frame/nav.html": "the items of the navigation, which stand nowhere else"}
NOT_SHOWN = {"live": "it is heard, not seen: the line that a script speaks through"}
ICON = re.compile(r'<symbol id="([\w-]+)"[^>]*>(.*?)</symbol>')
PATH = re.compile(r'\sd="([^"]+)"')


def name(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


def macros(source: str) -> list[str]:
    return [node.name for node in Environment().parse(source).find_all(nodes.Macro)]


def imports(source: str) -> set[str]:
    """The components that a template takes in, under their own names."""
    found = set()
    for node in Environment().parse(source).find_all(nodes.FromImport):
        if isinstance(node.template, nodes.Const) and node.template.value.startswith("components/"):
            found.add(Path(node.template.value).stem)
    return found


def icons() -> dict[str, str]:
    return dict(ICON.findall((APP / "static/icons/icons.svg").read_text()))


def copied_paths(source: str) -> set[str]:
    """Shapes in a template that the icon sheet already holds."""
    sheet = {shape for body in icons().values() for shape in PATH.findall(body)}
    return sheet & set(PATH.findall(source))


@pytest.mark.parametrize("path", templates(), ids=name)
def test_only_components_define_macros(path: Path) -> None:
    there = macros(path.read_text())
    if path in COMPONENTS:
        assert there == [path.stem], f"{name(path)} defines {there}: one macro a file, called as the file."
    elif name(path) not in OWN_MACROS:
        assert not there, f"{name(path)} defines {there}: put each in components/, one macro a file, and show it."


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_every_component_can_be_seen(path: Path) -> None:
    shown: set[str] = set()
    fresh = imports((TEMPLATES / "home/components.html").read_text())
    while fresh:
        shown |= fresh
        fresh = {more for it in fresh for more in imports((TEMPLATES / f"components/{it}.html").read_text())} - shown
    assert path.stem in shown or path.stem in NOT_SHOWN, (
        f"components/{path.name} is not on /komponenter: take it into home/components.html and show each of its states."
    )


@pytest.mark.parametrize("path", templates(), ids=name)
def test_nothing_is_let_through_unescaped(path: Path) -> None:
    assert not SAFE.search(path.read_text()) or name(path) in SAFE_ALLOWED, (
        f"{name(path)} lets text through unescaped: escape it, or make the Markup in one tested function."
    )


def test_icons_come_from_the_sheet() -> None:
    for path in templates():
        source = path.read_text()
        assert not (copied := copied_paths(source)), f"{name(path)} draws {copied} again: use icon(…)."
        if "<path" in source and name(path) not in DRAWN_IN_PLACE:
            raise AssertionError(f"{name(path)} draws a path: put it in static/icons/icons.svg, and use icon(…).")


def test_every_icon_that_is_used_is_there() -> None:
    used = {
        (name(path), sign)
        for path in templates()
        for sign in re.findall(r"""(?:icon\(|sign=)["']([\w-]+)["']""", path.read_text())
    }
    there = icons().keys()
    missing = sorted((where, sign) for where, sign in used if sign not in there)
    assert not missing, f"{missing}: no such sign in static/icons/icons.svg, which has {sorted(there)}."


def test_a_name_that_is_not_there_is_an_error(app: Flask) -> None:
    assert app.jinja_env.undefined is StrictUndefined, "create_app() gives Jinja StrictUndefined: a slip is an error."
    assert app.jinja_env.autoescape is True or app.jinja_env.autoescape("x.html")  # type: ignore[operator]


def test_what_is_allowed_is_still_used() -> None:
    for listed in (SAFE_ALLOWED, DRAWN_IN_PLACE, OWN_MACROS):
        assert not (gone := [it for it in listed if not (TEMPLATES / it).exists()]), f"{gone} are gone: take them away."
    assert not (gone := NOT_SHOWN.keys() - {path.stem for path in COMPONENTS}), f"{gone} are gone: take them away."


def test_these_guards_bite() -> None:
    assert macros("{% macro stray() %}{% endmacro %}") == ["stray"]
    assert imports('{% from "components/icon.html" import icon as sign %}') == {"icon"}
    assert SAFE.search("{{ text | safe }}")
    assert SAFE.search("{%- autoescape false %}")
    assert copied_paths('<path d="m4.8 12.6 4.8 4.8L19.4 7"/>')
