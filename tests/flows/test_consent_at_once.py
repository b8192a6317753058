"""Two people at once on one run, a thousand times, in a real SQLite file: never a double, never a lost one."""

import tempfile
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from bot.errors import WrongState
from bot.ledger.sql import SqlLedger
from bot.ledger.tables import consents, runs
from bot.model.consent import Pending, Stage, Step, Vote, close, confirm, expire, vote
from bot.model.people import Actor, Conversation, Origin
from bot.model.run import Plan, Target
from bot.model.runbook import Revision

TIMES = 1_000
FEW = 100
"""Of what differs little from another one that happens TIMES times."""
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
END = NOW + timedelta(seconds=60)
MEMORY = Path("/dev/shm")
PLAN = Plan(
    runbook="risky",
    summary="S",
    playbook="p.yml",
    module=None,
    target=Target(environment="prod", limit="all", hosts=("web1",), fingerprint="f"),
    timeout=60,
    revision=Revision(commit=None, dirty=False, content_hash="0"),
)


@pytest.fixture
def ledger() -> Iterator[SqlLedger]:
    """A real file, in memory where there is such a place."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        ledger = SqlLedger(f"sqlite:///{folder}/ledger.db")
        ledger.migrate()
        yield ledger
        ledger.close()


def yes(actor: str) -> Step:
    """A click on Approve, at the last moment that counts."""
    said = Vote(actor=actor, yes=True, at=END - timedelta(microseconds=1))
    return lambda found: vote(found, said)


def no(actor: str) -> Step:
    """A click on Deny."""
    return lambda found: vote(found, Vote(actor=actor, yes=False, at=NOW))


def late(found: Pending) -> Pending:
    """The relay, when the time is over."""
    return expire(found, END)


def taken_back(found: Pending) -> Pending:
    """The asker, who cancels."""
    return close(found, Stage.CANCELED, "terminal:anna", "", NOW)


def confirmed(found: Pending) -> Pending:
    """The asker, who confirms."""
    return confirm(found, "terminal:anna", NOW)


def copies(ledger: SqlLedger, first: int, times: int) -> range:
    """Ids of as many runs more that wait for the same, made in one transaction."""
    ids = range(first + 1, first + times)
    with ledger._database.writing() as connection:
        for table, key in ((runs, "id"), (consents, "run_id")):
            row = dict(connection.execute(select(table).where(table.c[key] == first)).mappings().one())
            connection.execute(insert(table), [{**row, key: number} for number in ids])
    return ids


def both(
    ledger: SqlLedger, wanted: Pending, steps: tuple[Step, Step], times: int = TIMES
) -> Iterator[tuple[Pending, list[Stage | None]]]:
    """What each of many runs is in the end, and what the two who met at it were told; None: that it was too late."""
    here, anna = Conversation(transport="terminal", channel="ops"), Actor(transport="terminal", name="anna")
    first = ledger.create(PLAN, anna, here, Origin.CHAT, "run", pending=wanted).id
    ids = [first, *copies(ledger, first, times)]
    told: list[list[Stage | None]] = [[None, None] for _ in ids]
    start = threading.Barrier(2)

    def act(which: int) -> None:
        for place, run_id in enumerate(ids):
            start.wait(30)
            try:
                told[place][which] = ledger.change_consent(run_id, steps[which]).stage
            except WrongState:
                told[place][which] = None

    threads = [threading.Thread(target=act, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for run_id, heard in zip(ids, told, strict=True):
        found = ledger.consent(run_id)
        assert found is not None
        yield found, heard


def pending(**changed: object) -> Pending:
    """One approval, within a minute."""
    fields: dict[str, object] = {"stage": Stage.APPROVE, "asked_at": NOW, "deadline": END, "count": 1}
    return Pending(**{**fields, **changed})  # type: ignore[arg-type]


def test_two_approvers_of_one_approval(ledger: SqlLedger) -> None:
    """Given one approval wanted, when two click at once, then one of them brings it about, and the other is told no."""
    for found, told in both(ledger, pending(), (yes("terminal:lea"), yes("terminal:max"))):
        assert sorted(map(str, told)) == ["None", "granted"]
        assert (found.stage, len(found.votes), found.edition) == (Stage.GRANTED, 1, 1)


def test_two_approvers_of_two_approvals(ledger: SqlLedger) -> None:
    """Given two approvals wanted, when two click at once, then both count, and the second brings it about."""
    for found, told in both(ledger, pending(count=2), (yes("terminal:lea"), yes("terminal:max")), FEW):
        assert sorted(map(str, told)) == ["approve", "granted"]
        assert (found.stage, len(found.votes), found.edition) == (Stage.GRANTED, 2, 2)


def test_one_person_clicks_twice(ledger: SqlLedger) -> None:
    """Given two approvals wanted, when one person clicks twice at once, then one click counts."""
    for found, told in both(ledger, pending(count=2), (yes("terminal:lea"), yes("terminal:lea")), FEW):
        assert sorted(map(str, told)) == ["None", "approve"]
        assert (found.stage, len(found.votes)) == (Stage.APPROVE, 1)


@pytest.mark.parametrize(
    ("other", "end", "times"),
    [
        (late, Stage.EXPIRED, TIMES),
        (no("terminal:max"), Stage.DENIED, TIMES),
        (taken_back, Stage.CANCELED, FEW),
    ],
)
def test_an_approval_against_an_end(ledger: SqlLedger, other: Step, end: Stage, times: int) -> None:
    """Given the last approval, when the end comes in the same moment, then exactly one of them happens."""
    won: list[Stage] = []
    for found, (granted, ended) in both(ledger, pending(), (yes("terminal:lea"), other), times):
        assert found.stage in {Stage.GRANTED, end}
        assert found.edition == 1
        assert (granted is Stage.GRANTED) == (found.stage is Stage.GRANTED)
        assert ended in {found.stage, None}
        won.append(found.stage)
    assert len(won) == times


def test_a_double_confirmation(ledger: SqlLedger) -> None:
    """Given a run to confirm, when the asker confirms twice at once, then it counts once."""
    for found, told in both(ledger, pending(stage=Stage.CONFIRM, message="?", count=0), (confirmed, confirmed)):
        assert sorted(map(str, told)) == ["None", "granted"]
        assert (found.stage, found.edition) == (Stage.GRANTED, 1)
