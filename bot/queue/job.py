"""The only job there is: it carries a run id, and no name in it is ever imported, no address in it ever called."""

import json
from collections.abc import Callable
from typing import Any, ClassVar

from rq.exceptions import NoSuchJobError
from rq.job import Job

from bot.errors import Refused


class RunSerializer:
    """JSON, and nothing else, so that no pickle from Redis is ever read."""

    @staticmethod
    def dumps(value: Any) -> bytes:
        """JSON bytes."""
        return json.dumps(value).encode()

    @staticmethod
    def loads(text: bytes) -> Any:
        """The value; ValueError when it is no JSON."""
        return json.loads(text)


class RunJob(Job):  # type: ignore[misc]
    """A job whose work is `carry(run_id)`; RQ's own jobs import any function that Redis names, this one none."""

    NAME: ClassVar[str] = "signalbox.carry_out"
    carry: ClassVar[Callable[[int], None] | None] = None

    def perform(self) -> None:
        """Carry out the run; Refused when the job is none of ours."""
        run_id = self._run_id()
        if run_id is None:
            raise Refused("The queue holds a job that Signalbox did not write.", "Look who else uses this Redis.")
        carry = type(self).carry
        if carry is None:
            raise Refused("This process is no worker.", "Start one with `python -m bot worker`.")
        carry(run_id)

    def _run_id(self) -> int | None:
        """The run that the job carries, which is also its own id."""
        arguments = self.args
        named = self.func_name == self.NAME and self.instance is None and not self.kwargs
        if not named or not isinstance(arguments, list | tuple):
            return None
        ours = len(arguments) == 1 and type(arguments[0]) is int and self.id == job_id(arguments[0])
        return arguments[0] if ours else None

    def restore(self, raw_data: Any) -> None:
        """Read the job's fields; those that name functions, addresses or repetitions are left out.

        Fields that are broken make it no job at all, which RQ passes over: one of them must not stop a worker.
        """
        try:
            super().restore(raw_data)
        except Exception as error:  # RQ's readers raise whatever int(), split() or json have in store
            raise NoSuchJobError(f"{self.id} is no job of Signalbox") from error
        self.webhooks: list[Any] = []
        self.retries_left = None
        self.repeats_left = None

    @property
    def success_callback(self) -> None:
        """None: callbacks are names to import."""
        return

    @property
    def failure_callback(self) -> None:
        """None: callbacks are names to import."""
        return

    @property
    def stopped_callback(self) -> None:
        """None: callbacks are names to import."""
        return


def job_id(run_id: int) -> str:
    """RQ's name for the job of a run."""
    return str(run_id)
