"""A play of very many hosts enters, by the chat and by bare ansible-playbook; wall time, memory and lags leave.

Its ten tasks are answered by the controller (`debug`, `set_fact`, `assert`), so the hosts need not be there, and
results come as fast as Ansible can make them.
"""

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench import lag, project
from tests.bench.measure import Machine, events_of, newest, when_there
from tests.bench.memory import Memory, Peaks
from tests.bench.report import MANY_LIMIT, QUIET
from tests.bench.sides import Sides, asking
from tests.bench.stack import Stack, stack
from tests.bench.timed import Timed
from tests.fake_slack.to_app.sender import percentile

HOSTS, TASKS = 1_000, 10
RELAY_MIB, GROWTH_MIB = 120.0, 10.0
"""What a relay may have (PSS), and by how much more in the last quarter of a run than in the second."""
LAG_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Seconds from the accepted command to the end shown, and of bare; lags in seconds; `relay` is its memory's course.

    `worked` is what the processors did for each of the two, `others` the share of the machine's time that others had.
    """

    hosts: int
    road: float
    bare: float
    worked: tuple[float, float]
    events: int
    stored: tuple[float, ...]
    shown: tuple[float, ...]
    relay: tuple[Memory, ...]
    others: float

    @property
    def ratio(self) -> float:
        """The road by bare."""
        return self.road / self.bare

    @property
    def most(self) -> float:
        """MiB that the relay had at most."""
        return max(each.pss for each in self.relay) / 2**20

    @property
    def growth(self) -> float:
        """MiB by which the relay's memory grew from the second quarter of the run to the last."""
        quarter = max(1, len(self.relay) // 4)
        return (_mean(self.relay[-quarter:]) - _mean(self.relay[quarter : 2 * quarter])) / 2**20


def measure(hosts: int) -> Figures:
    """A fifth of a second for each host, on two cores that nobody else uses."""
    with tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder:
        made = project.make(Path(folder) / "project", hosts=hosts, tasks=TASKS, modules=0)
        sides = Sides(project=made, home=Path(folder) / "home")
        with stack(sides) as running:
            sides.road("one"), sides.bare("one")
            machine, before = Machine(), running.cpu()
            done, relay, stored, events = _road(sides, running)
            worked = running.cpu() - before + done.cpu
            bare = sides.bare("many")
            others = machine.others(running.cpu() - before + done.cpu + bare.cpu)
    return Figures(
        hosts=hosts,
        road=done.lines[-1][0] - done.first(_is_run),
        bare=bare.seconds,
        worked=(worked, bare.cpu),
        events=events,
        stored=tuple(stored),
        shown=tuple(lag.shown(done)),
        relay=relay,
        others=others,
    )


def _road(sides: Sides, running: Stack) -> tuple[Timed, tuple[Memory, ...], Sequence[float], int]:
    run_id = newest(running) + 1
    with (
        Peaks(lambda: {"relay": running.processes()["relay"]}) as peaks,
        when_there(running, run_id) as stored,
    ):
        done = sides.say(asking("many"), json=True)
    events = events_of(running, run_id)
    return done, tuple(peaks.course["relay"]), stored[0].lags(events), len(events)


def _is_run(line: str) -> bool:
    return bool(json.loads(line)["type"] == "run")


def _judged(found: Figures) -> Iterator[tuple[str, float, float]]:
    yield "accepted → end, wide: ratio", found.ratio, MANY_LIMIT
    yield "relay, MiB at most:", found.most, RELAY_MIB
    yield "relay, MiB more at the end:", found.growth, GROWTH_MIB
    yield "event → in SQL, s, p99:", percentile(found.stored, 0.99), LAG_SECONDS
    yield "event → printed, s, p99:", percentile(found.shown, 0.99), LAG_SECONDS


def passed(found: Figures) -> bool:
    """Whether every limit is kept."""
    return all(value <= limit for _, value, limit in _judged(found))


def lines(found: Figures) -> Iterator[str]:
    """A table, and what is judged."""
    yield f"# {TASKS} tasks on {found.hosts:,} hosts, once"
    yield "|  | road | bare | ratio |"
    yield "| --- | ---: | ---: | ---: |"
    yield f"| accepted → its end shown; all of bare | {found.road:.1f} s | {found.bare:.1f} s | {found.ratio:.2f} |"
    ours, bare = found.worked
    yield f"| work of the processors, with the chat's start | {ours:.1f} s | {bare:.1f} s | {ours / bare:.2f} |"
    yield f"events: {found.events:,}, {found.events / found.road:.0f} a second"
    for name, value, limit in _judged(found):
        yield f"{name} {value:.2f}, limit {limit:g}: {'PASS' if value <= limit else 'OVER'}"
    if found.others > QUIET:
        yield f"NOT QUIET: {found.others:.0%} of the processors' time went to others; trust the work, not the times"


def _mean(looks: Sequence[Memory]) -> float:
    return sum(each.pss for each in looks) / len(looks)
