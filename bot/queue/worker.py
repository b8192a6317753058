"""An RQ worker that carries out runs: a process of its own for each, which never outlives the worker."""

import ctypes
import os
import signal
import sys
from typing import Any

from redis import Redis
from rq import Queue
from rq.worker import Worker

from bot.queue.interface import Carry
from bot.queue.job import RunJob, RunSerializer
from bot.queue.redis_queue import QUEUE

WORKER_TTL_SECONDS = 60
_PR_SET_PDEATHSIG = 1


class RunWorker(Worker):  # type: ignore[misc]
    """Takes one run at a time; `died(run_id)` is called when the process that carried it out was killed."""

    def __init__(self, redis: Redis, carry: Carry, died: Carry) -> None:
        carrying = type("CarryingJob", (RunJob,), {"carry": staticmethod(carry)})
        queue = Queue(QUEUE, connection=redis, job_class=carrying, serializer=RunSerializer)
        super().__init__(
            [queue],
            connection=redis,
            job_class=carrying,
            serializer=RunSerializer,
            worker_ttl=WORKER_TTL_SECONDS,
            work_horse_killed_handler=self._horse_killed,
            log_job_description=False,
        )
        self._died = died

    def main_work_horse(self, job: Any, queue: Any) -> None:
        """In the child: die when the worker dies, then carry out the run."""
        die_with_parent(signal.SIGKILL)
        super().main_work_horse(job, queue)

    def _horse_killed(self, job: Any, _pid: int, _status: int, _usage: Any) -> None:
        self._died(int(job.id))

    def procline(self, message: str) -> None:
        """Leave the process's title alone: it would show run ids to everyone on the machine."""


def die_with_parent(with_signal: signal.Signals) -> None:
    """Ask Linux to send this process a signal when its parent ends; elsewhere nothing happens."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
    if os.getppid() != parent:  # it ended while we were asking
        os.kill(os.getpid(), with_signal)
