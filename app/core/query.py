"""The reads that pages live by: their SQL is worked out once, and the driver runs it and makes the rows.

A page asks four or five times, and SQLAlchemy's way from a statement to its rows costs as much as the asking. It still
builds the SQL, and it still says what went wrong.
"""

from collections import namedtuple
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import psycopg
from sqlalchemy import Boolean, CompoundSelect, Connection, Date, DateTime, Integer, LargeBinary, Select, String, Uuid
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from app.core import db

DIALECT = PGDialect_psycopg()
# What the driver gives as it is to be, so that nothing has to be made of it.
PLAIN = (Boolean, Date, DateTime, Integer, LargeBinary, String, Uuid)


class Query:
    """A select of plain columns, to be asked again and again with other values."""

    def __init__(self, select: Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]) -> None:
        self.select = select

    @cached_property
    def row_type(self) -> Any:
        columns = self.select.selected_columns
        if strange := [column.key for column in columns if not isinstance(column.type, PLAIN)]:
            raise TypeError(f"The driver does not make {strange}: say this with db.run().")
        return namedtuple("Row", columns.keys())

    @cached_property
    def sql(self) -> tuple[str, Mapping[str, Any]]:
        """Its text, and the values that stand in it whoever asks."""
        compiled = self.select.compile(dialect=DIALECT)
        return str(compiled), {name: value for name, value in compiled.params.items() if value is not None}

    def rows(self, **values: Any) -> list[Any]:
        return db.steadily(db.session(), lambda connection: self._ask(connection, values))

    def row(self, **values: Any) -> Any:
        """The row that there is, or None."""
        (row,) = self.rows(**values) or (None,)
        return row

    def _ask(self, connection: Connection, values: dict[str, Any]) -> list[Any]:
        sql, fixed = self.sql
        driver: Any = connection.connection.driver_connection
        cursor = driver.cursor(binary=True, row_factory=lambda _cursor: self.row_type._make)
        for listener in connection.engine.dispatch.before_cursor_execute:
            listener(connection, cursor, sql, values, None, False)
        try:
            return cursor.execute(sql, {**fixed, **values}).fetchall()
        except psycopg.Error:
            # Said again by SQLAlchemy, which knows a lost connection, hides the values, and names the error.
            return list(connection.execute(self.select, values))
