"""The part of the report that is about Slack says what was measured, and judges it; no process is started here."""

from dataclasses import replace

import pytest

from tests.bench import slack
from tests.bench.slack import Seen, SlackFigures

ONE = Seen(runs=1, steps=(0.5, 0.7, 0.9), ends=(0.4,), calls={"chat.update": 6, "chat.postMessage": 2})
FIFTY = Seen(runs=50, steps=(1.0, 9.0), ends=(2.0, 3.0), calls={"chat.update": 150, "conversations.replies": 25})
FIGURES = SlackFigures(acks=(0.010, 0.020, 0.250), one=ONE, fifty=FIFTY, violations=0)


def rows(figures: SlackFigures) -> dict[str, list[str]]:
    """The cells of each row by what its first one says."""
    tables = [line.strip("| ").split(" | ") for line in slack.lines(figures) if line.startswith("|")]
    return {cells[0]: cells[1:] for cells in tables}


def test_delays_are_told_for_one_run_and_for_fifty() -> None:
    """Given figures, when they are reported, then each kind of delay has its row, in milliseconds."""
    told = rows(FIGURES)
    assert told["acknowledged"] == ["20 ms", "250 ms", "250 ms"]
    assert told["1 run, a task begins"] == ["700 ms", "900 ms", "900 ms"]
    assert told["50 runs, it ends"][-1] == "3000 ms"


def test_calls_are_told_for_each_run() -> None:
    """Given calls of the API, when they are reported, then they are divided by the runs, those made by one side too."""
    told = rows(FIGURES)
    assert told["chat.update"] == ["6.0", "3.0"]
    assert told["conversations.replies"] == ["0.0", "0.5"]
    assert told["all"] == ["8.0", "3.5"]


def test_a_machine_that_others_use_is_told() -> None:
    """Given a machine a third of which others had, when the report is read, then it says so, else it does not."""
    assert "33% of the processors' time" in "\n".join(slack.lines(replace(FIGURES, others=0.33)))
    assert "NOT QUIET" not in "\n".join(slack.lines(FIGURES))


@pytest.mark.parametrize(("worse", "well"), [({}, True), ({"acks": (0.1, 3.2)}, False), ({"violations": 1}, False)])
def test_a_late_acknowledgement_or_a_broken_limit_is_not_well(worse: dict[str, object], well: bool) -> None:
    """Given a late acknowledgement, or a call that Slack would not bear, when it is judged, then it is not passed."""
    assert slack.passed(replace(FIGURES, **worse)) is well  # type: ignore[arg-type]
