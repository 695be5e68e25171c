"""Närlinjen as people meet it: gunicorn and the worker as real processes, over one database with the demo in it."""

import os
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from subprocess import Popen

from flask import Flask

from app import create_app
from app.config import Settings
from app.machine.local_port import answers, hold_port
from app.machine.postgres import Server
from app.machine.processes import end_group, spawn

ROOT = Path(__file__).parent.parent.parent
FLASK = ("flask", "--app", "app")
PATIENCE = 60.0


class Site:
    """One running site on a free port of this machine; `at` is when it believes that it starts."""

    def __init__(
        self, folder: Path, server: Server, database: str, secrets: dict[str, str], *, at: datetime | None = None
    ) -> None:
        self.folder, self.server, self.database = folder, server, database
        self.root = ROOT
        self.log = folder / "web.log"
        self._processes: list[Popen[bytes]] = []
        self._port = hold_port(0)
        self.port = self._port.getsockname()[1]
        self.url = f"http://localhost:{self.port}"
        self.settings = secrets | {
            "DEMO": "1",
            "LOCAL_DIR": str(folder),
            "DATABASE_URL": server.url(database, "app"),
            "DATABASE_OWNER_URL": server.url(database, "owner"),
            "BASE_URL": self.url,
            "PORT": str(self.port),
            "WEB_WORKERS": "2",
        }
        self._env = os.environ | self.settings
        self._python = (sys.executable, "-m", *(("tests.browser.at_time", at.isoformat()) if at else ()))

    def seed(self) -> None:
        """Put the demo into the database."""
        self.folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [*self._python, *FLASK, "demo"], cwd=self.root, env=self._env, check=True, stdin=subprocess.DEVNULL
        )

    def start(self) -> None:
        """Start what serves and works, and return when it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        serve = (*self._python, "gunicorn", "-c", self.root / "app/gunicorn.py")
        port = self._port.fileno()
        with self.log.open("ab") as log:
            self._processes = [
                spawn(
                    (*serve, "--bind", f"fd://{port}", "app:create_app()"),
                    output=log,
                    cwd=self.root,
                    env=self._env,
                    keep=[port],
                ),
                spawn((*self._python, *FLASK, "worker"), output=log, cwd=self.root, env=self._env),
            ]
        limit = time.monotonic() + PATIENCE
        while not answers(self.port):
            ended = [process for process in self._processes if process.poll() is not None]
            assert not ended and time.monotonic() < limit, f"the site did not start: {self.log.read_text()[-2000:]}"

    def stop(self) -> None:
        """End the processes and let the port go."""
        self.rest()
        self._port.close()

    def rest(self) -> None:
        """End the processes, and keep the port until it is started again."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            end_group(process, patience=15)
        self._processes = []

    def told(self, **settings: str) -> None:
        """What an operator has set anew; it holds from the next start."""
        self.settings = self.settings | settings
        self._env = self._env | settings

    def app(self) -> Flask:
        """An app over the same database, for what a story needs to have happened behind the pages."""
        return create_app(Settings.from_env(self.settings))

    def logged(self) -> int:
        """How far the log has come."""
        return self.log.stat().st_size

    def faults_since(self, place: int) -> list[str]:
        """What the web server has logged as broken since then."""
        with self.log.open("rb") as log:
            log.seek(place)
            lines = log.read().decode(errors="replace").splitlines()
        return [line for line in lines if "request.broken" in line or line.startswith("Traceback")]
