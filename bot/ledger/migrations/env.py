"""Alembic runs this file: the connection of `bot.ledger.migrate` comes in, and its open transaction is used."""

from alembic import context

from bot.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
