"""Migrations, and whether the database has the schema that this code was written for."""

from sqlalchemy import Connection, create_engine, inspect, make_url, select, text
from sqlalchemy.exc import OperationalError

from app.config import Refusal
from app.core import audit, clock
from app.core.revision import FOLDER, newest


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
            _run(connection, target)
            if target == "head":
                audit.make_months(connection, clock.now().date())
    except OperationalError as error:
        raise Refusal(f"The database cannot be reached: {str(error.orig).splitlines()[0]}.") from error
    finally:
        engine.dispose()


def _run(connection: Connection, target: str) -> None:
    # Loaded only by whoever changes a schema: it takes a fifth of a start.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        (command.upgrade if target == "head" else command.downgrade)(config, target)
    except CommandError as error:
        raise Refusal(f"The database could not be migrated: {error}.") from error
