"""How a greenlet waits for the database: on the one socket that the answer comes through.

psycopg, among gevent's patched modules, makes a poll, an event and a clock for each answer, which on a page of five
statements costs as much as reading who is asking.
"""

import sys
from typing import Any

import psycopg
from psycopg.waiting import Ready, Wait

INTERVAL = 0.1


class Cooperative(psycopg.Connection[Any]):
    def wait(self, gen: Any, interval: float = INTERVAL, timeout: float | None = None) -> Any:
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        from gevent import get_hub

        try:
            wanted = next(gen)
            hub = get_hub()
            while True:
                # A driver that wants to write takes what is said of reading as it is: nothing may be there to read.
                watcher = hub.loop.io(self.pgconn.socket, int(wanted))
                try:
                    hub.wait(watcher)
                finally:
                    watcher.close()
                wanted = gen.send(Ready.R if wanted == Wait.R else Ready.RW)
        except StopIteration as over:
            return over.value


def patched() -> bool:
    """Whether this process is of greenlets, as the web's workers are."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and monkey.is_module_patched("select")
