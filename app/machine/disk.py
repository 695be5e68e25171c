"""A disk that is full or may not be written, told in one sentence."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.config import Refusal

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}


def full(folder: Path) -> Refusal:
    return Refusal(f"The disk that holds {folder} is full; free some room and start again.")


def closed(folder: Path) -> Refusal:
    return Refusal(f"{folder} cannot be written; check its owner and rights, and that its disk is not read-only.")


@contextmanager
def refusing(folder: Path) -> Iterator[None]:
    """Turn what the operating system says about a disk into a Refusal."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise full(folder) from error
        if error.errno in _CLOSED:
            raise closed(Path(error.filename or folder)) from error
        raise


def refuse_full(folder: Path, *, need: int) -> None:
    """Refuse unless `need` bytes are free on the disk that holds, or will hold, the folder."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    state = os.statvfs(there)
    free = state.f_bavail * state.f_frsize
    if state.f_blocks and free < need:
        raise Refusal(
            f"The disk that holds {folder} is full: {free >> 20} MB are free and {need >> 20} MB are needed; "
            "free some room and start again."
        )


def make_private(path: Path, text: str) -> None:
    """Write a file, whole or not at all, that only its owner reads."""
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
