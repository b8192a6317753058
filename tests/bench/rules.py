"""How many rules are evaluated a second, and what memory costs: a rulebook and events enter, figures leave."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from bot.lined import read
from bot.rules import Arrival, Ready, RedisRuleStates, RulesetState, arrived, dealt_with, make_ready
from bot.rules.closures import compiled
from bot.rules.parsing import parse
from bot.rules.read import read_tree
from bot.supervise import EmbeddedRedis
from tests.bench.project import ROOT

LIMIT = 10_000
"""Evaluations a second; the peer does 2,400 to 4,500 matching events a second."""
MORE_LIMIT = 2.0
"""How many times as long an event may take when a ruleset remembers as much as it may."""
HOSTS, ROUNDS, EACH = 1_000, 20, 50
_SECONDS = 1.0
_EVENT = {
    "alert": {
        "source": "alertmanager",
        "status": "firing",
        "service": "payments",
        "labels": {"host": "web1", "severity": "critical"},
        "title": "elevated 5xx on payments",
    }
}
_CONDITION = (
    'event.alert.status == "firing" and event.alert.service == "payments"'
    ' and (event.alert.labels.severity in ["critical", "page"] or event.alert.title is search("5xx"))'
)
_BOOK = f"""
- name: bench
  hosts: all
  rules:
    - {{name: other, condition: event.alert.service == "search", action: {{none: }}}}
    - name: first
      condition: '{_CONDITION}'
      action: {{none: }}
"""
_THROTTLE = "throttle: {once_within: 1 hour, group_by_attributes: [event.alert.labels.host]}\n      action:"
_THROTTLED = _BOOK.replace("action: {none: }\n", f"{_THROTTLE} {{none: }}\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Each a number a second: conditions, the oracle's conditions, events through a ruleset without and with memory.

    `little` and `much`: events with their memory in Redis, when there is none yet, and when there is plenty.
    """

    condition: float
    oracle: float
    events: float
    throttled: float
    little: float
    much: float


def measure() -> Figures:
    """About fifteen seconds."""
    test, scope = compiled(parse(_CONDITION).test), {"event": _EVENT}
    little, much = _in_redis()
    return Figures(
        little=little,
        much=much,
        condition=_rate(lambda: test(scope), 1),
        oracle=_oracle(),
        events=_events(_BOOK),
        throttled=_events(_THROTTLED),
    )


def lines(figures: Figures) -> Iterator[str]:
    """The report."""
    yield "# Rules, one process"
    yield "| evaluated | a second |"
    yield "| --- | ---: |"
    yield f"| a condition of four comparisons | {figures.condition:,.0f} |"
    yield f"| the oracle's conditions on its events | {figures.oracle:,.0f} |"
    yield f"| events through a ruleset of two rules | {figures.events:,.0f} |"
    yield f"| the same, the second one throttled | {figures.throttled:,.0f} |"
    yield f"| events with memory in Redis, none yet | {figures.little:,.0f} |"
    yield f"| the same, 1,000 events and {HOSTS:,} windows remembered | {figures.much:,.0f} |"
    yield f"limit {LIMIT:,} conditions: {'PASS' if _quick(figures) else 'UNDER'}"
    more = figures.little / figures.much
    yield f"memory: ratio {more:.2f}, limit {MORE_LIMIT:g}: {'PASS' if more <= MORE_LIMIT else 'OVER'}"


def passed(figures: Figures) -> bool:
    """Whether conditions are quick enough, and stay so."""
    return _quick(figures) and figures.little / figures.much <= MORE_LIMIT


def _quick(figures: Figures) -> bool:
    return min(figures.condition, figures.oracle) >= LIMIT


def _oracle() -> float:
    oracle = json.loads((ROOT / "tests/rules/conditions.json").read_text(encoding="utf-8"))
    scopes = [{"event": event} for event in oracle["events"]]
    taken = [case["condition"] for case in oracle["cases"] if case["condition"] != "event.x * 2 == 6"]
    tests = [compiled(parse(condition).test) for condition in taken]
    return _rate(lambda: [test(scope) for test in tests for scope in scopes], len(tests) * len(scopes))


def _events(text: str) -> float:
    ready = make_ready(read_tree(read(text), "bench.yml").rulesets[0])
    state, number = RulesetState(), 0

    def step() -> None:
        nonlocal state, number
        number += 1
        decided = arrived(ready, state, Arrival(id=str(number), data=_EVENT), float(number), {})
        state = dealt_with(decided.state, decided.matches[0].id) if decided.matches else decided.state

    return _rate(step, 1)


def _in_redis() -> tuple[float, float]:
    """Events a second with little and with much in memory, in turn, so that noise meets both."""
    ready = make_ready(read_tree(read(_THROTTLED), "bench.yml").rulesets[0])
    with tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder:
        redis = EmbeddedRedis(Path(folder))
        redis.start()
        try:
            with Redis.from_url(redis.url) as client:
                states = RedisRuleStates(client)
                _come(states, ready, "much", range(HOSTS))
                spent = [0.0, 0.0]
                for number in range(ROUNDS):
                    events = range(HOSTS + number * EACH, HOSTS + (number + 1) * EACH)
                    for place, name in enumerate((f"little{number}", "much")):
                        began = time.perf_counter()
                        _come(states, ready, name, events)
                        spent[place] += time.perf_counter() - began
        finally:
            redis.end()
    return ROUNDS * EACH / spent[0], ROUNDS * EACH / spent[1]


def _come(states: RedisRuleStates, ready: Ready, name: str, numbers: range) -> None:
    """Each of another host, so that each matches, and has a window of its own; what matches is dealt with."""
    for number in numbers:
        event = {"alert": {**_EVENT["alert"], "labels": {"host": f"web{number}", "severity": "critical"}}}
        arrival = Arrival(id=str(number), data=event)

        def edit(state: RulesetState, arrival: Arrival = arrival) -> tuple[RulesetState, list[str]]:
            decided = arrived(ready, state, arrival, 1.0, {})
            return decided.state, [match.id for match in decided.matches]

        for match in states.change(name, edit):
            states.change(name, lambda state, match=match: (dealt_with(state, match), None))


def _rate(act: Callable[[], Any], each: int) -> float:
    began, count = time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < _SECONDS:
        act()
        count += each
    return count / spent
