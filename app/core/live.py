"""Pages that follow what happens: a stream says that something changed, never what.

A wake-up is a hint. It is sent after the commit, gathered for 20 ms, as one NOTIFY on a connection of its own
(inside transactions it would make commits queue). A page that misses one finds out by its state: a short string that
changes whenever the page would, compared when a stream opens and at every poll.
"""

import hashlib
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

import psycopg
import structlog
from flask import Blueprint, Flask, Response, abort, current_app, request
from flask_login import current_user
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.core import crypto, db
from app.core.access import access

CHANNEL = "narlinjen"
GATHER = 0.02
PING = 25.0
LONGEST = 7_000
bp = Blueprint("live", __name__)
log = structlog.get_logger()

Follow = Callable[[Any, UUID], str | None]


class Ear:
    """One open page: woken, never told."""

    __slots__ = ("woken",)

    def __init__(self) -> None:
        self.woken = threading.Event()


class Hub:
    """One LISTEN and one NOTIFY connection a process, and the pages that follow."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.ears: dict[str, set[Ear]] = defaultdict(set)
        self.pending: dict[str, None] = {}
        self.wake = threading.Event()
        self.lock = threading.Lock()
        self.closing = False
        self.hears = threading.Event()
        self.threads: dict[str, threading.Thread] = {}

    def start(self, name: str, run: Callable[[], None]) -> None:
        with self.lock:
            if name not in self.threads or not self.threads[name].is_alive():
                self.threads[name] = threading.Thread(target=run, name=f"live-{name}", daemon=True)
                self.threads[name].start()

    def tell(self, topics: list[str]) -> None:
        with self.lock:
            self.pending |= dict.fromkeys(topics)
        self.wake.set()
        self.start("speak", self.speak)

    def follow(self, topic: str, ear: Ear) -> None:
        with self.lock:
            self.ears[topic].add(ear)
        self.start("listen", self.listen)

    def leave(self, topic: str, ear: Ear) -> None:
        with self.lock:
            self.ears[topic].discard(ear)
            if not self.ears[topic]:
                del self.ears[topic]

    def connect(self) -> psycopg.Connection[Any]:
        """A connection like the engine's own, outside its pool."""
        _, given = self.engine.dialect.create_connect_args(self.engine.url)
        return psycopg.connect(**given, autocommit=True)

    def speak(self) -> None:
        connection: psycopg.Connection[Any] | None = None
        rest = threading.Event()
        while not self.closing:
            self.wake.wait()
            rest.wait(GATHER)
            self.wake.clear()
            with self.lock:
                topics, self.pending = self.pending, {}
            if self.closing:
                break
            try:
                connection = connection or self.connect()
                for text in payloads(list(topics)):
                    connection.execute("select pg_notify(%s, %s)", (CHANNEL, text))
            except psycopg.Error as error:
                if self.closing:
                    break
                log.warning("live.unsaid", kind=type(error).__name__)
                if connection:
                    connection.close()
                connection = None
                rest.wait(1)
                self.tell(list(topics))
        if connection:
            connection.close()

    def listen(self) -> None:
        pause = threading.Event()
        while not self.closing:
            try:
                with self.connect() as connection:
                    connection.execute(f"listen {CHANNEL}")
                    self.hears.set()
                    self.rouse(list(self.ears))
                    while not self.closing:
                        for notice in connection.notifies(timeout=5):
                            self.rouse(notice.payload.split(","))
                        connection.execute("select 1")
            except psycopg.Error as error:
                log.warning("live.deaf", kind=type(error).__name__)
            self.hears.clear()
            self.rouse(list(self.ears))
            pause.wait(1)

    def rouse(self, topics: list[str]) -> None:
        for topic in topics:
            for ear in tuple(self.ears.get(topic, ())):
                ear.woken.set()

    def close(self) -> None:
        self.closing = True
        self.wake.set()
        self.rouse(list(self.ears))


def payloads(topics: list[str]) -> Iterator[str]:
    """The topics in as few texts as a NOTIFY can carry (under 8,000 bytes each)."""
    text = ""
    for topic in topics:
        if text and len(text) + len(topic) >= LONGEST:
            yield text
            text = ""
        text = f"{text},{topic}" if text else topic
    if text:
        yield text


def init_app(app: Flask, kinds: Mapping[str, Follow]) -> None:
    """`kinds` says how pages are followed: `follow(viewer, key)` gives a page's state, or None when not theirs."""
    app.extensions["live"] = Hub(app.extensions["db"]["engine"])
    app.extensions["live_kinds"] = kinds


def hub() -> Hub:
    return current_app.extensions["live"]


def topic(kind: str, key: UUID) -> str:
    """What a page asks to follow."""
    return f"{kind}.{db.short(key)}"


def whisper(about: str) -> str:
    """The topic as it goes through the database: nothing that anybody could look up."""
    return hashlib.sha256(crypto.keyring().index_key + about.encode()).hexdigest()[:24]


def changed(*topics: str) -> None:
    """Wake the pages that follow these, once the transaction has become true."""
    here = hub()
    names = [whisper(about) for about in topics]
    db.after_commit(lambda: here.tell(names))


def state(viewer: Any, about: str) -> str | None:
    """A page's state for this viewer, or None when there is no such page for them."""
    kind, _, short = about.partition(".")
    state_of = current_app.extensions["live_kinds"].get(kind)
    try:
        return state_of(viewer, db.long(short)) if state_of else None
    except ValueError:
        return None


@bp.get("/handelser")
@access("patient", "relative", "staff")
def events() -> Response:
    about, known = request.args.get("om", ""), request.args.get("sedan", "")
    here, ear, name = hub(), Ear(), whisper(about)
    if here.closing:
        abort(503)
    # It listens before it looks, so that no change falls in between.
    here.follow(name, ear)
    try:
        seen = state(current_user, about) or abort(404)
    except BaseException:
        here.leave(name, ear)
        raise
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    stream = follow(app, here, about, current_user.get_id(), ear, known, seen)
    response = Response(
        stream, mimetype="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )
    response.call_on_close(lambda: here.leave(name, ear))
    return response


def follow(app: Flask, here: Hub, about: str, session_key: str, ear: Ear, known: str, seen: str) -> Iterator[bytes]:
    """The stream itself. It holds no connection and no request; each event is checked anew before it is sent."""
    said = f"event: changed\ndata: {about}\n\n".encode()
    yield b"retry: 3000\n\n" + (said if known and known != seen else b"")
    while here.hears.wait(5) and not here.closing:
        if not ear.woken.wait(PING):
            yield b": ping\n\n"
            continue
        ear.woken.clear()
        if here.closing or not here.hears.is_set():
            return
        try:
            with app.app_context():
                viewer = app.login_manager._user_callback(session_key)  # type: ignore[attr-defined]
                fresh = state(viewer, about) if viewer else None
        except (DBAPIError, PoolTimeout) as error:
            # The page opens another stream, or polls; who it was is not looked up twice.
            log.warning("live.unchecked", kind=type(error).__name__)
            return
        if fresh is None:
            yield b"event: gone\ndata:\n\n"
            return
        if fresh != seen:
            seen = fresh
            yield said


@bp.get("/lage", endpoint="state")
@access("patient", "relative", "staff")
def poll() -> Response:
    seen = state(current_user, request.args.get("om", ""))
    if seen is None:
        abort(404)
    response = Response(mimetype="text/plain")
    response.set_etag(seen)
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response
