"""Requests that come at once: each has its own answer, whoever stores it, and a broken one costs itself alone."""

import time
from collections.abc import Sequence
from threading import Barrier, Event, Thread

import pytest

from bot.alerts import Grouping, decider, group_of
from bot.errors import Unavailable
from bot.flows.together import Together
from bot.ledger import MemoryIncidents, Taking
from bot.model.incident import Change, Notice, Outcome, Situation
from tests.alerts.story import START, alert

GROUPING = Grouping()
DECIDE = decider(GROUPING)


def asked(subject: str, once: str = "") -> Taking:
    """A request with one alert."""
    said = alert(subject)
    notice = Notice(alert=said, group=group_of(said, GROUPING), at=START)
    return Taking(notices=[notice], decide=_decide, once=(once, START) if once else None)


def _decide(situation: Situation, notice: Notice) -> Change:
    if notice.alert.subject == "broken":
        raise RuntimeError
    return DECIDE(situation, notice)


class Slow(MemoryIncidents):
    """A ledger that is slow with the first request, so that others gather; `sizes` says how many came together."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []
        self.begun, self.go_on = Event(), Event()

    def take_all(self, requests: Sequence[Taking]) -> list[list[Outcome] | None]:
        """Wait once."""
        self.sizes.append(len(requests))
        self.begun.set()
        assert self.go_on.wait(60)
        return super().take_all(requests)


def at_once(ledger: Slow, *requests: Taking) -> list[object]:
    """The first request is under way when all others come; what each is answered, errors by their name."""
    together = Together(incidents=lambda: ledger)
    answers: list[object] = [None] * len(requests)
    gathered = Barrier(len(requests))

    def ask(number: int) -> None:
        if number:
            gathered.wait(60)
        try:
            taken = together.take(requests[number])
            answers[number] = taken and [outcome.standing.alert.subject for outcome in taken]
        except Exception as error:  # noqa: BLE001 (it is the answer)
            answers[number] = type(error).__name__

    threads = [Thread(target=ask, args=(number,)) for number in range(len(requests))]
    for thread in threads:
        thread.start()
    assert ledger.begun.wait(60)
    gathered.wait(60)
    while len(together._waiting) < len(requests) - 1:
        time.sleep(0.001)
    ledger.go_on.set()
    for thread in threads:
        thread.join(60)
    return answers


def test_who_waits_is_stored_together() -> None:
    """Given a request that is being stored, when others come, then one transaction stores them all, each its own."""
    ledger = Slow()
    assert at_once(ledger, *(asked(name) for name in "abcd")) == [["a"], ["b"], ["c"], ["d"]]
    assert ledger.sizes == [1, 3]
    assert len(ledger.alerts(1)) == 4


def test_a_broken_request_costs_itself_alone() -> None:
    """Given one that cannot be decided, when it is among others, then it fails and they are stored, each once."""
    ledger = Slow()
    answers = at_once(ledger, asked("a"), asked("b"), asked("broken"), asked("c"))
    assert answers == [["a"], ["b"], "RuntimeError", ["c"]]
    assert sorted(each.alert.subject for each in ledger.alerts(1)) == ["a", "b", "c"]
    assert [each.repeats for each in ledger.alerts(1)] == [0, 0, 0]


def test_a_request_that_came_before_is_told_so() -> None:
    """Given the same signed request twice among those that wait, when they are stored, then one of them is."""
    ledger = Slow()
    answers = at_once(ledger, asked("a"), asked("b", "r1"), asked("b", "r1"))
    assert answers[0] == ["a"]
    assert sorted(answers[1:], key=str) == [None, ["b"]] or sorted(answers[1:], key=str) == [["b"], None]
    assert [each.repeats for each in ledger.alerts(1)] == [0, 0]


def test_a_store_that_is_away_is_away_for_all() -> None:
    """Given no SQL, when requests come, then each sender is told to come again."""

    class Away(MemoryIncidents):
        def take_all(self, requests: Sequence[Taking]) -> list[list[Outcome] | None]:
            raise Unavailable(f"SQL is away for {len(requests)}.")

    with pytest.raises(Unavailable):
        Together(incidents=Away).take(asked("a"))
