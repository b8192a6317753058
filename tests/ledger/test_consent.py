"""What a run waits for: kept, brought on by steps in one transaction each, and votes that nobody can change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from bot.errors import Unavailable, UnknownName, WrongState
from bot.ledger import Ledger
from bot.ledger.sql import SqlLedger
from bot.model.consent import Excerpt, Pending, Stage, Vote, break_glass, close, confirm, expire, vote
from bot.model.run import Run
from bot.model.status import RunStatus

from .conftest import make_run

Make = Callable[..., Run]
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
END = NOW + timedelta(seconds=60)


def pending(**changed: Any) -> Pending:
    """Two approvals, within a minute."""
    fields: dict[str, Any] = {
        "stage": Stage.APPROVE,
        "asked_at": NOW,
        "deadline": END,
        "reasons": ("It is prod.", "It is wide."),
        "count": 2,
        "roles": ("lead",),
        "approve_seconds": 60,
        "excerpts": (Excerpt(name="a.yml", text="x: 1\n\udcff", left_out=3),),
    }
    return Pending(**{**fields, **changed})


def said(actor: str, at: datetime = NOW, *, yes: bool = True) -> Callable[[Pending], Pending]:
    """The step of a vote."""
    return lambda found: vote(found, Vote(actor=actor, yes=yes, reason="so", at=at))


def test_what_is_waited_for_comes_back(ledger: Ledger, make: Make) -> None:
    """Given a run that waits, when it is read again, then all of it is there, under the run's number and status."""
    wanted = pending(exclude_requester=False, message="Really?", check_run=7)
    run = make(pending=wanted)
    assert run.status is RunStatus.AWAITING_APPROVAL
    kept = (Excerpt(name="a.yml", text="x: 1\n?", left_out=3),)
    assert ledger.consent(run.id) == replace(wanted, run_id=run.id, excerpts=kept)
    assert ledger.awaiting() == [ledger.consent(run.id)]
    assert ledger.consent(make().id) is None
    with pytest.raises(UnknownName):
        ledger.consent(99)


def test_votes_are_kept_in_their_order(ledger: Ledger, make: Make) -> None:
    """Given two yes votes, when each is counted, then the second settles it, and both are kept in order."""
    run = make(pending=pending())
    first = ledger.change_consent(run.id, said("terminal:max"))
    assert (first.stage, first.approvals, first.edition) == (Stage.APPROVE, 1, 1)
    later = NOW + timedelta(seconds=1)
    last = ledger.change_consent(run.id, said("terminal:anna", later))
    assert (last.stage, last.settled_at, last.settled_by, last.edition) == (Stage.GRANTED, later, "terminal:anna", 2)
    assert ledger.consent(run.id) == last
    assert [each.actor for each in last.votes] == ["terminal:max", "terminal:anna"]
    assert ledger.awaiting() == []
    assert ledger.get(run.id).status is RunStatus.AWAITING_APPROVAL  # only a relay changes that


def test_a_step_that_raises_leaves_all_as_it_is(ledger: Ledger, make: Make) -> None:
    """Given somebody who has voted, when they do again, then it is refused, and nothing has changed."""
    run = make(pending=pending())
    before = ledger.change_consent(run.id, said("terminal:max"))
    with pytest.raises(WrongState, match="voted on run 1 already"):
        ledger.change_consent(run.id, said("terminal:max", yes=False))
    assert ledger.consent(run.id) == before


def test_a_run_that_never_waited_takes_no_step(ledger: Ledger, make: Make) -> None:
    """Given a run that waits for nobody, and none at all, when a step is made, then each is refused in its way."""
    with pytest.raises(WrongState, match="Run 1 waits for nobody"):
        ledger.change_consent(make().id, said("terminal:max"))
    with pytest.raises(UnknownName):
        ledger.change_consent(99, said("terminal:max"))


