"""The database: one session a request, one transaction at the edge, keys made here."""

import base64
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from flask import Flask, current_app, g
from psycopg.pq import TransactionStatus
from sqlalchemy import (
    URL,
    Connection,
    CursorResult,
    DateTime,
    Engine,
    Executable,
    MetaData,
    Text,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, sessionmaker
from werkzeug.routing import BaseConverter, ValidationError

from app.config import Refusal
from app.core import clock
from app.core.greenlets import Cooperative, patched

APP_ROLE = "narlinjen_app"
POOL = 20
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
AWAY = (OperationalError, PoolTimeout)
"""What is raised when the database cannot be reached, or has no connection to spare."""
T = TypeVar("T")


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: DateTime(timezone=True), str: Text}


def new_key() -> UUID:
    """A row's key: time first (RFC 9562, version 7), so that indexes grow at their end; 74 random bits."""
    milliseconds = int(clock.now().timestamp() * 1000)
    raw = (milliseconds << 80) | (7 << 76) | secrets.randbits(76)
    return UUID(int=raw & ~(3 << 62) | (2 << 62))


def short(key: UUID) -> str:
    """A key as it stands in a URL: 22 characters."""
    return base64.urlsafe_b64encode(key.bytes).rstrip(b"=").decode()


def long(text: str) -> UUID:
    """The key behind 22 characters; raises ValueError."""
    if len(text) != 22:
        raise ValueError(text)
    key = UUID(bytes=base64.urlsafe_b64decode(text + "=="))
    if short(key) != text:
        raise ValueError(text)
    return key


class KeyConverter(BaseConverter):
    regex = "[A-Za-z0-9_-]{22}"

    def to_python(self, value: str) -> UUID:
        try:
            return long(value)
        except ValueError as error:
            raise ValidationError from error

    def to_url(self, value: UUID) -> str:
        return short(value)


LIMITS = f"-c role={APP_ROLE} -c timezone=UTC -c lock_timeout=5s -c statement_timeout=20s"
LIMITS += " -c idle_in_transaction_session_timeout=30s -c plan_cache_mode=force_generic_plan"


def address(url: str) -> URL:
    """The address with what every connection begins with: the app's role, UTC, and limits on waiting."""
    return (
        make_url(url)
        .set(drivername="postgresql+psycopg")
        .update_query_dict({"options": LIMITS, "connect_timeout": "5"})
    )


def connect(url: str, **options: Any) -> Engine:
    """An engine whose every connection has put down the rights that the app must not have; refuses others.

    Statements are planned once a connection, and the warmest connection is used first: planning our joins costs more
    than running them.
    """
    engine = create_engine(
        address(url), hide_parameters=True, pool_use_lifo=True, connect_args={"prepare_threshold": 0}, **options
    )

    if patched():

        @event.listens_for(engine, "do_connect")
        def cooperate(_dialect: Any, _record: Any, words: Any, options: Any) -> Cooperative:
            return Cooperative.connect(*words, **options)

    @event.listens_for(engine, "connect")
    def check(connection: Any, _record: Any) -> None:
        with connection.cursor() as cursor:
            role = cursor.execute("select current_user").fetchone()[0]
        connection.rollback()
        if role != APP_ROLE:
            connection.close()
            raise Refusal(
                f"The database connection acts as {role}, not as {APP_ROLE}: a pooler drops the start option `role`."
            )

    return engine


def init_app(app: Flask, url: str) -> None:
    # The pool's connections are as the pages want them, so that a page need not make them so and back again.
    pages = connect(url, pool_size=POOL, max_overflow=0, pool_timeout=5, isolation_level="AUTOCOMMIT")
    app.extensions["db"] = {
        "pages": pages,
        "engine": pages.execution_options(isolation_level="READ COMMITTED"),
        "session": sessions_on(pages),
    }
    app.url_map.converters["key"] = KeyConverter

    @app.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        if (open_session := g.pop("db_session", None)) is not None:
            open_session.close()


