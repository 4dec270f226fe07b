"""Alembic runs this; it works on the connection, and in the transaction, that `crawler.store.migrate` hands in."""

from alembic import context

from crawler.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
