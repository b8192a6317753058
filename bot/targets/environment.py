"""What people are shown of an environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A named inventory at a glance: groups with their number of hosts, seconds since it was read.

    `note` is what the inventory has to say of itself, or empty.
    `problem` is empty, or one sentence that says why it cannot be used; then everything else is empty too.
    """

    name: str
    host_count: int = 0
    groups: tuple[tuple[str, int], ...] = ()
    age_seconds: float = 0.0
    note: str = ""
    problem: str = ""
