"""The one table of which status may follow which, pair by pair."""

import itertools

import pytest

from bot.model.status import TRANSITIONS, RunStatus, may_follow, may_precede

WORDS = [
    "awaiting_approval",
    "queued",
    "starting",
    "running",
    "successful",
    "failed",
    "timeout",
    "canceled",
    "lost",
    "error",
    "denied",
    "expired",
]
TABLE = """
                   aw qu st ru su fa ti ca lo er de ex
awaiting_approval   .  x  .  .  .  .  .  x  .  .  x  x
queued              .  .  x  .  .  .  .  x  x  x  x  .
starting            .  .  .  x  x  x  x  x  x  x  .  .
running             .  .  .  .  x  x  x  x  x  x  .  .
successful          .  .  .  .  .  .  .  .  .  .  .  .
failed              .  .  .  .  .  .  .  .  .  .  .  .
timeout             .  .  .  .  .  .  .  .  .  .  .  .
canceled            .  .  .  .  .  .  .  .  .  .  .  .
lost                .  .  .  .  .  .  .  .  .  .  .  .
error               .  .  .  .  .  .  .  .  .  .  .  .
denied              .  .  .  .  .  .  .  .  .  .  .  .
expired             .  .  .  .  .  .  .  .  .  .  .  .
"""
ALLOWED = {
    (now, then)
    for now, *marks in (line.split() for line in TABLE.strip().splitlines()[1:])
    for then, mark in zip(WORDS, marks, strict=True)
    if mark == "x"
}


def test_the_words_are_the_promised_ones() -> None:
    """Given the statuses, when they are listed, then they are the vocabulary's words, no more and no fewer."""
    assert [status.value for status in RunStatus] == WORDS


@pytest.mark.parametrize(("now", "then"), list(itertools.product(WORDS, WORDS)))
def test_every_pair(now: str, then: str) -> None:
    """Given two statuses, when one is to follow the other, then it may exactly when the table here says so."""
    allowed = (now, then) in ALLOWED
    assert may_follow(RunStatus(now), RunStatus(then)) == allowed
    assert (RunStatus(now) in may_precede(RunStatus(then))) == allowed


@pytest.mark.parametrize("word", WORDS)
def test_a_status_is_final_when_nothing_follows(word: str) -> None:
    """Given a status, when it is asked whether it is final or active, then that fits what may follow it."""
    status = RunStatus(word)
    assert status.final == (word not in {now for now, _ in ALLOWED})
    assert status.active == (word in {"queued", "starting", "running"})
    assert not (status.final and status.active)


def test_every_status_has_its_row() -> None:
    """Given the table, when its rows are counted, then no status is missing, and nothing can be changed in it."""
    assert set(TRANSITIONS) == set(RunStatus)
    assert all(isinstance(after, frozenset) for after in TRANSITIONS.values())


def test_every_status_can_be_reached_and_left_for_good() -> None:
    """Given a new run, when every allowed way is walked, then each status is reached, and each way ends."""

    def longest(status: RunStatus, seen: tuple[RunStatus, ...]) -> int:
        assert status not in seen, "a circle"
        reached.add(status)
        return 1 + max((longest(then, (*seen, status)) for then in TRANSITIONS[status]), default=0)

    reached: set[RunStatus] = set()
    assert longest(RunStatus.AWAITING_APPROVAL, ()) == 5
    assert reached == set(RunStatus)
