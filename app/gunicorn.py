"""How gunicorn serves the app; settings that a site changes come from the environment."""

import logging
import os
import re
import signal
import sys
from pathlib import Path
from types import FrameType

from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gevent"
worker_connections = 10_000
backlog = 2048
keepalive = 15
timeout = 60
graceful_timeout = 5
# A connection to the database that is open before the fork would be shared by the workers.
preload_app = False
# A worker shows that it lives by touching a file, which must not wait for a slow or full disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # nosec B108  # gunicorn makes a file of its own there
# The log of requests would hold addresses of persons; the app writes its own, without them.
accesslog = None
errorlog = "-"
loglevel = os.environ.get("WEB_LOG_LEVEL", "info")
control_socket_disable = True
# A calendar's secret, or a code, however it is written in an address; all of it where the address breaks the line off.
SECRET = re.compile(r"(?:[\w-]|%[0-9A-Fa-f]{2}){30,}")


class Scrubbed(logging.Formatter):
    """What gunicorn says of a request that it cannot read or finish holds its address, which may be a secret."""

    def format(self, record: logging.LogRecord) -> str:
        return SECRET.sub("…", super().format(record))


class Silent(Logger):
    """gunicorn's own log, where no address is told whole."""

    def setup(self, cfg: Config) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(Scrubbed(self.error_fmt, self.datefmt))


logger_class = Silent


def post_fork(server: Arbiter, worker: Worker) -> None:
    """The worker makes sockets cooperative next, which comes too late for what already holds them."""
    if too_early := sys.modules.keys() & {"psycopg", "app.core.db"}:
        raise RuntimeError(f"imported before gevent's patching: {', '.join(sorted(too_early))}")


def post_worker_init(worker: Worker) -> None:
    """Pages that follow are let go at once when the worker is asked to end, and follow another one."""

    def end(number: int, frame: FrameType | None) -> None:
        worker.wsgi.extensions["live"].close()
        worker.handle_exit(number, frame)

    signal.signal(signal.SIGTERM, end)


def child_exit(server: Arbiter, worker: Worker) -> None:
    """What a worker counted stays; what it only measured while it lived goes with it."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)
