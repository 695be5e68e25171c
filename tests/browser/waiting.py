"""Waiting for what happens by itself, in a page or outside of it: never without a bound, and saying what never came."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from playwright.sync_api import Page, Worker

T = TypeVar("T")
OFTEN = 0.05
PATIENCE = 20.0
# What is asked of a page or a worker may be a promise that never comes, for which Playwright waits without end.
BOUND = """(given) => Promise.race([(%s)(given),
  new Promise((_, fail) => setTimeout(() => fail(new Error(%s)), %d))])"""


def until(looks: Callable[[], T], what: str, *, patience: float = PATIENCE) -> T:
    """What it says when it first says anything; AssertionError when that takes too long."""
    limit, pause = time.monotonic() + patience, threading.Event()
    while not (found := looks()):
        assert time.monotonic() < limit, f"waited {patience:g} s in vain for: {what}"
        pause.wait(OFTEN)
    return found


def becomes(looks: Callable[[], T], wanted: T, what: str, *, patience: float = PATIENCE) -> None:
    """Wait until it is just what is wanted; AssertionError with what it was instead when that takes too long."""
    seen: list[T] = []

    def holds() -> bool:
        seen[:] = [looks()]
        return seen == [wanted]

    try:
        until(holds, what, patience=patience)
    except AssertionError as error:
        raise AssertionError(f"{error}; at last it was {seen}") from None


def asks(there: Page | Worker, script: str, what: str, given: Any = None, *, patience: float = PATIENCE) -> Any:
    """What a function, written in JavaScript, comes to in a page or a worker, in the end."""
    said = f"waited {patience:g} s in vain for: {what}"
    return there.evaluate(BOUND % (script, json.dumps(said), patience * 1000), given)


def until_page(page: Page, holds: str, what: str, given: Any = None, *, patience: float = PATIENCE) -> None:
    """Wait until a function, written in JavaScript, comes to yes in a page that stays."""
    until(lambda: asks(page, holds, what, given, patience=patience), what, patience=patience)


def worker_ready(page: Page) -> None:
    """The service worker of the page's place has taken over."""
    asks(page, "() => navigator.serviceWorker.ready.then(() => null)", "a service worker")
