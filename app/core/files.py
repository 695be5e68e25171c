"""Files that are there whole or not at all, and that only their owner reads."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def written(places: Sequence[Path]) -> Iterator[list[IO[bytes]]]:
    """Write some files beside where they shall stand; all get their names when nothing went wrong, else none does."""
    drafts = [place.with_name(f".{place.name}.{os.getpid()}") for place in places]
    opened: list[IO[bytes]] = []
    named: list[Path] = []
    try:
        for draft in drafts:
            opened.append(os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"))
        yield opened
        for file in opened:
            file.flush()
            os.fsync(file.fileno())
        for draft, place in zip(drafts, places, strict=True):
            os.link(draft, place)  # refuses to write over what is there
            named.append(place)
    except BaseException:
        for place in named:
            place.unlink(missing_ok=True)
        raise
    finally:
        for file in opened:
            file.close()
        for draft in drafts:
            draft.unlink(missing_ok=True)
