"""An event tried on a ruleset: what `decide` makes of it enters again as what every rule has to say, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.model.rule import Kind, Rule
from bot.rules.closures import compiled
from bot.rules.decide import Decided, arrived
from bot.rules.joining import Arrival
from bot.rules.parsing import parse
from bot.rules.ready import Ready
from bot.rules.state import Match, RulesetState
from bot.rules.telling import told


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One rule, whether it matched, and why or why not, a sentence each."""

    rule: Rule
    matched: bool
    why: tuple[str, ...]


def tried(
    ready: Ready, state: RulesetState, arrival: Arrival, now: float, variables: Mapping[str, Any]
) -> tuple[Decided, tuple[Tried, ...]]:
    """What the ruleset decides about an event, and every rule of it, those that are not enabled too."""
    decided = arrived(ready, state, arrival, now, variables)
    by_name = {match.rule: match for match in decided.matches}
    scope = {"event": arrival.data, "events": arrival.data, "vars": variables}
    first = ""
    made = []
    for rule in ready.ruleset.rules:
        made.append(_tried(rule, by_name.get(rule.name), scope, "" if ready.ruleset.match_multiple else first))
        first = first or (rule.name if rule.name in by_name else "")
    return decided, tuple(made)


def _tried(rule: Rule, match: Match | None, scope: Mapping[str, Any], taken_by: str) -> Tried:
    if not rule.enabled:
        return Tried(rule=rule, matched=False, why=("It is not enabled.",))
    if match is None and taken_by:
        return Tried(rule=rule, matched=False, why=(f"The rule {taken_by} before it has the event.",))
    parsed = [parse(test) for test in rule.condition.tests]
    about_facts = any({"fact", "facts"} & each.roots for each in parsed)
    why = tuple(sentence for each in parsed for sentence in told(each.test, scope))
    if match is None:
        holds = any(compiled(each.test)(scope) is True for each in parsed)
        why = (*_kept_back(rule, holds=holds, about_facts=about_facts), *why)
    return Tried(rule=rule, matched=match is not None, why=why)


def _kept_back(rule: Rule, *, holds: bool, about_facts: bool) -> tuple[str, ...]:
    """What else keeps a rule from matching, besides what its condition says of this event alone."""
    if about_facts:
        return ("It asks about facts, and none are known here.",)
    if rule.condition.kind is Kind.ALL:
        return ("It waits for an event for each of its tests.",)
    if rule.condition.kind is Kind.NOT_ALL:
        return ("It matches when not all of its events have come in time.",)
    return (f"Its throttle keeps it back: {rule.throttle.kind}.",) if holds and rule.throttle is not None else ()
