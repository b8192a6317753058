"""What rules make of an event: rules, what they remember, and what has come enter; new memory and matches leave.

Pure: whoever calls keeps the memory (`store.py`) and acts on the matches. A match has an id that is the same when the
same event is looked at again, and stays in the memory until it is said to be dealt with, so that nobody who dies in
between loses it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.model.rule import Kind, ThrottleKind
from bot.rules import joining, throttling
from bot.rules.closures import Scope
from bot.rules.joining import Around, Arrival, ArrivalKind, Found
from bot.rules.operators import UNDEFINED, equal
from bot.rules.ready import Ready, ReadyRule, ReadyTest
from bot.rules.rewinding import rewound
from bot.rules.state import Match, RulesetState, RuleState, Window

MOST_SEEN = 1_000
"""Ids of arrivals that are remembered, so that one that comes again counts once."""
MOST_FACTS = 1_000
MOST_OPEN = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The memory after it, and the matches that are new."""

    state: RulesetState
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What one rule made of it: its memory, its match, and the ids of events that are no longer there for others."""

    state: RuleState
    match: Match | None = None
    used: frozenset[str] = frozenset()


def arrived(ready: Ready, state: RulesetState, arrival: Arrival, now: float, variables: Mapping[str, Any]) -> Decided:
    """After an event or a fact; one that was seen before changes nothing. `now` is in seconds since the epoch."""
    ticked = due(ready, state, now)
    if arrival.id in state.seen:
        return ticked
    state = _with_facts(ticked.state, arrival)
    around = Around(facts=state.facts, variables=variables, now=now)
    said: list[_Said] = []
    for rule in ready.rules:
        before = state.of(rule.rule.name, rule.sense)
        said.append(_ask(ready, rule, before, arrival, around))
        if arrival.id in said[-1].used and not ready.ruleset.match_multiple:
            break
    said += [_Said(state=state.of(rule.rule.name, rule.sense)) for rule in ready.rules[len(said) :]]
    matches = tuple(each.match for each in said if each.match is not None)
    state = replace(
        state,
        rules=tuple(_rest(ready, said)),
        seen=(*state.seen, arrival.id)[-MOST_SEEN:],
        open=(*state.open, *matches)[-MOST_OPEN:],
    )
    return Decided(state=state, matches=(*ticked.matches, *matches))


def due(ready: Ready, state: RulesetState, now: float) -> Decided:
    """When a time has come: what `not_all` missed, and what `once_after` has collected."""
    rules, matches = [], []
    for rule in ready.rules:
        memory = rewound(rule, state.of(rule.rule.name, rule.sense), now)
        if rule.rule.condition.kind is Kind.NOT_ALL:
            memory, found = joining.missed(rule, memory, now)
            matches += [_match(ready, rule, f"missed/{min(found.used)}", now, found)] if found else []
        memory, over = throttling.due(rule.rule.throttle, memory, now)
        matches += [_collected(ready, rule, over, now)] if over else []
        rules.append(memory)
    made = tuple(matches)
    opened = (*state.open, *made)[-MOST_OPEN:]
    return Decided(state=replace(state, rules=_filled(rules), open=opened), matches=made)


def dealt_with(state: RulesetState, match_id: str) -> RulesetState:
    """The memory without a match that has been acted on."""
    return replace(state, open=tuple(match for match in state.open if match.id != match_id))


def next_due(ready: Ready, state: RulesetState, now: float) -> float | None:
    """When `due` has something to say at the earliest, in seconds since the epoch; None for never.

    That is now, when the clock was set back since.
    """
    return min(_times(ready, state, now), default=None)


def scope_of(match: Match, variables: Mapping[str, Any]) -> Scope:
    """What the templates of the rule's actions can look at."""
    scope: dict[str, Any] = {"events": match.events, "facts": match.facts, "vars": variables}
    for root, found in (("event", match.events), ("fact", match.facts)):
        values = [value for name, value in found.items() if name != "m"]
        if len(values) == 1:
            scope[root] = values[0]
    return scope


def _times(ready: Ready, state: RulesetState, now: float) -> Iterator[float]:
    for rule in ready.rules:
        memory = state.of(rule.rule.name, rule.sense)
        if rewound(rule, memory, now) is not memory:
            yield now
        if rule.rule.condition.kind is Kind.NOT_ALL and memory.kept:
            yield memory.kept[0].at + (rule.rule.condition.timeout or 0)
        if rule.rule.throttle is not None and rule.rule.throttle.kind is ThrottleKind.ONCE_AFTER:
            yield from (window.until for window in memory.windows)


