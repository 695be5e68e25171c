"""Which way packages and files look: the contracts of import-linter in pyproject.toml, run by a plain pytest too."""

import re
import tomllib

import grimp
import pytest
from importlinter import cli

from tests.guards.source import APP, ROOT

CONFIG = str(ROOT / "pyproject.toml")
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def contract(about: str) -> dict[str, list[str]]:
    return next(it for it in LAYERS if about in it["name"])


def test_the_contracts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    kept = cli.lint_imports(config_filename=CONFIG, no_cache=True) == cli.EXIT_STATUS_SUCCESS
    said = capsys.readouterr().out
    assert "3 kept" in said or not kept, "pyproject.toml has lost a contract of import-linter: it has three."
    assert kept, (
        "A lower layer never calls up: let the tick of the upper one find it, move the page to `home`, or the thing "
        f"itself down. import-linter says:\n{said}"
    )


def test_a_contract_that_is_broken_is_found() -> None:
    graph = grimp.build_graph("app")
    graph.add_import(importer="app.core.clock", imported="app.messages.service")
    chain = graph.find_illegal_dependencies_for_layers(("home", "messages", "care", "core"), containers=("app",))
    assert any(it.importer == "app.core" and it.imported == "app.messages" for it in chain)


def test_nothing_below_asks_the_whole_app() -> None:
    askers = sorted(grimp.build_graph("app").find_modules_that_directly_import("app"))
    assert not askers, (
        f"{askers} import from app/__init__.py, which imports everything: take what you need from its file."
    )


def test_every_package_of_files_has_its_layers() -> None:
    """import-linter does not look inside a package that its second contract does not name."""
    named = set(contract("Files")["containers"])
    there = {f"app.{path.parent.name}" for path in APP.glob("*/views.py")} | {
        f"app.{path.parent.name}" for path in APP.glob("*/service.py")
    }
    assert named == there, (
        f"pyproject.toml: the contract about files names {sorted(named)}, and there are {sorted(there)}."
    )


def test_optional_layers_have_the_names_of_the_plan() -> None:
    plan = (ROOT / "docs" / "architecture.md").read_text()
    known = set(re.findall(r"[a-z_]+", " ".join(contract("Packages")["layers"])))
    missing = [
        name for name in known if f"`{name}`" not in plan and f"`{name}.py`" not in plan and f" {name} " not in plan
    ]
    assert not missing, (
        f"docs/architecture.md says nothing of {missing}: the plan and pyproject.toml name the same packages."
    )
