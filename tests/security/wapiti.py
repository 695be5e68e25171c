"""Wapiti, kept on this machine: started by the Python of its own environment, which has none of our packages.

Takes wapiti's own arguments. An attempt to reach any other machine is stopped, and noted in the file `WAPITI_STRAYS`.
"""

import os
import sqlite3
import sys
from collections.abc import Sequence
from typing import Any

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
REACHES = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}


def host_in(args: Sequence[Any]) -> str | None:
    """Whom a socket is about to reach; None when it is a file on this machine."""
    for arg in args:
        if isinstance(arg, tuple) and arg:
            return str(arg[0])
    first = args[0] if args else None
    return first.decode() if isinstance(first, bytes) else first if isinstance(first, str) else None


def stay_here(event: str, args: Sequence[Any]) -> None:
    if event in REACHES and (host := host_in(args)) and host not in LOOPBACK:
        with open(os.environ["WAPITI_STRAYS"], "a") as strays:
            strays.write(f"{event} {host}\n")
        raise PermissionError(f"{host} is another machine")


def unhurried(*args: Any, **kwargs: Any) -> sqlite3.Connection:
    """Its notebook, where one task writes while others read: on a loaded machine it gave up after five seconds."""
    notebook = connect(*args, **{**kwargs, "timeout": 120})
    notebook.execute("PRAGMA journal_mode = wal")
    notebook.execute("PRAGMA synchronous = off")
    return notebook


if __name__ == "__main__":
    sys.addaudithook(stay_here)
    connect = sqlite3.connect
    sqlite3.connect = unhurried  # type: ignore[assignment]  # it takes what the other takes
    from wapitiCore.main.wapiti import wapiti_asyncio_wrapper

    wapiti_asyncio_wrapper()
