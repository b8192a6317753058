"""The fold: RunEvents enter one at a time, a RunView leaves whenever somebody looks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.model.event import ENDED, STATUS, STEP, WAVE, Result, RunEvent
from bot.model.status import RunStatus
from bot.model.view import RunView, Step, Wave
from bot.progress.course import Course
from bot.progress.tally import Tally, clip, whole

FAILURES_SHOWN = 50
WARNINGS_KEPT = 50
TEXT_CHARACTERS = 500
NAME_CHARACTERS = 120
STEPS_SHOWN = 10

_RESULTS = {
    "runner_on_ok": Result.OK,
    "runner_on_failed": Result.FAILED,
    "runner_on_skipped": Result.SKIPPED,
    "runner_on_unreachable": Result.UNREACHABLE,
}
"""The events that end a task on a host (items have events of their own), and the result when none is given."""


class Progress:
    """A run as its events tell it; `apply` takes constant time, memory grows with hosts only.

    `hosts` are the planned hosts in inventory order.
    """

    def __init__(self, run_id: int, hosts: Sequence[str]) -> None:
        self.run_id = run_id
        self.counter = 0
        self._tally = Tally(hosts)
        self._planned = len(set(hosts))
        self._course = Course(self._planned)
        self._status = RunStatus.QUEUED
        self._started_at: float | None = None
        self._ended_at: float | None = None
        self._reason = ""
        self._busy_hosts: tuple[str, ...] = ()
        self._final_counter: int | None = None
        self._warnings: dict[str, None] = {}
        self._waves: tuple[Wave, ...] = ()
        self._steps: tuple[Step, ...] = ()
        self._handlers: Mapping[str, Callable[[RunEvent], None]] = {
            STATUS: self._on_status,
            ENDED: self._on_ended,
            WAVE: self._on_wave,
            STEP: self._on_step,
            "playbook_on_play_start": self._on_play,
            "playbook_on_task_start": self._on_task,
            "playbook_on_handler_task_start": self._on_task,
            "playbook_on_stats": self._on_stats,
            "runner_on_start": self._on_start,
            **dict.fromkeys(_RESULTS, self._on_result),
        }

    def apply(self, event: RunEvent) -> None:
        """Fold `event` in; one whose counter has been folded already changes nothing.

        ValueError when it belongs to another run.
        """
        if event.run_id != self.run_id:
            raise ValueError(f"an event of run {event.run_id} does not belong to run {self.run_id}")
        if event.counter <= self.counter:
            return
        self.counter = event.counter
        for warning in event.warnings:
            if len(self._warnings) < WARNINGS_KEPT:
                self._warnings[clip(warning, TEXT_CHARACTERS)] = None
        handle = self._handlers.get(event.kind)
        if handle is not None:
            handle(event)

    def view(self) -> RunView:
        """The run as it looks now."""
        course = self._course
        hosts, more = course.under_way()
        failures, failure_count = self._tally.failures(FAILURES_SHOWN)
        return RunView(
            run_id=self.run_id,
            status=self._status,
            counter=self.counter,
            play=course.play,
            task=course.task,
            task_number=course.task_number,
            task_started_at=course.task_started_at,
            task_done=course.done,
            task_total=course.total,
            task_hosts=hosts,
            task_hosts_more=more,
            started_at=self._started_at,
            ended_at=self._ended_at,
            outcomes=self._tally.outcomes(everyone=self._status.final),
            failures=failures,
            failure_count=failure_count,
            warnings=tuple(self._warnings),
            reason=self._reason,
            busy_hosts=self._busy_hosts,
            final_counter=self._final_counter,
            waves=self._waves,
            steps=self._steps,
        )

    def _on_status(self, event: RunEvent) -> None:
        status = _status(event.data.get("status"))
        if status is None or status.final or self._status.final:
            return
        self._status = status
        if self._started_at is None:
            self._started_at = event.at

    def _on_ended(self, event: RunEvent) -> None:
        if self._final_counter is not None:
            return
        self._status = _status(event.data.get("status")) or RunStatus.ERROR
        self._ended_at = event.at
        self._reason = str(event.data.get("reason") or "")
        busy = event.data.get("busy_hosts")
        self._busy_hosts = tuple(str(host) for host in busy) if isinstance(busy, list | tuple) else ()
        self._final_counter = whole(event.data.get("final_counter")) or event.counter
        self._course.end()

    def _on_wave(self, event: RunEvent) -> None:
        """A wave begins, is done, or waits; its hosts are those that a task is counted on from then on."""
        state, number = str(event.data.get("state") or ""), whole(event.data.get("number"))
        sizes = event.data.get("sizes")
        if state == "ended" or not isinstance(sizes, list | tuple):
            return
        before = self._waves if len(self._waves) == len(sizes) else tuple(Wave(hosts=whole(size)) for size in sizes)
        if not 1 <= number <= len(before):
            return
        now = replace(before[number - 1], state=state, failed=whole(event.data.get("failed")))
        self._waves = (*before[: number - 1], now, *before[number:])
        if state == "running":
            self._course = Course(now.hosts)

    def _on_step(self, event: RunEvent) -> None:
        """A step begins or is over; tasks are counted anew in each."""
        state, number = str(event.data.get("state") or ""), whole(event.data.get("number"))
        names = event.data.get("names")
        if state == "ended" or not isinstance(names, list | tuple) or not 1 <= number <= len(names) <= STEPS_SHOWN:
            return
        named = tuple(Step(name=clip(str(name), NAME_CHARACTERS)) for name in names)
        before = self._steps if len(self._steps) == len(named) else named
        note = clip(str(event.data.get("note") or ""), TEXT_CHARACTERS)
        now = replace(before[number - 1], state=state, note=note)
        self._steps = (*before[: number - 1], now, *before[number:])
        if state == "running":
            self._course = Course(self._planned)

    def _on_play(self, event: RunEvent) -> None:
        self._course.start_play(clip(event.play, TEXT_CHARACTERS))

    def _on_task(self, event: RunEvent) -> None:
        handler = event.kind == "playbook_on_handler_task_start" or bool(event.data.get("handler"))
        self._course.start_task(clip(event.task, TEXT_CHARACTERS), event.at, handler=handler)

    def _on_start(self, event: RunEvent) -> None:
        host, planned = self._tally[event.host], self._tally.is_planned(event.host)
        if host.out:
            host.come_back()
            self._course.host_back(event.host, planned=planned)
        self._course.start_host(event.host, planned=planned)

    def _on_result(self, event: RunEvent) -> None:
        host = self._tally[event.host]
        was_out = host.out
        host.add(event, event.result or _RESULTS[event.kind])
        self._course.end_host(event.host, clip(event.task, TEXT_CHARACTERS))
        if host.out and not was_out:
            self._course.host_out(event.host, planned=self._tally.is_planned(event.host))

    def _on_stats(self, event: RunEvent) -> None:
        """Of a run in waves these are one wave's only."""
        self._tally.replace(_by_host(event.data), everybody=not self._waves)


def fold(run_id: int, hosts: Sequence[str], events: Iterable[RunEvent]) -> RunView:
    """The view of a run after `events`, which may come in any order and more than once."""
    progress = Progress(run_id, hosts)
    for event in sorted(events, key=lambda event: event.counter):
        progress.apply(event)
    return progress.view()


def _status(word: Any) -> RunStatus | None:
    try:
        return RunStatus(word)
    except ValueError:
        return None


def _by_host(data: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """What Ansible counted, by host."""
    statistics = data.get("stats")
    if not isinstance(statistics, Mapping):
        return {}
    return {str(host): counts for host, counts in statistics.items() if isinstance(counts, Mapping)}
