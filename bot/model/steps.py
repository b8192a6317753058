"""A run in steps: a plan enters; what is done one after the other leaves, each a plan of its own for the engine."""

from dataclasses import dataclass, replace

from bot.model.provider import PREFIX, SNAPSHOT, WHOLE, about_environment
from bot.model.run import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """One step: its name as people read it, and what the engine gets."""

    name: str
    plan: Plan

    @property
    def machines(self) -> bool:
        """Whether it is about the environment itself."""
        return about_environment(self.plan.runbook)


def in_steps(plan: Plan) -> bool:
    """Whether a run is more than one ansible-playbook."""
    return plan.options.up or plan.options.rehearsal is not None


def steps(plan: Plan) -> tuple[Doing, ...]:
    """What is done, first to last: machines up, check, run, run again, machines away; whatever was asked for of it."""
    rehearsal = plan.options.rehearsal
    bare = replace(plan, options=replace(plan.options, up=False, rehearsal=None))
    begin = (_begin(plan),) if plan.options.up else ()
    if rehearsal is None:
        return (*begin, Doing(name="check" if plan.options.check else "run", plan=bare))
    check = replace(bare, options=replace(bare.options, check=True))
    end = (Doing(name="destroy", plan=_machines(plan, "down")),) if rehearsal.down else ()
    played = (Doing(name="check", plan=check), Doing(name="run", plan=bare), Doing(name="run again", plan=bare))
    return (*begin, *played, *end)


def _begin(plan: Plan) -> Doing:
    name = plan.options.rehearsal.restore if plan.options.rehearsal else ""
    return Doing(name=f"restore {name}", plan=_machines(plan, "restore", name)) if name else _up(plan)


def _up(plan: Plan) -> Doing:
    return Doing(name="bring up", plan=_machines(plan, "up"))


def _machines(plan: Plan, verb: str, snapshot: str = "") -> Plan:
    """The plan's hosts; who is asked for by a pattern that means nothing yet may be any machine."""
    target = replace(plan.target, limit=",".join(plan.target.hosts) or WHOLE)
    return replace(
        plan,
        runbook=f"{PREFIX}{verb}",
        target=target,
        parameters={SNAPSHOT: snapshot} if snapshot else {},
        secret_names=(),
        expect=(),
    )
