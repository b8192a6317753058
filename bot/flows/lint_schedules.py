"""Schedules of the policy whose command would be refused: the policy and what there is enter, flaws leave."""

from collections.abc import Iterator

from bot.commands import parse
from bot.errors import Refused
from bot.flows.places import vocabulary
from bot.flows.planning import Planning, typed_secrets
from bot.flows.schedules import schedule_actor
from bot.guards import Access, Schedule, may_touch, roles_of
from bot.lint import Flaw, PolicyText
from bot.lint.finding import shown
from bot.model.command import AskRun, Vocabulary
from bot.model.decision import Verdict
from bot.model.people import Actor, channel_of
from bot.model.runbook import Runbook


def schedule_flaws(planning: Planning, text: PolicyText) -> Iterator[Flaw]:
    """What can be told before the time comes, without asking an inventory for hosts."""
    schedules = planning.policy.policy().schedules
    if not schedules:
        return
    names = vocabulary(planning.catalog, planning.inventories)
    for name, schedule in schedules.items():
        line = text.line_of_schedule(name)
        for what, remedy in _problems(planning, schedule_actor(name), schedule, names):
            yield Flaw(file=text.path, line=line, what=f"{name}: {shown(what, 300)}", remedy=shown(remedy, 300))


def _problems(planning: Planning, actor: Actor, schedule: Schedule, names: Vocabulary) -> Iterator[tuple[str, str]]:
    try:
        ask = parse(schedule.say, names)
        if not isinstance(ask, AskRun):
            yield "it asks for no run.", "Say `run`, and a runbook."
            return
        runbook = planning.catalog.get(ask.runbook)
        yield from _of_runbook(planning, runbook, ask)
        yield from _of_role(planning, actor, schedule, runbook, ask)
        planning.open_values(runbook, ask.parameters)
    except Refused as refusal:
        yield " ".join([refusal.what, *getattr(refusal, "problems", ())]), refusal.remedy


def _of_runbook(planning: Planning, runbook: Runbook, ask: AskRun) -> Iterator[tuple[str, str]]:
    if not runbook.safety.automation_safe:
        yield f"{runbook.id} may be started by people only.", "Its file has to say `automation: safe`."
    if typed_secrets(runbook, ask):
        yield "a secret stands in it.", "Take it out, and change it: who reads this file has seen it."
    elif planning.catalog.missing_secrets(runbook, ask.parameters):
        yield f"{runbook.id} asks for secrets.", "A person has to ask for it."


def _of_role(
    planning: Planning, actor: Actor, schedule: Schedule, runbook: Runbook, ask: AskRun
) -> Iterator[tuple[str, str]]:
    """Whether a role grants it where it would run; what that grant wants besides is left to the guards."""
    policy = planning.policy.policy()
    if not roles_of(policy, actor, ()):
        yield "no role lets it run anything.", f"Add `{actor}` to the `members` of one."
        return
    place = planning.environment(runbook, ask)
    channel = channel_of(schedule.channel, "", slack=True).channel
    access = Access(actor=actor, groups=(), channel=channel, runbook=runbook.id, environment=place)
    decision = may_touch(policy, access)
    if decision.verdict is Verdict.DENY:
        yield decision.text, "Grant it, or leave the schedule out."
