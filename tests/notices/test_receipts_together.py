"""What many phones say at the same moment: noted together, and each as if it had been alone."""

import threading
from collections.abc import Iterator

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, select

from app.core import clock, db
from app.core.audit import SYSTEM
from app.notices import receipt_service, receipt_views
from app.notices.models import Delivery
from app.notices.receipt_views import Gathering
from tests.notices.outward import Post, device, told
from tests.world import Someone, World

Travel = time_machine.Traveller


@pytest.fixture
def said(own_app: Flask) -> Iterator[list[str]]:
    """The statements that note receipts."""
    found: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if "receipt_digest = given.digest" in statement:
            found.append(statement)

    engine = own_app.extensions["db"]["engine"]
    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def many(world: World, count: int) -> tuple[list[Someone], Post]:
    """So many patients, each of whom has been sent something."""
    people: list[Someone] = [world.patient(f"Patient {n}") for n in range(count)]
    for person in people:
        device(person)
        told(person)
    post = Post()
    post.round()
    return people, post


def statuses(post: Post) -> list[str]:
    found = dict(db.session().execute(select(Delivery.id, Delivery.status)).all())
    return [found[it.key] for it in post.sent]


def at_once(app: Flask, given: list[tuple[str, str]]) -> list[bool]:
    gathering, known = Gathering(), {}

    def say(n: int) -> None:
        with app.app_context():
            known[n] = gathering.note(*given[n])

    threads = [threading.Thread(target=say, args=(n,)) for n in range(len(given))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [known[n] for n in range(len(given))]


def test_what_comes_at_once_is_noted_by_few_statements_and_each_hears_its_own(
    clockwork: Travel, own_app: Flask, own_world: World, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipt_views, "GATHER", 0.5)
    _people, post = many(own_world, 8)
    said.clear()
    given = [(it.receipt, "opened" if n == 0 else "shown") for n, it in enumerate(post.sent)]
    assert at_once(own_app, [*given, ("nonsense", "shown"), given[1]]) == [True] * 8 + [False, True]
    assert statuses(post) == ["opened"] + ["shown"] * 7
    assert len(said) <= 2


def test_shown_and_opened_in_one_go_is_opened(clockwork: Travel, own_world: World) -> None:
    _people, post = many(own_world, 1)
    token = post.sent[0].receipt
    with db.transaction():
        known = receipt_service.receipts([(token, "opened"), (token, "shown")], by=SYSTEM, now=clock.now())
    assert known == [True, True] and statuses(post) == ["opened"]


def test_nothing_said_is_nothing(own_world: World) -> None:
    assert receipt_service.receipts([], by=SYSTEM, now=clock.now()) == []
