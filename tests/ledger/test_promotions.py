"""The contract of Ledger about promotions, over SQLite, PostgreSQL and the twin."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.ledger import Ledger
from bot.model.promotion import Promotion

MADE = Promotion(
    id=0,
    runbook="ping",
    environment="prod",
    content_hash="a" * 64,
    evidence="https://ci.example.org/7?x=<!channel>",
    actor="terminal:lea",
    at=datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC),
)


def test_a_promotion_comes_back_as_it_was_made(ledger: Ledger) -> None:
    """Given a promotion, when it is kept, then it comes back with a number, and stands."""
    assert ledger.promotions() == []
    made = ledger.promote(MADE)
    assert made == replace(MADE, id=made.id)
    assert ledger.promotions() == ledger.promotions("ping", "prod") == ledger.promotions(environment="prod") == [made]
    assert ledger.promotions("ping", "staging") == ledger.promotions("other") == []


def test_a_newer_one_takes_its_place(ledger: Ledger) -> None:
    """Given a promotion, when the same is promoted again, then only the newer one stands; others are as they were."""
    first = ledger.promote(MADE)
    other = ledger.promote(replace(MADE, environment="staging"))
    second = ledger.promote(replace(MADE, content_hash="b" * 64))
    assert second.id != first.id
    assert ledger.promotions() == [second, other]


def test_what_is_taken_back_stands_no_more(ledger: Ledger) -> None:
    """Given a promotion, when it is taken back, then it stands no more, and can't be taken back again."""
    ledger.promote(MADE)
    assert not ledger.demote("ping", "staging", "terminal:lea", "no")
    assert ledger.demote("ping", "prod", "terminal:lea", "it did harm")
    assert not ledger.demote("ping", "prod", "terminal:lea", "it did harm")
    assert ledger.promotions() == []
    assert ledger.promote(MADE) in ledger.promotions()
