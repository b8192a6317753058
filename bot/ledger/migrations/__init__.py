"""Alembic's migrations of the ledger; `bot.ledger.migrate` applies them, nobody calls Alembic by hand."""
