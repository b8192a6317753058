"""Conditions of several tests: what a rule remembers and what has arrived enter; the new memory and a match leave.

Each test of an `all` is met by an event of its own, or by a fact. What has arrived is part of every match.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bot.rules.operators import UNDEFINED
from bot.rules.ready import ReadyRule, ReadyTest
from bot.rules.state import Kept, RuleState

MOST_KEPT = 500
"""Events that wait for others in one rule; the oldest are forgotten first."""
MOST_TRIES = 20_000
"""Tests for one arrival: beyond it nothing is found."""


class ArrivalKind(StrEnum):
    """What has come; RETRACTED: facts have gone."""

    EVENT = "event"
    FACT = "fact"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An event, or a change of facts; `id` is the same when it comes again."""

    id: str
    kind: ArrivalKind = ArrivalKind.EVENT
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What else can be looked at: all facts (those that have arrived are among them), variables, the time."""

    facts: tuple[Mapping[str, Any], ...]
    variables: Mapping[str, Any]
    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What has matched by name, and the ids of the events that it used up."""

    events: Mapping[str, Any]
    facts: Mapping[str, Any]
    used: frozenset[str]


def join_all(
    rule: ReadyRule, state: RuleState, arrival: Arrival, around: Around, keep: float
) -> tuple[RuleState, Found | None]:
    """`all`: a match when there is something for every test, else the event waits for `keep` seconds."""
    limit = rule.rule.condition.timeout or keep
    kept = tuple(each for each in state.kept if around.now < each.at + limit)
    new = _kept(rule, arrival, around)
    if new is None and arrival.kind is ArrivalKind.EVENT:
        return replace(state, kept=kept), None
    found = _Join(rule, (*kept, *([new] if new else [])), arrival, around).found()
    if found is not None:
        return replace(state, kept=tuple(each for each in kept if each.id not in found.used)), found
    return replace(state, kept=(*kept, *([new] if new else []))[-MOST_KEPT:]), None


def join_not_all(rule: ReadyRule, state: RuleState, arrival: Arrival, around: Around) -> RuleState:
    """`not_all`: an event is kept for the first open test that it meets; when all are met, none is missed."""
    if arrival.kind is not ArrivalKind.EVENT:
        return state
    met = {each.tests[0] for each in state.kept}
    scope = {"event": arrival.data, "events": _named(rule, state.kept), "vars": around.variables}
    number = next((n for n, test in enumerate(rule.tests) if n not in met and test.test(scope)), None)
    if number is None:
        return state
    kept = (*state.kept, Kept(id=arrival.id, at=around.now, data=arrival.data, tests=(number,)))
    return replace(state, kept=() if len(kept) == len(rule.tests) else kept)


def missed(rule: ReadyRule, state: RuleState, now: float) -> tuple[RuleState, Found | None]:
    """`not_all` when a time has come: a match with what there was, if not all was there in time."""
    timeout = rule.rule.condition.timeout or 0
    if not state.kept or now < state.kept[0].at + timeout:
        return state, None
    used = frozenset(each.id for each in state.kept)
    return replace(state, kept=()), Found(events=_named(rule, state.kept), facts={}, used=used)


def _named(rule: ReadyRule, kept: tuple[Kept, ...]) -> dict[str, Any]:
    return {name: each.data for each in kept for name in rule.tests[each.tests[0]].names}


def _kept(rule: ReadyRule, arrival: Arrival, around: Around) -> Kept | None:
    """The event with the numbers of the tests that it meets, or may meet once an earlier one is met."""
    if arrival.kind is not ArrivalKind.EVENT:
        return None
    scope = {"event": arrival.data, "vars": around.variables}
    numbers = tuple(n for n, test in enumerate(rule.tests) if not test.about_fact and _may(test, scope))
    return Kept(id=arrival.id, at=around.now, data=arrival.data, tests=numbers) if numbers else None


def _may(test: ReadyTest, scope: Mapping[str, Any]) -> bool:
    said = test.test(scope)
    return said is True or (said is None and not test.alone)


class _Join:
    """One search for something for every test, the oldest first; what has arrived meets one test after the other."""

    def __init__(self, rule: ReadyRule, kept: tuple[Kept, ...], arrival: Arrival, around: Around) -> None:
        self._tests = rule.tests
        self._kept = kept
        self._arrival = arrival
        self._around = around
        self._tries = 0

    def found(self) -> Found | None:
        """What is found first."""
        nothing = Found(events={}, facts={}, used=frozenset())
        pivots = (number for number, test in enumerate(self._tests) if self._can_meet(number, test))
        return next((found for pivot in pivots if (found := self._from(0, nothing, pivot)) is not None), None)

    def _can_meet(self, number: int, test: ReadyTest) -> bool:
        """Whether what has arrived is of the kind that the test is about."""
        match self._arrival.kind:
            case ArrivalKind.EVENT:
                return not test.about_fact and any(number in each.tests for each in self._kept[-1:])
            case ArrivalKind.FACT:
                return test.about_fact
            case ArrivalKind.RETRACTED:
                return test.absent

    def _from(self, number: int, before: Found, pivot: int) -> Found | None:
        if number == len(self._tests):
            return before
        test = self._tests[number]
        for data, used in self._candidates(number, test, before, pivot):
            self._tries += 1
            if self._tries > MOST_TRIES:
                return None
            if self._meets(test, data, before):
                found = self._from(number + 1, _with(before, test, data, used), pivot)
                if found is not None:
                    return found
        return None

    def _candidates(self, number: int, test: ReadyTest, before: Found, pivot: int) -> Iterator[tuple[Any, str]]:
        """What may meet a test, and the id that it uses up."""
        if test.absent:
            yield None, ""
        elif number == pivot:
            yield self._arrival.data, "" if test.about_fact else self._arrival.id
        elif test.about_fact:
            yield from ((fact, "") for fact in self._around.facts)
        else:
            for each in self._kept:
                if number in each.tests and each.id != self._arrival.id and each.id not in before.used:
                    yield each.data, each.id

    def _meets(self, test: ReadyTest, data: Any, before: Found) -> bool:
        scope = {"events": before.events, "facts": before.facts, "vars": self._around.variables}
        if test.absent:
            return all(test.test({**scope, "fact": fact}) for fact in self._around.facts)
        scope["fact" if test.about_fact else "event"] = data
        return test.test(scope) is True


def _with(before: Found, test: ReadyTest, data: Any, used: str) -> Found:
    if test.absent:
        return before
    named = dict.fromkeys(test.names, data)
    if test.about_fact:
        return replace(before, facts={**before.facts, **named})
    return replace(before, events={**before.events, **named}, used=before.used | {used})


def fact_meets(test: ReadyTest, arrival: Arrival, around: Around) -> Any:
    """For a test that stands alone: the fact that meets it now, {} for one that asks for none, else UNDEFINED."""
    scope = {"vars": around.variables}
    if test.absent and arrival.kind is not ArrivalKind.EVENT:
        return {} if all(test.test({**scope, "fact": fact, "facts": fact}) for fact in around.facts) else UNDEFINED
    scope |= {"fact": arrival.data, "facts": arrival.data}
    if arrival.kind is ArrivalKind.FACT and not test.absent and test.test(scope):
        return arrival.data
    return UNDEFINED
