"""The only job there is: it carries a run id, and no name in it is ever imported."""

import json
from collections.abc import Callable
from typing import Any, ClassVar

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
        arguments = tuple(self.args)
        if self.func_name != self.NAME or self.kwargs or len(arguments) != 1 or not isinstance(arguments[0], int):
            raise Refused("The queue holds a job that Signalbox did not write.", "Look who else uses this Redis.")
        carry = type(self).carry
        if carry is None:
            raise Refused("This process is no worker.", "Start one with `python -m bot worker`.")
        carry(arguments[0])

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
