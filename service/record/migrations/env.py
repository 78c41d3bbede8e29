"""Alembic runs this for each upgrade, over the connection it is given: `service.record.migrate` is its only caller."""

from alembic import context

from service.record.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
