"""What people are shown of an environment, and of one host in it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A named inventory at a glance: groups with their number of hosts, seconds since it was read.

    `dynamic`: programs or plugins say what is in it, so that it is read again from time to time. `note` is what the
    inventory has to say of itself, or empty. `problem` is empty, or one sentence that says why it cannot be used; then
    everything else is empty too.
    """

    name: str
    host_count: int = 0
    groups: tuple[tuple[str, int], ...] = ()
    age_seconds: float = 0.0
    note: str = ""
    dynamic: bool = False
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One variable of a host as it is written, secrets hidden; where from, and what it takes the place of."""

    name: str
    value: str
    origin: str
    over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Why a host is in its groups, each with the way from it to there, and its variables, those of the way first."""

    host: str
    groups: tuple[tuple[str, str], ...]
    variables: tuple[Variable, ...]