@pytest.mark.parametrize(
    ("step", "stage", "reason"),
    [
        (said("terminal:max", yes=False), Stage.DENIED, "terminal:max denied it: so"),
        (lambda found: break_glass(found, "terminal:max", "fire", NOW), Stage.GRANTED, "fire"),
        (lambda found: expire(found, END), Stage.EXPIRED, "It had 0 of 2 approvals after 1 min."),
        (lambda found: expire(found, END - timedelta(microseconds=1)), Stage.APPROVE, ""),
        (lambda found: close(found, Stage.CANCELED, "terminal:a", "enough", NOW), Stage.CANCELED, "enough"),
    ],
    ids=["a no", "broken glass", "too late", "in time", "canceled"],
)
def test_every_end_has_its_reason(
    ledger: Ledger, make: Make, step: Callable[[Pending], Pending], stage: Stage, reason: str
) -> None:
    """Given a run that waits, when something ends it, then what and why is kept."""
    run = make(pending=pending())
    after = ledger.change_consent(run.id, step)
    assert (after.stage, after.reason) == (stage, reason)
    assert ledger.consent(run.id) == after


def test_what_is_settled_stays_so() -> None:
    """Given what is over, when anybody says anything, then yes and no are refused, and no end replaces another."""
    over = vote(pending(count=1), Vote(actor="a", yes=True, at=NOW))
    for step in (said("b"), said("b", yes=False), lambda found: confirm(found, "b", NOW)):
        with pytest.raises(WrongState, match="approved already"):
            step(over)
    assert expire(over, END) == close(over, Stage.CANCELED, "b", "", NOW) == over


def test_a_vote_at_the_deadline_is_late() -> None:
    """Given the deadline, when somebody votes in that moment, then it is refused; just before, it counts."""
    with pytest.raises(WrongState, match="The time in which run 0 could be answered is over"):
        said("a", END)(pending())
    assert said("a", END - timedelta(microseconds=1))(pending()).approvals == 1


def test_a_confirmation_begins_the_time_of_the_approval() -> None:
    """Given both wanted, when it is confirmed, then the time for approvals counts from there."""
    both = pending(stage=Stage.CONFIRM, message="Really?")
    after = confirm(both, "a", NOW + timedelta(seconds=30))
    assert (after.stage, after.deadline, after.confirmed) == (Stage.APPROVE, NOW + timedelta(seconds=90), True)


def test_figures_are_those_of_approvals(ledger: Ledger, make: Make) -> None:
    """Given runs that waited, when they are counted, then those that wanted approvals have result and age."""
    make()
    open_, denied, glass = (make(pending=pending()) for _ in range(3))
    make(pending=pending(stage=Stage.CONFIRM, message="Really?", count=0))
    ledger.change_consent(denied.id, said("terminal:max", NOW + timedelta(seconds=5), yes=False))
    ledger.change_consent(glass.id, lambda found: break_glass(found, "terminal:max", "x", NOW))
    told = [(each.run_id, each.result, each.age) for each in ledger.consent_figures(0, 10)]
    assert told == [(open_.id, "", None), (denied.id, "denied", 5.0), (glass.id, "break_glass", 0.0)]
    assert [each.run_id for each in ledger.consent_figures(open_.id, 1)] == [denied.id]


def test_the_last_runs_of_the_same(ledger: Ledger, make: Make) -> None:
    """Given runs of one runbook, when those before one are asked for, then the newest come first, others not at all."""
    ids = [make().id for _ in range(4)]
    assert [run.id for run in ledger.lately("ping", "local", ids[3], last=2)] == [ids[2], ids[1]]
    assert ledger.lately("ping", "elsewhere", 99) == ledger.lately("other", "local", 99) == []


@pytest.mark.parametrize("statement", ["UPDATE votes SET yes = NOT yes", "DELETE FROM votes"])
def test_the_database_keeps_votes(sql: SqlLedger, statement: str) -> None:
    """Given a vote, when somebody changes it by SQL, then the database refuses."""
    run = make_run(sql, pending=pending())
    sql.change_consent(run.id, said("terminal:max"))
    with pytest.raises((IntegrityError, Unavailable)), sql._database.writing() as connection:
        connection.execute(text(statement))
    found = sql.consent(run.id)
    assert found is not None
    assert found.approvals == 1
