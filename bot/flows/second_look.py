"""A plan that was shown enters, once more: PlanChanged or NotAllowed leaves unless it is still what would be done now.

Asked by those who consent to a run, and by the worker that starts it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.catalog import Catalog
from bot.commands import state_of
from bot.errors import NotAllowed, PlanChanged, Refused
from bot.flows.provided import provided_target
from bot.guards import PolicyFile, Question, decide, with_consent
from bot.model.decision import Verdict
from bot.model.provider import about_environment
from bot.model.request import Asked
from bot.model.run import Plan, Run, Target
from bot.model.runbook import Revision
from bot.model.words import some
from bot.queue import Stops
from bot.targets import Inventories


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondLook:
    """The look with the stations it passes; without stops nobody knows what is locked, and the guards say so."""

    catalog: Catalog
    inventories: Inventories
    policy: PolicyFile
    stops: Stops | None

    def as_planned(self, plan: Plan) -> None:
        """Refuse a plan whose hosts, runbook, playbook, or what surrounds them, are not those that were shown."""
        try:
            now = plan.target if plan.options.up else self._target(plan)
            folder = self.inventories.folder(plan.target.environment)
            revision = self.catalog.revision(self.catalog.get(plan.runbook), folder)
        except Refused as error:
            raise PlanChanged(
                f"The project has changed since this was asked: {error.what}", f"Nothing was run. {error.remedy}"
            ) from None
        if now.hosts != plan.target.hosts:
            raise PlanChanged(
                f"The inventory has changed since this was asked: {_difference(plan.target.hosts, now.hosts)}.",
                "Nothing was run; ask again to see the hosts as they are now.",
            )
        if now.fingerprint != plan.target.fingerprint:
            raise PlanChanged(
                "The inventory has changed since this was asked: a host is reached in another way.",
                "Nothing was run; ask again.",
            )
        if revision.content_hash != plan.revision.content_hash:
            raise PlanChanged(f"{plan.runbook} has changed since this was asked.", _remedy(plan.revision, revision))
        if kinds := revision.unlike(plan.revision):
            what = f"The project has changed since this was asked: {', '.join(kinds)}."
            raise PlanChanged(what, _remedy(plan.revision, revision))

    def hosts_now(self, plan: Plan) -> Target:
        """The hosts of a run that brings its machines up first: what the limit means once they are."""
        return self.inventories.resolve(plan.target.environment, _limit(plan), fresh=True)

    def _target(self, plan: Plan) -> Target:
        """What the plan's limit means now; where it is about the environment itself, who provides it is what counts."""
        target = plan.target
        if not about_environment(plan.runbook):
            return self.inventories.resolve(target.environment, _limit(plan), fresh=True)
        now = provided_target(self.policy.policy(), self.inventories, target.environment, target.limit)
        return replace(now, hosts=target.hosts)

    def permit(
        self,
        plan: Plan,
        asked: Asked,
        *,
        recent: tuple[Run, ...] | None = None,
        active: tuple[Run, ...] | None = None,
    ) -> None:
        """Ask the guards again: policy, hour, locks and freezes may be others now; NotAllowed unless they allow it.

        `recent` and `active` are None where nobody can know: cooldowns and the number of runs are passed over then.
        """
        runbook, consent = self.catalog.get(plan.runbook), asked.consent
        if not (plan.options.check and runbook.safety.check_first):  # else it would be a way around every approval
            consent = replace(consent, check_first=False)
        question = Question(
            actor=asked.actor,
            conversation=asked.conversation,
            origin=asked.origin,
            groups=asked.groups,
            runbook=runbook,
            target=plan.target,
            environment_hosts=self.inventories.describe(plan.target.environment).host_count,
            parameters=plan.parameters,
            check=plan.options.check,
            now=datetime.now(UTC),
            recent=recent,
            active=active,
            stops=None if self.stops is None else self.stops.now(),
            promotion=asked.promotion,
            content_hash=plan.revision.content_hash,
        )
        decision = with_consent(decide(self.policy.policy(), question), consent)
        if decision.verdict is not Verdict.ALLOW:
            what = f"When it was to start, it was no longer allowed: {decision.text}"
            raise NotAllowed(what, "Nothing was run.", guards=decision.guards)


def _remedy(then: Revision, now: Revision) -> str:
    """To ask again helps where the project changed; where machines differ, only the same project on all of them."""
    commits = ""
    if then.commit and now.commit and then.commit != now.commit:
        commits = f"It was asked at commit {then.commit[:7]}, here is {now.commit[:7]}. "
    return f"{commits}Nothing was run. Bring the same revision of the project to every machine, and ask again."


def _limit(plan: Plan) -> str:
    """The limit; the hosts themselves where facts chose them, once: those may be known on another machine only."""
    target = plan.target
    return target.limit if state_of(target.limit) is None else ",".join(target.hosts)


def _difference(then: tuple[str, ...], now: tuple[str, ...]) -> str:
    parts = []
    if gone := [host for host in then if host not in set(now)]:
        parts.append(f"gone {some(gone, 5)}")
    if new := [host for host in now if host not in set(then)]:
        parts.append(f"new {some(new, 5)}")
    return "; ".join(parts) or "another order of hosts"
