"""The report of alerts says what was measured beside the peer or without one, and judges it; nothing is started."""

import pytest

from tests.bench import alerts
from tests.bench.alerts import Figures, Side


def side(seconds: float, storm: float = 0.01) -> Side:
    """Each figure is so long."""
    return Side(posts=[0.01] * 3, firsts=[seconds / 2] * 3, ends=[seconds, seconds, 9.0], storm=[storm] * 500)


def test_beside_the_peer_ratios_are_told() -> None:
    """Given half the peer's time, when it is reported, then the ratio of the medians is told, and it passes."""
    figures = Figures(ours=side(0.5), peer=side(1.0), version="ansible-rulebook 1.3.2", others=0.0)
    text = "\n".join(alerts.lines(figures))
    assert "| POST → its end is known | 500 ms | 1000 ms | 0.50 |" in text
    assert "the peer: ansible-rulebook 1.3.2" in text
    assert alerts.passed(figures)


def test_without_a_peer_it_says_so() -> None:
    """Given no peer, when it is reported, then our figures are there, and how one names the peer."""
    figures = Figures(ours=side(0.5), peer=None, version="", others=0.0)
    text = "\n".join(alerts.lines(figures))
    assert "| POST → its end is known | 500 ms |  |  |" in text
    assert "SIGNALBOX_BENCH_PEER" in text
    assert alerts.passed(figures)


@pytest.mark.parametrize(("ours", "storm"), [(1.1, 0.01), (0.5, 0.06)])
def test_who_is_slower_does_not_pass(ours: float, storm: float) -> None:
    """Given an end later than the peer's, or answers that take too long in the storm, when it is judged, then OVER."""
    figures = Figures(ours=side(ours, storm), peer=side(1.0), version="x", others=0.0)
    assert not alerts.passed(figures)
    assert any(line.endswith("OVER") for line in alerts.lines(figures))
