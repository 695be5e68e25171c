"""The test client is the style guide: every page it gets is read strictly, and a GET that writes is caught."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.test import TestResponse

from tests.lint import check_page

WRITES = re.compile(
    r"""\b(?:(insert)\s+into|(merge)\s+into|(delete)\s+from|(truncate)(?:\s+table)?
    |(update)(?=\s+(?:only\s+)?[\w".]+(?:\s+(?:as\s+)?(?!set\b)\w+)?\s+set\b))\s+(?:only\s+)?"?(?:public"?\.)?"?(\w+)
    |\b(create|alter|drop|grant|revoke|copy)\s+(\w+)
    |\b(nextval|setval|pg_notify)\s*\(
    |\bfor\s+(?:no\s+key\s+)?(update|share|key\s+share)\b""",
    re.IGNORECASE | re.VERBOSE,
)
MAY_MARK = {("update", "session"), ("update", "notice"), ("update", "calendar_feed")}
MAY_WRITE = {("insert", "access_log"), ("insert", "read_mark")}
SEEN = re.compile(
    r"update (session set last_seen|notice set seen_at|calendar_feed set fetched_at)=[^,]+ where ", re.IGNORECASE
)
QUOTED = re.compile(r"'(?:[^']|'')*'")
EDGES = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")

_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)


def hear(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    if (heard := _heard.get()) is not None and not statement.upper().startswith(EDGES):
        heard.append(statement)


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL that is said while this is open, by this thread, but for where transactions begin and end."""
    engine = app.extensions["db"]["pages"]
    if not event.contains(engine, "before_cursor_execute", hear):
        event.listen(engine, "before_cursor_execute", hear)
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)


@contextmanager
def unheard() -> Iterator[None]:
    """What a test does itself in the middle of a request is not the request's."""
    token = _heard.set(None)
    try:
        yield
    finally:
        _heard.reset(token)


def forbidden_writes(heard: list[str]) -> list[str]:
    """What a GET may not have said: it writes only the access log, read marks (of notices too), session.last_seen."""
    found = []
    for statement in heard:
        for hit in WRITES.finditer(QUOTED.sub("''", statement)):
            verb, *about = (part.lower() for part in hit.groups() if part)
            what = (verb, about[0] if about else "")
            seen = what in MAY_MARK and SEEN.match(statement)
            if what not in MAY_WRITE and not seen:
                found.append(f"{' '.join(what).strip()}: {' '.join(statement.split())[:160]}")
    return found


class LintedClient(FlaskClient):
    """A browser that refuses bad pages. `lint=False` for answers that are no page of ours, `watch=False` to look away.

    `heard` is the SQL of the last request.
    """

    heard: list[str]

    def open(self, *args: Any, lint: bool = True, watch: bool = True, **kwargs: Any) -> TestResponse:
        with statements(self.application) as self.heard:
            response = super().open(*args, **kwargs)
        asked = (response.history or (response,))[0].request
        if watch:
            self.check_statements(asked.method, asked.path)
        if lint and response.mimetype == "text/html" and response.data and not 300 <= response.status_code < 400:
            check_page(response.text, response.request.path, self.application.url_map.bind("localhost"))
        return response

    def check_statements(self, method: str, path: str) -> None:
        if method in ("GET", "HEAD"):
            written = forbidden_writes(self.heard)
            assert not written, (
                f"{method} {path} wrote, and a GET writes only access_log, read_mark, notice.seen_at and "
                f"session.last_seen: {written}. "
                "Show a button and let its POST do it (docs/architecture.md, How a request flows)."
            )
        try:
            endpoint, _values = self.application.url_map.bind("localhost").match(path, method=method)
        except (HTTPException, RequestRedirect):
            return
        label = getattr(self.application.view_functions[endpoint], "access", None)
        assert label is None or label.database or not self.heard, (
            f"{endpoint} is labelled database=False, but {method} {path} said {self.heard[0][:160]!r}: "
            "it must work while the database is down, so take the question away, or the promise."
        )
