"""A time after which a conversation is over, in whatever step of it the other side keeps us waiting.

A socket's own timeout begins anew with every byte: somebody who says one a second is never late.
"""

import contextlib
import socket
import threading
from typing import Any


class Deadline:
    """Hangs up on what is being talked to when the time is out; `passed` says that it is."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._line: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True
        self._lock = threading.Lock()

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_error: Any) -> None:
        self._timer.cancel()
        with self._lock:
            self._let_go()

    def watch(self, line: socket.socket) -> None:
        """From now on this is the one to hang up on, whatever is made of it afterwards: TLS makes it another object."""
        with self._lock:
            self._let_go()
            self._line = line.dup()
            if self.passed:
                self._hang_up()

    def _pass(self) -> None:
        with self._lock:
            self.passed = True
            self._hang_up()

    def _hang_up(self) -> None:
        if self._line is not None:
            # The other side may have hung up already.
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    def _let_go(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
