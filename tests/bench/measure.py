"""Both sides enter; they run in turn, road and bare, until enough pairs are there, and every figure leaves."""

import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from bot.model.event import ENDED, STATUS, RunEvent
from tests.bench import lag
from tests.bench.memory import Memory, Peaks, of
from tests.bench.queue_time import QueueTime
from tests.bench.sides import Sides, asking, is_result
from tests.bench.stack import Stack
from tests.bench.timed import Timed

BUDGET_SECONDS = 150.0
"""After this long no further pair is begun."""
SETTLE_SECONDS = 1.0
AFTER_SECONDS = 0.3
PINGS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same playbook by both sides, one right after the other; `events` are those of the road, from SQL.

    `cpu` is how many seconds the processors worked for the road: for the chat and for the stack.
    """

    road: Timed
    bare: Timed
    cpu: float
    events: tuple[RunEvent, ...]

    @property
    def ratio(self) -> float:
        """The whole road by bare ansible-playbook, from start to end of the process that a person starts."""
        return self.road.seconds / self.bare.seconds

    @property
    def accepted(self) -> float:
        """When the chat said that the run is queued, in Unix seconds."""
        return self.road.first(lambda line: line.startswith("RUN #"))

    @property
    def to_first_event(self) -> float:
        """Seconds from there to the first event, made by the worker."""
        return next(event.at for event in self.events if event.kind == STATUS) - self.accepted

    @property
    def to_first_ansible_event(self) -> float:
        """Seconds from there to Ansible's own first event."""
        return next(event.at for event in self.events if event.kind.startswith("playbook_")) - self.accepted

    @property
    def to_first_result(self) -> float:
        """Seconds from there to the first task result in the chat."""
        return self.road.first(is_result) - self.accepted

    @property
    def bare_to_first_result(self) -> float:
        """Seconds from the start of ansible-playbook to its first task result."""
        return self.bare.first(is_result) - self.bare.began

    @property
    def to_end(self) -> float:
        """Seconds from there until the chat has said how it ended, all of it."""
        return self.road.lines[-1][0] - self.accepted

    @property
    def first_ratio(self) -> float:
        """From accepted to the first result, by bare from its start to the same."""
        return self.to_first_result / self.bare_to_first_result

    @property
    def end_ratio(self) -> float:
        """From accepted to the end, by all of bare."""
        return self.to_end / self.bare.seconds

    @property
    def to_accepted(self) -> float:
        """Seconds from the start of the chat until the run is queued."""
        return self.accepted - self.road.began

    @property
    def leaving(self) -> float:
        """Seconds from the worker's last event to the end of the chat: SQL, recap, and the chat's way out."""
        return self.road.ended - next(event.at for event in self.events if event.kind == ENDED)

    @property
    def events_a_second(self) -> float:
        """All events by the time between the first and the last."""
        return len(self.events) / (self.events[-1].at - self.events[0].at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cold:
    """One command in a new home where nothing runs: seconds in all, and those between the last line and the end."""

    said: str
    seconds: float
    leaving: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything that was measured; times in seconds.

    `others` is the share of the processors' time, 0 to 1, that went to processes which are not ours.
    """

    cold: tuple[Cold, ...]
    ready: float
    idle: Mapping[str, Memory]
    many: tuple[Pair, ...]
    one: tuple[Pair, ...]
    queued: tuple[float, ...]
    peaks: Mapping[str, Memory]
    stored: tuple[float, ...] = field(repr=False)
    shown: tuple[float, ...] = field(repr=False)
    others: float


class Machine:
    """Notes how long the processors of this machine have been at work, from when it is made."""

    def __init__(self) -> None:
        self._began = psutil.cpu_times()

    def others(self, ours: float) -> float:
        """The share of their time, since then, that was neither idle nor the `ours` seconds that we know of."""
        spent = [now - then for now, then in zip(psutil.cpu_times(), self._began, strict=True)]
        named = dict(zip(self._began._fields, spent, strict=True))
        total = sum(named[name] for name in ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"))
        idle = named["idle"] + named["iowait"]
        return max(0.0, total - idle - ours) / total


def cold(sides: Sides, command: str) -> Cold:
    """Say it in a home of its own; what it starts has ended when it has."""
    done = sides.say(command)
    return Cold(said=command, seconds=done.seconds, leaving=done.ended - done.lines[-1][0])


def warm(sides: Sides, stack: Stack, *, pairs: int, first: Sequence[Cold], began: float) -> Figures:
    """Everything with a stack that runs; `began` (monotonic) is when the time that we may take began."""
    time.sleep(SETTLE_SECONDS)
    idle = {name: of(processes) for name, processes in stack.processes().items()}
    sides.road("one"), sides.bare("one")  # what is compiled or cached once is, for both
    one, queued = [], []
    for _ in range(PINGS):
        with QueueTime(stack.app.redis) as listening:
            one.append(_pair(sides, stack, "one"))
        queued.append(listening.seconds)
    machine = Machine()
    many = [_pair(sides, stack, "many")]
    while len(many) < pairs and time.monotonic() - began < BUDGET_SECONDS:
        many.append(_pair(sides, stack, "many"))
    others = machine.others(sum(pair.cpu + pair.bare.cpu for pair in many))
    peaks, stored, shown = _observed(sides, stack)
    return Figures(
        cold=tuple(first),
        ready=stack.ready,
        idle=idle,
        many=tuple(many),
        one=tuple(one),
        queued=tuple(queued),
        peaks=peaks,
        stored=tuple(stored),
        shown=tuple(shown),
        others=others,
    )


def _pair(sides: Sides, stack: Stack, name: str) -> Pair:
    before, road = stack.cpu(), sides.road(name)
    time.sleep(AFTER_SECONDS)  # until the worker has buried the process that it forked for the run
    cpu = road.cpu + stack.cpu() - before
    return Pair(road=road, bare=sides.bare(name), cpu=cpu, events=events_of(stack, newest(stack)))


def newest(stack: Stack) -> int:
    """The number of the latest run; 0 without."""
    return max((run.id for run in stack.app.ledger.find(last=1)), default=0)


def events_of(stack: Stack, run_id: int) -> tuple[RunEvent, ...]:
    """All events of a run, from SQL."""
    found: list[RunEvent] = []
    while more := stack.app.ledger.events(run_id, after=found[-1].counter if found else 0):
        found += more
    return tuple(found)


def _observed(sides: Sides, stack: Stack) -> tuple[dict[str, Memory], list[float], list[float]]:
    """One more go, not timed, because it is looked at while it runs: memory, and how late SQL and the chat are."""
    chat: list[psutil.Process] = []
    run_id = newest(stack) + 1

    def look() -> Mapping[str, Sequence[psutil.Process]]:
        groups = stack.processes()
        carrying = [process for name in ("horse", "engine") for process in groups.get(name, ())]
        ansible = [child for process in carrying for child in process.children(recursive=True)]
        return {**groups, "chat": chat, "ansible": ansible}

    with Peaks(look) as peaks, when_there(stack, run_id) as stored:
        done = sides.say(asking("many"), json=True, on_start=lambda pid: chat.append(psutil.Process(pid)))
    return peaks.seen, stored[0].lags(events_of(stack, run_id)), lag.shown(done)


@contextmanager
def when_there(stack: Stack, run_id: int) -> Iterator[list[lag.Stored]]:
    """Look at the run's cursor as soon as the run is there, until the context is left."""
    found: list[lag.Stored] = []
    through = threading.Event()

    def wait() -> None:
        while newest(stack) < run_id:
            time.sleep(lag.EVERY_SECONDS)
        with lag.Stored(stack.app, run_id) as stored:
            found.append(stored)
            through.wait()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        through.set()
        thread.join()


def median(values: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(values)
