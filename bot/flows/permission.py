"""What the policy says before anything is looked up: a request enters; NotAllowed leaves unless it may go on."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.errors import NotAllowed
from bot.guards import Access, PolicyFile, Reach, has_right, may_ask, may_attend, may_hold, may_touch, roles_of, use_of
from bot.model.consent import Pending
from bot.model.decision import Decision, Verdict
from bot.model.people import Actor
from bot.model.request import Asked, Request
from bot.model.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """The questions that are not about starting a run."""

    policy: PolicyFile
    promoted: Callable[[], frozenset[tuple[str, str]]] = frozenset
    """Runbooks and environments that lists show beyond the runbooks' scopes."""

    def to_ask(self, request: Request) -> None:
        """May the actor be told what there is, and what runs? Help is for everyone."""
        if request.text.casefold().split()[:1] != ["help"]:
            self.to_know(request)

    def to_know(self, request: Request) -> None:
        """May the actor be told about anything but the commands themselves? Who has a role may."""
        _require(may_ask(self.policy.policy(), request.actor, request.groups))

    def reach(self, request: Request) -> Reach:
        """What may be shown to the actor: what they may use from here."""
        return Reach(
            policy=self.policy.policy(),
            actor=request.actor,
            groups=request.groups,
            channel=request.conversation.channel,
            promoted=self.promoted,
        )

    def reach_of_anybody(self, user: str, channel: str) -> Reach:
        """What may be shown to somebody in Slack before there is time to ask for their groups: as if in all of them."""
        policy = self.policy.policy()
        return Reach(
            policy=policy,
            actor=Actor(transport="slack", name=user),
            groups=policy.groups("slack"),
            channel=channel,
        )

    def to_touch(self, request: Request | Asked, run: Run) -> None:
        """May the actor act on this run? Whoever asked for it may."""
        if request.actor != run.actor:
            access = _access(request, run.plan.runbook, run.plan.target.environment)
            _require(may_touch(self.policy.policy(), replace(access, use=use_of(run.plan))))

    def to_approve(self, request: Request, run: Run, pending: Pending) -> None:
        """May the actor say yes or no to what a run waits for? A grant with `approve: true` has to cover the run."""
        if why := self._why_not(request, run, pending, request.conversation.channel):
            raise NotAllowed(*why)

    def to_break_glass(self, request: Request, run: Run) -> None:
        """May the actor skip the approvals of a run? A grant with `break_glass: true` has to cover the run."""
        access = _access(request, run.plan.runbook, run.plan.target.environment)
        if not has_right(self.policy.policy(), replace(access, use=use_of(run.plan)), "break_glass"):
            what = f"No role of {request.actor} may skip the approvals of {run.plan.runbook} here."
            raise NotAllowed(what, "A grant with `break_glass: true` has to cover it.")

    def could_approve(self, request: Request, run: Run, pending: Pending) -> bool:
        """Whether the actor may say yes to it, from some channel if not from here: for lists only."""
        return not self._why_not(request, run, pending, request.conversation.channel or None)

    def _why_not(self, request: Request, run: Run, pending: Pending, channel: str | None) -> tuple[str, str] | None:
        """Why somebody may not approve, and who may; None when they may."""
        policy, plan = self.policy.policy(), run.plan
        access = _access(request, plan.runbook, plan.target.environment)
        if not has_right(policy, replace(access, channel=channel, use=use_of(plan)), "approve"):
            what = f"No role of {request.actor} may approve {plan.runbook} in {plan.target.environment} from here."
            return what, "A grant with `approve: true` has to cover it."
        if pending.roles and not {name for name, _ in roles_of(policy, request.actor, request.groups)} & {
            *pending.roles
        }:
            return f"Only the role {' or '.join(pending.roles)} may approve {plan.runbook}.", "Ask somebody who has it."
        if pending.exclude_requester and request.actor == run.actor:
            return "You asked for it, so others have to approve it.", f"`cancel {run.id}` takes it back."
        return None

    def to_hold(self, request: Request, environment: str | None, *, lead: bool = False) -> None:
        """May the actor hold runs back in an environment? None is all of them; with `lead`, let go what others hold."""
        _require(
            may_hold(
                self.policy.policy(),
                request.actor,
                request.groups,
                request.conversation.channel,
                environment,
                lead=lead,
            )
        )

    def to_attend(self, request: Request) -> None:
        """May the actor act on incidents? A person who may run something for real from here may."""
        actor, channel = request.actor, request.conversation.channel
        _require(may_attend(self.policy.policy(), actor, request.groups, channel))

    def to_promote(self, request: Request, runbook: str, environment: str) -> None:
        """May the actor say that a runbook runs in one more environment? NotAllowed if not."""
        access = _access(request, runbook, environment)
        if not request.actor.is_person or not has_right(self.policy.policy(), access, "promote"):
            what = f"No role of {request.actor} may promote {runbook} to {environment} from here."
            raise NotAllowed(what, "It takes a grant with `promote: true` for both.")

    def may_act(self, request: Request, runbook: str, environment: str) -> bool:
        """Whether a grant of the actor's covers a runbook in an environment, by their names, from where they speak."""
        decision = may_touch(self.policy.policy(), _access(request, runbook, environment))
        return decision.verdict is Verdict.ALLOW


def _access(request: Request | Asked, runbook: str, environment: str) -> Access:
    return Access(
        actor=request.actor,
        groups=request.groups,
        channel=request.conversation.channel,
        runbook=runbook,
        environment=environment,
    )


def _require(decision: Decision) -> None:
    if decision.verdict is not Verdict.ALLOW:
        raise NotAllowed(decision.text, guards=decision.guards)
