"""Statements about what runs wait for, and the votes on it: a connection and values go in, values come out."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from bot.ledger.consent_rows import consent_figure, pending_row, pending_value, vote_row, vote_value
from bot.ledger.rows import Row
from bot.ledger.tables import consents, votes
from bot.ledger.values import ConsentFigure, not_waiting
from bot.model.consent import Pending, Stage, Step

_OPEN = tuple(stage.value for stage in Stage if stage.open)


def store(connection: Connection, run_id: int, pending: Pending) -> None:
    """What the run waits for from now on."""
    connection.execute(insert(consents).values(run_id=run_id, **pending_row(pending)))


def get(connection: Connection, run_id: int) -> Pending | None:
    """What the run waits for, or has waited for; None when it never did."""
    return next(iter(_all(connection, select(consents).where(consents.c.run_id == run_id))), None)


def change(connection: Connection, run_id: int, step: Step) -> Pending:
    """Read, step, write; the row is held in between, on SQLite by the transaction itself."""
    held = select(consents).where(consents.c.run_id == run_id).with_for_update()
    before = next(iter(_all(connection, held)), None)
    if before is None:
        raise not_waiting(run_id)
    after = step(before)
    if after != before:
        connection.execute(update(consents).where(consents.c.run_id == run_id).values(pending_row(after)))
        for said in after.votes[len(before.votes) :]:
            connection.execute(insert(votes).values(run_id=run_id, **vote_row(said)))
    return after


def awaiting(connection: Connection) -> list[Pending]:
    """Everything that somebody can still answer, oldest first."""
    return _all(connection, select(consents).where(consents.c.stage.in_(_OPEN)).order_by(consents.c.run_id))


def figures(connection: Connection, after: int, most: int) -> list[ConsentFigure]:
    """What is counted of runs over `after` that wanted approvals, oldest first."""
    wanted = (consents.c.run_id > after) & (consents.c.count > 0)
    names = ("run_id", "stage", "broke_glass", "asked_at", "settled_at")
    asked = select(*(consents.c[name] for name in names)).where(wanted).order_by(consents.c.run_id).limit(most)
    return [consent_figure(row) for row in connection.execute(asked).mappings()]


def _all(connection: Connection, asked: Select[Any]) -> list[Pending]:
    rows = list(connection.execute(asked).mappings())
    said = _votes(connection, [row["run_id"] for row in rows])
    return [pending_value(row, tuple(map(vote_value, said.get(row["run_id"], ())))) for row in rows]


def _votes(connection: Connection, run_ids: Iterable[int]) -> dict[int, list[Row]]:
    """The votes of each run, in the order in which they came."""
    found: dict[int, list[Row]] = {}
    asked = select(votes).where(votes.c.run_id.in_(run_ids)).order_by(votes.c.run_id, votes.c.at, votes.c.actor)
    for row in connection.execute(asked).mappings():
        found.setdefault(row["run_id"], []).append(row)
    return found
