"""The docs keep their own word: decisions are whole and listed, names are given, links lead somewhere."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
DECISIONS = sorted(DOCS.glob("decisions/[0-9]*.md"))
PAGES = sorted(DOCS.rglob("*.md")) + sorted(ROOT.glob("README.md"))
HEADINGS = ["Status", "Context", "Decision", "Options that lost", "How we will know"]
MACHINE = re.compile(r"(?<![\w.>/-])/(?:work|root|home|tmp|usr/local)/[\w.-]*|\.\./shared")
REGISTRY = re.compile(
    r"\b[\w.-]*(?:pypi|pythonhosted|npmjs|crates|registry|proxy\.golang)[\w-]*\.(?:org|com|io|net|dev|local)\b",
    re.IGNORECASE,
)
RULE = re.compile(r"\|(\s*:?-+:?\s*\|)+")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """The places in a page that a link can point at: its headings, as Markdown renderers name them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


def glossary_rows() -> Iterator[tuple[int, list[str]]]:
    """Each term's line number and cells; a table's head and its rule are left out."""
    lines = (DOCS / "glossary.md").read_text().splitlines()
    for number, line in enumerate(lines, 1):
        following = lines[number] if number < len(lines) else ""
        if line.startswith("|") and not RULE.fullmatch(line) and not RULE.fullmatch(following):
            yield number, [cell.strip() for cell in line.strip("|").split("|")]


def test_decisions_are_numbered_without_holes() -> None:
    numbers = [int(page.name[:4]) for page in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1)), (
        f"docs/decisions has the numbers {numbers}: give the newest file the next free number, never reuse or skip one."
    )


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_is_whole(page: Path) -> None:
    text = page.read_text()
    title = text.splitlines()[0]
    assert title.startswith(f"# {page.name[:4]} "), (
        f"{name(page)} begins with {title!r}: make it '# {page.name[:4]} What was decided'."
    )
    found = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert found == HEADINGS, (
        f"{name(page)} has the headings {found}: it needs {HEADINGS}, in that order (copy them from 0001)."
    )
    status = text.split("## Status\n", 1)[1].strip().splitlines()[0]
    assert re.search(r"\b20\d\d-\d\d-\d\d\b", status), (
        f"{name(page)} has the status {status!r}: write it as 'Accepted, 2026-11-21.'"
    )
    parts = re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]
    empty = [heading for heading, part in zip(HEADINGS, parts, strict=True) if not part.strip()]
    assert not empty, (
        f"{name(page)} says nothing under {empty}: write a sentence there, or the next reader cannot judge it."
    )


def test_the_index_lists_every_decision() -> None:
    index = (DOCS / "decisions" / "README.md").read_text()
    for page in DECISIONS:
        line = f"- [{page.read_text().splitlines()[0].removeprefix('# ')}]({page.name})"
        assert index.count(line) == 1, f"docs/decisions/README.md lacks its line for {page.name}: add exactly\n{line}"


def test_every_term_has_a_name_in_code() -> None:
    rows = list(glossary_rows())
    assert rows, "docs/glossary.md has no rows that this guard can read: keep its tables of four columns."
    for number, cells in rows:
        where = f"docs/glossary.md line {number} ({cells[0]})"
        assert len(cells) == 4, (
            f"{where} has {len(cells)} cells: it needs four, Swedish | in code | in the standard | meaning."
        )
        assert all(cells), f"{where} has an empty cell: give the name in code; write – where the standard has none."
        assert "`" in cells[1], f"{where} has {cells[1]!r} as its name in code: write the name as `code`."


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_page_names_a_machine_or_a_registry(page: Path) -> None:
    for number, line in enumerate(page.read_text().splitlines(), 1):
        for pattern, advice in (
            (MACHINE, "a path of one machine: say it relative to the project, or in words"),
            (REGISTRY, "a package registry's address: name the package only"),
        ):
            assert not (hit := pattern.search(line)), f"{name(page)} line {number} names {hit[0]!r}, {advice}."


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text()):
        if re.match(r"[a-z][a-z+.-]*:", target):
            continue
        path, _, place = target.partition("#")
        goal = (page.parent / path).resolve() if path else page
        assert goal.exists(), (
            f"{name(page)} links to {target}, which does not exist: mend the path, or take the link away."
        )
        if place and goal.suffix == ".md":
            assert place in anchors(goal), (
                f"{name(page)} links to {target}, but no heading there is called so: one of {sorted(anchors(goal))}."
            )
