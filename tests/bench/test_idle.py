"""The report of a stack at rest: figures enter, lines and a verdict leave."""

from dataclasses import replace

import pytest

from tests.bench import idle
from tests.bench.memory import Memory

FIGURES = idle.Idle(
    ready=1.5,
    seconds=60.0,
    count={"worker": 2, "relay": 1},
    memory={"worker": Memory(rss=2**27, pss=2**26), "relay": Memory(rss=2**26, pss=2**25)},
    work={"worker": 0.06, "relay": 0.3},
)


def test_the_largest_comes_first_and_shares_are_of_one_core() -> None:
    """Given figures, when they are told, then the largest process comes first, each with its share of a core."""
    told = list(idle.lines(FIGURES))
    assert told[3:5] == ["| worker, 2 | 128 | 64 | 0.10% |", "| relay | 64 | 32 | 0.50% |"]
    assert "memory: 96 MiB (PSS), limit 150: PASS" in told


@pytest.mark.parametrize(
    ("worse", "well"),
    [
        ({}, True),
        ({"ready": 2.5}, False),
        ({"work": {"worker": 0.6, "relay": 0.6}}, False),
        ({"memory": {"worker": Memory(rss=2**28, pss=2**28)}}, False),
    ],
)
def test_one_limit_that_is_broken_is_enough(worse: dict[str, object], well: bool) -> None:
    """Given a late start, much work, or much memory, when it is judged, then it is not passed."""
    assert idle.passed(replace(FIGURES, **worse)) is well  # type: ignore[arg-type]
