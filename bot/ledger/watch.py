"""A database enters; whether anybody has stored anything since the last look leaves, for much less than a question.

SQLite counts for each connection what others have committed. Of PostgreSQL nothing is known: there may be news always.
"""

import sqlite3
from typing import Any

from bot.ledger.database import Database


class Watch:
    """For one thread: it has a connection of its own, which never writes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Any = None
        self._seen: int | None = None

    def changed(self) -> bool:
        """Whether there may be news since the last call; True the first time. Unavailable when the file is away."""
        if not self._database.sqlite:
            return True
        with self._database.translated():
            seen, self._seen = self._seen, self._version()
        return seen != self._seen

    def _version(self) -> int:
        try:
            if self._connection is None:
                self._connection = self._database.engine.raw_connection()
                self._connection.detach()  # ours alone from now on, not the pool's
            return int(self._connection.dbapi_connection.execute("PRAGMA data_version").fetchone()[0])
        except sqlite3.Error:
            self._connection = self._seen = None
            raise
