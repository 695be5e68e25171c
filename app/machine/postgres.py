"""A private PostgreSQL: programs from a wheel or the machine, data in a folder of ours, a unix socket only."""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from subprocess import Popen
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, urlencode

import psutil

from app.config import Refusal, Settings
from app.machine import disk
from app.machine import postgres_cluster as cluster
from app.machine.postgres_binaries import Account, Binaries, find_account, find_binaries
from app.machine.processes import spawn

if TYPE_CHECKING:
    from psycopg.sql import Composed

DATABASE = "narlinjen"
PORT = 5432
_LONGEST_SOCKET_FOLDER = 90
_ROOM_TO_BEGIN = 200 << 20
_ROOM_TO_START = 32 << 20
_LONGEST_LOG = 10 << 20
_PATIENCE = 60.0

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_checkpoints": "off",
    # A row's values never reach the log: neither in the detail of an error nor in the statement that met it.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

Role = Literal["owner", "app"]


def at_hand(settings: Settings) -> Settings:
    """The settings with a database: the one they name, or the private one, made and started if need be."""
    if settings.database_url:
        return settings
    server = Server(settings.local / "pg")
    server.start()
    server.create_database(DATABASE)
    return replace(settings, database_url=server.url(DATABASE, "app"), owner_url=server.url(DATABASE, "owner"))


