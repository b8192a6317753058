"""envs and hosts: where things can run, and the preview of a limit."""

from dataclasses import dataclass
from datetime import UTC, datetime

from bot.catalog import Catalog
from bot.errors import BadTarget, NotAllowed, SignalboxError
from bot.flows.aim import Aim
from bot.flows.permission import Permission
from bot.flows.place_words import age, host_parts, protection, stopped
from bot.flows.places import only_environment, usable_environments
from bot.model.command import AskHosts
from bot.model.reply import Reply, Table, Text
from bot.model.request import Request
from bot.model.run import Target
from bot.model.stop import StopKind
from bot.queue import Stops
from bot.targets import Inventories

MOST_EXPLAINED = 3
"""Hosts whose variables are shown at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InquirePlaces:
    """Questions about the inventories."""

    catalog: Catalog
    inventories: Inventories
    permission: Permission
    stops: Stops
    aim: Aim

    def environments(self, request: Request) -> Reply:
        """Every environment that the actor may use, what is wrong with it, and what stops runs there."""
        if not self.inventories.names():
            return Reply(parts=(Text(text="There is no environment: a folder below inventories/ makes one."),))
        names = usable_environments(self.catalog, self.inventories, self.permission.reach(request))
        if not names:
            return Reply(parts=(Text(text="There is no environment in which you may run anything from here."),))
        rows = tuple(self._row(name) for name in names)
        columns = ("environment", "hosts", "groups", "read", "protection", "stops")
        table = Table(title="Environments", columns=columns, rows=rows)
        held = [Text(text=f"{text}.") for text in self._held(names)]
        return Reply(parts=(table, *held))

    def _held(self, names: tuple[str, ...]) -> list[str]:
        """What is locked, frozen or stopped in these environments."""
        stops = [stop for stop in self.stops.now() if stop.kind is not StopKind.RELEASE]
        return [stop.text for stop in stops if not stop.environment or stop.environment in names]

    def _row(self, name: str) -> tuple[str, ...]:
        """How many hosts in which groups, read when, how it is protected, and what stops runs there."""
        policy = self.permission.policy.policy()
        said = policy.environment(name)
        halted = stopped(name, self.stops.now(), said, datetime.now(UTC))
        rules = (protection(said, protected=policy.protected(name)), halted)
        try:
            found = self.inventories.describe(name)
        except SignalboxError as error:
            return (name, "?", str(error), "", *rules)
        if found.problem:
            return (name, "?", found.problem, "", *rules)
        groups = ", ".join(f"{group} ({count})" for group, count in found.groups)
        told = ". ".join(part for part in (groups, found.note) if part)
        return (name, str(found.host_count), told, age(found), *rules)

    def hosts(self, ask: AskHosts, request: Request) -> Reply:
        """The hosts that a limit means, with their groups: what a run would touch."""
        environment = ask.environment or only_environment(self.inventories.names(), "In which environment?")
        target = self.aim.resolve(environment, ask.pattern, may_be_stale=True)
        if ask.variables:
            return self._explained(target, request)
        groups = self.inventories.groups_of(environment, target.hosts)
        count = len(target.hosts)
        title = f"{ask.pattern} in {environment}: {count} host{'s' if count != 1 else ''}"
        rows = tuple((host, ", ".join(groups.get(host, ()))) for host in target.hosts)
        note = (Text(text=target.note),) if target.note else ()
        return Reply(parts=(Table(title=title, columns=("host", "groups"), rows=rows), *note))

    def _explained(self, target: Target, request: Request) -> Reply:
        """Groups and variables of a few hosts; only for those who may run something where they are."""
        environment, hosts = target.environment, target.hosts
        if environment not in usable_environments(self.catalog, self.inventories, self.permission.reach(request)):
            what = f"You may run nothing in {environment} from here, so its variables are not shown."
            raise NotAllowed(what, "`envs` lists where you may.")
        if len(hosts) > MOST_EXPLAINED:
            what = f"{target.limit} means {len(hosts)} hosts; variables are shown of {MOST_EXPLAINED} at most."
            raise BadTarget(what, f"Name them: `hosts {hosts[0]} in {environment} --vars`.")
        explained = self.inventories.explain(environment, hosts)
        return Reply(parts=tuple(part for each in explained for part in host_parts(each, environment)))
