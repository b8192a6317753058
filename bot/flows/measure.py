"""What Prometheus is told: ledger, queue and counters are asked, samples leave.

Runs and audit rows that can change no more are added up once and remembered, so that a scrape reads what is new since
the last one; the first scrape after a start reads all.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from redis.exceptions import RedisError

from bot.errors import Unavailable
from bot.ledger import ConsentFigure, Ledger, RunFigure
from bot.metrics import BUCKETS, METRICS, Kind, RedisCounters
from bot.metrics.counters import COUNT, SUM, Totals
from bot.metrics.page import Samples, render
from bot.model.status import RunStatus
from bot.model.stop import StopKind
from bot.queue import RunQueue, Stops

PAGE = 5_000


@dataclass(slots=True)
class _Past:
    """What is added up already: all runs up to `run`, what runs up to `consent` waited for, audit rows up to `row`."""

    samples: Samples = field(default_factory=Samples)
    run: int = 0
    consent: int = 0
    row: int = 0


@dataclass(kw_only=True)
class Measure:
    """The flow; stations come as functions, since making one may be what fails."""

    ledger: Callable[[], Ledger]
    queue: Callable[[], RunQueue]
    stops: Callable[[], Stops]
    counters: Callable[[], RedisCounters]
    _past: _Past = field(default_factory=_Past, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def handle(self) -> bytes:
        """The text of one scrape; never raises for a store that is away."""
        with self._lock:
            now = Samples()
            now.set("signalbox_up", float(self._answers(self._from_sql, now)), "database")
            now.set("signalbox_up", float(self._answers(self._from_redis, now)), "redis")
            return render([now])

    def _answers(self, read: Callable[[Samples], None], now: Samples) -> bool:
        try:
            read(now)
        except (Unavailable, RedisError):
            return False
        return True

    def _from_sql(self, now: Samples) -> None:
        ledger = self.ledger()
        self._read_audit(ledger)
        tail, waiting = self._read_runs(ledger), self._read_consents(ledger)
        now.values.update({name: dict(values) for name, values in self._past.samples.values.items()})
        for name, found in self._past.samples.histograms.items():
            for labels, sample in found.items():
                copy = now.histogram(name, *labels)
                copy.counts, copy.total, copy.count = list(sample.counts), sample.total, sample.count
        for status in (each for each in RunStatus if not each.final):
            now.set("signalbox_active_runs", sum(figure.status is status for figure in tail), status.value)
        for figure in tail:
            _add(figure, now)
        for consent in waiting:
            _add_consent(consent, now)

    def _read_runs(self, ledger: Ledger) -> list[RunFigure]:
        """Add up the runs before the first that is not over; those from it on are returned."""
        tail: list[RunFigure] = []
        after = self._past.run
        while page := ledger.figures(after, PAGE):
            for figure in page:
                if figure.status.final and not tail:
                    _add(figure, self._past.samples)
                    self._past.run = figure.id
                else:
                    tail.append(figure)
            after = page[-1].id
        return tail

    def _read_consents(self, ledger: Ledger) -> list[ConsentFigure]:
        """The same for runs that wanted approvals."""
        tail: list[ConsentFigure] = []
        after = self._past.consent
        while page := ledger.consent_figures(after, PAGE):
            for figure in page:
                if figure.result and not tail:
                    _add_consent(figure, self._past.samples)
                    self._past.consent = figure.run_id
                else:
                    tail.append(figure)
            after = page[-1].run_id
        return tail

    def _read_audit(self, ledger: Ledger) -> None:
        while page := ledger.decisions(self._past.row, PAGE):
            for row_id, status, action, result in page:
                if status == "refused":
                    self._refused(result)
                else:
                    self._past.samples.add("signalbox_requires_manual_total", action)
                self._past.row = row_id

    def _refused(self, result: str) -> None:
        """An error, and after a colon the guards that denied it."""
        error, _, guards = result.partition(": ")
        self._past.samples.add("signalbox_refusals_total", error)
        for guard in filter(None, guards.split(", ")):
            self._past.samples.add("signalbox_denials_total", guard)

    def _from_redis(self, now: Samples) -> None:
        queue = self.queue()
        now.set("signalbox_workers", queue.workers())
        now.set("signalbox_queue_depth", queue.depth())
        stops = self.stops().now()
        for kind in (StopKind.LOCK, StopKind.FREEZE):
            now.set("signalbox_locks", sum(stop.kind is kind for stop in stops), kind.value)
        for stop in stops:
            if stop.kind is StopKind.BRAKE:
                now.set("signalbox_brake", 1, stop.environment)
        _sum_up(self.counters().totals(), now)


def _add(figure: RunFigure, samples: Samples) -> None:
    """A run, as far as it has come."""
    if figure.status.final:
        samples.add("signalbox_runs_total", figure.service, figure.runbook, figure.status.value)
    if figure.waited is not None:
        samples.histogram("signalbox_run_queue_wait_seconds").add(figure.waited)
    if figure.took is not None:
        samples.histogram("signalbox_run_duration_seconds", figure.runbook).add(figure.took)


def _add_consent(figure: ConsentFigure, samples: Samples) -> None:
    """How the approvals of a run came out, if they have."""
    if figure.result and figure.age is not None:
        samples.add("signalbox_approvals_total", figure.result)
        samples.histogram("signalbox_approval_age_seconds").add(figure.age)


def _sum_up(totals: Totals, now: Samples) -> None:
    """Counters as they are; of histograms each part in its place. What an older version counted is passed over."""
    for (metric, *labels), value in totals.items():
        known = METRICS.get(metric)
        if known is None:
            continue
        if known.kind is Kind.COUNTER:
            now.set(metric, value, *labels)
            continue
        sample, part = now.histogram(metric), labels[0]
        bounds = [str(bound) for bound in BUCKETS[metric]]
        if part == SUM:
            sample.total = value
        elif part == COUNT:
            sample.count = value
        elif part in bounds:
            sample.counts[bounds.index(part)] = value
