"""Migrations, and whether the database has the schema that this code was written for."""

import re
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, inspect, make_url, select, text
from sqlalchemy.exc import OperationalError

from app.config import Refusal
from app.core import audit, clock

FOLDER = Path(__file__).parent.parent.parent / "migrations"


def config(connection: Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    made.attributes["connection"] = connection
    return made


def newest() -> str:
    """The revision that this code expects, read from the names of the files so that a start stays quick."""
    return max(re.match(r"\d{4}", path.name).group() for path in FOLDER.glob("versions/[0-9]*.py"))  # type: ignore[union-attr]


def found(connection: Connection) -> str | None:
    """The revision that the database has; None before the first migration."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(select(text("version_num")).select_from(text("alembic_version")))


def migrate(url: str, target: str = "head") -> None:
    """Bring the database up to the code, in one transaction. Raises Refusal when it is newer than the code."""
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), hide_parameters=True)
    try:
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(20261121)"))
            here = found(connection)
            if here is not None and here > newest():
                raise Refusal(
                    f"The database has schema {here}, which is newer than this code's {newest()}: start the newer version of the code."
                )
            if target == "head" and here == newest():
                return
            run = command.downgrade if target != "head" else command.upgrade
            run(config(connection), target)
            if target == "head":
                audit.make_months(connection, clock.now().date())
    except CommandError as error:
        raise Refusal(f"The database could not be migrated: {error}.") from error
    except OperationalError as error:
        raise Refusal(f"The database cannot be reached: {str(error.orig).splitlines()[0]}.") from error
    finally:
        engine.dispose()
