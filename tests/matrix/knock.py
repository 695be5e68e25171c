"""Try every door as everybody, and say which answers gave more than they may. Nothing that is done here stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask, url_for
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Connection
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.core import db
from app.core.access import label_of
from tests.client import LintedClient
from tests.matrix.oracle import kinds_of, may_read, rule_of
from tests.matrix.town import Side, Town

REFUSED = (400, 401, 403, 404, 405)
PLAIN: dict[str, Any] = {
    "way": "epost",
    "code": "sv",
    "filename": "none.css",
    "slug": "rattvik",
    "n": 1,
    "secret": 43 * "x",
}
# What stands for itself only in the addresses of one blueprint.
OWN: dict[str, dict[str, Any]] = {"files": {"slug": "personer"}}
ASKS_TO_SIGN_IN = re.compile(r"^/logga-in")


@dataclass(frozen=True)
class Knock:
    """One request: who, where, and of whose things the address speaks, if of anybody's."""

    who: str
    method: str
    endpoint: str
    path: str
    side: Side | None


@dataclass
class Result:
    """What a round has found: requests, how many let in whoever may go in, and leaks in words."""

    requests: int
    let_in: int
    leaks: list[str]


def knocks(town: Town, *sides: Side) -> Iterator[Knock]:
    """Everybody at every door, with the things of these sides; of both unless it is said."""
    for rule in sorted(town.app.url_map.iter_rules(), key=lambda it: (it.endpoint, it.rule)):
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            for side in (sides or (town.siv, town.rut)) if rule.arguments - PLAIN.keys() else (None,):
                path = address(town, rule, side)
                for who in town.phones:
                    yield Knock(who, method, rule.endpoint, path, side)


def address(town: Town, rule: Rule, side: Side | None) -> str:
    given: dict[str, Any] = {}
    plain = PLAIN | OWN.get(rule.endpoint.partition(".")[0], {})
    for name in rule.arguments:
        if name in plain:
            given[name] = plain[name]
            continue
        assert side and name in side.things, (
            f"The matrix has no {name} for {rule.endpoint}: let one be made for both patients in tests/matrix/town.py."
        )
        given[name] = side.things[name]
    with town.app.test_request_context():
        return url_for(rule.endpoint, **given)


def allowed(town: Town, knock: Knock) -> bool:
    """Whether somebody may be let in, by the label of the route and by whose things they ask for."""
    kinds = label_of(town.app, knock.endpoint).kinds
    if "operations" in kinds:
        return True
    if not kinds & kinds_of(knock.who):
        return False
    if knock.side is None or "public" in kinds:
        return True
    rule = rule_of(knock.endpoint)
    assert rule, f"The oracle has no line for {knock.endpoint}: say in tests/matrix/oracle.py who may use it."
    return knock.who in rule(town, knock.side)


def leaks_of(town: Town, knock: Knock, answer: TestResponse) -> Iterator[str]:
    """What an answer gave that it may not: being let in, or a word of a patient's."""
    refused = answer.status_code in REFUSED or ASKS_TO_SIGN_IN.match(answer.location or "")
    if not refused and not allowed(town, knock):
        yield f"{knock.who} was let in: {knock.method} {knock.endpoint} {knock.path} → {answer.status_code}"
    said = "" if answer.mimetype == "text/event-stream" else answer.text + str(answer.headers)
    for side in (town.siv, town.rut):
        for mark, word in side.marks.items():
            if word in said and knock.who not in may_read(town, side, mark):
                whose = side.patient.person.name
                yield f"{knock.who} read {mark} of {whose}: {knock.method} {knock.endpoint} {knock.path}"


class Round:
    """Sends knocks, each as a browser that remembers nothing of the one before."""

    def __init__(self, town: Town) -> None:
        self.client = town.app.test_client(use_cookies=False)
        self.browsers = {who: browser(phone) for who, phone in town.phones.items()}

    def send(self, knock: Knock) -> TestResponse:
        cookies, token = self.browsers[knock.who]
        said: dict[str, Any] = {"headers": {"Cookie": cookies}, "lint": False, "watch": False}
        if knock.method == "POST":
            said["data"] = {"csrf_token": token}
        return self.client.open(knock.path, method=knock.method, **said)


def browser(phone: LintedClient) -> tuple[str, str]:
    """What a browser sends with each request, and a form token that goes with it: what is refused then, is refused for
    who it is.
    """
    with phone.session_transaction() as cookie:
        raw = cookie.setdefault("csrf_token", "0" * 40)
    token = URLSafeTimedSerializer(str(phone.application.secret_key), salt="wtf-csrf-token").dumps(raw)
    cookies = (phone._cookies or {}).values()
    return "; ".join(f"{it.key}={it.value}" for it in cookies), str(token)


@contextmanager
def taken_back(app: Flask) -> Iterator[Connection]:
    """A place where every commit is a savepoint, and all of it is rolled back."""
    known = app.extensions["db"]
    with known["engine"].connect() as connection:
        outer, before = connection.begin(), known["session"]
        known["session"] = db.sessions_on(connection, join_transaction_mode="create_savepoint")
        try:
            yield connection
        finally:
            known["session"] = before
            outer.rollback()


def walk(town: Town, connection: Connection, *sides: Side) -> Result:
    """Every knock there is, with the things of these sides."""
    found, made, tries, let_in = [], Round(town), 0, 0
    for knock in knocks(town, *sides):
        tries += 1
        inner = connection.begin_nested()
        answer = made.send(knock)
        found += leaks_of(town, knock, answer)
        let_in += answer.status_code == 200 and allowed(town, knock)
        answer.close()
        inner.rollback()
    return Result(tries, let_in, found)
