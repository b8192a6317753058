"""A Ruleset enters; the same, ready to be asked, leaves: every condition is a function, made once."""

import hashlib
from dataclasses import dataclass

from bot.model.rule import Condition, Kind, Rule, Ruleset
from bot.rules import nodes
from bot.rules.closures import Looks, Tests, compiled, looking
from bot.rules.parsing import parse, parse_path


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyTest:
    """One test: `names` are what its match is called. `absent`: it asks that no fact has something.

    `alone`: it looks at no earlier match, so that what fits it is known at once.
    """

    test: Tests
    names: tuple[str, ...]
    about_fact: bool
    absent: bool
    alone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyRule:
    """A rule with its tests and the values that its throttle groups by; `sense` changes when what it means does."""

    rule: Rule
    tests: tuple[ReadyTest, ...]
    groups: tuple[Looks, ...]
    sense: str

    @property
    def remembers(self) -> bool:
        """Whether it needs more than one event."""
        single = self.rule.condition.kind in (Kind.ONE, Kind.ANY)
        return self.rule.throttle is not None or not single or any(test.about_fact for test in self.tests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A ruleset with the rules of it that are enabled."""

    ruleset: Ruleset
    rules: tuple[ReadyRule, ...]

    @property
    def remembers(self) -> bool:
        """Whether any rule needs more than one event; without, no store has to be asked."""
        return any(rule.remembers for rule in self.rules)


def make_ready(ruleset: Ruleset) -> Ready:
    """Ready to be asked; Wrong for a condition that `read_rulebooks` would not have let through."""
    return Ready(ruleset=ruleset, rules=tuple(_rule(rule) for rule in ruleset.rules if rule.enabled))


def _rule(rule: Rule) -> ReadyRule:
    groups = () if rule.throttle is None else rule.throttle.group_by
    meaning = repr((rule.condition, rule.throttle)).encode()
    return ReadyRule(
        rule=rule,
        tests=tuple(_test(rule.condition, number) for number in range(len(rule.condition.tests))),
        groups=tuple(looking(parse_path(path)) for path in groups),
        sense=hashlib.sha256(meaning).hexdigest()[:16],
    )


def _test(condition: Condition, number: int) -> ReadyTest:
    parsed = parse(condition.tests[number])
    about_fact = "fact" in parsed.roots or (condition.kind is Kind.ONE and "facts" in parsed.roots)
    default = ("m_0", "m") if number == 0 else (f"m_{number}",)
    return ReadyTest(
        test=compiled(parsed.test),
        names=(parsed.name,) if parsed.name else default,
        about_fact=about_fact,
        absent=about_fact and isinstance(parsed.test, nodes.Defined) and parsed.test.negated,
        alone=not parsed.roots & {"events", "facts"},
    )
