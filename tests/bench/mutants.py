"""Whether the tests of the rules would notice a rule that is wrong: each branch is taken, each small change is seen."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.util
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from tests.bench.figures import Figure, must, say, scaled

ROOT = Path(__file__).parents[2]
MODULES = {
    "care": ("care.facts_rules", "care.hours_rules", "care.plan_rules", "care.rules"),
    "waits": ("waits.rules",),
}
TESTS = {
    "care": ("care/test_rules", "care/test_hours_rules", "care/test_worlds_by_chance"),
    "waits": ("waits/test_rules",),
}
"""The quick and exact ones first: most mutants fall there."""

SECONDS = 60
"""Of the processor, so that a machine with much else to do kills no mutant that the tests would let live."""

MEMORY = 2 << 30
PROCESSES = 2

COMPARED = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
COUNTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult}
NAMED = {"min": "max", "max": "min", "bisect_left": "bisect_right", "bisect_right": "bisect_left"}

Mutant = tuple[str, int]
"""A module, and which of its mutants."""


def run() -> list[Figure]:
    return [figure for package in MODULES for figure in judged(package)]


def judged(package: str) -> list[Figure]:
    every = [(module, number) for module in MODULES[package] for number in range(len(ways(module)))]
    wanted = every[:: max(1, len(every) // scaled(len(every), least=8))]
    branches = covered(package)
    survivors: list[str] = []
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn"), initializer=prepare) as pool:
        must(pool.submit(survives, (f"{package}.rules", -1)).result(), "the tests fail where nothing is changed")
        for mutant, alive in zip(wanted, pool.map(survives, wanted), strict=True):
            if alive:
                survivors.append(told(mutant))
                say(f"    survived: {survivors[-1]}")
    score = 100 * (1 - len(survivors) / len(wanted))
    say(f"    {package}: {len(wanted)} mutants, {len(survivors)} survived")
    which = "" if package == "care" else f" of {package}"
    return [
        Figure("mutants", f"branches{which} %", round(branches, 2), "%", 100, least=True),
        Figure("mutants", f"mutation score{which} %", round(score, 1), "%", 90, least=True),
    ]


def paths(package: str) -> list[str]:
    return [f"tests/{name}.py" for name in TESTS[package]]


def path(module: str) -> str:
    return f"app/{module.replace('.', '/')}.py"


def covered(package: str) -> float:
    """The share of a package's rules that the pure tests take, lines and branches together, in per cent."""
    with tempfile.TemporaryDirectory() as folder:
        report, data = Path(folder) / "report.json", f"--data-file={folder}/data"
        here = [sys.executable, "-m", "coverage"]
        include = "--include=" + ",".join(map(path, MODULES[package]))
        tested = subprocess.run(
            [*here, "run", "--branch", data, include, "-m", "pytest", *quiet(), *paths(package)],
            cwd=ROOT,
            check=False,
            capture_output=True,
            env=os.environ | {"CI": "1"},
        )
        must(tested.returncode == 0, f"the tests of the rules fail: {tested.stdout.decode()[-800:]}")
        subprocess.run([*here, "json", data, "-o", str(report), "-q"], cwd=ROOT, check=True)
        found = json.loads(report.read_text())
    for name, file in found["files"].items():
        if (
            left := (file["missing_lines"], file["missing_branches"])
            if file["missing_branches"]
            else file["missing_lines"]
        ):
            say(f"    not taken in {name}: {left}")
    return float(found["totals"]["percent_covered"])


def quiet() -> list[str]:
    return ["-q", "-x", "-c", os.devnull, "--rootdir", str(ROOT), "--noconftest", "-p", "no:cacheprovider"]


# Making mutants.


def source(module: str) -> str:
    return (ROOT / path(module)).read_text()


def ways(module: str) -> list[tuple[int, int]]:
    """Each way to make a module wrong: which of its nodes, and which change of it."""
    nodes = changeable(ast.parse(source(module)))
    return [(place, variant) for place, node in enumerate(nodes) for variant, _ in enumerate(changes(node))]


