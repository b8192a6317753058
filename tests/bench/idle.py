"""Nothing enters; what a stack takes that has nothing to do leaves: memory, work of the processors, and its start.

It is `up` as it comes: this project, with its example rulebooks and sensors, an embedded Redis, SQLite, no Slack.
"""

import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from tests.bench import project
from tests.bench.memory import Memory, of
from tests.bench.sides import Sides
from tests.bench.stack import Stack, stack

SECONDS = 60.0
SETTLE_SECONDS = 20.0
"""Until all is loaded that waits for runs: Ansible, inventories, sensors."""
PSS, SHARE, START_SECONDS = 150 * 2**20, 0.01, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """By what processes do: how many those are, `memory` at the end, `work` in seconds of a processor.

    `ready` is how many seconds it took until workers listened, the relay was there, and `/healthz` answered.
    """

    ready: float
    seconds: float
    count: Mapping[str, int]
    memory: Mapping[str, Memory]
    work: Mapping[str, float]

    @property
    def pss(self) -> int:
        """Bytes of all processes together."""
        return sum(memory.pss for memory in self.memory.values())

    @property
    def share(self) -> float:
        """Of one core."""
        return sum(self.work.values()) / self.seconds


def measure() -> Idle:
    """A minute and a half."""
    with tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder:
        sides = Sides(project=project.Project(folder=project.ROOT), home=Path(folder) / "home")
        with stack(sides) as running:
            ready = _answered(running)
            time.sleep(SETTLE_SECONDS)
            groups, before, began = running.processes(), _work(running.processes()), time.monotonic()
            time.sleep(SECONDS)
            seconds, after = time.monotonic() - began, _work(groups)
            _still(groups, running)
            return Idle(
                ready=ready,
                seconds=seconds,
                count={name: len(group) for name, group in groups.items()},
                memory={name: of(group) for name, group in groups.items()},
                work={name: after[name] - before[name] for name in groups},
            )


def passed(found: Idle) -> bool:
    """Whether it takes as little as promised."""
    return found.pss < PSS and found.share < SHARE and found.ready < START_SECONDS


def lines(found: Idle) -> Iterator[str]:
    """A table, the largest first, and each limit."""
    yield f"# A stack that has nothing to do, over {found.seconds:.0f} s"
    yield "| processes | RSS, MiB | PSS, MiB | of a core |"
    yield "| --- | ---: | ---: | ---: |"
    for name in sorted(found.memory, key=lambda name: -found.memory[name].pss):
        several = f"{name}, {found.count[name]}" if found.count[name] > 1 else name
        memory, share = found.memory[name], found.work[name] / found.seconds
        yield f"| {several} | {memory.rss / 2**20:.0f} | {memory.pss / 2**20:.0f} | {share:.2%} |"
    yield f"memory: {found.pss / 2**20:.0f} MiB (PSS), limit {PSS / 2**20:.0f}: {_said(found.pss < PSS)}"
    yield f"work: {found.share:.2%} of a core, limit {SHARE:.0%}: {_said(found.share < SHARE)}"
    late = _said(found.ready < START_SECONDS)
    yield f"start, until workers listen and /healthz answers: {found.ready:.2f} s, limit {START_SECONDS:.0f} s: {late}"


def _said(well: bool) -> str:
    return "PASS" if well else "OVER"


def _answered(running: Stack) -> float:
    """Seconds from the start until the door answers too."""
    while True:
        try:
            with urlopen(f"{running.url}/healthz", timeout=10):
                return time.monotonic() - running.began
        except URLError:
            time.sleep(0.01)


def _work(groups: Mapping[str, list[psutil.Process]]) -> dict[str, float]:
    return {name: sum(sum(process.cpu_times()[:4]) for process in group) for name, group in groups.items()}


def _still(groups: Mapping[str, list[psutil.Process]], running: Stack) -> None:
    """RuntimeError when processes came or went meanwhile: then the figures mean nothing."""
    before, now = ({each.pid for group in seen.values() for each in group} for seen in (groups, running.processes()))
    if before != now:
        raise RuntimeError("Processes came or went while nothing was to be done.")
