"""On a worker: a run that goes in waves; each is one ansible-playbook, and all report through the run's one stream.

Between two waves everything is looked at again: the plan, the guards, and where a person has to say go, that.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.engine import Engine, Outcome
from bot.errors import SignalboxError
from bot.flows.close import close_stream
from bot.flows.part import Ended, PartSink, tell
from bot.flows.second_look import SecondLook
from bot.model.event import WAVE
from bot.model.status import RunStatus
from bot.model.waves import Next, Waves, after, split
from bot.model.words import duration, some
from bot.queue import Envelope, RunQueue
from bot.stream import EventStream

GO_SECONDS = 3600.0
"""How long a run waits for a person between two waves."""
LOOK_SECONDS = 0.25
SHOWN = 8


@dataclass(slots=True, kw_only=True)
class InWaves:
    """One run, wave by wave."""

    envelope: Envelope
    waves: Waves
    engine: Engine
    queue: RunQueue
    stream: EventStream
    look: SecondLook
    go_seconds: float = GO_SECONDS
    pause: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    _parts: tuple[tuple[str, ...], ...] = field(init=False)
    _failed: list[str] = field(default_factory=list, init=False)
    _matched: bool = field(default=False, init=False)
    _unmatched: str = field(default="", init=False)

    def __post_init__(self) -> None:
        self._parts = split(self.envelope.plan.target.hosts, self.waves)

    def carry_out(self) -> None:
        """All waves, until one ends the run; its end is the last event."""
        status, reason, busy = self._through()
        close_stream(self.stream, self.envelope.run_id, status, reason, busy)

    def _through(self) -> Ended:
        for number in range(len(self._parts)):
            ended = self._wave(number)
            if ended is not None:
                return ended
        if not self._matched:
            return RunStatus.ERROR, self._unmatched, ()
        if not self._failed:
            return RunStatus.SUCCESSFUL, "", ()
        of = len(self.envelope.plan.target.hosts)
        reason = f"{len(self._failed)} of {of} hosts failed, in {len(self._parts)} waves: {some(self._failed, SHOWN)}."
        return RunStatus.FAILED, reason, ()

    def _wave(self, number: int) -> Ended | None:
        """One wave and what comes after it; None when the next one is to follow."""
        hosts, before = self._parts[number], len(self._failed)
        self._tell(number, "running")
        outcome, bad = self._play(hosts)
        self._failed += bad
        if outcome.status not in {RunStatus.SUCCESSFUL, RunStatus.FAILED}:
            return outcome.status, self._reason(number, outcome.reason), outcome.busy_hosts
        self._tell(number, "done", failed=len(bad))
        if number + 1 == len(self._parts):
            return None
        reached = sum(len(part) for part in self._parts[: number + 1])
        counts = {"failed": len(bad), "failed_before": before, "reached": reached}
        step = after(self.waves, first=number == 0, **counts)
        if step is Next.STOP:
            return RunStatus.FAILED, self._reason(number, self._too_many(reached)), ()
        return (self._asked(number) if step is Next.ASK else None) or self._still_right(number)

    def _play(self, hosts: tuple[str, ...]) -> tuple[Outcome, list[str]]:
        """The engine on the hosts of one wave, and which of them failed; all, when it failed and no host did.

        A wave whose hosts no play means has nothing to do, unless that is so in all of them.
        """
        run_id, plan = self.envelope.run_id, self.envelope.plan
        part = replace(plan, target=replace(plan.target, hosts=hosts), options=replace(plan.options, waves=None))
        base, later = self.stream.last_counter(run_id), hosts != self._parts[0]
        sink = PartSink(stream=self.stream, base=base, kind=WAVE, later=later)
        outcome = self.engine.carry_out(
            run_id, part, self.envelope.secrets, sink=sink, cancel=lambda: self.queue.cancel_asked(run_id)
        )
        if sink.empty and outcome.status is RunStatus.ERROR and not outcome.rc:
            self._unmatched = outcome.reason
            return replace(outcome, status=RunStatus.SUCCESSFUL), []
        self._matched = True
        bad = [host for host in hosts if host in sink.bad]
        return outcome, bad or (list(hosts) if outcome.status is RunStatus.FAILED else [])

    def _asked(self, number: int) -> Ended | None:
        """Wait for a person; None when one said go."""
        run_id, coming = self.envelope.run_id, number + 2
        self.queue.ask_go(run_id, coming)
        self._tell(number + 1, "waiting")
        until = self.clock() + self.go_seconds
        while not self.queue.go_said(run_id, coming):
            if self.queue.cancel_asked(run_id):
                return self._canceled(number)
            if self.clock() >= until:
                status = RunStatus.FAILED if self._failed else RunStatus.CANCELED
                return status, self._reason(number, f"Nobody said go within {duration(self.go_seconds)}."), ()
            self.pause(LOOK_SECONDS)
        return None

    def _canceled(self, number: int) -> Ended:
        return RunStatus.CANCELED, self._reason(number, self.queue.cancel_reason(self.envelope.run_id)), ()

    def _still_right(self, number: int) -> Ended | None:
        """Whether the next wave may still be done: plan, locks, freezes, hours may be others by now."""
        if self.queue.cancel_asked(self.envelope.run_id):
            return self._canceled(number)
        asked = self.envelope.asked
        try:
            self.look.as_planned(self.envelope.plan)
            if asked is not None:
                self.look.permit(self.envelope.plan, asked)
        except SignalboxError as error:
            return RunStatus.ERROR, self._reason(number, error.what), ()
        return None

    def _too_many(self, reached: int) -> str:
        failed = f"{len(self._failed)} of {reached} hosts failed ({some(self._failed, SHOWN)})"
        return f"{failed}, more than the {self.waves.allowed}% that may."

    def _reason(self, number: int, why: str) -> str:
        """Why it ended after that wave, and who was not reached."""
        rest = [host for part in self._parts[number + 1 :] for host in part]
        stopped = f"It ended with wave {number + 1} of {len(self._parts)}."
        return f"{stopped} {why}" + (f" Not reached: {some(rest, SHOWN)}." if rest else "")

    def _tell(self, number: int, state: str, failed: int = 0) -> None:
        """An event of our own about one wave."""
        run_id = self.envelope.run_id
        sizes = [len(part) for part in self._parts]
        data = {"number": number + 1, "sizes": sizes, "state": state, "failed": failed}
        said = f"{state} for a person: confirm {run_id}" if state == "waiting" else state
        bad = f", {failed} failed" if failed else ""
        hosts = f"{sizes[number]} host{'' if sizes[number] == 1 else 's'}"
        tell(self.stream, run_id, WAVE, f"wave {number + 1} of {len(sizes)}, {hosts}: {said}{bad}", data)