def _with_facts(state: RulesetState, arrival: Arrival) -> RulesetState:
    if arrival.kind is ArrivalKind.FACT:
        others = tuple(fact for fact in state.facts if not equal(fact, arrival.data))
        return replace(state, facts=(*others, arrival.data)[-MOST_FACTS:])
    if arrival.kind is ArrivalKind.RETRACTED:
        gone = arrival.data.get("fact", {})
        partial = arrival.data.get("partial", True)
        return replace(state, facts=tuple(fact for fact in state.facts if not _has(fact, gone, partial=partial)))
    return state


def _has(fact: Mapping[str, Any], part: Mapping[str, Any], *, partial: bool) -> bool:
    if not partial:
        return equal(fact, part)
    return all(key in fact and equal(fact[key], value) for key, value in part.items())


def _ask(ready: Ready, rule: ReadyRule, state: RuleState, arrival: Arrival, around: Around) -> _Said:
    match rule.rule.condition.kind:
        case Kind.ALL:
            memory, found = joining.join_all(rule, state, arrival, around, ready.ruleset.keep)
        case Kind.NOT_ALL:
            return _Said(state=joining.join_not_all(rule, state, arrival, around))
        case _:
            return _ask_single(ready, rule, state, arrival, around)
    if found is None:
        return _Said(state=memory)
    return _Said(state=memory, match=_match(ready, rule, arrival.id, around.now, found), used=found.used)


def _ask_single(ready: Ready, rule: ReadyRule, state: RuleState, arrival: Arrival, around: Around) -> _Said:
    found = next((found for test in rule.tests if (found := _meets(test, arrival, around)) is not None), None)
    if found is None:
        return _Said(state=state)
    counts: Mapping[str, int] = {}
    throttle = rule.rule.throttle
    if throttle is not None:
        state, window = throttling.throttled(rule, throttle, state, arrival.data, around.now)
        if window is None:
            return _Said(state=state, used=found.used)
        counts = {"m_0": window.count}
    match = replace(_match(ready, rule, arrival.id, around.now, found), counts=counts)
    return _Said(state=state, match=match, used=found.used)


def _meets(test: ReadyTest, arrival: Arrival, around: Around) -> Found | None:
    if test.about_fact:
        fact = joining.fact_meets(test, arrival, around)
        named = {} if test.absent else dict.fromkeys(test.names, fact)
        return None if fact is UNDEFINED else Found(events={}, facts=named, used=frozenset())
    scope = {"event": arrival.data, "events": arrival.data, "vars": around.variables}
    if arrival.kind is not ArrivalKind.EVENT or test.test(scope) is not True:
        return None
    return Found(events=dict.fromkeys(test.names, arrival.data), facts={}, used=frozenset({arrival.id}))


def _match(ready: Ready, rule: ReadyRule, why: str, now: float, found: Found) -> Match:
    name = ready.ruleset.name
    return Match(
        id=f"{name}/{rule.rule.name}/{why}",
        ruleset=name,
        rule=rule.rule.name,
        at=now,
        events=found.events,
        facts=found.facts,
    )


def _collected(ready: Ready, rule: ReadyRule, windows: tuple[Window, ...], now: float) -> Match:
    events = {f"m_{number}": window.data for number, window in enumerate(windows)}
    found = Found(events=events, facts={}, used=frozenset())
    match = _match(ready, rule, f"collected/{windows[0].until:.3f}", now, found)
    return replace(match, counts={f"m_{number}": window.count for number, window in enumerate(windows)})


def _rest(ready: Ready, said: list[_Said]) -> Iterator[RuleState]:
    """What the rules remember; of events that one of them has used up the others forget what they kept."""
    used = frozenset[str]() if ready.ruleset.match_multiple else frozenset().union(*(each.used for each in said))
    for state in _filled([each.state for each in said]):
        kept = tuple(each for each in state.kept if each.id not in used)
        yield state if len(kept) == len(state.kept) else replace(state, kept=kept)


def _filled(states: list[RuleState]) -> tuple[RuleState, ...]:
    return tuple(state for state in states if state.kept or state.windows)
