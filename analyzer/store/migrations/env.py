"""Run by Alembic; the connection, already inside a transaction, comes from `migrate`."""

from alembic import context

from analyzer.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, transaction_per_migration=False
)
context.run_migrations()
