"""An RQ worker that carries out runs: a process of its own for each, which never outlives the worker.

RQ's worker ends, and takes the run under way with it, when Redis does not answer for a moment; this one waits instead.
"""

import contextlib
import gc
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import redis.exceptions
import structlog
from redis import Redis
from rq import Queue
from rq.exceptions import StopRequested
from rq.timeouts import HorseMonitorTimeoutException
from rq.worker import Worker

from bot.errors import Unavailable
from bot.model.queues import DEFAULT
from bot.queue.interface import Carry
from bot.queue.job import RunJob, RunSerializer
from bot.queue.names import stored
from bot.tied import die_with_parent

WORKER_TTL_SECONDS = 30
MONITOR_SECONDS = 10
MAINTENANCE_SECONDS = 10
AWAY_SECONDS = 1.0
TIDY_SECONDS = 1.0
"""Of runs that come right after each other not each one waits until its worker has tidied up."""
ECHO_SECONDS = 1.0
"""A second signal that comes sooner is the first one's echo."""
_UNKNOWN_STATUS = -1

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds a run may go on when its worker is told to stop (None: until it ends), and what ends it.

    One that has not `begun` by then is not ended, but dropped: who is told that it died gives it back.
    """

    seconds: float | None
    stop: Carry
    begun: Callable[[int], bool]


class RunWorker(Worker):  # type: ignore[misc]
    """Takes one run at a time; `died(run_id)` is called when the process that carried it out was killed.

    `drop(run_id)` is called before this worker kills it itself: it ends what the run started, while that still tells
    what it would leave. `stop` ends the run under way some time after the worker was told to stop.
    `tidy` is called when there is time: before the first run, after each (once a second at most, and not when told to
    stop), and every few seconds while none comes.
    What waits in the first of its `queues` comes first.
    """

    max_connection_wait_time = 5.0  # RQ's own pause grows to a minute, in which a new run would just lie there

    def __init__(
        self,
        redis: Redis,
        *,
        carry: Carry,
        died: Carry,
        drop: Carry,
        stop: Patience,
        tidy: Callable[[], None],
        queues: Sequence[str] = (DEFAULT,),
    ) -> None:
        carrying = type("CarryingJob", (RunJob,), {"carry": staticmethod(carry)})
        super().__init__(
            [Queue(stored(each), connection=redis, job_class=carrying, serializer=RunSerializer) for each in queues],
            connection=redis,
            job_class=carrying,
            serializer=RunSerializer,
            worker_ttl=WORKER_TTL_SECONDS,
            job_monitoring_interval=MONITOR_SECONDS,
            log_job_description=False,
        )
        self._died = died
        self._drop = drop
        self._patience = stop
        self._carried: int | None = None
        self._tidy = tidy
        self._tidy_at = 0.0
        self._maintain_at = 0.0
        self._asked_at = 0.0

    def run_until_stopped(self) -> None:
        """Work until SIGTERM or SIGINT: a run under way is finished first, and Redis may come and go meanwhile."""
        with contextlib.suppress(StopRequested):
            self._install_signal_handlers()
            while not self._shutdown_requested_date:
                with _bridged("working"):
                    self.work(logging_level="WARNING")
                if not self._shutdown_requested_date:
                    time.sleep(AWAY_SECONDS)
        self.register_death()  # RQ leaves it out when the signal comes while its work begins

    def execute_job(self, job: Any, queue: Any) -> None:
        """One run."""
        self._carried = int(job.id) if job.id.isdecimal() else None
        super().execute_job(job, queue)
        self._carried = None
        if time.monotonic() >= self._tidy_at and not self._stop_requested:  # else no next run is to be prepared
            self._put_in_order()

    @property
    def should_run_maintenance_tasks(self) -> bool:
        """Whether it is time for them; RQ goes by the clock on the wall, which somebody may set."""
        return time.monotonic() >= self._maintain_at

    def run_maintenance_tasks(self) -> None:
        """What RQ does every few seconds."""
        super().run_maintenance_tasks()
        self._maintain_at = time.monotonic() + MAINTENANCE_SECONDS
        self._put_in_order()

    def _put_in_order(self) -> None:
        self._tidy()
        self._tidy_at = time.monotonic() + TIDY_SECONDS

    def main_work_horse(self, job: Any, queue: Any) -> None:
        """In the child: die when the worker dies, then carry out the run."""
        die_with_parent(signal.SIGKILL, parent=self.pid)
        gc.freeze()  # what we have in common with the worker stays in common: the collector would write into it
        super().main_work_horse(job, queue)

    def monitor_work_horse(self, job: Any, queue: Any) -> None:  # noqa: ARG002 (RQ's own signature)
        """Wait for the child however long it takes, with signs of life for RQ; bury the run if it was killed."""
        if self._shutdown_requested_date:  # asked while the child was made
            self._be_patient()
        while (status := self._horse_status()) is None:
            with _bridged("waiting for the run"):
                self.maintain_heartbeats(job)
        self._horse_pid = 0
        if status != os.EX_OK:
            self._bury(job)

    def _horse_status(self) -> int | None:
        """The child's exit status; None when it still runs after MONITOR_SECONDS."""
        try:
            with self.death_penalty_class(MONITOR_SECONDS, HorseMonitorTimeoutException):
                pid, status, _ = self.wait_for_horse()
        except HorseMonitorTimeoutException:
            return None
        return _UNKNOWN_STATUS if pid is None or status is None else status

    def _bury(self, job: Any) -> None:
        """Tell that the run's process was killed, as soon as Redis answers, and leave nothing of the job."""
        _log.warning("the process of a run was killed", run_id=job.id)
        while not self._told(job):
            if self._stop_requested:
                return  # the relay finds the run lost all the same
            time.sleep(AWAY_SECONDS)

    def _told(self, job: Any) -> bool:
        """The job goes first, all of it in one step: who is told may queue the run again, under the same name."""
        try:
            with self.connection.pipeline() as pipeline:
                self.cleanup_execution(job, pipeline)
                job.delete(pipeline=pipeline)
                pipeline.execute()
            if job.id.isdecimal():
                self._died(int(job.id))
        except (Unavailable, redis.exceptions.RedisError):
            return False
        return True

    def request_stop(self, signum: int, frame: Any) -> None:
        """The first SIGTERM."""
        self._asked_at = time.monotonic()
        super().request_stop(signum, frame)

    def request_force_stop(self, signum: int, frame: Any) -> None:  # noqa: ARG002 (RQ's own signature)
        """A second SIGTERM: drop the run under way. RQ would leave at once; this worker buries the run first."""
        if self.horse_pid and time.monotonic() - self._asked_at > ECHO_SECONDS:
            self.kill_horse()

    def kill_horse(self, sig: signal.Signals = signal.SIGKILL) -> None:
        """Hold the process that carries out the run, so that it tells nothing of its end; end the run, then it."""
        with contextlib.suppress(ProcessLookupError, ChildProcessError):
            _hold(self.horse_pid)
            if self._carried is not None:
                self._drop(self._carried)
        super().kill_horse(sig)

    def _shutdown(self) -> None:
        """Stop by a flag as well: RQ's exception is lost when the signal comes while something swallows exceptions."""
        self._stop_requested = True
        if self.horse_pid:
            self._be_patient()
        super()._shutdown()

    def _be_patient(self) -> None:
        """Let the run under way go on for so long only; no further one is forked, so a thread does no harm."""
        if self._carried is not None and self._patience.seconds is not None:
            timer = threading.Timer(self._patience.seconds, self._lose_patience, (self._carried,))
            timer.daemon = True
            timer.start()

    def _lose_patience(self, run_id: int) -> None:
        """End the run, as soon as Redis answers."""
        while self._carried == run_id:
            with contextlib.suppress(Unavailable, ProcessLookupError, ChildProcessError):
                self._end_or_hand_back(run_id)
                return
            time.sleep(AWAY_SECONDS)

    def _end_or_hand_back(self, run_id: int) -> None:
        """Who carries it out is held while we look again, so that it does not begin in that moment."""
        horse = self.horse_pid
        if not horse or self._patience.begun(run_id):
            self._patience.stop(run_id)
            return
        _hold(horse)
        try:
            if self._patience.begun(run_id):
                self._patience.stop(run_id)
            else:
                self.kill_horse()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(horse, signal.SIGCONT)

    def register_birth(self) -> None:
        """Register, also again under the same name after Redis was away."""
        self.connection.delete(self.key)
        super().register_birth()

    def register_death(self) -> None:
        """Unregister, if Redis answers; else the entry fades by itself."""
        with _bridged("leaving"):
            super().register_death()

    def set_shutdown_requested_date(self) -> None:
        """Note in Redis that we are to stop, if it answers: this runs inside a signal handler."""
        with _bridged("stopping"):
            super().set_shutdown_requested_date()

    def subscribe(self) -> None:
        """Take no orders from Redis: a cancel goes by its flag, and a thread would make every fork unsafe."""

    def unsubscribe(self) -> None:
        """Nothing to take back."""

    def procline(self, message: str) -> None:
        """Leave the process's title alone: it would show run ids to everyone on the machine."""

    def _set_ip_address(self, connection: Redis) -> None:  # noqa: ARG002 (RQ's own signature)
        """Connect to nothing when made."""
        self.ip_address = "unknown"


def _hold(pid: int) -> None:
    """SIGSTOP for a child, and wait until it stands still, or has ended."""
    os.kill(pid, signal.SIGSTOP)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)


@contextlib.contextmanager
def _bridged(doing: str) -> Any:
    """Pass over an error of Redis, with a line in the log."""
    try:
        yield
    except redis.exceptions.RedisError as error:
        _log.warning("Redis does not answer", doing=doing, error=type(error).__name__)
