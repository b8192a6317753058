"""What the policy says before anything is looked up: a request enters; NotAllowed leaves unless it may go on."""

from dataclasses import dataclass

from bot.errors import NotAllowed
from bot.guards import Access, PolicyFile, may_ask, may_touch
from bot.model.decision import Decision, Verdict
from bot.model.request import Request
from bot.model.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The two questions that are not about starting a run."""

    policy: PolicyFile

    def to_ask(self, request: Request) -> None:
        """May the actor be told what there is, and what runs? Help is for everyone."""
        if request.text.casefold().split()[:1] != ["help"]:
            _require(may_ask(self.policy.policy(), request.actor, request.groups))

    def to_touch(self, request: Request, run: Run) -> None:
        """May the actor act on this run? Whoever asked for it may."""
        if request.actor != run.actor:
            access = _access(request, run.plan.runbook, run.plan.target.environment)
            _require(may_touch(self.policy.policy(), access))

    def may_act(self, request: Request, runbook: str, environment: str) -> bool:
        """Whether a grant of the actor's covers a runbook in an environment, by their names, from where they speak."""
        decision = may_touch(self.policy.policy(), _access(request, runbook, environment))
        return decision.verdict is Verdict.ALLOW


def _access(request: Request, runbook: str, environment: str) -> Access:
    return Access(
        actor=request.actor,
        groups=request.groups,
        channel=request.conversation.channel,
        runbook=runbook,
        environment=environment,
    )


def _require(decision: Decision) -> None:
    if decision.verdict is not Verdict.ALLOW:
        raise NotAllowed(" ".join(decision.reasons))
