"""How many rules are evaluated a second: a rulebook and events enter, figures leave; one process, no Redis."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.lined import read
from bot.rules import Arrival, RulesetState, arrived, dealt_with, make_ready
from bot.rules.closures import compiled
from bot.rules.parsing import parse
from bot.rules.read import read_tree
from tests.bench.project import ROOT

LIMIT = 10_000
"""Evaluations a second; the peer does 2,400 to 4,500 matching events a second."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Each a number a second: conditions, the oracle's conditions, events through a ruleset without and with memory."""

    condition: float
    oracle: float
    events: float
    throttled: float


def measure() -> Figures:
    """About four seconds."""
    test, scope = compiled(parse(_CONDITION).test), {"event": _EVENT}
    return Figures(
        condition=_rate(lambda: test(scope), 1),
        oracle=_oracle(),
        events=_events(_BOOK),
        throttled=_events(_BOOK.replace("action: {none: }\n", f"{_THROTTLE} {{none: }}\n")),
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
    yield f"limit {LIMIT:,} conditions: {'PASS' if passed(figures) else 'UNDER'}"


def passed(figures: Figures) -> bool:
    """Whether conditions are quick enough."""
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


def _rate(act: Callable[[], Any], each: int) -> float:
    began, count = time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < _SECONDS:
        act()
        count += each
    return count / spent
