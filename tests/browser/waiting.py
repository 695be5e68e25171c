"""Waiting for what happens outside of the page that one looks at: in another process, or in the database."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
OFTEN = 0.05


def until(looks: Callable[[], T], what: str, *, patience: float = 20.0) -> T:
    """What it says when it first says anything; AssertionError when that takes too long."""
    limit, pause = time.monotonic() + patience, threading.Event()
    while not (found := looks()):
        assert time.monotonic() < limit, f"waited {patience:g} s in vain for: {what}"
        pause.wait(OFTEN)
    return found