def mutated(mutant: Mutant) -> tuple[ast.Module, int]:
    """The tree of a mutant, and the line of the change."""
    module, number = mutant
    tree = ast.parse(source(module))
    place, variant = ways(module)[number]
    node = list(changeable(tree))[place]
    list(changes(node))[variant]()
    return ast.fix_missing_locations(tree), node.lineno  # type: ignore[attr-defined]


def changeable(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run: no annotations, no docstrings, no lists of names."""
    for name, value in ast.iter_fields(tree):
        for node in value if isinstance(value, list) else [value]:
            if not isinstance(node, ast.AST) or name in ("annotation", "returns", "decorator_list", "bases"):
                continue
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue
            if (
                isinstance(node, ast.Assign)
                and isinstance(target := node.targets[0], ast.Name)
                and (target.id.startswith("__") or target.id in ("T", "Key", "Stretch", "Week"))
            ):
                continue
            yield node
            yield from changeable(node)


def changes(node: ast.AST) -> Iterator[Callable[[], None]]:
    """The ways to make this one node wrong, as calls that do so."""
    match node:
        case ast.Compare(ops=[op]) if type(op) in COMPARED:
            yield lambda: setattr(node, "ops", [COMPARED[type(op)]()])
        case ast.Compare(ops=[first, second]):
            yield lambda: setattr(node, "ops", [COMPARED[type(first)](), second])
            yield lambda: setattr(node, "ops", [first, COMPARED[type(second)]()])
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in COUNTED:
            yield lambda: setattr(node, "op", COUNTED[type(op)]())
        case ast.BoolOp(op=op):
            yield lambda: setattr(node, "op", ast.And() if isinstance(op, ast.Or) else ast.Or())
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            yield lambda: setattr(node, "operand", ast.UnaryOp(ast.Not(), inner))
        case ast.UnaryOp(op=ast.USub()):
            yield lambda: setattr(node, "op", ast.UAdd())
        case ast.Constant(value=bool() as value):
            yield lambda: setattr(node, "value", not value)
        case ast.Constant(value=int() as value):
            yield lambda: setattr(node, "value", value + 1)
        case ast.Constant(value=str() as value):
            yield lambda: setattr(node, "value", value + "x")
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield lambda: setattr(node, "value", ast.Constant(None))
        case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test):
            yield lambda: setattr(node, "test", ast.UnaryOp(ast.Not(), test))
        case ast.Call(func=ast.Name(id=name) as called) if name in NAMED:
            yield lambda: setattr(called, "id", NAMED[name])
        case ast.Expr(value=ast.Call()):
            yield lambda: setattr(node, "value", ast.Constant(None))


# Running the tests on one.


def prepare() -> None:
    """Load what every mutant needs, and nothing of the rules."""
    os.environ["CI"] = "1"
    import holidays
    import hypothesis.strategies
    import pytest

    assert holidays.country_holidays("SE", years=2026) and hypothesis.strategies and pytest
    # What fails need not be made small: here it is only counted.
    hypothesis.settings.register_profile(
        "mutants", deadline=None, database=None, derandomize=True, phases=[hypothesis.Phase.generate]
    )
    hypothesis.settings.load_profile("mutants")


def survives(mutant: Mutant) -> bool:
    """Whether the tests pass with this mutant, in a process that ends with it. One that hangs does not survive."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = tested(mutant)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0


def tested(mutant: Mutant) -> int:
    import pytest

    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    module, number = mutant
    if number >= 0:
        sys.meta_path.insert(0, Instead(f"app.{module}", mutated(mutant)[0]))
    return int(pytest.main([*quiet(), *paths(module.split(".")[0])]))


class Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives a mutant when its module is asked for."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name = name
        self.tree = tree

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.tree, self.name, "exec"), module.__dict__)


def told(mutant: Mutant) -> str:
    """A mutant for people: the line as it is, and as it was made."""
    module = mutant[0]
    tree, line = mutated(mutant)
    old, new = ast.unparse(ast.parse(source(module))).splitlines(), ast.unparse(tree).splitlines()
    pairs = [(before, after) for before, after in zip(old, new, strict=False) if before != after]
    before, after = pairs[0] if pairs else ("", "")
    return f"{path(module)}:{line}: {before.strip()}  →  {after.strip()}"
