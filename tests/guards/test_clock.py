"""One clock: app/core/clock.py. A second one is how a promise is broken by an hour, and how a test cannot move time."""

import ast
import re
from collections.abc import Iterator

from tests.guards.source import ROOT, Source, app_files, parse

CLOCK = "app/core/clock.py"
OTHER_CLOCKS = re.compile(
    r"(^|\.)(datetime\.(now|utcnow|today|utcfromtimestamp)|date\.today|time\.(time|time_ns|localtime|gmtime|ctime))$"
)
SQL_CLOCKS = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(|\b(current_timestamp|current_date"
    r"|current_time|localtimestamp|localtime)\b",
    re.IGNORECASE,
)
SQL_ALLOWED = {"app/core/pulse.py": "it compares the database's own clock with ours, to alarm when they differ"}
FUNCTIONS = ("func.now", "func.current_timestamp", "func.current_date", "func.clock_timestamp", "func.localtime")


def clocks(file: Source) -> Iterator[str]:
    """Each call or mention of another clock than ours."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Attribute) and (
            OTHER_CLOCKS.search(ast.unparse(node)) or ast.unparse(node) in FUNCTIONS
        ):
            yield f"{file.name}:{node.lineno} {ast.unparse(node)}"
    for line, name in file.imports():
        if name in ("time.time", "time.time_ns", "time.localtime"):
            yield f"{file.name}:{line} {name}"


def sql_clocks(file: Source) -> Iterator[str]:
    """Each clock inside a text of the file that is no docstring."""
    docs = {
        id(node.body[0].value)
        for node in ast.walk(file.tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
            for hit in SQL_CLOCKS.finditer(node.value):
                yield f"{file.name}:{node.lineno} {hit.group().strip()}"


def migrations() -> list[Source]:
    return [parse(str(path.relative_to(ROOT)), path.read_text()) for path in sorted(ROOT.glob("migrations/**/*.py"))]


def test_nobody_else_has_a_clock() -> None:
    found = [it for file in app_files() if file.name != CLOCK for it in clocks(file)]
    assert not found, f"{found}: take `now` as an argument, or call clock.now() at the edge (monotonic is free)."


def test_the_database_has_no_clock() -> None:
    files = [file for file in app_files() if file.name not in SQL_ALLOWED] + migrations()
    found = [it for file in files for it in sql_clocks(file)]
    assert not found, f"{found}: bind `now` as a parameter, so that one clock decides, and tests can move it."


def test_what_is_allowed_is_still_used() -> None:
    used = {file.name for file in app_files() if list(sql_clocks(file))}
    assert used == SQL_ALLOWED.keys(), f"Take {SQL_ALLOWED.keys() - used} from SQL_ALLOWED: no clock is there."


def test_these_guards_bite() -> None:
    bad = parse("app/x.py", "import datetime\nfrom time import time\ndatetime.datetime.now()\nfunc.now()\ndate.today()")
    assert len(list(clocks(bad))) == 4
    assert list(sql_clocks(parse("app/x.py", "text('select now()')\ntext('at > CURRENT_TIMESTAMP')")))
    assert not list(sql_clocks(parse("app/x.py", "'the person known() from now on'\nclock.now()")))
