"""Alembic's entry: it is handed a connection by `core.store.open_store` and never makes one of its own."""

from alembic import context

from interlock.core.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
