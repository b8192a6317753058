"""A database URL as people write it goes in; SQLAlchemy's comes out, and a name for it that is safe to show."""

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import Misconfigured

FORMS = "DATABASE_URL is sqlite:////path/to/file.db or postgresql://user:password@host:5432/database."
_POSTGRES = {"postgres", "postgresql", "postgresql+psycopg"}
_SQLITE = {"sqlite", "sqlite+pysqlite"}


def parse(text: str) -> URL:
    """The URL with its driver named; Misconfigured, without a word of `text`, when it is none that we can use."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise Misconfigured("The database URL cannot be read.", FORMS) from None
    if url.drivername in _POSTGRES:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername not in _SQLITE:
        raise Misconfigured("The database URL names a kind of database that Signalbox does not know.", FORMS)
    if url.database in (None, "", ":memory:") or str(url.database).startswith("file:"):
        raise Misconfigured("The database URL names no file; processes could not share it.", FORMS)
    return url.set(drivername="sqlite+pysqlite")


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite database; None for PostgreSQL."""
    return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def shown(url: URL) -> str:
    """What people are told: kind and place, never the user, the password or the query."""
    if url.get_backend_name() == "sqlite":
        return f"the SQLite database {url.database}"
    place = url.host or url.normalized_query.get("host", ("its local socket",))[0]
    return f"the PostgreSQL database {url.database or '(default)'} at {place}"
