"""The report says what was measured, and judges it; no process is started here."""

import argparse
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from bot.model.event import ENDED, STATUS, Result, RunEvent
from tests.bench import project, report
from tests.bench.lag import Stored
from tests.bench.measure import Cold, Figures, Pair
from tests.bench.memory import Memory, of
from tests.bench.timed import Timed

MADE = argparse.Namespace(hosts=50, tasks=20)


def _events() -> tuple[RunEvent, ...]:
    story = [(STATUS, 1.2), ("playbook_on_play_start", 1.7), ("runner_on_ok", 2.2), (ENDED, 11.2)]
    return tuple(
        RunEvent(run_id=1, counter=number, kind=kind, at=at, host="h1", result=Result.OK)
        for number, (kind, at) in enumerate(story, start=1)
    )


def _timed(seconds: float, *lines: tuple[float, str]) -> Timed:
    return Timed(began=0.0, ended=seconds, status=0, cpu=seconds * 1.5, lines=lines)


def _pair(road: float = 12.0, bare: float = 10.0) -> Pair:
    return Pair(
        road=_timed(road, (1.0, "RUN #1 many: The work"), (1.2, "  ok: h1"), (road - 1.0, "1 ok")),
        bare=_timed(bare, (0.6, "ok: [h1]")),
        cpu=20.0,
        events=_events(),
    )


def _figures(*pairs: Pair, one: Pair | None = None, others: float = 0.0) -> Figures:
    return Figures(
        cold=(Cold(said="help", seconds=3.0, leaving=0.5),),
        ready=2.0,
        idle={"relay": Memory(rss=90_000_000, pss=70_000_000)},
        many=pairs,
        one=(one or _pair(),),
        queued=(0.010, 0.012, 0.030),
        peaks={"horse": Memory(rss=100_000_000, pss=60_000_000)},
        stored=(0.05, 0.06),
        shown=(0.02, 0.03),
        others=others,
    )


@pytest.mark.parametrize(("road", "word"), [(12.9, "PASS"), (13.1, "OVER")])
def test_the_median_of_the_ratios_is_judged(road: float, word: str) -> None:
    """Given pairs of which one was disturbed, when they are judged, then the one in the middle counts."""
    figures = _figures(_pair(road), _pair(road), _pair(road=40.0))
    assert report.ratio(figures) == pytest.approx(road / 10)
    assert any(line.endswith(f"limit 1.3: {word}") for line in report.lines(figures, made=MADE))


def test_every_limit_counts() -> None:
    """Given a first result after a third of bare's time and the end after half, when one comes later, then OVER."""
    quick = _pair(road=6.5)
    assert report.passed(_figures(_pair(road=12.9), one=quick))
    assert not report.passed(_figures(_pair(road=13.5), one=quick))  # of many tasks the end comes too late
    assert not report.passed(_figures(_pair(road=12.9), one=_pair(road=7.5)))
    late = replace(quick, road=_timed(6.5, (1.0, "RUN #1 one: The work"), (1.3, "  ok: h1"), (5.5, "1 ok")))
    assert not report.passed(_figures(_pair(road=12.9), one=late))


def test_times_between_the_two_sides_are_told() -> None:
    """Given one pair, when it is reported, then each step on the way is told from where it began to where it ended."""
    text = "\n".join(report.lines(_figures(_pair()), made=MADE))
    wanted = {
        "chat started → command accepted": ["1.00 s"],
        "accepted → first event of the worker": ["0.20 s"],
        "accepted → first event of Ansible": ["0.70 s"],
        "accepted → first task result shown": ["0.20 s", "0.60 s"],
        "accepted → its end shown": ["10.00 s", "10.00 s"],
        "worker's last event → chat has left": ["0.80 s"],
    }
    for name, cells in wanted.items():
        row = next(line for line in text.splitlines() if name in line)
        assert [cell.strip() for cell in row.strip("|").split("|")][1:3] == [*cells, ""][:2]


def test_a_machine_that_others_use_is_not_trusted() -> None:
    """Given a machine half of which others had, when the report is read, then it says so."""
    assert any("50% of the processors' time" in line for line in report.lines(_figures(_pair(), others=0.5), made=MADE))
    assert not any("NOT QUIET" in line for line in report.lines(_figures(_pair()), made=MADE))


def test_an_event_is_stored_when_the_cursor_has_reached_it() -> None:
    """Given looks at the cursor, when lags are asked for, then each event waits for the first look that had it."""
    stored = Stored(None, 1)  # type: ignore[arg-type]
    stored.steps = [(1.3, 1), (2.3, 3)]
    assert stored.lags(_events()) == pytest.approx([0.1, 0.6, 0.1])  # the last was never seen


def test_memory_of_living_processes_is_counted() -> None:
    """Given this very process, when its memory is asked for, then what it shares is counted in part only."""
    memory = of([psutil.Process()])
    assert 0 < memory.pss <= memory.rss


def test_both_sides_get_as_many_tasks_and_hosts_as_asked_for(tmp_path: Path) -> None:
    """Given a size, when the project is made, then its playbook and its inventory have it, and our own ansible.cfg."""
    made = project.make(tmp_path / "p", hosts=50, tasks=20, modules=3)
    playbook = (made.folder / "playbooks" / "many.yml").read_text()
    assert playbook.count("- name: Step ") == 20
    assert sum(playbook.count(kind) for kind in (".command:", ".stat:", ".ping:")) == 3
    assert "h[01:50]" in (made.folder / "inventories" / "bench" / "hosts.yml").read_text()
    assert (made.folder / "ansible.cfg").read_text() == (project.ROOT / "ansible.cfg").read_text()
