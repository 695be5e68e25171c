"""What docs/security.md and docs/asvs.md say is true: no requirement without an answer, no answer without its test."""

import re
from pathlib import Path

import pytest

from tests.guards.source import APP

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "asvs.md"
ARGUED = ROOT / "docs" / "security.md"
# The levels of ASVS 5.0.0, in order, by section; only chapters V1 to V8 and V11 to V16 are ours to answer.
LEVELS = """
    1.1:22 1.2:1111122223 1.3:112222222223 1.4:222 1.5:123
    2.1:122 2.2:112 2.3:12223 2.4:23
    3.1:3 3.2:113 3.3:12223 3.4:11222233 3.5:11122333 3.6:3 3.7:22333
    4.1:12233 4.2:23333 4.3:22 4.4:1222
    5.1:2 5.2:112333 5.3:113 5.4:222
    6.1:122 6.2:111111112222 6.3:11223333 6.4:112233 6.5:22222333 6.6:2223 6.7:33 6.8:2222
    7.1:222 7.2:1111 7.3:22 7.4:11222 7.5:223 7.6:22
    8.1:1233 8.2:1123 8.3:133 8.4:23
    11.1:2233 11.2:22233 11.3:11233 11.4:1222 11.5:23 11.6:23 11.7:33
    12.1:12233 12.2:11 12.3:22223
    13.1:2333 13.2:222223 13.3:2233 13.4:1222233
    14.1:22 14.2:12223333 14.3:122
    15.1:12233 15.2:12233 15.3:1222222 15.4:3333
    16.1:2 16.2:22222 16.3:2222 16.4:222 16.5:2223
"""
REQUIRED = {
    f"{section}.{number}": level
    for section, levels in (part.split(":") for part in LEVELS.split())
    for number, level in enumerate(levels, 1)
    if level in "12"
}
ROW = re.compile(r"\| (\d+\.\d+\.\d+) \| (\d) \| (.+?) \| (.+) \|")
TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
REASON = re.compile(r"\*\*(?:Not here|By choice|Not yet|Proxy|Doc):\*\* (.+)")
LOOK_AWAY = re.compile(r"# nosec (B\d+)")


def rows(text: str) -> list[tuple[str, str, str]]:
    """Each row's number, level and answer."""
    return [(row[1], row[2], row[4]) for line in text.splitlines() if (row := ROW.fullmatch(line))]


def unmapped(text: str) -> list[str]:
    """The requirements that have no row, or not one of their level; and those that have two, or are none."""
    given = [(number, level) for number, level, _answer in rows(text)]
    twice = {number for number, _level in given if [it[0] for it in given].count(number) > 1}
    return sorted(set(REQUIRED.items()) ^ set(given)) + sorted((number, "twice") for number in twice)  # type: ignore[return-value]


def unanswered(text: str) -> list[str]:
    """The rows that name neither a test nor a reason in some words."""
    return [
        number
        for number, _level, answer in rows(text)
        if not TEST.search(answer)
        and not ((reason := REASON.match(answer)) and (len(reason[1].split()) > 3 or "](" in reason[1]))
    ]


def is_there(path: str, name: str) -> bool:
    file = ROOT / "tests" / path
    return file.exists() and bool(re.search(rf"^def {name}\(", file.read_text(), re.MULTILINE))


def looked_away() -> set[tuple[str, str]]:
    """Where in the code bandit is told to look away, and from what."""
    return {
        (str(path.relative_to(APP)), found[1])
        for path in APP.rglob("*.py")
        for found in LOOK_AWAY.finditer(path.read_text())
    }


def test_every_requirement_has_one_row() -> None:
    assert len(REQUIRED) == 210
    assert not (found := unmapped(PAGE.read_text())), f"docs/asvs.md: write a row, or take it away: {found}"


def test_every_row_answers() -> None:
    found = unanswered(PAGE.read_text())
    assert not found, f"docs/asvs.md: name a test (`file.py::test`) or a reason (**Not here:** …) for {found}"


@pytest.mark.parametrize("page", [PAGE, ARGUED], ids=lambda page: page.name)
def test_every_named_test_is_there(page: Path) -> None:
    gone = sorted({f"{path}::{name}" for path, name in TEST.findall(page.read_text()) if not is_there(path, name)})
    assert not gone, f"docs/{page.name} names tests that are not there: {gone}"


def test_what_bandit_does_not_see_is_argued() -> None:
    argued = set(re.findall(r"^\| `([\w/]+\.py)` \| (B\d+) \|", ARGUED.read_text(), re.MULTILINE))
    assert argued == looked_away(), f"docs/security.md and the code's `nosec` differ: {argued ^ looked_away()}"


def test_what_bandit_does_not_look_for_is_argued() -> None:
    skips = re.search(r"^skips = \[(.*)\]", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert skips
    lacking = [rule for rule in re.findall(r"B\d+", skips[1]) if f"| everywhere | {rule} |" not in ARGUED.read_text()]
    assert not lacking, f"docs/security.md says nothing of {lacking}"


def test_these_guards_bite() -> None:
    row = "| 1.1.1 | 2 | once | `core/test_forms.py::test_that_is_none` |"
    assert ("1.1.1", "2") not in unmapped(row) and ("1.1.2", "2") in unmapped(row)
    assert ("1.1.1", "twice") in unmapped(f"{row}\n{row}")
    assert ("9.9.9", "1") in unmapped("| 9.9.9 | 1 | x | y |") and ("1.1.1", "1") in unmapped("| 1.1.1 | 1 | x | y |")
    assert unanswered(row.replace("`core", "core")) == ["1.1.1"] and unanswered("| 1.1.1 | 2 | x | **Not here:** no |")
    assert not is_there("core/test_forms.py", "test_that_is_none") and not is_there("core/none.py", "test_x")
