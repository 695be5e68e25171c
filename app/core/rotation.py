"""Seal everything anew with the current key, in batches that can be stopped and gone on with.

Step one: put the new key last in DATA_KEYS everywhere, so that every process can open with it. Step two: put it first,
and run this. A row already sealed with the current key is left alone, so a second run begins where the first ended.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, table, tuple_, update
from sqlalchemy import column as sql_column

from app.core.crypto import Keyring, SealedColumn, place, registry


def rotate(connection: Connection, ring: Keyring, *, batch: int) -> Iterator[tuple[str, int]]:
    """Yield (table.column, rows sealed anew) as it goes; each batch is a transaction of its own."""
    for sealed in (prop.describe() for prop in registry):
        done, after = 0, None
        while True:
            with connection.begin():
                after, count = _batch(connection, ring, sealed, after, batch)
            done += count
            if after is None:
                break
        yield f"{sealed.table}.{sealed.name}", done


def left(connection: Connection, ring: Keyring) -> int:
    """How many values another key than the current one has sealed."""
    total = 0
    with connection.begin():
        for sealed in (prop.describe() for prop in registry):
            value: Any = sql_column(sealed.column)
            total += (
                connection.scalar(select(func.count()).select_from(table(sealed.table, value)).where(_old(value, ring)))
                or 0
            )
    return total


def _old(value: Any, ring: Keyring) -> Any:
    return func.get_byte(value, 0) != ring.current


def _batch(
    connection: Connection, ring: Keyring, sealed: SealedColumn, after: tuple[object, ...] | None, size: int
) -> tuple[tuple[object, ...] | None, int]:
    keys: list[Any] = [sql_column(name) for name in sealed.key]
    value: Any = sql_column(sealed.column)
    source = table(sealed.table, value, *keys)
    query = (
        select(*keys, value).where(value.is_not(None), _old(value, ring)).order_by(*keys).limit(size).with_for_update()
    )
    if after is not None:
        query = query.where(tuple_(*keys) > tuple_(*after))
    rows = connection.execute(query.select_from(source)).all()
    if not rows:
        return None, 0
    change = (
        update(source)
        .where(*(key == bindparam(f"k{i}") for i, key in enumerate(keys)))
        .values({sealed.column: bindparam("fresh")})
    )
    values = []
    for row in rows:
        where = place(f"{sealed.table}.{sealed.name}", *row[:-1])
        values.append(
            {f"k{i}": part for i, part in enumerate(row[:-1])} | {"fresh": ring.seal(ring.open(row[-1], where), where)}
        )
    connection.execute(change, values)
    return tuple(rows[-1][:-1]), len(rows)
