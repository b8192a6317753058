"""Statements about promotions: of each runbook in each environment one at most is not ended."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from bot.ledger.tables import promotions
from bot.ledger.values import SUPERSEDED
from bot.model.promotion import Promotion

_own = promotions.c
_standing = _own.ended_at.is_(None)


def promote(connection: Connection, promotion: Promotion) -> Promotion:
    """The promotion with its number, in the place of the one before."""
    end(connection, promotion.runbook, promotion.environment, by=promotion.actor, why=SUPERSEDED, at=promotion.at)
    names = ("runbook", "environment", "content_hash", "evidence", "actor", "at", "ended_by", "ended_why")
    row = {name: getattr(promotion, name) for name in names}
    made = connection.execute(insert(promotions), row).inserted_primary_key
    assert made is not None  # noqa: S101 (an insert of one row always has a key)
    found = connection.execute(select(promotions).where(_own.id == made[0])).mappings().one()
    return Promotion(**found)


def standing(connection: Connection, runbook: str | None, environment: str | None) -> list[Promotion]:
    """Those that are not ended, the newest first."""
    asked = select(promotions).where(_standing).order_by(_own.id.desc())
    for column, wanted in ((_own.runbook, runbook), (_own.environment, environment)):
        if wanted is not None:
            asked = asked.where(column == wanted)
    return [Promotion(**row) for row in connection.execute(asked).mappings()]


def end(connection: Connection, runbook: str, environment: str, *, by: str, why: str, at: datetime) -> bool:
    """End the one that stands; False when none does."""
    that = _standing & (_own.runbook == runbook) & (_own.environment == environment)
    done = connection.execute(update(promotions).where(that).values(ended_at=at, ended_by=by, ended_why=why))
    return bool(done.rowcount)
