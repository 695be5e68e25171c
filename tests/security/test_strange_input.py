"""Whatever is typed, or written into an address, is answered: with a page that says so, never with one that broke."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from tests.client import LintedClient
from tests.guards.walk import Scene, Visit

pytestmark = pytest.mark.slow

APP = Path(__file__).parents[2] / "app"
STRANGE = {
    "nul": "a\x00b",
    "long": "9" * 400,
    "last day": "9999-12-31",
    "other digits": "٢٠٢٦-١٢-٢٤",
    "markup": "'\"><script>alert(1)</script>{{7*7}}%s%(x)s",
    "lines": "-1\r\nSet-Cookie: a=b",
    "a key of nobody": "A" * 22,
    "signs": "🧨\u202e\ufeff\u0301",
}
LONG = "å" * 20_000


def names_in_addresses() -> set[str]:
    """What the views read from the address."""
    found = re.findall(r"request\.args\.get\(\"(\w+)\"|\"(\w+)\" (?:not )?in request\.args", all_code())
    return {one or other for one, other in found} | {"state", "code", "iss", "error", "p"}


def all_code() -> str:
    return "\n".join(path.read_text() for path in APP.rglob("*.py"))


def forms_in(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each form that is sent: where to, and what it holds before anybody types."""
    for attributes, inside in re.findall(r"<form\b([^>]*)>(.*?)</form>", html, re.DOTALL):
        if 'method="post"' in attributes and (action := re.search(r'action="([^"]*)"', attributes)):
            tags = re.findall(r"<(?:input|textarea|select|button)\b[^>]*>", inside)
            named = {name[1]: tag for tag in tags if (name := re.search(r'\bname="([^"]+)"', tag))}
            values = {name: re.search(r'\bvalue="([^"]*)"', tag) for name, tag in named.items()}
            yield unescape(action[1]), {name: unescape(found[1]) if found else "" for name, found in values.items()}


@pytest.fixture(scope="module")
def people(scene: Scene) -> dict[str, LintedClient]:
    with scene.app.app_context():
        return scene.people()


def forms_of(scene: Scene) -> dict[tuple[str, str], dict[str, str]]:
    """Each form once by each who may send it, but for those that end a session."""
    ends = ("/logga-ut", "/lamna", "/demo", "/inloggningar")
    return {
        (visit.who, action): fields
        for visit in scene.visits
        for action, fields in forms_in(visit.html)
        if not action.startswith(ends)
    }


def pages(scene: Scene) -> dict[tuple[str, str], Visit]:
    """Each page once by each who may see it."""
    return {(visit.who, visit.path): visit for visit in scene.visits}


@pytest.mark.parametrize("strange", STRANGE)
def test_what_is_strange_in_an_address_is_answered(scene: Scene, people: dict[str, LintedClient], strange: str) -> None:
    query = dict.fromkeys(names_in_addresses(), STRANGE[strange])
    for (who, path), visit in pages(scene).items():
        # Streams never end, and /alarm says 503 when something must alarm.
        if not visit.endpoint.startswith(("live.", "health.")):
            answer = people[who].get(path.partition("?")[0], query_string=query, lint=False, watch=False)
            assert answer.status_code < 500 and "Set-Cookie: a=b" not in str(answer.headers), (visit, answer.status)
            assert "<script>alert" not in answer.text, visit


@pytest.mark.parametrize("strange", STRANGE)
def test_what_is_strange_in_a_field_is_answered(scene: Scene, people: dict[str, LintedClient], strange: str) -> None:
    forms = forms_of(scene)
    assert len(forms) > 60
    for (who, action), fields in forms.items():
        for field in fields.keys() - {"csrf_token"}:
            answer = people[who].post(action, data=fields | {field: STRANGE[strange]}, lint=False, watch=False)
            assert answer.status_code < 500, f"{field} to {action} as {who}: {answer.status}"
            assert "<script>alert" not in answer.text, f"{field} to {action} as {who}"


def test_what_is_too_long_for_every_field_is_answered(scene: Scene, people: dict[str, LintedClient]) -> None:
    for (who, action), fields in forms_of(scene).items():
        given = {name: value if name == "csrf_token" else LONG for name, value in fields.items()}
        answer = people[who].post(action, data=given, lint=False, watch=False)
        assert answer.status_code < 500, f"{action} as {who}: {answer.status}"
