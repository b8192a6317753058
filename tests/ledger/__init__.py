"""The ledger's contract on SQLite, PostgreSQL and the twin, and what only real databases can go through."""
