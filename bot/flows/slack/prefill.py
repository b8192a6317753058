"""A text enters (a command that is not complete, an alert); the first values of the form that it leads to leave."""

import re
from dataclasses import dataclass

from bot.catalog import Catalog
from bot.commands import parse
from bot.errors import SignalboxError
from bot.flows.places import vocabulary
from bot.flows.planning import secret_names
from bot.model.command import AskRun, RunOptions
from bot.model.runbook import Parameter
from bot.targets import Inventories

MOST_HOSTS = 20
_WORD = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefill:
    """What the names in the project make of a text."""

    catalog: Catalog
    inventories: Inventories

    def command(self, text: str) -> AskRun | None:
        """The run that the text asks for; None when it is no such command, or says what a form cannot hold."""
        try:
            ask = parse(text, vocabulary(self.catalog, self.inventories))
        except SignalboxError:
            return None
        if not isinstance(ask, AskRun) or ask.options not in {RunOptions(), RunOptions(check=True)}:
            return None
        runbook = self.catalog.get(ask.runbook)
        secret = secret_names(runbook) & (ask.parameters.keys() | ask.fixed.keys())
        return None if secret else ask

    def incomplete(self, text: str) -> AskRun | None:
        """The run that the text asks for, when a value is missing that only a person knows."""
        ask = self.command(text)
        if ask is None:
            return None
        missing = [p for p in self.catalog.get(ask.runbook).parameters if _asked(p) and not _said(p, ask)]
        return ask if missing else None

    def hosts(self, environment: str, text: str) -> tuple[str, ...]:
        """The hosts of an environment that a text names, in its order; groups are left out, they are common words."""
        groups = {name for name, _ in self.inventories.describe(environment).groups}
        known = set(self.inventories.known_names(environment)) - groups
        return tuple(dict.fromkeys(word for word in _WORD.findall(text) if word in known))[:MOST_HOSTS]


def _asked(parameter: Parameter) -> bool:
    """Secrets have a form of their own."""
    return parameter.required and parameter.default is None and not parameter.no_log


def _said(parameter: Parameter, ask: AskRun) -> bool:
    names = {parameter.name, *parameter.spec.get("aliases", ())}
    return bool(names & (ask.parameters.keys() | ask.fixed.keys()))
