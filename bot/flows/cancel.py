"""Stop a run: the flag is saved first, then the run ends by itself; one that no worker has yet ends at once."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.errors import WrongState
from bot.flows.close import close_stream
from bot.flows.journal import Journal
from bot.flows.permission import Permission
from bot.ledger import Ledger
from bot.model.consent import Stage, close
from bot.model.people import Actor
from bot.model.reply import Reply, Text
from bot.model.request import Request
from bot.model.run import Run
from bot.model.status import RunStatus
from bot.queue import RunQueue
from bot.stream import EventStream


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """The flow with the stations it passes."""

    ledger: Ledger
    queue: RunQueue
    stream: EventStream
    journal: Journal
    permission: Permission

    def handle(self, run_id: int, request: Request) -> Reply:
        """Ask for the end of a run; WrongState when it has ended already."""
        run = self.ledger.get(run_id)
        self.permission.to_touch(request, run)
        if run.status.final:
            raise WrongState(f"Run {run_id} has ended already: {run.status}.", f"`show {run_id}` tells how.")
        if run.status is RunStatus.AWAITING_APPROVAL and self._called_off(run, request):
            return Reply(parts=(Text(text=f"Run {run_id} is canceled; it waits for nobody any more."),))
        if self.end(run, request.actor):
            return Reply(parts=(Text(text=f"Run {run_id} is canceled; it had not started."),))
        return Reply(parts=(Text(text=f"Run {run_id} is being canceled."),))

    def end(self, run: Run, actor: Actor) -> bool:
        """Save the wish; True when no worker had the run yet, so that it is over."""
        self.queue.ask_cancel(run.id)
        self.ledger.ask_cancel(run.id, actor)
        self.journal.cancel_asked(run, actor)
        if not self.queue.withdraw(run.id):
            return False
        close_stream(self.stream, run.id, RunStatus.CANCELED, f"{actor} canceled it before it started.")
        return True

    def _called_off(self, run: Run, request: Request) -> bool:
        """A run that waits for people is over in SQL, and the relay ends it; False when they were quicker."""
        why = f"{request.actor} canceled it before it started."
        after = self.ledger.change_consent(
            run.id, lambda now: close(now, Stage.CANCELED, str(request.actor), why, datetime.now(UTC))
        )
        if after.stage is not Stage.CANCELED:
            return False
        self.ledger.ask_cancel(run.id, request.actor)
        self.journal.cancel_asked(run, request.actor)
        return True