class Server:
    """One cluster in one folder. It ends with the process that started it, however that ends.

    Start it from a thread that lives as long as the server should.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.absolute()
        self.durable = durable
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self._passwords = self.folder / "passwords.json"
        self._process: Popen[bytes] | None = None

    def start(self) -> None:
        """Make the cluster if there is none, start it if it does not run, return when it takes connections."""
        whole = (self.data / "PG_VERSION").exists()
        with disk.refusing(self.folder):
            disk.refuse_full(self.folder, need=_ROOM_TO_START if whole else _ROOM_TO_BEGIN)
            self.folder.mkdir(parents=True, exist_ok=True)
            with _locked(self.folder / "lock"):
                if not self._runs_already():
                    self._start()

    def stop(self) -> None:
        """End the server and wait for it; open transactions are rolled back."""
        if (postmaster := self._postmaster()) is not None:
            _end(postmaster)
        if self._process is not None:
            self._process.wait()
            self._process = None
        if self._socket_folder != str(self.data):
            shutil.rmtree(self._socket_folder, ignore_errors=True)

    @property
    def running(self) -> bool:
        """Whether it takes connections."""
        return self._postmaster() is not None and self._state() == "ready"

    @property
    def pid(self) -> int | None:
        """The process id of the postmaster, if it lives."""
        postmaster = self._postmaster()
        return int(postmaster.pid) if postmaster else None

    def url(self, database: str, role: Role = "owner") -> str:
        """The address of a database, as SQLAlchemy writes it."""
        where = urlencode({"host": self._socket_folder, "port": PORT}, quote_via=quote)
        return f"postgresql+psycopg://{role}:{quote(self._password(role))}@/{quote(database)}?{where}"

    def create_database(self, name: str, template: str | None = None) -> None:
        """Make a database that the role owner owns, unless it exists."""
        from psycopg import sql

        exists = sql.SQL("SELECT 1 FROM pg_database WHERE datname = {}").format(sql.Literal(name))
        if not self._ask(exists):
            create = sql.SQL("CREATE DATABASE {} OWNER owner TEMPLATE {}")
            self._ask(create.format(sql.Identifier(name), sql.Identifier(template or "template1")))

    def drop_database(self, name: str) -> None:
        """Remove a database, ending whoever is connected to it."""
        from psycopg import sql

        self._ask(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _ask(self, statement: "Composed") -> bool:
        # Only set-up and tests ask as superuser, so the price of this import is theirs.
        import psycopg

        with psycopg.connect(
            host=self._socket_folder,
            port=PORT,
            dbname="postgres",
            user="postgres",
            password=self._password("postgres"),
            autocommit=True,
        ) as connection:
            return connection.execute(statement).rowcount > 0

    def _password(self, role: str) -> str:
        try:
            return str(json.loads(self._passwords.read_text())[role])
        except (FileNotFoundError, ValueError, KeyError) as error:
            raise Refusal(
                f"{self._passwords} is missing or damaged, and nobody can sign in to the database beside it: "
                f"put it back, or remove {self.folder} to begin anew."
            ) from error

    @property
    def _socket_folder(self) -> str:
        """With the data, or in /tmp when the path is too long for the address of a socket."""
        path = os.fsencode(self.data)
        if len(path) <= _LONGEST_SOCKET_FOLDER:
            return str(self.data)
        return f"/tmp/narlinjen-{hashlib.sha256(path).hexdigest()[:16]}"  # nosec B108  # used only if it is our own

    def _postmaster(self) -> psutil.Process | None:
        """The living server of this folder: its number alone may by now be somebody else's."""
        try:
            process = psutil.Process(int(self._pid_lines()[0]))
            ours = process.status() != psutil.STATUS_ZOMBIE and process.cwd() == os.path.realpath(self.data)
            return process if ours else None
        except (OSError, ValueError, IndexError, psutil.Error):
            return None

    def _state(self) -> str:
        lines = self._pid_lines()
        return lines[7].strip() if len(lines) > 7 else "starting"

    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return []

    def _runs_already(self) -> bool:
        limit = time.monotonic() + _PATIENCE
        while self._postmaster() is not None:
            if self._state() == "ready":
                return True
            if time.monotonic() > limit:
                raise Refusal(f"The PostgreSQL in {self.folder} neither starts nor stops; see {self.log}.")
            time.sleep(0.02)
        if self._process is not None:
            self._process.wait()
        # PostgreSQL believes this file as long as any process has the number that stands in it.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        return False

    def _start(self) -> None:
        account = find_account(self.data)
        binaries = find_binaries(account)
        self.folder.chmod(0o711 if account else 0o700)
        if not (self.data / "PG_VERSION").exists():
            passwords = cluster.make(self.data, binaries, account, durable=self.durable)
            disk.make_private(self._passwords, json.dumps(passwords))
            cluster.settle(self.data)
        self._refuse_other_version(binaries)
        self._password("app")
        self._run(binaries, account)

    def _refuse_other_version(self, binaries: Binaries) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(binaries.version):
            raise Refusal(
                f"The database in {self.folder} was made by PostgreSQL {made_by} and this is PostgreSQL "
                f"{binaries.version}: move the data with pg_dump, or remove the folder to begin anew."
            )

    def _run(self, binaries: Binaries, account: Account | None) -> None:
        settings = _SETTINGS | ({} if self.durable else _NOT_DURABLE)
        sockets = place = cluster.place(self.data, account)
        if self._socket_folder != str(self.data):
            sockets = self._socket_folder
            cluster.make_folder(Path(sockets), account)
        command: list[str | Path] = [binaries / "postgres", "-D", place, "-k", sockets]
        command += [f"--{name}={value}" for name, value in settings.items()]
        limit = time.monotonic() + _PATIENCE
        while True:
            said = self._try(command, account, limit)
            if said is None:
                return
            # The last children of a killed server may need a moment to see that it is gone.
            if "is still in use" not in said or time.monotonic() > limit:
                raise cluster.refusal(self.folder, said, f"see {self.log}")
            time.sleep(0.1)

    def _try(self, command: list[str | Path], account: Account | None, limit: float) -> str | None:
        """None when it takes connections, else its last words."""
        if self.log.exists() and self.log.stat().st_size > _LONGEST_LOG:
            self.log.replace(self.log.with_name("log.old"))
        ids = (account.uid, account.gid) if account else None
        with self.log.open("ab") as log:
            begins = log.tell()
            self._process = spawn(
                command, output=log, farewell=signal.SIGINT, cwd=self.data, env=cluster.environment(), ids=ids
            )
        while self._process.poll() is None:
            if self._state() == "ready" and self._pid_lines()[0] == str(self._process.pid):
                return None
            if time.monotonic() > limit:
                self.stop()
                break
            time.sleep(0.02)
        self._process = None
        with self.log.open("rb") as log:
            log.seek(begins)
            return log.read().decode(errors="replace")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _end(postmaster: psutil.Process) -> None:
    for sig, patience in ((signal.SIGINT, 20), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
        try:
            postmaster.send_signal(sig)
            postmaster.wait(patience)
            return
        except psutil.TimeoutExpired:
            continue
        except psutil.NoSuchProcess:
            return
