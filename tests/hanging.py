"""What becomes of a test that hangs: it fails, and says where it stood; what it left behind is cleared away.

The process that ran it ends at once, since nothing else reaches what waits outside of Python, and all that it had
started ends with it. With several processes another takes over, and the test is not begun anew.
"""

import fcntl
import gc
import os
import re
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TextIO

import greenlet
import pytest
from pytest_timeout import is_debugging
from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

PREFIX = "narlinjen-tests-"
NEW = 60.0
# One file of stories is longer than all others together: it is shared out, a way of looking at a time.
# The guards walk through the same two scenes, which take longer to build than to walk: one process tells them all.
GUARDS = "tests/guards"
SHARED = re.compile(r"^(tests/browser/test_every_page\.py)::\w+\[(\d+-[a-z]+-[a-z]+-\d+)-")
RUNNERS = re.compile("/(_pytest|execnet|pluggy|xdist)/")
SAYS = pytest.StashKey[TextIO]()


class Hanging:
    """A plugin of the tests: how a hung one ends, and what is done in its stead."""

    def pytest_configure(self, config: pytest.Config) -> None:
        # Before anything is captured; a process of several has no other way to the terminal.
        config.stash[SAYS] = os.fdopen(os.dup(2), "w")

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        config.stash[SAYS].close()

    @pytest.hookimpl(tryfirst=True)
    def pytest_timeout_set_timer(self, item: pytest.Item, settings: Any) -> bool:
        timer = threading.Timer(settings.timeout, give_up, (item, settings.timeout))
        timer.daemon = True
        item.cancel_timeout = timer.cancel  # type: ignore[attr-defined]
        timer.start()
        return True

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> LoadFileScheduling | None:
        return OnlyOnce(config, log) if config.getvalue("dist") == "loadfile" else None


class OnlyOnce(LoadFileScheduling):
    """The scheduler of xdist begins a test that ended its process anew, again and again; here it has failed."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(f"{GUARDS}/"):
            return GUARDS
        part = SHARED.match(nodeid)
        scope: str = "::".join(part.groups()) if part else super()._split_scope(nodeid)
        return scope

    def remove_node(self, node: WorkerController) -> str | None:
        work = self.assigned_work.pop(node)
        left = [(unit, test) for unit in work.values() for test, done in unit.items() if not done]
        if not left:
            return None
        unit, test = left[0]
        unit[test] = True
        self.workqueue.update({scope: unit for scope, unit in work.items() if not all(unit.values())})
        for other in self.assigned_work:
            self._reschedule(other)
        return test


def give_up(item: pytest.Item, patience: float) -> None:
    if is_debugging():
        return
    says = item.config.stash[SAYS]
    print(f"\n{item.nodeid} hung for {patience:g} s. Where it stood:", file=says)
    for name, frame in stacks():
        calls = [call for call in traceback.extract_stack(frame) if not RUNNERS.search(call.filename)]
        print(f"\n{name}\n{''.join(traceback.format_list(calls))}", end="", file=says)
    says.flush()
    os._exit(1)


def stacks() -> Iterator[tuple[str, FrameType | None]]:
    """Of all threads, and of what waits beside them: a story in a browser does."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for number, frame in sys._current_frames().items():
        if number != threading.get_ident():
            yield f"thread {names.get(number, number)}", frame
    for one in gc.get_objects():
        if isinstance(one, greenlet.greenlet) and one.gr_frame:
            yield "beside it", one.gr_frame


@contextmanager
def in_memory(memory: Path) -> Iterator[Path]:
    """A folder in memory that is ours while we live; those of the dead are taken away, however they ended."""
    sweep(memory)
    made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=memory))
    held = os.open(made, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(held)


def sweep(memory: Path) -> None:
    for old in memory.glob(f"{PREFIX}*"):
        try:
            # Whoever has just made one may not have taken hold of it yet.
            if time.time() - old.stat().st_mtime < NEW:
                continue
            held = os.open(old, os.O_RDONLY)
        except OSError:
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(old, ignore_errors=True)
        except OSError:
            pass
        finally:
            os.close(held)
