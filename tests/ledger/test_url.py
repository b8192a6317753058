"""Database URLs as people write them: what is understood, what is refused, and what is never shown."""

import pytest

from bot.errors import Misconfigured
from bot.ledger.rows import contiguous
from bot.ledger.url import parse, shown
from bot.ledger.values import clean


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_form_of_postgres_is_understood(scheme: str) -> None:
    """Given any form that hosters hand out, when it is read, then it is psycopg's, and the name shown has no secret."""
    url = parse(f"{scheme}://anna:hunter2@db.example.org:5433/box?sslmode=require")
    assert (url.drivername, url.host, url.port, url.database) == ("postgresql+psycopg", "db.example.org", 5433, "box")
    assert (url.password, dict(url.query)) == ("hunter2", {"sslmode": "require"})
    assert shown(url) == "the PostgreSQL database box at db.example.org"


def test_a_socket_is_a_place_too() -> None:
    """Given a URL with a socket's directory, when it is shown, then the directory is."""
    assert shown(parse("postgresql:///box?host=/run/pg")) == "the PostgreSQL database box at /run/pg"


@pytest.mark.parametrize(
    "text",
    ["", "hunter2", "mysql://anna:hunter2@host/db", "postgresql+asyncpg://anna:hunter2@host/db", "sqlite://",
     "sqlite:///:memory:", "sqlite:///file:hunter2?mode=memory", "postgres://anna:hunter2@host:port/db"],
)  # fmt: skip
def test_a_url_we_cannot_use_is_refused_unquoted(text: str) -> None:
    """Given a URL that cannot work, when it is read, then the forms that do are told and nothing of it is repeated."""
    with pytest.raises(Misconfigured, match="DATABASE_URL is sqlite") as caught:
        parse(text)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("start", "counters", "reached"),
    [(0, [], 0), (0, [1, 2, 3], 3), (0, [2, 3], 0), (3, [4, 5, 7], 5), (9, [10], 10)],
)
def test_contiguous_stops_before_the_first_gap(start: int, counters: list[int], reached: int) -> None:
    """Given counters over a start, when there is a gap, then what comes after it does not count."""
    assert contiguous(start, counters) == reached


@pytest.mark.parametrize(
    ("text", "kept"),
    [("plain", "plain"), ("a\0b", "a\u2400b"), ("\ud800x", "?x"), ("\u202e\u20ac", "\u202e\u20ac"), ("", "")],
)
def test_clean_changes_only_what_nobody_can_keep(text: str, kept: str) -> None:
    """Given any text, when it is cleaned, then only NUL and lone surrogates are replaced."""
    assert clean(text) == kept
    assert clean(text, 1) == kept[:1]
