"""The statements that pages live by: their SQL is worked out once, and the driver itself runs it and makes the rows.

A page asks four or five times, and SQLAlchemy's way from a statement to its rows costs as much as the asking. It still
writes the SQL, and its errors are still the ones that are raised.
"""

from collections import namedtuple
from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

import psycopg
from psycopg import RawCursor
from psycopg.rows import tuple_row
from sqlalchemy import (
    BindParameter,
    Boolean,
    CompoundSelect,
    Connection,
    Date,
    DateTime,
    Insert,
    Integer,
    LargeBinary,
    Select,
    String,
    Uuid,
)
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core import db


class Constants(PGDialect_psycopg.statement_compiler):  # type: ignore[misc, valid-type]
    """What the code itself has put in stands in the text, where the planner sees it, and is not sent each time."""

    def visit_bindparam(self, bindparam: BindParameter[Any], **options: Any) -> str:
        given = {"literal_binds": True} if bindparam.value is not None else {}
        return super().visit_bindparam(bindparam, **options | given)


# Parameters as PostgreSQL itself numbers them, so that the driver need not read the text again.
DIALECT = PGDialect_psycopg(paramstyle="numeric_dollar")
DIALECT.statement_compiler = Constants
# What the driver gives as it is to be, so that nothing has to be made of it.
PLAIN = (Boolean, Date, DateTime, Integer, LargeBinary, String, Uuid)


class Statement:
    """Something to be said again and again with other values."""

    def __init__(self, clause: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]] | Insert) -> None:
        self.clause = clause

    @cached_property
    def sql(self) -> tuple[str, tuple[str, ...]]:
        """Its text, and the names of its parameters in their order."""
        compiled = self.clause.compile(dialect=DIALECT)
        return str(compiled), tuple(compiled.positiontup or ())

    def say(self, connection: Connection, values: Mapping[str, Any], row_factory: Any = tuple_row) -> RawCursor[Any]:
        sql, names = self.sql
        driver: Any = connection.connection.driver_connection
        # One for each connection, since how its values and its rows are made is worked out anew by a new one.
        cursor = connection.info.get(self)
        if cursor is None or cursor.connection is not driver:
            cursor = connection.info[self] = RawCursor(driver, row_factory=row_factory)
        for listener in connection.engine.dispatch.before_cursor_execute:
            listener(connection, cursor, sql, values, None, False)
        try:
            return cursor.execute(sql, [values[name] for name in names], binary=True)
        except psycopg.Error as error:
            if driver.closed:
                # SQLAlchemy finds the same, and lets go of all that the pool lost with this one.
                connection.execute(self.clause, values)
            raise DBAPIError.instance(sql, {}, error, psycopg.Error, hide_parameters=True, dialect=DIALECT) from error

    def run(self, session: Session, values: Mapping[str, Any]) -> None:
        db.steadily(session, lambda connection: self.say(connection, values))


class Query(Statement):
    """A select of plain columns."""

    clause: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]

    @cached_property
    def row_type(self) -> Any:
        columns = self.clause.selected_columns
        if strange := [column.key for column in columns if not isinstance(column.type, PLAIN)]:
            raise TypeError(f"The driver does not make {strange}: say this with db.run().")
        return namedtuple("Row", columns.keys())

    def rows(self, **values: Any) -> list[Any]:
        def ask(connection: Connection) -> list[Any]:
            return self.say(connection, values, self._make).fetchall()

        return db.steadily(db.session(), ask)

    def row(self, **values: Any) -> Any:
        """The row that there is, or None."""
        (row,) = self.rows(**values) or (None,)
        return row

    def _make(self, _cursor: Any) -> Any:
        return self._made

    @cached_property
    def _made(self) -> Any:
        """As the row type's own _make, without a step through Python for each row."""
        return partial(tuple.__new__, self.row_type)
