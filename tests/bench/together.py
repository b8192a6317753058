"""Eight runs of one task are asked for at once, then eight bare ansible-playbooks are started at once; times leave."""

import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench import load, project
from tests.bench.measure import Machine
from tests.bench.report import QUIET
from tests.bench.sides import Sides
from tests.bench.stack import Stack, stack
from tests.bench.timed import environment
from tests.e2e import processes

AT_ONCE, WORKERS = 8, 4
LIMIT = 0.3
"""From the first command to the last end known, by the same of bare."""
LIMIT_SECONDS = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Seconds of each round, ours and bare, one after the other; `others` the share of the machine that others had."""

    ours: tuple[float, ...]
    bare: tuple[float, ...]
    others: float

    @property
    def ratio(self) -> float:
        """The median of the pairs' ratios."""
        return statistics.median(ours / bare for ours, bare in zip(self.ours, self.bare, strict=True))


def measure(rounds: int) -> Figures:
    """A few seconds a round."""
    with tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder:
        made = project.make(Path(folder) / "project", hosts=AT_ONCE, tasks=1, modules=0)
        (made.folder / "signalbox.yml").write_text(load.POLICY)
        sides = Sides(project=made, home=Path(folder) / "home")
        with stack(sides, WORKERS) as running:
            for _ in range(2):  # what is loaded once is; workers load Ansible after their first run
                _ours(running)
            _bare(sides)
            machine, before = Machine(), running.cpu() + load.worked()
            pairs = [(_ours(running), _bare(sides)) for _ in range(rounds)]
            others = machine.others(running.cpu() + load.worked() - before)
    return Figures(ours=tuple(ours for ours, _ in pairs), bare=tuple(bare for _, bare in pairs), others=others)


def passed(found: Figures) -> bool:
    """Whether it is as quick as promised."""
    return found.ratio <= LIMIT


def lines(found: Figures) -> Iterator[str]:
    """A table."""
    yield f"# {AT_ONCE} runs of one task at once, {WORKERS} workers, {len(found.ours)} pairs"
    yield "|  | ours | bare | ratio |"
    yield "| --- | ---: | ---: | ---: |"
    ours, bare = statistics.median(found.ours), statistics.median(found.bare)
    yield f"| first asked for → all ends known | {ours:.2f} s | {bare:.2f} s | {found.ratio:.2f} |"
    yield f"at once: ratio {found.ratio:.2f}, limit {LIMIT}: {'PASS' if passed(found) else 'OVER'}"
    if found.others > QUIET:
        yield f"NOT QUIET: {found.others:.0%} of the processors' time went to others; trust the ratio"


def _ours(running: Stack) -> float:
    """Each on a host of its own, so that none waits for another; the end is known when SQL knows it."""
    app = running.app
    last = max((run.id for run in app.ledger.find(last=1)), default=0)
    began = time.monotonic()
    asking = [threading.Thread(target=load.ask, args=(app, number)) for number in range(1, AT_ONCE + 1)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    mine = range(last + 1, last + 1 + AT_ONCE)
    processes.until(
        lambda: all(run.status.final for run in app.ledger.find(last=AT_ONCE) if run.id in mine), LIMIT_SECONDS
    )
    return time.monotonic() - began


def _bare(sides: Sides) -> float:
    began = time.monotonic()
    started = [
        subprocess.Popen(
            sides.bare_argv("one", f"h{number}"),
            cwd=sides.project.folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        for number in range(1, AT_ONCE + 1)
    ]
    try:
        if any(process.wait(LIMIT_SECONDS) for process in started):
            raise RuntimeError("an ansible-playbook was not successful")
    finally:
        for process in started:
            process.terminate()
    return time.monotonic() - began
