"""The door between those who ask for runs and the workers who carry them out."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.model.queues import DEFAULT
from bot.model.request import Asked
from bot.model.run import Plan
from bot.queue.bell import Bell

CANCELED = "It was canceled."
"""The reason of a run that somebody canceled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a worker needs for one run; `secrets` are the values of the plan's `secret_names`.

    `asked` is None in what a version before it had the field has queued; no worker starts such a run. `queue` is the
    one that its environment is bound to: only workers that listen to it get the run.
    """

    run_id: int
    plan: Plan
    secrets: Mapping[str, Any] = field(default_factory=dict)
    asked: Asked | None = None
    queue: str = DEFAULT


GIVEN_BACK = 3
"""So often a run is given back whose worker died before it started."""


class RunQueue(Protocol):
    """Runs waiting for a worker; every method raises Unavailable when the queue's store does not answer."""

    bell: Bell
    """Rung when there is news for a relay, such as a run that waits for people; one that is queued rings by itself."""

    def warm_up(self) -> None:
        """Do once what the first envelope would wait for; asks nobody."""

    def submit(self, envelope: Envelope) -> bool:
        """Queue the run, or let it stand in line until its hosts are free; False when it is there already."""

    def hold(self, envelope: Envelope) -> None:
        """Keep the envelope of a run that is not queued yet; `submit` comes later, `resubmit`, or `forget`."""

    def line_up(self, run_id: int, plan: Plan) -> bool:
        """Queue a run whose envelope is held, or let it stand in line; False when it is there already."""

    def resubmit(self, run_id: int, plan: Plan) -> bool:
        """Queue a run whose envelope is held, or whose job was lost; False when its envelope is gone too."""

    def give_back(self, run_id: int, plan: Plan) -> bool:
        """Queue a run again whose worker died over it before it started; False when it may not be, or not any more.

        Only who knows that nothing was started may say so. After GIVEN_BACK times it is the run itself that kills
        workers.
        """

    def envelope(self, run_id: int) -> Envelope | None:
        """The envelope of a run that has not ended."""

    def claim(self, run_id: int) -> bool:
        """True for the first worker that takes the run, False ever after."""

    def claimed(self, run_id: int) -> bool:
        """Whether a worker has taken the run, which was not given back."""

    def has(self, run_id: int) -> bool:
        """Whether the run that we claimed is still ours, and was not given back to others."""

    def waiting(self, run_id: int) -> bool:
        """Whether the run stands in line or in the queue; one on its way to a worker does not, nor is it claimed."""

    def ahead(self, run_id: int, plan: Plan) -> Mapping[int, tuple[str, ...]]:
        """The runs that it waits for, and in which places each is in its way; 20 places at most."""

    def queue_of(self, run_id: int) -> str:
        """The queue of a run that has not ended."""

    def depth(self, queue: str | None = None) -> int:
        """How many runs wait, for a worker or for others: in one queue, or in all."""

    def withdraw(self, run_id: int) -> bool:
        """Take a waiting run out; True when no worker will get it any more."""

    def ask_cancel(self, run_id: int, why: str = CANCELED) -> None:
        """Set the flag that a worker looks at, with a sentence for the run's reason; saved before this returns."""

    def cancel_asked(self, run_id: int) -> bool:
        """Whether the flag is set."""

    def cancel_reason(self, run_id: int) -> str:
        """The sentence that the flag was last set with."""

    def ask_go(self, run_id: int, wave: int) -> None:
        """The run waits for a person before that wave (from 2 on)."""

    def asks_go(self, run_id: int) -> int | None:
        """The wave before which the run waits for a person; None when it waits for nobody."""

    def say_go(self, run_id: int, wave: int) -> None:
        """A person has said go for that wave."""

    def go_said(self, run_id: int, wave: int) -> bool:
        """Whether somebody said go for that wave."""

    def living(self, run_id: int) -> AbstractContextManager[None]:
        """Show a sign of life for the run as long as the context is open.

        When its hosts were given to others meanwhile, because nobody had seen it for a while, it is asked to cancel.
        """

    def alive(self, run_id: int) -> bool:
        """Whether a sign of life was seen in the last seconds."""

    def forget(self, run_id: int) -> None:
        """The run has ended: its envelope, secrets included, is destroyed, and who waited for its hosts is queued."""

    def workers(self, queue: str | None = None) -> int:
        """How many workers listen, to that queue or at all."""


Carry = Callable[[int], None]
"""What a worker does with a run id; it reports through the run's event stream, and never raises for what a run does."""
