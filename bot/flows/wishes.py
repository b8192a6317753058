"""What an action of a rule wants, as a run that somebody asks for: an action, filled in, enters; an AskRun leaves."""

from dataclasses import dataclass, replace

from bot.errors import UnknownName
from bot.flows.planning import Planning
from bot.flows.repeat import as_typed
from bot.model.command import AskRun, RunOptions
from bot.model.people import Actor
from bot.model.rule import RunPlaybook, RunRunbook, SuggestRunbook
from bot.rules import as_runbook, known_hosts

Wish = RunRunbook | SuggestRunbook | RunPlaybook
"""The actions that are about a run."""


def rule_actor(ruleset: str, rule: str) -> Actor:
    """Who a rule is: `rule:<ruleset>/<rule>`, as members of roles name it."""
    return Actor(transport="rule", name=f"{ruleset}/{rule}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The step, on those that a run takes."""

    planning: Planning

    def ask(self, wish: Wish) -> AskRun:
        """The run; Refused when its runbook, or a host that an event names, is not there.

        A host out of an event is known letter by letter, or nothing runs: it is never read as a pattern.
        """
        wanted = self._of_runbook(wish)
        ask = AskRun(
            runbook=self.planning.catalog.get(wanted.runbook).id,
            environment=wanted.environment or None,
            limit=wanted.limit or None,
            parameters={name: as_typed(value) for name, value in wanted.parameters.items() if value is not None},
            options=RunOptions(check=wanted.check),
        )
        if wanted.hosts is None:
            return ask
        environment = self.planning.environment(self.planning.catalog.get(ask.runbook), ask)
        known = self.planning.inventories.resolve(environment, None).hosts
        return replace(ask, environment=environment, limit=",".join(known_hosts(wanted.hosts, known)))

    def _of_runbook(self, wish: Wish) -> RunRunbook | SuggestRunbook:
        if not isinstance(wish, RunPlaybook):
            return wish
        found = as_runbook(wish, self.planning.catalog.runbooks())
        if found is None:
            what = "Not exactly one runbook covers the playbook that a rule names."
            raise UnknownName(what, "`python -m bot lint` names it; write a runbook for it.")
        return found
