"""The contract of Ledger about events, cursors, hosts and the audit, over SQLite, PostgreSQL and the twin."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from bot.ledger import AutomationEvent, Ledger
from bot.model.event import RunEvent
from bot.model.run import HostOutcome, Run

from .conftest import event, events
from .test_runs import HOSTILE, KEPT

Make = Callable[..., Run]


def test_events_come_back_as_they_were(ledger: Ledger, make: Make) -> None:
    """Given events with every field and with almost none, when they are stored, then the same values come back."""
    make()
    bare = RunEvent(run_id=1, counter=3, kind="playbook_on_stats", at=0.1)
    ledger.add_events(1, [*events(1, 2), bare])
    assert ledger.events(1) == [event(1), event(2), bare]


def test_events_are_stored_once(ledger: Ledger, make: Make) -> None:
    """Given stored events, when they come again, alone or among new ones, then the first stay and the new are added."""
    make()
    ledger.add_events(1, events(1, 2))
    ledger.add_events(1, [event(1, message="other"), event(2), event(3), event(3)])
    assert ledger.events(1) == events(1, 2, 3)


def test_reading_starts_anywhere(ledger: Ledger, make: Make) -> None:
    """Given five events, when some in the middle are asked for, then those come, in order."""
    make()
    ledger.add_events(1, events(5, 3, 1, 2, 4))
    assert ledger.events(1, after=1, limit=3) == events(2, 3, 4)
    assert ledger.events(1, after=5) == []
    assert ledger.events(1, limit=0) == []


def test_the_cursor_stops_at_a_gap(ledger: Ledger, make: Make) -> None:
    """Given events that come out of order, when a gap is filled, then the cursor moves to the end of what is whole."""
    make()
    reached = []
    for counters in ((2, 3), (1,), (5, 6), (), (4, 9), (7, 8)):
        ledger.add_events(1, events(*counters))
        reached.append(ledger.cursor(1))
    assert reached == [0, 3, 3, 3, 6, 9]
    assert ledger.get(1).cursor == 9


def test_the_cursor_crosses_many_pages(ledger: Ledger, make: Make) -> None:
    """Given 12,000 events whose first comes last, when it comes, then the cursor jumps to the end."""
    make()
    ledger.add_events(1, events(*range(2, 12_001)))
    assert ledger.cursor(1) == 0
    ledger.add_events(1, events(1))
    assert ledger.cursor(1) == 12_000


def test_two_relays_may_store_the_same_events(ledger: Ledger, make: Make) -> None:
    """Given many threads with overlapping batches in any order, when all are done, then each event is there once."""
    make()
    batches = [list(range(start, min(start + 40, 1001))) for start in range(1, 1001, 20)] * 2
    random.Random(2).shuffle(batches)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda counters: ledger.add_events(1, events(*counters)), batches))
    assert [found.counter for found in ledger.events(1, limit=2000)] == list(range(1, 1001))
    assert ledger.cursor(1) == 1000


def test_events_of_another_run_are_a_mistake(ledger: Ledger, make: Make) -> None:
    """Given a batch with an event of another run, when it is stored, then it is refused whole."""
    make()
    make()
    with pytest.raises(ValueError, match="another run"):
        ledger.add_events(1, [event(1), event(2, run_id=2)])
    assert ledger.events(1) == []


def test_hostile_events_are_data(ledger: Ledger, make: Make) -> None:
    """Given hostile text in every field of an event, when it is read, then it is data."""
    make()
    wild = RunEvent(
        run_id=1,
        counter=1,
        kind=HOSTILE,
        at=1.0,
        play=HOSTILE,
        task=HOSTILE,
        host=HOSTILE,
        item=HOSTILE,
        message=HOSTILE,
        diff=HOSTILE,
        warnings=(HOSTILE,),
        data={HOSTILE: [HOSTILE]},
    )
    ledger.add_events(1, [wild])
    (found,) = ledger.events(1)
    whole = HOSTILE.replace("\ud800", "?")
    assert (found.kind, found.play, found.task, found.host, found.message) == (KEPT,) * 5
    assert (found.item, found.diff, found.warnings) == (whole, whole, (whole,))
    assert list(found.data.values()) == [[whole]]


def test_planned_hosts_are_there_from_the_start(ledger: Ledger, make: Make) -> None:
    """Given a run that reported nothing, when its outcomes are asked for, then all its hosts are there in order."""
    make("web2", "db1", "web1", "web2")
    assert ledger.outcomes(1) == [HostOutcome(host=name) for name in ("web2", "db1", "web1")]


def test_outcomes_are_replaced(ledger: Ledger, make: Make) -> None:
    """Given outcomes, when later ones come, then those count, the order stays, and unplanned hosts come after."""
    make("web2", "web1", "db1")
    ledger.set_outcomes(1, [HostOutcome(host="zoo", ok=1), HostOutcome(host="web1", ok=1)])
    final = HostOutcome(host="web1", ok=5, changed=4, failed=3, unreachable=2, skipped=1, rescued=6, ignored=7)
    ledger.set_outcomes(1, [final, HostOutcome(host="Added", ok=1)])
    ledger.set_outcomes(1, [])
    assert ledger.outcomes(1) == [
        HostOutcome(host="web2"),
        final,
        HostOutcome(host="db1"),
        HostOutcome(host="Added", ok=1),
        HostOutcome(host="zoo", ok=1),
    ]


def test_hostile_hosts_are_data(ledger: Ledger, make: Make) -> None:
    """Given hosts with names no one should have, when they report, then each has one row with its outcome."""
    long = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz\u20ac\u0416", k=50_000))
    make(HOSTILE, long)
    ledger.set_outcomes(1, [HostOutcome(host=HOSTILE, ok=1), HostOutcome(host=long, failed=1)])
    assert ledger.outcomes(1) == [HostOutcome(host=KEPT, ok=1), HostOutcome(host=long[:500], failed=1)]


def test_a_run_of_five_thousand_hosts(ledger: Ledger, make: Make) -> None:
    """Given 5,000 hosts, when they are planned and report, then all are there in their order."""
    hosts = [f"web{number}.example.org" for number in range(5000)]
    run = make(*hosts)
    ledger.set_outcomes(run.id, [HostOutcome(host=host, ok=2) for host in reversed(hosts)])
    assert [outcome.host for outcome in ledger.outcomes(run.id)] == hosts
    assert ledger.get(run.id).plan.target.hosts == tuple(hosts)


def test_the_audit_keeps_what_it_is_told(ledger: Ledger) -> None:
    """Given audit rows with every field and with few, when they are read, then they come newest first, unchanged."""
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    full = AutomationEvent(
        action="run.request",
        status="requires_manual",
        service="ping",
        environment="local",
        actor="slack:U1",
        origin="chat",
        channel="C1",
        result="failed",
        reason=HOSTILE,
        run_id=7,
        parameters={"a": [1, None, HOSTILE]},
        hosts=("web1", "web2"),
        revision="3f2a1bc",
        at=noon,
    )
    ledger.record(full)
    ledger.record(AutomationEvent(action="run.cancel", status="allowed"))
    few, first = ledger.recorded()
    assert (first.reason, first.parameters["a"][2]) == (KEPT, HOSTILE.replace("\ud800", "?"))
    assert (first.at, first.hosts, first.run_id, first.service) == (noon, ("web1", "web2"), 7, "ping")
    assert (few.action, few.run_id, few.hosts, dict(few.parameters)) == ("run.cancel", None, (), {})
    assert few.at is not None
    assert abs(datetime.now(UTC) - few.at) < timedelta(minutes=5)
    assert ledger.recorded(run_id=7) == [first]
    assert ledger.recorded(last=1) == [few]
