"""A limit as somebody wrote it enters; the hosts that it means now leave, by pattern or by what facts say of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.catalog import Catalog
from bot.commands import state_of
from bot.errors import BadTarget
from bot.guards import PolicyFile
from bot.model.run import Target
from bot.model.state import State
from bot.model.words import duration, some
from bot.targets import Chosen, Inventories, Known, choose

HOUR = 3600.0
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """The step with the stations it passes; facts older than `facts_hours` are stale."""

    catalog: Catalog
    inventories: Inventories
    policy: PolicyFile
    facts_hours: float

    def resolve(self, environment: str, limit: str | None, *, may_be_stale: bool) -> Target:
        """The hosts; where facts choose them, the target's note tells how old these are, and who has none.

        BadTarget when nothing is left, or when a host is chosen by stale facts and that may not be.
        """
        if self.policy.policy().provider(environment) is not None:
            self.inventories.renew(environment)  # machines come and go there
        state = None if limit is None else state_of(limit)
        if limit is None or state is None:
            return self.inventories.resolve(environment, limit)
        among = self.inventories.resolve(environment, state.pattern)
        known = self.inventories.facts(environment, among.hosts, _paths(state))
        chosen = choose(state.conditions, among.hosts, known)
        note = self._note(chosen, known)
        if not chosen.hosts:
            raise BadTarget(f"No host is so: {limit}. {note}".strip(), self._remedy(environment, chosen.unknown))
        stale = self._stale(chosen.hosts, known)
        if stale and not may_be_stale:
            what = (
                f"The facts of {some(stale, SHOWN)} are older than {self.facts_hours:g} h, so nothing is run on them."
            )
            raise BadTarget(what, f"{self._remedy(environment, stale)} With --check they may be used.")
        target = self.inventories.resolve(environment, ",".join(chosen.hosts))
        return replace(target, limit=limit.strip(), note=note)

    def _stale(self, hosts: Sequence[str], known: Mapping[str, Known]) -> tuple[str, ...]:
        """Hosts whose facts are too old, or of an age that nobody knows."""
        ages = {host: known[host].age_seconds for host in hosts if host in known}
        return tuple(host for host, age in ages.items() if age is None or age > self.facts_hours * HOUR)

    def _note(self, chosen: Chosen, known: Mapping[str, Known]) -> str:
        ages = [each.age_seconds for each in known.values() if each.age_seconds is not None]
        told = [f"Facts up to {duration(max(ages))} old."] if ages else []
        if stale := self._stale(tuple(known), known):
            told.append(f"Stale ones: {some(stale, SHOWN)}.")
        if chosen.unknown:
            told.append(f"No facts of {some(chosen.unknown, SHOWN)}.")
        if chosen.lacking:
            told.append(f"Without what was asked for: {some(chosen.lacking, SHOWN)}.")
        return " ".join(told)

    def _remedy(self, environment: str, hosts: Sequence[str]) -> str:
        """How facts are gathered anew here."""
        if not hosts:
            return "See `hosts all`."
        gathering = next((book.id for book in self.catalog.runbooks() if book.module in _SETUP), None)
        if gathering is None:
            return "Gather facts anew with a playbook that has `gather_facts: true`."
        return f"Gather them: `run {gathering} on {','.join(hosts)} in {environment}`."


_SETUP = frozenset({"ansible.builtin.setup", "setup"})


def _paths(state: State) -> tuple[str, ...]:
    return tuple(dict.fromkeys(condition.path for condition in state.conditions))
