"""Figures enter; the lines of the report leave, and whether the road is short enough."""

import argparse
import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from tests.bench.measure import Figures, Pair, median
from tests.bench.memory import Memory

LIMIT = 1.3
"""How many times as long as bare ansible-playbook the whole road may take, with the start of the chat."""
FIRST_LIMIT, ONE_LIMIT, MANY_LIMIT = 0.4, 0.5, 1.1
"""From the accepted command: to the first result, by bare's; to the end by all of bare, of one task and of many."""
QUIET = 0.1
"""The share of the processors' time that others may have before a run says little."""

Part = Callable[[Pair], float]


def ratio(figures: Figures) -> float:
    """The median of the pairs' ratios, the road by bare."""
    return median([pair.ratio for pair in figures.many])


def passed(figures: Figures) -> bool:
    """Whether every limit is kept."""
    return all(found <= limit for _, found, limit in _judged(figures))


def _judged(figures: Figures) -> Iterator[tuple[str, float, float]]:
    """What is judged, the median of its ratios, and its limit."""
    yield "start to end, many tasks", ratio(figures), LIMIT
    yield "accepted → end, many tasks", median([pair.end_ratio for pair in figures.many]), MANY_LIMIT
    yield "accepted → end, one task", median([pair.end_ratio for pair in figures.one]), ONE_LIMIT
    yield "accepted → first result", median([pair.first_ratio for pair in figures.one]), FIRST_LIMIT


def lines(figures: Figures, *, made: argparse.Namespace) -> Iterator[str]:
    """The whole report, a Markdown table a group."""
    many, one = figures.many, figures.one
    yield f"# {made.tasks} tasks on {_hosts(many[0])} hosts, {len(many)} pairs; {os.cpu_count()} cores"
    yield from _table(("", "road", "bare", "ratio"), [*_compared(many), *_between(many)])
    for name, found, limit in _judged(figures):
        yield f"{name}: ratio {found:.2f}, limit {limit}: {'PASS' if found <= limit else 'OVER'}"
    if figures.others > QUIET:
        yield f"NOT QUIET: {figures.others:.0%} of the processors' time went to others; trust the work, not the times"
    yield f"events: {len(many[-1].events)} a run, {median([pair.events_a_second for pair in many]):.0f} a second"
    yield ""
    yield f"# 1 task on {_hosts(one[0])} hosts, {len(one)} pairs"
    yield from _table(("", "road", "bare", "ratio"), [*_compared(one), *_between(one)])
    yield ""
    yield "# On the way"
    yield from _table(("", "median", "95 %", "most"), _delays(figures))
    yield ""
    yield "# Memory, MB"
    yield from _table(("", "idle RSS", "idle PSS", "peak RSS", "peak PSS"), _memory(figures))
    yield ""
    yield "# A new home, where nothing runs"
    rows = [(f"`{each.said}`", _s(each.seconds), _s(each.leaving)) for each in figures.cold]
    yield from _table(("", "whole", "of it after the last line"), rows)
    yield f"`up`, until relay and workers are ready: {_s(figures.ready)}"


def _hosts(pair: Pair) -> int:
    return len({event.host for event in pair.events if event.host})


def _compared(pairs: Sequence[Pair]) -> Iterator[tuple[str, ...]]:
    road, bare = median([pair.road.seconds for pair in pairs]), median([pair.bare.seconds for pair in pairs])
    yield "start to end", _s(road), _s(bare), f"{median([pair.ratio for pair in pairs]):.2f}"
    road, bare = median([pair.cpu for pair in pairs]), median([pair.bare.cpu for pair in pairs])
    yield "work of the processors", _s(road), _s(bare), f"{median([pair.cpu / pair.bare.cpu for pair in pairs]):.2f}"


def _between(pairs: Sequence[Pair]) -> list[tuple[str, ...]]:
    parts: dict[str, Part] = {
        "chat started → command accepted": lambda pair: pair.to_accepted,
        "accepted → first event of the worker": lambda pair: pair.to_first_event,
        "accepted → first event of Ansible": lambda pair: pair.to_first_ansible_event,
        "worker's last event → chat has left": lambda pair: pair.leaving,
    }
    rows: list[tuple[str, ...]] = [
        (name, _s(median([part(pair) for pair in pairs])), "", "") for name, part in parts.items()
    ]
    beside: dict[str, tuple[Part, Part, Part]] = {
        "accepted → first task result shown": (
            lambda pair: pair.to_first_result,
            lambda pair: pair.bare_to_first_result,
            lambda pair: pair.first_ratio,
        ),
        "accepted → its end shown": (
            lambda pair: pair.to_end,
            lambda pair: pair.bare.seconds,
            lambda pair: pair.end_ratio,
        ),
    }
    for name, (road, bare, by) in beside.items():
        times = [_s(median([part(pair) for pair in pairs])) for part in (road, bare)]
        rows.append((name, *times, f"{median([by(pair) for pair in pairs]):.2f}"))
    return rows


def _delays(figures: Figures) -> list[tuple[str, ...]]:
    measured: Mapping[str, Sequence[float]] = {
        "queued by RQ → taken by a worker": figures.queued,
        "event → in SQL": figures.stored,
        "event → printed by the chat": figures.shown,
    }
    return [(name, *(_ms(value) for value in _spread(values))) for name, values in measured.items()]


def _spread(values: Sequence[float]) -> tuple[float, float, float]:
    ranked = sorted(values)
    return median(ranked), ranked[int(0.95 * (len(ranked) - 1))], ranked[-1]


def _memory(figures: Figures) -> list[tuple[str, ...]]:
    names = list(dict.fromkeys([*figures.idle, *figures.peaks]))
    rows = [(name, figures.idle.get(name, Memory()), figures.peaks.get(name, Memory())) for name in names]
    total = sum(memory.pss for memory in figures.idle.values())
    table = [(name, _mb(idle.rss), _mb(idle.pss), _mb(peak.rss), _mb(peak.pss)) for name, idle, peak in rows]
    return [*table, ("whole stack", "", _mb(total), "", "")]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    yield _row(head, widths)
    yield _row(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])], widths)
    for row in rows:
        yield _row(row, widths)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return "| " + " | ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]) + " |"


def _s(seconds: float) -> str:
    return f"{seconds:.2f} s"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _mb(count: int) -> str:
    return f"{count / 1e6:.0f}" if count else ""
