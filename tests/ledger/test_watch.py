"""A look at the ledger: it never misses what another connection has stored, and says little where it can tell."""

from pathlib import Path

from bot.ledger import Ledger
from bot.ledger.sql import SqlLedger
from bot.model.people import Origin

from .conftest import ANNA, HERE, plan


def store(ledger: Ledger) -> None:
    """Anything."""
    ledger.create(plan=plan(), actor=ANNA, conversation=HERE, origin=Origin.CHAT, command="run ping")


def test_what_is_stored_is_news_to_every_look(ledger: Ledger) -> None:
    """Given two looks at a ledger, when something is stored, then both say that there may be news."""
    one, two = ledger.watch(), ledger.watch()
    assert one()
    assert two()
    for _ in range(3):
        store(ledger)
        assert one()
    assert two()


def test_nothing_stored_is_no_news_in_sqlite(tmp_path: Path) -> None:
    """Given SQLite, when nothing was stored since, or things were only read, then a look says so."""
    url = f"sqlite:///{tmp_path}/ledger.db"
    ledger, other = SqlLedger(url), SqlLedger(url)
    ledger.migrate()
    changed = ledger.watch()
    assert changed()
    assert not changed()
    ledger.unsettled()
    assert not changed()
    store(other)
    assert changed()
    assert not changed()
