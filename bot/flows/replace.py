"""A plan that is about to be queued enters; earlier runs of its runbook that are in its way are canceled first."""

from dataclasses import dataclass

from bot.errors import NotAllowed
from bot.flows.cancel import Cancel
from bot.flows.planning import MOST_ACTIVE, let_in
from bot.model.overlap import claims_of, overlap
from bot.model.request import Asked, Request
from bot.model.run import Plan, Run
from bot.model.safety import Overlap


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """The flow, for runbooks with `concurrency: replace`; the others wait for their turn."""

    cancel: Cancel

    def handle(self, plan: Plan, asked: Request | Asked, *, but: int | None = None) -> tuple[int, ...]:
        """Cancel those that the asker may cancel, and tell which; the new run waits until all have ended.

        `but` is the run itself, where it has waited for people and is in SQL already.
        """
        if plan.concurrency is None or plan.concurrency.mode is not Overlap.REPLACE:
            return ()
        active = self.cancel.ledger.find("active", last=MOST_ACTIVE)
        found = [run for run in active if run.id != but and _in_the_way(run, plan)]
        gone = [run for run in found if let_in(self.cancel.ledger, run) and self._may(run, asked)]
        for run in gone:
            self.cancel.end(run, asked.actor)
        return tuple(run.id for run in gone)

    def _may(self, run: Run, asked: Request | Asked) -> bool:
        try:
            self.cancel.permission.to_touch(asked, run)
        except NotAllowed:
            return False
        return True


def _in_the_way(run: Run, plan: Plan) -> bool:
    return run.plan.runbook == plan.runbook and bool(overlap(claims_of(plan), claims_of(run.plan)))
