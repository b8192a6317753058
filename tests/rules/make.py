"""What tests of rules begin with: rulebooks as text enter, rulesets and decisions leave."""

from typing import Any

from bot.lined import read
from bot.model.rule import Ruleset
from bot.rules import Arrival, ArrivalKind, Match, Ready, RulesetState, arrived, due, make_ready
from bot.rules.read import Rulebook, read_tree

HEAD = "- name: town\n  hosts: all\n  rules:\n"


def book(rules: str, head: str = HEAD) -> Rulebook:
    """A rulebook of one ruleset, its rules written from the margin on; they begin at line 4."""
    lines = "".join(f"    {line}\n" for line in rules.strip("\n").splitlines())
    return read_tree(read(head + lines), "rulebooks/town.yml")


def ruleset(rules: str, head: str = HEAD) -> Ruleset:
    """The ruleset, which must have no flaw that keeps it out."""
    made = book(rules, head)
    assert made.rulesets, made.problems
    return made.rulesets[0]


class Town:
    """Rules at work: events come in one by one, with the time in seconds."""

    def __init__(self, rules: str, head: str = HEAD, variables: dict[str, Any] | None = None) -> None:
        self.ready: Ready = make_ready(ruleset(rules, head))
        self.state = RulesetState()
        self.variables = variables or {}
        self._count = 0

    def event(self, data: dict[str, Any], now: float = 0.0, name: str = "") -> tuple[Match, ...]:
        """What matches after an event."""
        return self._arrive(data, now, name, ArrivalKind.EVENT)

    def fact(self, data: dict[str, Any], now: float = 0.0) -> tuple[Match, ...]:
        """What matches after a fact."""
        return self._arrive(data, now, "", ArrivalKind.FACT)

    def retract(self, data: dict[str, Any], now: float = 0.0, *, partial: bool = True) -> tuple[Match, ...]:
        """What matches after facts have gone."""
        return self._arrive({"fact": data, "partial": partial}, now, "", ArrivalKind.RETRACTED)

    def later(self, now: float) -> tuple[Match, ...]:
        """What matches because a time has come."""
        decided = due(self.ready, self.state, now)
        self.state = decided.state
        return decided.matches

    def _arrive(self, data: dict[str, Any], now: float, name: str, kind: ArrivalKind) -> tuple[Match, ...]:
        self._count += 1
        arrival = Arrival(id=name or f"e{self._count}", data=data, kind=kind)
        decided = arrived(self.ready, self.state, arrival, now, self.variables)
        self.state = decided.state
        return decided.matches


def rules_of(matches: tuple[Match, ...]) -> list[str]:
    """The names of the rules that matched."""
    return [match.rule for match in matches]
