"""How environments and hosts are told: what is known of them enters; cells, tables and sentences leave."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.guards import EnvironmentPolicy
from bot.model.reply import Part, Table, Text
from bot.model.stop import Stop, StopKind, moment
from bot.model.words import duration
from bot.targets import Environment, Explained

VARIABLES_SHOWN = 60


def age(environment: Environment) -> str:
    """When the inventory was read, and what makes it being read again."""
    again = "programs or plugins" if environment.dynamic else "files"
    return f"{duration(environment.age_seconds)} ago, from {again}"


def protection(rules: EnvironmentPolicy, *, protected: bool) -> str:
    """What the policy holds back there."""
    said = ["protected"] if protected else []
    said += [f"approvals {rules.approvals}"] if rules.approvals else []
    said += [f"at most {rules.max_hosts} hosts a run"] if rules.max_hosts is not None else []
    said += [f"at most {rules.max_concurrent} runs at once"] if rules.max_concurrent is not None else []
    said += [f"freezes {len(rules.freeze)}"] if rules.freeze else []
    return ", ".join(said) or "none"


def stopped(name: str, stops: Sequence[Stop], rules: EnvironmentPolicy, now: datetime) -> str:
    """Locks, freezes and brakes in force there, counted by kind, and the policy's own freeze that `now` is in."""
    here = [stop for stop in stops if stop.kind is not StopKind.RELEASE and stop.environment in ("", name)]
    counts = {kind: sum(stop.kind is kind for stop in here) for kind in StopKind}
    told = [f"{kind.value} {count}" if count > 1 else kind.value for kind, count in counts.items() if count]
    ends = [until for window in rules.freeze if (until := window.ends(now)) is not None]
    return ", ".join([*told, *([f"frozen by policy until {moment(max(ends).timestamp())}"] if ends else [])])


def host_parts(explained: Explained, environment: str) -> Iterator[Part]:
    """Tables of a host's groups and of its variables."""
    host = f"{explained.host} in {environment}"
    if explained.groups:
        yield Table(title=f"{host}: groups", columns=("group", "why"), rows=explained.groups)
    else:
        yield Text(text=f"{host} is in no group.")
    if not explained.variables:
        yield Text(text=f"The inventory sets nothing for {host}.")
        return
    shown = explained.variables[:VARIABLES_SHOWN]
    rows = tuple((each.name, each.value, each.origin, "; ".join(each.over)) for each in shown)
    yield Table(title=f"{host}: variables", columns=("variable", "value", "from", "instead of"), rows=rows)
    if hidden := len(explained.variables) - len(shown):
        yield Text(text=f"and {hidden} more.")
