"""Making the files of a private PostgreSQL cluster, with its roles in place before it ever listens."""

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE, STDOUT

from app.config import Refusal
from app.machine import disk
from app.machine.postgres_binaries import Account, Binaries

_ROLES = """
ALTER ROLE postgres PASSWORD '{postgres}'
CREATE ROLE narlinjen_app NOLOGIN
CREATE ROLE app LOGIN PASSWORD '{app}'
CREATE ROLE owner LOGIN CREATEDB CREATEROLE PASSWORD '{owner}'
GRANT narlinjen_app TO app
GRANT narlinjen_app TO owner WITH ADMIN OPTION
"""


def make(data: Path, binaries: Binaries, account: Account | None, *, durable: bool) -> dict[str, str]:
    """Make a cluster beside `data`, and return its passwords by role; `settle` moves it into place.

    A half-made one is thus never taken for whole.
    """
    if data.exists():
        raise Refusal(f"{data} holds something that is not a PostgreSQL database; move it away.")
    new = _unsettled(data)
    shutil.rmtree(new, ignore_errors=True)
    make_folder(new, account)
    options = ["-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--auth=reject", "--data-checksums"]
    if binaries.version >= 17:
        # Letters fold and sort alike on every machine, whatever its C library thinks.
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if not durable:
        options += ["--no-sync"]
    _finish([str(binaries / "initdb"), "-D", place(new, account), *options], new, account)
    (new / "pg_hba.conf").write_text("local all all scram-sha-256\n")
    passwords = {role: secrets.token_urlsafe(24) for role in ("postgres", "owner", "app")}
    postgres = str(binaries / "postgres")
    single = [postgres, "--single", "-D", place(new, account), "-c", "exit_on_error=on", "postgres"]
    _finish(single, new, account, said=_ROLES.format(**passwords).lstrip())
    return passwords


def settle(data: Path) -> None:
    """Give a made cluster its name."""
    _unsettled(data).rename(data)


def place(data: Path, account: Account | None) -> str:
    """The data folder as a server started in it may name it, though its account may not enter the folders above."""
    return "/proc/self/cwd" if account and sys.platform == "linux" else str(data)


def make_folder(folder: Path, account: Account | None) -> None:
    """A folder that the server's account owns and nobody else enters."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account and folder.lstat().st_uid == 0:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    expected = account.uid if account else os.geteuid()
    if folder.is_symlink() or folder.stat().st_uid != expected:
        raise Refusal(f"{folder} belongs to somebody else; remove it and start again.")


def environment() -> dict[str, str]:
    """Nothing that is set for another PostgreSQL may reach this one."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}


def refusal(folder: Path, said: str, more: str) -> Refusal:
    """What a program of PostgreSQL said when it gave up, as one sentence."""
    if "No space left" in said or "Disk quota" in said or "File too large" in said:
        return disk.full(folder)
    if "Read-only file system" in said or "Permission denied" in said:
        return disk.closed(folder)
    words = re.findall(r"(?:FATAL|PANIC|error): +(.+)", said) or said.strip().splitlines() or ["nothing"]
    return Refusal(f"PostgreSQL did not start in {folder}; it said: {words[0].strip()} ({more}).")


def _finish(command: list[str], cwd: Path, account: Account | None, said: str = "") -> None:
    done = subprocess.run(
        command,
        check=False,
        cwd=cwd,
        env=environment(),
        input=said.encode(),
        stdout=PIPE,
        stderr=STDOUT,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=() if account else None,
    )
    if done.returncode == -signal.SIGXFSZ:
        raise disk.full(cwd.parent)
    if done.returncode:
        raise refusal(cwd.parent, done.stdout.decode(errors="replace"), "its files were not made")


def _unsettled(data: Path) -> Path:
    return data.with_name(f"{data.name}.new")
