"""Alembic's way in: the connection is given by app.core.schema, or by `flask migrate`."""

from alembic import context

from app.core.db import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, transaction_per_migration=False
)
context.run_migrations()
