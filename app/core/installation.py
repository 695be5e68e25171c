"""What this database is: a demo, or the real thing. Decided once, when it is made; never both."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Connection, DateTime, SmallInteger, Table, Text, select, text

from app.config import Refusal
from app.core.db import Base

installation = Table(
    "installation",
    Base.metadata,
    Column("id", SmallInteger, primary_key=True, server_default=text("1"), autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("id = 1", name="one"),
    CheckConstraint("kind in ('demo', 'real')", name="kind"),
)


def kind(connection: Connection) -> str | None:
    return connection.scalar(select(installation.c.kind))


def make(connection: Connection, wanted: str, *, now: datetime) -> bool:
    """Mark a new database as `demo` or `real`. False when a demo was one already; raises Refusal for all else."""
    found = kind(connection)
    if found is None:
        connection.execute(installation.insert().values(kind=wanted, made_at=now))
        return True
    if wanted == found == "demo":
        return False
    raise Refusal(
        "This database is a real installation: the demo never touches it."
        if wanted == "demo"
        else f"This database is set up already, as {'a demo' if found == 'demo' else 'a real installation'}."
    )
