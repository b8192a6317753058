"""Rows about consent to values of the model and back, without a database in sight."""

import json
from typing import Any

from bot.ledger.rows import Row
from bot.ledger.values import ConsentFigure
from bot.model.codec import from_plain, to_plain
from bot.model.consent import Excerpt, Pending, Stage, Vote

_SAME = (
    *("asked_at", "deadline", "message", "count", "exclude_requester", "approve_seconds", "check_run", "confirmed"),
    *("broke_glass", "settled_at", "settled_by", "reason", "edition"),
)
_LISTS = ("reasons", "roles", "excerpts")


def pending_row(pending: Pending) -> dict[str, Any]:
    """The row of what a run waits for, without the run's id and without the votes."""
    row = {name: getattr(pending, name) for name in _SAME}
    lists = {name: json.dumps(to_plain(getattr(pending, name)), separators=(",", ":")) for name in _LISTS}
    return {"stage": pending.stage.value, **row, **lists}


def pending_value(row: Row, votes: tuple[Vote, ...]) -> Pending:
    """What a run waits for."""
    return Pending(
        run_id=row["run_id"],
        stage=Stage(row["stage"]),
        reasons=tuple(json.loads(row["reasons"])),
        roles=tuple(json.loads(row["roles"])),
        excerpts=tuple(from_plain(Excerpt, plain) for plain in json.loads(row["excerpts"])),
        votes=votes,
        **{name: row[name] for name in _SAME},
    )


def vote_row(vote: Vote) -> dict[str, Any]:
    """The row of a vote, without the run's id."""
    return {"actor": vote.actor, "yes": vote.yes, "reason": vote.reason, "at": vote.at}


def vote_value(row: Row) -> Vote:
    """The vote of a row."""
    return Vote(actor=row["actor"], yes=row["yes"], reason=row["reason"], at=row["at"])


def consent_figure(row: Row) -> ConsentFigure:
    """What is counted of one run that wanted approvals."""
    stage, settled = Stage(row["stage"]), row["settled_at"]
    result = "break_glass" if row["broke_glass"] else stage.value
    return ConsentFigure(
        run_id=row["run_id"],
        result="" if stage.open else result,
        age=None if settled is None else (settled - row["asked_at"]).total_seconds(),
    )
