"""Signs of life, and the one question of what must alarm."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, current_app
from sqlalchemy import Column, Connection, DateTime, Double, Table, Text, text
from sqlalchemy.dialects.postgresql import insert

from app.core import revision, schema
from app.core.db import Base

SILENT = timedelta(seconds=60)
UNSEALED = timedelta(seconds=60)
ADRIFT = timedelta(seconds=2)

heartbeats = Table(
    "heartbeat",
    Base.metadata,
    Column("name", Text, primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("seconds", Double),
)


@dataclass(frozen=True)
class Alarm:
    """Something that a person must look at now: a name from a closed list, and a sentence for the operator."""

    name: str
    sentence: str


@dataclass(frozen=True)
class Signal:
    """What a package above wants to alarm of: `sql` is a condition that is true when it must; it may ask for `:now`."""

    name: str
    sentence: str
    sql: str


def beat(connection: Connection, name: str, *, now: datetime, seconds: float | None = None) -> None:
    """Say that somebody lives, and how long what they did since the last time took at most."""
    row = insert(heartbeats).values(name=name, at=now, seconds=seconds)
    known = {"at": row.excluded.at, "seconds": row.excluded.seconds}
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=known))


ALARMS = """with last as (select hi, floor, cluster from log_seal order by n desc limit 1)
select (select at from heartbeat where name = 'worker') as beat,
 clock_timestamp() as database_clock,
 exists (select from last, pg_control_system() as here where here.system_identifier <> last.cluster) as other_cluster,
 (select min(at) from (
   select at from access_log
   where xid >= coalesce((select hi from last), 0)::text::xid8 and id > coalesce((select floor from last), 0)
   order by access_log.xid, id limit 1000) as rest) as unsealed"""


def alarms(connection: Connection, *, now: datetime) -> list[Alarm]:
    """Everything that must alarm, found by one query."""
    signals: dict[str, Signal] = current_app.extensions["signals"]
    asked = ",\n ".join([ALARMS, *(f"{it.sql} as {name}" for name, it in signals.items())])
    row = connection.execute(text(asked), {"now": now} if ":now" in asked else {}).one()
    found = [Alarm(it.name, it.sentence) for name, it in signals.items() if getattr(row, name)]
    if row.beat is None or now - row.beat > SILENT:
        found.append(Alarm("worker_silent", "The worker has not been heard of for a minute: start it."))
    if abs(row.database_clock - now) > ADRIFT:
        found.append(
            Alarm(
                "clock_adrift",
                "The clocks of the app and of the database differ by over two seconds: mend time synchronisation.",
            )
        )
    if row.other_cluster:
        found.append(
            Alarm("log_other_cluster", "The log was sealed in another cluster: run `flask --app app audit epoch`.")
        )
    elif row.unsealed is not None and now - row.unsealed > UNSEALED:
        found.append(
            Alarm("log_unsealed", "Rows of the access log have stood unsealed for over a minute: look at the worker.")
        )
    return found


def schema_fits(connection: Connection) -> bool:
    """Whether the database has the schema that this code was written for."""
    here = schema.found(connection)
    return here is not None and here >= current_app.extensions["schema"]


def init_app(app: Flask, signals: Iterable[Signal]) -> None:
    app.extensions["schema"] = revision.newest()
    app.extensions["signals"] = {it.name: it for it in signals}
