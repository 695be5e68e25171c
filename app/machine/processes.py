"""Child processes that never outlive the process that started them."""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, Popen, TimeoutExpired
from typing import IO

import psutil

_SET_PARENT_DEATH_SIGNAL = 1
_STEADY = 60.0
_LONGEST_WAIT = 30.0
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(sig: signal.Signals) -> None:
    """Ask the kernel to send `sig` to this process when the thread that started it ends, however it ends."""
    if _libc is not None:
        _libc.prctl(_SET_PARENT_DEATH_SIGNAL, int(sig), 0, 0, 0)


def spawn(
    command: Sequence[str | Path],
    *,
    output: IO[bytes],
    farewell: signal.Signals = signal.SIGTERM,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    ids: tuple[int, int] | None = None,
    keep: Sequence[int] = (),
) -> Popen[bytes]:
    """Start a command as the head of its own process group, without input; it gets `farewell` when we are gone.

    `ids` are the user and group to run as, `keep` the open file descriptors that it inherits.
    """
    return Popen(
        [str(part) for part in command],
        stdin=DEVNULL,
        stdout=output,
        stderr=output,
        cwd=cwd,
        env=env,
        user=ids[0] if ids else None,
        group=ids[1] if ids else None,
        extra_groups=() if ids else None,
        start_new_session=True,
        pass_fds=keep,
        # Not process_group and the like: changing account clears what was asked of the kernel, so this comes after it.
        preexec_fn=_bind(os.getpid(), farewell),  # noqa: PLW1509
    )


def end_group(process: Popen[bytes], *, patience: float) -> None:
    """SIGTERM to the process, and SIGKILL to what is left of its group when it ended or `patience` seconds passed."""
    try:
        process.terminate()
        process.wait(patience)
    except TimeoutExpired:
        pass
    kill_group(process.pid)
    process.wait()


def kill_group(pid: int) -> None:
    """SIGKILL to a process group, if there is one."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _bind(parent: int, farewell: signal.Signals) -> Callable[[], None]:
    def before_the_program() -> None:
        die_with_parent(farewell)
        if os.getppid() != parent:
            os._exit(1)

    return before_the_program


class Child:
    """A process that is started anew when it ends, later each time if it keeps ending soon. Without a log of its own it
    says what it has to say where we do."""

    def __init__(
        self, name: str, command: Sequence[str | Path], log: Path | None, *, cwd: Path, keep: Sequence[int] = ()
    ):
        self.name, self.log = name, log
        self._command, self._cwd, self._keep = command, cwd, keep
        self._process: Popen[bytes] | None = None
        self._born = self._due = 0.0
        self._falls = 0
        self.code: int | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self, env: Mapping[str, str]) -> None:
        with self.log.open("ab") if self.log else open(1, "wb", closefd=False) as output:
            self._process = spawn(self._command, output=output, cwd=self._cwd, env=env, keep=self._keep)
        self._born = time.monotonic()

    def ended(self) -> str | None:
        """What to say when it has just ended, once; what it leaves behind is cleared away."""
        if self._process is None or (code := self._process.poll()) is None:
            return None
        kill_group(self._process.pid)
        self._process = None
        self.code = code
        now = time.monotonic()
        self._falls = 1 if now - self._born > _STEADY else self._falls + 1
        wait = min(_LONGEST_WAIT, 0.5 * 2 ** (self._falls - 1))
        self._due = now + wait
        how = f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
        return f"{self.name} ended ({how}) and starts again in {wait:g} s" + (f"; see {self.log}" if self.log else "")

    def due(self) -> bool:
        """Whether it should be running and may be started now."""
        return self._process is None and time.monotonic() >= self._due

    def terminate(self) -> None:
        """Ask it to end, without waiting."""
        if self._process is not None:
            self._process.terminate()

    def end(self, patience: float) -> None:
        """See it ended, with everything that it started."""
        if self._process is not None:
            end_group(self._process, patience=patience)
            self._process = None


class Roster:
    """What runs, written down, so that a start after a crash can end what the crash left."""

    def __init__(self, file: Path):
        self._file = file

    def write(self, pids: Iterable[int]) -> None:
        try:
            self._file.write_text("".join(f"{pid} {psutil.Process(pid).create_time()}\n" for pid in pids))
        except (OSError, psutil.Error):
            # A disk that fills up must not end what runs.
            pass

    def end_all(self) -> None:
        """Kill the groups that are still there; a number that has been given to another process is left alone."""
        lines = self._file.read_text().splitlines() if self._file.exists() else []
        for pid, _, born in (line.partition(" ") for line in lines):
            try:
                if psutil.Process(int(pid)).create_time() == float(born):
                    kill_group(int(pid))
            except (psutil.Error, ValueError):
                continue