def sessions_on(bind: Engine | Connection, **options: Any) -> sessionmaker[Session]:
    """Sessions whose reads stand each for itself, and whose first write or lock (see `only_reads`) begins a transaction.

    What each statement sees is the same either way, and BEGIN and COMMIT cost a page of reads as much as two of them.
    """
    maker = sessionmaker(bind, expire_on_commit=False, **options)

    @event.listens_for(maker, "before_flush")
    def flushes(session: Session, _context: Any, _instances: Any) -> None:
        begin(session)

    # Asked for again with each statement, a session looks through all its state for the connection that it holds.
    @event.listens_for(maker, "after_begin")
    def holds(session: Session, _transaction: Any, connection: Connection) -> None:
        session.info["connection"] = connection

    @event.listens_for(maker, "after_transaction_end")
    def lets_go(session: Session, _transaction: Any) -> None:
        session.info.pop("connection", None)

    @event.listens_for(maker, "do_orm_execute")
    def executes(state: ORMExecuteState) -> None:
        if not only_reads(state.statement):
            begin(state.session)

    return maker


def engine() -> Engine:
    return current_app.extensions["db"]["engine"]


def session() -> Session:
    """This request's session; what is not committed at the edge is rolled back when the request ends."""
    held: Session | None = g.get("db_session")
    if held is None:
        held = g.db_session = current_app.extensions["db"]["session"]()
    return held


def run(statement: Executable, values: Any = None) -> CursorResult[Any]:
    """Run a statement of rows and columns, past the cost of loading objects."""
    current = session()
    if not only_reads(statement):
        begin(current)
    return steadily(current, lambda connection: connection.execute(statement, values))


def only_reads(statement: Executable) -> bool:
    """Whether it is over when it is answered: a lock is not, nor a long answer that is fetched bit by bit."""
    bit_by_bit = statement.get_execution_options().keys() & {"yield_per", "stream_results"}
    return statement.is_select and not bit_by_bit and getattr(statement, "_for_update_arg", None) is None


def begin(current: Session) -> None:
    """From here until the edge, what is done is one truth. In a transaction already, nothing happens."""

    def say(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        if driver.autocommit and driver.pgconn.transaction_status == TransactionStatus.IDLE:
            connection.exec_driver_sql("begin")

    steadily(current, say)


def is_over(current: Session) -> bool:
    """Whether the server itself says that no transaction is open: what was said alone is true, and needs no COMMIT."""
    held = current.info.get("connection")
    return held is not None and held.connection.driver_connection.pgconn.transaction_status == TransactionStatus.IDLE


def steadily(current: Session, say: Callable[[Connection], T]) -> T:
    """A connection that had gone stale in the pool is found by the first statement; nothing is lost by saying it again."""
    if (held := current.info.get("connection")) is not None:
        return say(held)
    first = not current.in_transaction()
    try:
        return say(current.connection())
    except DBAPIError as error:
        if not (first and error.connection_invalidated):
            raise
        current.rollback()
        return say(current.connection())


@contextmanager
def joined(connection: Connection) -> Iterator[None]:
    """Let this context's session work inside the transaction of a connection that is given to it."""
    before = g.pop("db_session", None)
    g.db_session = Session(connection, expire_on_commit=False, join_transaction_mode="rollback_only")
    try:
        yield
    finally:
        g.pop("db_session").close()
        if before is not None:
            g.db_session = before


def fallen(work: Callable[[], None]) -> Exception | None:
    """Do some work that stands or falls by itself within a transaction; what it fell by, when it did. A connection that
    is lost takes all of it, and is raised."""
    connection = session().connection()
    connection.exec_driver_sql("savepoint work")
    try:
        work()
    except Exception as error:
        if isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
            raise
        # Let go as well, so that work within work that falls leaves the outer one its own place to go back to.
        connection.exec_driver_sql("rollback to savepoint work")
        connection.exec_driver_sql("release savepoint work")
        return error
    connection.exec_driver_sql("release savepoint work")
    return None


def after_commit(call: Callable[[], None]) -> None:
    """Run `call` once this transaction has become true; never when it has not."""
    session().info.setdefault("after_commit", []).append(call)


@contextmanager
def transaction(*, alone: bool = False) -> Iterator[Session]:
    """The edge commits: in views, the worker and commands, and nowhere else.

    `alone` is for one statement and no more: it is true or not by itself, without a BEGIN and a COMMIT around it.
    """
    current = session()
    try:
        if not alone:
            begin(current)
        yield current
        if not (alone and is_over(current)):
            current.commit()
    except BaseException:
        current.info.pop("after_commit", None)
        current.rollback()
        raise
    for call in current.info.pop("after_commit", []):
        call()
