"""A rulebook as its file says it: rulesets of rules, each with a condition, a throttle and actions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """How the tests of a condition belong together; ONE has a single test."""

    ONE = "one"
    ALL = "all"
    ANY = "any"
    NOT_ALL = "not_all"


class ThrottleKind(StrEnum):
    """First one then silence; silence then all that differ; only when it was often enough."""

    ONCE_WITHIN = "once_within"
    ONCE_AFTER = "once_after"
    ACCUMULATE_WITHIN = "accumulate_within"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """`tests` are conditions as text; `timeout` is in seconds, None for no end."""

    kind: Kind
    tests: tuple[str, ...]
    timeout: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """`seconds` is the window; events that differ in one of `group_by` are counted apart."""

    kind: ThrottleKind
    seconds: float
    group_by: tuple[str, ...]
    threshold: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRunbook:
    """Start a runbook.

    `limit` is a pattern that the author of the rule wrote. `hosts` came out of an event: names, never patterns; None
    when no event is to name any, empty when one was to and named none. `verify` is in seconds.
    """

    runbook: str
    environment: str = ""
    limit: str = ""
    hosts: tuple[str, ...] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    check: bool = False
    verify: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestRunbook:
    """Offer a runbook, filled in as RunRunbook is."""

    runbook: str
    environment: str = ""
    limit: str = ""
    hosts: tuple[str, ...] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    check: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlaybook:
    """Start the runbook that covers `playbook`, with `extra_vars` as its parameters."""

    playbook: str
    environment: str = ""
    limit: str = ""
    hosts: tuple[str, ...] | None = None
    extra_vars: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Say `text` in `channel`; where the incident is, when no channel is named."""

    text: str
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """Call the next of `to` (people, as in `alerts.escalation`, or channels) when nobody acts for `after` seconds."""

    to: tuple[str, ...]
    after: int
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFact:
    """Remember `fact` in a ruleset; in the rule's own when none is named."""

    fact: Mapping[str, Any]
    ruleset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractFact:
    """Forget every fact that has all that `fact` has, or (not `partial`) nothing but that."""

    fact: Mapping[str, Any]
    ruleset: str = ""
    partial: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PostEvent:
    """Hand `event` to a ruleset; to the rule's own when none is named."""

    event: Mapping[str, Any]
    ruleset: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Match, and do nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Debug:
    """Write `text` into the log; the events that matched when it is empty."""

    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintEvent:
    """Write the events that matched into the log."""


Action = (
    RunRunbook
    | SuggestRunbook
    | RunPlaybook
    | Notify
    | Escalate
    | SetFact
    | RetractFact
    | PostEvent
    | Nothing
    | Debug
    | PrintEvent
)
"""As written: its texts may hold templates. As filled in for a match: every text is data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`file` is relative to the project, `line` from 1."""

    name: str
    condition: Condition
    actions: tuple[Action, ...]
    file: str = ""
    line: int = 1
    throttle: Throttle | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSource:
    """An event source plugin with its arguments, and the filters that its events pass, in order."""

    name: str
    plugin: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    filters: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    line: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruleset:
    """Rules that see the same events and facts; the first one that matches an event has it.

    `hosts` is the limit of actions that say none. `keep` is how long, in seconds, events wait for others of an `all`.
    With `match_multiple` an event goes on to later rules.
    """

    name: str
    hosts: str
    rules: tuple[Rule, ...]
    sources: tuple[EventSource, ...] = ()
    keep: float = 7200.0
    match_multiple: bool = False
    file: str = ""
    line: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RulebookProblem:
    """What is wrong in a rulebook: `rule` is lint's name for it, `file` relative to the project, `line` from 1."""

    rule: str
    file: str
    line: int
    what: str
    remedy: str
