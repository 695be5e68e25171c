"""Närlinjen started as a person starts it, in a folder and at a port of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import psutil

ROOT = Path(__file__).parent.parent.parent
SERVE = (sys.executable, "-m", "app.serve")
OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "DEMO", "SECRET_KEY", "DATA_KEYS", "INDEX_KEY", "AUDIT_KEYS", "BASE_URL")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Run:
    """One start. `said` is what it printed until it was ready, or until it ended."""

    def __init__(self, local: Path, *, command: Sequence[str] = SERVE, port: int | None = None, **env: str):
        self.port = port or free_port()
        given = {name: value for name, value in os.environ.items() if name not in OURS}
        given |= {"LOCAL_DIR": str(local), "PORT": str(self.port)} | env
        begun = time.monotonic()
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=given, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        lines = []
        while line := self.line():
            lines.append(line)
            if "Ctrl-C" in line:
                break
        self.said = "\n".join(lines)
        self.seconds = time.monotonic() - begun
        self.started = self.everything()

    def line(self) -> str:
        """The next line that is not empty, waited for; nothing at the end."""
        assert self.process.stdout
        while read := self.process.stdout.readline():
            if text := read.decode().rstrip():
                return text
        return ""

    def everything(self) -> list[psutil.Process]:
        """Each process that it has started, and those that these have started."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def find(self, word: str) -> psutil.Process:
        """The first of its processes with a word in its command line."""
        return next(process for process in self.everything() if word in process.cmdline())

    def get(self, path: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as response:
            return int(response.status)

    def end(self, sig: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, wait for it, and return its exit code."""
        self.started += self.everything()
        if self.process.poll() is None:
            self.process.send_signal(sig)
        code = self.process.wait(60)
        assert self.process.stdout
        self.process.stdout.close()
        return code

    def left(self) -> list[psutil.Process]:
        """What is still there of all that it started, after time enough to end."""
        _, alive = psutil.wait_procs(self.started, timeout=15)
        return alive
