"""`make run`: everything Närlinjen consists of is started, watched and ended here."""

import fcntl
import os
import re
import select
import shutil
import signal
import socket
import sys
import time
from pathlib import Path

from app.config import Refusal
from app.core.revision import newest
from app.machine import disk
from app.machine.local_port import answers, hold_port
from app.machine.postgres import DATABASE, Server
from app.machine.processes import Child, Roster, die_with_parent, end_group, spawn

ROOT = Path(__file__).parent.parent
_FLASK = (sys.executable, "-m", "flask", "--app", "app")
_START_LIMIT = 60.0
_END_LIMIT = 10.0


class _Ended(Exception):
    """Somebody asked us to end before everything had started."""


class Supervisor:
    """One run, from the first folder made to the last process ended."""

    def __init__(self) -> None:
        self.env = dict(os.environ)
        self.env.setdefault("DEMO", "1")
        self.port = _port(self.env.get("PORT") or "8000")
        self.env["PORT"] = str(self.port)
        self.address = self.env.get("BASE_URL", "").rstrip("/") or f"http://localhost:{self.port}"
        self.local = Path(self.env.get("LOCAL_DIR") or ROOT / ".local").absolute()
        self.folder = self.local / "run"
        self.server: Server | None = None
        self.children: list[Child] = []
        self._people = self.folder / "personas"
        self._roster = Roster(self.folder / "children")
        self._ending = False
        self._woken, self._waker = socket.socketpair()

    def run(self) -> None:
        """Start everything, watch it until asked to end, and end it."""
        self._listen()
        with disk.refusing(self.local):
            disk.refuse_full(self.local, need=32 << 20)
            self.folder.mkdir(parents=True, exist_ok=True)
            # Held until this process is gone, however it ends.
            with (self.folder / "lock").open("a+") as lock:
                self._refuse_second(lock.fileno())
                # A run that was killed outright may have left something behind.
                self._roster.end_all()
                with hold_port(self.port) as port:
                    (self.folder / "lock").write_text(f"{os.getpid()} {self.address}\n")
                    try:
                        self._start(port)
                        self._watch()
                    except _Ended:
                        pass
                    finally:
                        self._end()

    def _start(self, port: socket.socket) -> None:
        if not self.env.get("DATABASE_URL"):
            self.server = Server(self.local / "pg")
            self.server.start()
            self.env["DATABASE_URL"] = self.server.url(DATABASE, "app")
            self.env["DATABASE_OWNER_URL"] = self.server.url(DATABASE, "owner")
        if self.server is None or not self._prepared(self.server):
            self._prepare()
        self._make_room_for_figures()
        serve = (sys.executable, "-m", "gunicorn", "-c", ROOT / "app/gunicorn.py", "--bind", f"fd://{port.fileno()}")
        web = Child("The web server", (*serve, "app:create_app()"), self._log("web"), cwd=ROOT, keep=(port.fileno(),))
        worker = Child("The worker", (*_FLASK, "worker"), self._log("worker"), cwd=ROOT)
        for child in (web, worker):
            self.children.append(child)
            self._start_child(child)
            # The worker comes second: nobody waits for it, and it would take a core from those who load the pages.
            self._await_ready()
        _say(f"\nNärlinjen is ready: {self.address}")
        if personas := self._personas():
            _say(f"Step in as one of the demo's people: {self.address}/demo/personer")
            _say("".join(f"    {name:<24} {about}\n" for name, about in personas).rstrip())
        _say(f"Logs are in {self.folder}. Ctrl-C ends everything.")

    def _prepared(self, server: Server) -> bool:
        """Whether an earlier start of this very code has left nothing to migrate or seed, asked without loading it."""
        if self.env["DEMO"] == "1" and not self._people.exists():
            return False
        import psycopg

        try:
            with psycopg.connect(server.url(DATABASE).replace("+psycopg", "")) as connection:
                return connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest(),)]
        except psycopg.Error:
            return False

    def _prepare(self) -> None:
        _say("Preparing the database")
        if self.server is not None:
            self.server.create_database(DATABASE)
        self._flask("migrate")
        if self.env["DEMO"] == "1":
            self._flask("demo")
            self._people.write_text(self._flask("demo", "--list"))

    def _make_room_for_figures(self) -> None:
        """Where the web server's processes add up what they count, from nothing at each start."""
        figures = self.folder / "figures"
        shutil.rmtree(figures, ignore_errors=True)
        figures.mkdir()
        self.env.setdefault("PROMETHEUS_MULTIPROC_DIR", str(figures))

    def _watch(self) -> None:
        falls = 0
        while True:
            self._pause(1.0)
            for child in self.children:
                if said := child.ended():
                    _say(said)
                if child.due():
                    self._start_child(child)
            if self.server is None or self.server.running:
                falls = 0
                continue
            falls += 1
            _say(f"PostgreSQL has ended and starts again; see {self.server.log}")
            try:
                self.server.start()
            except Refusal as refusal:
                _say(str(refusal))
                self._pause(min(30.0, 2.0**falls))

    def _end(self) -> None:
        for child in self.children:
            child.terminate()
        limit = time.monotonic() + _END_LIMIT
        for child in self.children:
            child.end(max(0.1, limit - time.monotonic()))
        if self.server is not None:
            self.server.stop()
        self._roster.write(())
        if self._ending:
            _say("Närlinjen has ended.")

    def _start_child(self, child: Child) -> None:
        child.start(self.env)
        self._roster.write(child.pid for child in self.children if child.pid)

    def _flask(self, *words: str) -> str:
        """Run a command of the app to its end; a refusal of its own becomes ours."""
        log = self._log(words[0])
        with log.open("wb") as output:
            step = spawn([*_FLASK, *words], output=output, cwd=ROOT, env=self.env)
        try:
            while step.poll() is None:
                self._pause(1.0)
        finally:
            end_group(step, patience=5)
        if step.returncode:
            raise _refusal(f"flask {' '.join(words)} failed", log, step.returncode)
        return log.read_text(errors="replace")

    def _personas(self) -> list[tuple[str, str]]:
        if self.env["DEMO"] != "1" or not self._people.exists():
            return []
        lines = [line.partition("\t") for line in self._people.read_text().splitlines()]
        return [(name, about) for name, tab, about in lines if tab][:3]

    def _await_ready(self) -> None:
        limit = time.monotonic() + _START_LIMIT
        while not answers(self.port):
            for child in self.children:
                if child.ended() and child.log:
                    raise _refusal(f"{child.name} did not start", child.log, child.code)
            if time.monotonic() > limit:
                raise Refusal(f"Närlinjen was not ready in {_START_LIMIT:g} s; see the logs in {self.folder}.")
            self._pause(0.05)

    def _log(self, name: str) -> Path:
        log = self.folder / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".old"))
        return log

    def _refuse_second(self, lock: int) -> None:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid, _, address = (self.folder / "lock").read_text().strip().partition(" ")
            raise Refusal(
                f"Närlinjen already runs from {self.local} (process {pid or 'starting'}{address and ', ' + address}); "
                "end that one first."
            ) from error

    def _listen(self) -> None:
        self._waker.setblocking(False)
        self._woken.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            nohup = sig == signal.SIGHUP and signal.getsignal(sig) == signal.SIG_IGN
            if not nohup:
                signal.signal(sig, self._ask_to_end)

    def _ask_to_end(self, *_: object) -> None:
        self._ending = True

    def _pause(self, seconds: float) -> None:
        """Wait for a signal, a child's end or the time to pass."""
        if not self._ending:
            select.select([self._woken], [], [], seconds)
        try:
            self._woken.recv(4096)
        except BlockingIOError:
            pass
        if self._ending:
            raise _Ended


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise Refusal(f"PORT is {text!r}; it must be a number from 1 to 65535.")
    return int(text)


def _refusal(what: str, log: Path, code: int | None = None) -> Refusal:
    """The program's own sentence if it refused, else its last words."""
    said = log.read_text(errors="replace").strip()
    last = (said.splitlines() or ["it said nothing"])[-1]
    if refusals := [last] if code == 2 else re.findall(r"^app\.config\.Refusal: (.+)", said, re.M):
        return Refusal(refusals[-1])
    return Refusal(f"{what}: {last} (see {log})")


def _say(line: str) -> None:
    try:
        print(line, flush=True)
    except OSError:
        pass


def main() -> int:
    """Exit code 2 and one sentence when it cannot go on."""
    if "MAKELEVEL" in os.environ:
        # Whoever kills make means what make runs.
        die_with_parent(signal.SIGTERM)
    try:
        Supervisor().run()
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
