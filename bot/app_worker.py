"""What is built and wired for a worker alone: the engine, and what it leaves behind."""

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import structlog

from bot.catalog import Catalog
from bot.engine import Cold, Sweep, drop
from bot.engine.real import AnsibleEngine
from bot.errors import Misconfigured, SignalboxError, Unavailable
from bot.flows.execute import Execute
from bot.flows.provide import Provide
from bot.guards import PolicyFile
from bot.hosting import ProcessHosting
from bot.metrics import Counters
from bot.queue import RunQueue, Stops
from bot.settings import Settings
from bot.stream import EventStream
from bot.targets import Inventories

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class WorkerApp:
    """A worker's part of the app."""

    settings: Settings
    catalog: Catalog
    inventories: Inventories
    policy: PolicyFile
    queue: RunQueue
    stops: Stops
    stream: EventStream
    counters: Counters

    @cached_property
    def execute(self) -> Execute:
        """The worker's flow."""
        return Execute(
            catalog=self.catalog,
            inventories=self.inventories,
            policy=self.policy,
            queue=self.queue,
            stops=self.stops,
            stream=self.stream,
            engine=Provide(
                engine=self._engine,
                hosting=ProcessHosting(self.settings.project_dir, self.settings.home_dir),
                policy=self.policy,
            ),
            queues=self.settings.queue_names,
        )

    def died(self, run_id: int) -> None:
        """The process that carried out a run was killed: destroy what it left; the relay will call the run lost.

        One that had not started is queued again instead: nothing of it is in its stream, which comes before anything.
        """
        if self.begun(run_id) or not self._given_back(run_id):
            self.queue.forget(run_id)
        self._sweep.bury(run_id)

    def begun(self, run_id: int) -> bool:
        """Whether anything was told of the run: what has begun is not begun again."""
        return bool(self.stream.last_counter(run_id))

    def _given_back(self, run_id: int) -> bool:
        with suppress(Misconfigured):  # sealed under another key: nobody can carry it out
            envelope = self.queue.envelope(run_id)
            return envelope is not None and self.queue.give_back(run_id, envelope.plan)
        return False

    def stop(self, run_id: int) -> None:
        """The worker was told to stop, and has waited long enough: the run is to end as by a cancel."""
        self.queue.ask_cancel(run_id, "Its worker was told to stop.")

    def drop(self, run_id: int) -> None:
        """The run is to end now, with the process that carries it out."""
        drop(self.settings.home_dir, run_id)

    def tidy(self) -> None:
        """What a worker does when it has time, before its first run too: raises nothing that passes."""
        try:
            self._sweep.look()
            self.execute.warm_up()
        except SignalboxError as error:
            _log.warning("the next run could not be prepared", why=str(error))
        self._engine.keep_warm()

    def leave(self) -> None:
        """What a worker does at its end."""
        with suppress(Unavailable):
            self._sweep.last_look()
        self._engine.cool_down()

    @cached_property
    def _sweep(self) -> Sweep:
        """Removes private folders of runs that no worker carries out any more."""
        return Sweep(self.settings.home_dir, self.queue.alive)

    def _count_start(self, reason: Cold | None) -> None:
        self.counters.count("signalbox_engine_starts_total", "cold" if reason else "warm", reason or "")

    @cached_property
    def _engine(self) -> AnsibleEngine:
        return AnsibleEngine(
            self.settings.project_dir,
            self.settings.home_dir,
            warm=self.settings.warm,
            most_on_disk=self.settings.run_disk_mb * 2**20,
            started=self._count_start,
        )
