"""Names in rulebooks that stand for nothing: rulebooks and what there is enter, problems leave."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.model.rule import (
    Action,
    PostEvent,
    RetractFact,
    Rule,
    RulebookProblem,
    RunPlaybook,
    RunRunbook,
    SetFact,
    SuggestRunbook,
)
from bot.model.runbook import Runbook
from bot.rules.covering import covering
from bot.rules.flaws import UNKNOWN, UNSAFE, Flaw, Place, did_you_mean, problem, shown
from bot.rules.read import Rulebook
from bot.rules.templates import has_template
from bot.rules.variables import unknown_variables


@dataclass(frozen=True, slots=True, kw_only=True)
class There:
    """What there is in the project: runbooks, and the names of environments and rulesets."""

    runbooks: Mapping[str, Runbook]
    environments: frozenset[str]
    rulesets: frozenset[str]


def unknown_names(
    books: Sequence[Rulebook],
    runbooks: Sequence[Runbook],
    environments: Sequence[str],
    variables: Collection[str] | None = None,
) -> Iterator[RulebookProblem]:
    """What the actions of all rules, and the arguments of sources, name and is not there.

    `variables` are those that have a value; None where nobody can say.
    """
    there = There(
        runbooks={runbook.id: runbook for runbook in runbooks},
        environments=frozenset(environments),
        rulesets=frozenset(ruleset.name for book in books for ruleset in book.rulesets),
    )
    for book in books:
        if variables is not None:
            for flaw in _source_flaws(book, variables):
                yield problem(book.file, book.tree, flaw)
        for place, rule in _rules(book):
            for where, action in _actions(book, place, rule):
                for flaw in _flaws(action, where, there):
                    yield problem(book.file, book.tree, flaw)


def _source_flaws(book: Rulebook, variables: Collection[str]) -> Iterator[Flaw]:
    for number, ruleset in enumerate(book.rulesets):
        for at, source in enumerate(ruleset.sources):
            place: Place = (number, "sources", at)
            written = book.tree[number]["sources"][at]
            yield from unknown_variables(written[source.plugin], (*place, source.plugin), variables)
            yield from unknown_variables(written.get("filters"), (*place, "filters"), variables)


def _rules(book: Rulebook) -> Iterator[tuple[Place, Rule]]:
    for number, ruleset in enumerate(book.rulesets):
        for at, rule in enumerate(ruleset.rules):
            yield (number, "rules", at), rule


def _actions(book: Rulebook, place: Place, rule: Rule) -> Iterator[tuple[Place, Action]]:
    """Each action with the place of what stands under its name."""
    written: Any = book.tree
    for part in place:
        written = written[part]
    single = "action" in written
    entries = [written["action"]] if single else written["actions"]
    for number, (entry, action) in enumerate(zip(entries, rule.actions, strict=True)):
        where: Place = (*place, "action") if single else (*place, "actions", number)
        yield (where if isinstance(entry, str) else (*where, next(iter(entry)))), action


def _flaws(action: Action, place: Place, there: There) -> Iterator[Flaw]:
    match action:
        case RunRunbook(runbook=name) | SuggestRunbook(runbook=name):
            yield from _runbook(action, name, place, there)
        case RunPlaybook(playbook=playbook):
            yield from _playbook(action, playbook, place, there)
        case SetFact(ruleset=name) | RetractFact(ruleset=name) | PostEvent(ruleset=name):
            if name and not has_template(name) and name not in there.rulesets:
                what = f"There is no ruleset {shown(name)}."
                yield Flaw(
                    place=(*place, "ruleset"), what=what, remedy=did_you_mean(name, there.rulesets), rule=UNKNOWN
                )


def _runbook(action: RunRunbook | SuggestRunbook, name: str, place: Place, there: There) -> Iterator[Flaw]:
    runbook = there.runbooks.get(name)
    if runbook is None:
        remedy = did_you_mean(name, there.runbooks)
        yield Flaw(place=(*place, "runbook"), what=f"There is no runbook {shown(name)}.", remedy=remedy, rule=UNKNOWN)
        return
    yield from _parameters(runbook, action.parameters, (*place, "parameters"))
    yield from _environment(action.environment, runbook, place, there)
    if isinstance(action, RunRunbook):
        yield from _safe(runbook, (*place, "runbook"))


def _playbook(action: RunPlaybook, playbook: str, place: Place, there: There) -> Iterator[Flaw]:
    runbook = None if has_template(playbook) else covering(playbook, there.runbooks.values())
    if runbook is None:
        what = f"Not exactly one runbook covers the playbook {shown(playbook)}, so it cannot be run."
        remedy = "Write a runbook file beside it, or use run_runbook."
        yield Flaw(place=(*place, "name"), what=what, remedy=remedy, rule=UNKNOWN)
        return
    yield from _parameters(runbook, action.extra_vars, (*place, "extra_vars"))
    yield from _environment(action.environment, runbook, place, there)
    yield from _safe(runbook, (*place, "name"))


def _parameters(runbook: Runbook, given: Mapping[str, Any], place: Place) -> Iterator[Flaw]:
    declared = {parameter.name: parameter for parameter in runbook.parameters}
    for name in given:
        if name not in declared:
            what = f"The runbook {runbook.id} has no parameter {shown(name)}."
            yield Flaw(place=(*place, name), what=what, remedy=did_you_mean(name, declared), rule=UNKNOWN)
        elif declared[name].no_log:
            what = f"The parameter {name} is a secret, and a rule cannot know one."
            yield Flaw(place=(*place, name), what=what, remedy="Let the playbook read it from a vault.", rule=UNKNOWN)
    for parameter in declared.values():
        if parameter.required and parameter.default is None and parameter.name not in given:
            what = f"The runbook {runbook.id} needs {parameter.name}."
            yield Flaw(place=place, what=what, remedy=f"Write {parameter.name} below parameters.", rule=UNKNOWN)


def _environment(name: str, runbook: Runbook, place: Place, there: There) -> Iterator[Flaw]:
    if not name and runbook.default_environment is None:
        what = f"It is not said in which environment {runbook.id} is to run."
        remedy = f"Write environment: one of {shown(', '.join(sorted(there.environments)) or 'none', 200)}."
        yield Flaw(place=place, what=what, remedy=remedy, rule=UNKNOWN)
    if name and not has_template(name) and name not in there.environments:
        remedy = did_you_mean(name, there.environments)
        what = f"There is no environment {shown(name)}."
        yield Flaw(place=(*place, "environment"), what=what, remedy=remedy, rule=UNKNOWN)


def _safe(runbook: Runbook, place: Place) -> Iterator[Flaw]:
    if not runbook.safety.automation_safe:
        what = f"The runbook {runbook.id} is not declared safe for automation, so a rule can only suggest it."
        remedy = "Write suggest_runbook, or safety: {automation: safe} in the runbook."
        yield Flaw(place=place, what=what, remedy=remedy, rule=UNSAFE)
