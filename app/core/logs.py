"""The program's own log: JSON lines of allowed words, never a person's."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = {
    "event", "level", "timestamp", "kind", "endpoint", "code", "where", "rows", "block", "mac", "seconds", "name", "sentence", "table",
}  # fmt: skip


def only_allowed(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every word that nobody has allowed: what is not in a line cannot leak from it."""
    return {key: value for key, value in entry.items() if key in ALLOWED}


def where(error: BaseException) -> list[str]:
    """The lines of code an error came through, our own and the last, without the values that were in them."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/app/" in frame.filename and "site-packages" not in frame.filename]
    return [f"{frame.filename.rsplit('/app/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in ours[-6:]] + [
        f"{frame.filename.rsplit('site-packages/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames[-1:]
    ]


def init() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
