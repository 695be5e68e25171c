"""No person in a line of the program's log: neither by a word we chose, nor by an error that carries values."""

import ast
import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr

import pytest
import structlog
from flask import Blueprint, Flask

from app.core import db, logs
from app.core.access import access
from tests.guards.source import Source, app_files, parse

SECRET = "Siv Nyberg 19560102-2384 vaknar vid fyrtiden"


@contextmanager
def heard() -> Iterator[io.StringIO]:
    """Everything that is said on the log while this is open, by structlog and by logging."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    logging.getLogger().addHandler(handler)
    with redirect_stderr(lines):
        logs.init()
        yield lines
    logs.init()
    logging.getLogger().removeHandler(handler)


def told(text: str) -> list[str]:
    return [word for word in ("Siv", "Nyberg", "19560102", "2384", "vaknar") if word in text]


LEVELS = ("debug", "info", "warning", "error", "critical", "exception", "bind", "msg")


def calls_of_log(file: Source) -> Iterator[tuple[ast.Call, str]]:
    named = {f"{log}.{level}" for log in ("log", "logger", "structlog.get_logger()") for level in LEVELS}
    return ((call, said) for call, said in file.calls() if said in named)


def loose_words(file: Source) -> Iterator[str]:
    """Keys that the allow-list drops, and events that are not fixed words."""
    for call, _said in calls_of_log(file):
        event = call.args[0] if call.args else None
        if not (isinstance(event, ast.Constant) and isinstance(event.value, str)) or len(call.args) > 1:
            yield f"{file.name}:{call.lineno} says {ast.unparse(call)[:80]}"
        for keyword in call.keywords:
            if keyword.arg not in logs.ALLOWED:
                yield f"{file.name}:{call.lineno} gives {keyword.arg}"


def other_logs(file: Source) -> Iterator[str]:
    for call, said in file.calls():
        if said.startswith(
            ("logging.getLogger", "logging.info", "logging.warning", "logging.error", "current_app.logger")
        ):
            yield f"{file.name}:{call.lineno} {said}()"
        if said == "print" and file.name not in ("app/serve.py",):
            yield f"{file.name}:{call.lineno} print()"


def test_an_unknown_word_is_dropped() -> None:
    with heard() as lines:
        structlog.get_logger().info("prov", name="worker", text=SECRET, person=SECRET, patient=SECRET)
    said = json.loads(lines.getvalue())
    assert said.keys() == {"event", "level", "timestamp", "name"}
    assert "Siv" not in lines.getvalue()


def test_every_line_is_of_allowed_words() -> None:
    found = [it for file in app_files() for it in loose_words(file)]
    assert not found, (
        f"{found}: the event is a fixed word, and each key stands in ALLOWED (app/core/logs.py), which "
        "takes no person's name, number, word or key."
    )


def test_there_is_one_log() -> None:
    found = [it for file in app_files() for it in other_logs(file)]
    assert not found, f"{found}: say it with structlog.get_logger(), whose list of words keeps persons out."


@pytest.mark.parametrize("fault", ["python", "database", "constraint"])
def test_a_broken_request_names_nobody(make_app: Callable[..., Flask], database: str, fault: str) -> None:
    app = make_app(database)
    app.testing = False
    stray = Blueprint("stray", __name__)

    @stray.get("/sonder")
    @access("public")
    def broken() -> str:
        if fault == "python":
            raise ValueError(SECRET)
        driver = db.session().connection().exec_driver_sql
        if fault == "database":
            driver("select cast(%(name)s as integer)", {"name": SECRET})
        driver(
            "insert into unit (id, region_id, name, phone, phone_hours, care_version)"
            " values (%(k)s, %(k)s, %(n)s, '', '', 1)",
            {"k": db.new_key(), "n": SECRET},
        )
        return "in"

    app.register_blueprint(stray)
    with heard() as lines:
        answer = app.test_client().get("/sonder", watch=False)
    said = lines.getvalue()
    assert answer.status_code == 500
    assert not [word for word in SECRET.split() if word in answer.text.replace("vid ", "")], (
        "The page shows the values."
    )
    assert [json.loads(line)["event"] for line in said.splitlines()] == ["request.broken"], f"One line, in JSON: {said}"
    assert not [word for word in SECRET.split() if word in said.replace("vid ", "")], (
        f"The log tells of a person: {said}"
    )
    app.extensions["db"]["engine"].dispose()


def test_a_lost_database_names_nobody(make_app: Callable[..., Flask]) -> None:
    app = make_app("narlinjen_gone")
    app.testing = False
    with heard() as lines:
        answer = app.test_client().get("/demo/personer")
    assert answer.status_code == 503
    assert {json.loads(line)["event"] for line in lines.getvalue().splitlines()} == {"database.unreachable"}
    assert "password" not in lines.getvalue()


def test_settings_and_errors_show_no_secret(own_app: Flask) -> None:
    settings = own_app.extensions["settings"]
    for secret in (settings.secret_key, settings.database_url, settings.owner_url, str(settings.index_key)):
        assert secret not in repr(settings), "repr(Settings) shows a secret: field(repr=False)."
    assert str(settings.data_keys.secret) not in repr(settings)
    assert own_app.extensions["db"]["engine"].hide_parameters, "Errors show values: hide_parameters=True."


def test_these_guards_bite() -> None:
    bad = parse("app/x.py", "log.info(f'{name}')\nlog.error('broken', text=1)\nprint(1)\nlogging.getLogger()")
    assert len(list(loose_words(bad))) == 2
    assert len(list(other_logs(bad))) == 2
