"""What rules remember between events: frozen values that a store keeps as they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An event that waits for others: `tests` are the numbers of those it can be the match of. `at` is in seconds."""

    id: str
    at: float
    data: Mapping[str, Any]
    tests: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What a throttle knows of one group: until when its window is open, the first event, how many there were."""

    group: str
    until: float
    count: int
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleState:
    """What one rule remembers; `sense` is what it meant then, so that a changed rule begins anew."""

    rule: str
    sense: str
    kept: tuple[Kept, ...] = ()
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A rule that matched, under an id that is the same whenever the same event is looked at again.

    `events` and `facts` are what matched, by the names of the tests; of a single condition the event is `event`.
    `counts` has how many events each stands for. `at` is in seconds since the epoch.
    """

    id: str
    ruleset: str
    rule: str
    at: float
    events: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    counts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesetState:
    """What one ruleset remembers.

    `seen` are the ids of the last arrivals, `open` the matches that nobody has said to be dealt with.
    """

    facts: tuple[Mapping[str, Any], ...] = ()
    rules: tuple[RuleState, ...] = ()
    seen: tuple[str, ...] = ()
    open: tuple[Match, ...] = ()

    def of(self, rule: str, sense: str) -> RuleState:
        """What the rule remembers; nothing when it means something else now."""
        found = (state for state in self.rules if state.rule == rule and state.sense == sense)
        return next(found, RuleState(rule=rule, sense=sense))
