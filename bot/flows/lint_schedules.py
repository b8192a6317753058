"""Schedules of the policy whose command would be refused: the policy and what there is enter, flaws leave."""

from collections.abc import Iterator

from bot.catalog import Catalog
from bot.commands import parse
from bot.errors import Refused
from bot.flows.places import vocabulary
from bot.flows.schedules import schedule_actor
from bot.guards import Policy, Schedule, roles_of
from bot.lint import Flaw, PolicyText
from bot.lint.finding import shown
from bot.model.command import AskRun, Vocabulary
from bot.targets import Inventories


def schedule_flaws(policy: Policy, text: PolicyText, catalog: Catalog, inventories: Inventories) -> Iterator[Flaw]:
    """What can be told before the time comes, without asking an inventory for hosts."""
    if not policy.schedules:
        return
    names = vocabulary(catalog, inventories)
    for name, schedule in policy.schedules.items():
        line = text.line_of_schedule(name)
        for what, remedy in _problems(policy, name, schedule, catalog, names):
            yield Flaw(file=text.path, line=line, what=f"{name}: {what}", remedy=remedy)


def _problems(
    policy: Policy, name: str, schedule: Schedule, catalog: Catalog, names: Vocabulary
) -> Iterator[tuple[str, str]]:
    if not roles_of(policy, schedule_actor(name), ()):
        yield "no role lets it run anything.", f"Add `schedule:{name}` to the `members` of one."
    try:
        ask = parse(schedule.say, names)
        if not isinstance(ask, AskRun):
            yield "it asks for no run.", "Say `run`, and a runbook."
            return
        runbook = catalog.get(ask.runbook)
        missing = catalog.missing_secrets(runbook, ask.parameters)
    except Refused as refusal:
        yield shown(refusal.what, 300), shown(refusal.remedy, 300)
        return
    if not runbook.safety.automation_safe:
        yield f"{runbook.id} may be started by people only.", "Its file has to say `automation: safe`."
    if missing:
        yield f"{runbook.id} asks for secrets.", "A person has to ask for it."
