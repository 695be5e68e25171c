"""A whole installation of our own on loopback, as real processes; all of it ends with the block."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from subprocess import PIPE, Popen
from types import TracebackType
from typing import Any

import psutil
import psycopg
from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from sqlalchemy import create_engine, make_url

from app import create_app
from app.accounts import service as accounts
from app.config import Settings, fresh_secrets
from app.core import clock, db, installation, schema
from app.core.audit import SYSTEM
from app.machine.local_port import answers, hold_port
from app.machine.postgres import Server
from app.machine.processes import end_group, spawn
from tests.bench.figures import Broken

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0


class Web:
    """One gunicorn with its workers."""

    def __init__(self, process: Popen[bytes], port: int, log: Path, database: int) -> None:
        self.process, self.port, self.log, self.database = process, port, log, database

    def memory(self) -> int:
        """What its workers hold, in kB."""
        return sum(child.memory_info().rss for child in psutil.Process(self.process.pid).children()) // 1024

    def worked(self) -> tuple[float, float]:
        """Seconds of processor that its workers, and the database, have used until now."""
        return used(self.process.pid), used(self.database)


def used(pid: int) -> float:
    """The processor time of a process's children, those that have ended among them."""
    parent = psutil.Process(pid)
    times = [child.cpu_times() for child in parent.children()]
    ended = parent.cpu_times()
    return sum(it.user + it.system for it in times) + ended.children_user + ended.children_system


class House:
    """A PostgreSQL with the databases that a bench asks for, and the processes over them.

    `demo=False` is a real installation: nobody can step in as somebody else.
    """

    def __init__(self, *, durable: bool = True, demo: bool = True) -> None:
        self.demo = demo
        self.folder = Path(tempfile.mkdtemp(prefix="narlinjen-bench-"))
        self.server = Server(self.folder / "pg", durable=durable)
        self.secrets = fresh_secrets()
        self.processes: list[Popen[bytes]] = []
        self.apps: list[Flask] = []
        self.connections: list[psycopg.Connection[Any]] = []

    def __enter__(self) -> House:
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            end_group(process, patience=10)
        for connection in self.connections:
            connection.close()
        for app in self.apps:
            app.extensions["live"].close()
            app.extensions["db"]["engine"].dispose()
        self.server.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def database(self, name: str) -> str:
        """A new database, migrated and marked as what it is."""
        self.server.create_database(name)
        schema.migrate(self.server.url(name, "owner"))
        engine = create_engine(make_url(self.server.url(name, "owner")))
        with engine.begin() as connection:
            installation.make(connection, "demo" if self.demo else "real", now=clock.now())
        engine.dispose()
        return name

    def env(self, database: str) -> dict[str, str]:
        return self.secrets | {
            "DEMO": "1" if self.demo else "",
            "BASE_URL": "" if self.demo else "https://narlinjen.example.org",
            "LOCAL_DIR": str(self.folder),
            "DATABASE_URL": self.server.url(database, "app"),
            "DATABASE_OWNER_URL": self.server.url(database, "owner"),
        }

    def app(self, database: str) -> Flask:
        """The app in this process, to build with and to look behind."""
        made = create_app(Settings.from_env(self.env(database)))
        self.apps.append(made)
        return made

    def owner(self, database: str) -> psycopg.Connection[Any]:
        """A connection as the role that owns the tables."""
        address = make_url(self.server.url(database, "owner")).set(drivername="postgresql")
        self.connections.append(psycopg.connect(address.render_as_string(hide_password=False)))
        return self.connections[-1]

    def web(self, database: str, factory: str = "app:create_app()") -> Web:
        """gunicorn as in a real installation, ready to answer."""
        with hold_port(0) as held:
            port = held.getsockname()[1]
            serve = [
                sys.executable,
                "-m",
                "gunicorn",
                "-c",
                ROOT / "app/gunicorn.py",
                "--bind",
                f"fd://{held.fileno()}",
            ]
            log = self.folder / f"web-{port}.log"
            process = self._start([*serve, factory], database, log, keep=(held.fileno(),), port=port)
        limit = time.monotonic() + PATIENCE
        while not answers(port):
            if process.poll() is not None or time.monotonic() > limit:
                raise Broken(f"{factory} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        return Web(process, port, log, self.server.pid or 0)

    def worker(self, database: str) -> Popen[bytes]:
        log = self.folder / f"worker-{len(self.processes)}.log"
        return self._start([sys.executable, "-m", "flask", "--app", "app", "worker"], database, log)

    def flask(self, database: str, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of the app, run to its end."""
        command = [sys.executable, "-m", "flask", "--app", "app", *words]
        return subprocess.run(
            command, cwd=ROOT, env=os.environ | self.env(database), capture_output=True, text=True, check=False
        )

    def end(self, process: Popen[bytes]) -> None:
        end_group(process, patience=10)
        self.processes.remove(process)

    def _start(
        self, command: list[Any], database: str, log: Path, *, keep: tuple[int, ...] = (), port: int = 8000
    ) -> Popen[bytes]:
        env = os.environ | self.env(database) | {"PORT": str(port), "WEB_LOG_LEVEL": "warning"}
        with log.open("wb") as output:
            process = spawn(command, output=output, cwd=ROOT, env=env, keep=keep)
        self.processes.append(process)
        return process


def sign_in(app: Flask, person_id: Any, *, capacity: str) -> tuple[str, str]:
    """A browser's cookies for a session of this person, and the form token that goes with it."""
    with app.app_context(), db.transaction():
        token = accounts.sign_in(person_id, capacity=capacity, way="demo", by=SYSTEM, now=clock.now())
    with app.test_request_context():
        session.permanent = True
        first, second = token.split(".")
        session["_user_id"], session["nav"] = first, "staff" if capacity == "duty" else "patient"
        form_token = generate_csrf()
        signer: Any = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        name = app.config["SESSION_COOKIE_NAME"]
        return f"{name}={signer.dumps(dict(session))}; {name}-here={second}", form_token


def client(module: str, plan: dict[str, Any], *, limit: float) -> dict[str, Any]:
    """Run a load client as a process of its own, and return what it measured."""
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        input=json.dumps(plan).encode(),
        stdout=PIPE,
        timeout=limit,
        check=False,
    )
    if done.returncode:
        raise Broken(f"the load client {module} failed")
    return dict(json.loads(done.stdout))
