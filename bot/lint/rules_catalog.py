"""Rules about runbook files and what they name: facts enter, flaws leave."""

import re
from collections.abc import Iterator
from itertools import combinations

from bot.lint.case import Case, Facts
from bot.lint.finding import Flaw, shown
from bot.lint.rules_secrets import SECRET_NAME
from bot.model.runbook import Parameter

_PLACE = re.compile(r"\{\w+\}")
_PREPOSITIONS = frozenset({"on", "in"})
_WORD = re.compile(r"[A-Za-z_]\w*")
_DECLARES = (".meta.yml", ".meta.yaml", "argument_specs.yml", "argument_specs.yaml")


def runbook_invalid(facts: Facts) -> Iterator[Flaw]:
    """What keeps the catalog from taking a file."""
    for problem in facts.problems:
        yield Flaw(file=problem.file, line=problem.line, what=problem.what, remedy=problem.remedy)


def playbook_syntax(facts: Facts) -> Iterator[Flaw]:
    """What Ansible itself does not load."""
    yield from facts.syntax


def expect_always_true(facts: Facts) -> Iterator[Flaw]:
    """A pattern that matches an empty text matches any."""
    for case in facts.cases:
        for expect in case.runbook.expect:
            if re.search(expect.pattern, "", re.MULTILINE) is not None:
                what = f"The pattern {shown(expect.pattern)} matches any output, so it checks nothing."
                yield case.flaw(what, "Write what only a good output holds.", "expect")


def parameter_untyped(facts: Facts) -> Iterator[Flaw]:
    """Without a type a number, a list or a truth value is text."""
    for case, parameter in _parameters(facts):
        if "type" not in parameter.spec:
            remedy = "Write type: str, or what it is."
            yield case.parameter_flaw(parameter.name, f"The parameter {parameter.name} has no type.", remedy)


def parameter_undescribed(facts: Facts) -> Iterator[Flaw]:
    """People see the description in `describe`, and when they are asked for a secret."""
    for case, parameter in _parameters(facts):
        if not parameter.description:
            remedy = "Say in a description what it is, and in which unit."
            yield case.parameter_flaw(parameter.name, f"The parameter {parameter.name} is not described.", remedy)


def parameter_unused(facts: Facts) -> Iterator[Flaw]:
    """A parameter that nothing reads promises what does not happen."""
    for case in facts.cases:
        words = _used_words(case)
        for parameter in case.runbook.parameters:
            if parameter.name not in words:
                what = f"Nothing that the runbook runs uses the parameter {parameter.name}."
                remedy = "Use it in the playbook or one of its roles, or take it out."
                yield case.parameter_flaw(parameter.name, what, remedy)


def secret_not_hidden(facts: Facts) -> Iterator[Flaw]:
    """A parameter named like a secret is shown and stored as any other unless it is declared one."""
    for case, parameter in _parameters(facts):
        if SECRET_NAME.search(parameter.name) and "no_log" not in parameter.spec:
            what = f"The parameter {parameter.name} is named as a secret is, and would be shown and kept."
            remedy = "Write no_log: true; or no_log: false when it is none."
            yield case.parameter_flaw(parameter.name, what, remedy)


def scope_unknown(facts: Facts) -> Iterator[Flaw]:
    """A scope without an inventory is an environment in which nothing can ever run."""
    there = ", ".join(sorted(facts.environments)) or "none"
    for case in facts.cases:
        for scope in case.runbook.safety.scopes or ():
            if scope not in facts.environments:
                what, remedy = f"There is no environment {shown(scope)}.", f"Write one of: {shown(there, 200)}."
                yield case.flaw(what, remedy, "safety", "scopes")
        default = case.runbook.default_environment
        if default is not None and default not in facts.environments:
            what, remedy = f"There is no environment {shown(default)}.", f"Write one of: {shown(there, 200)}."
            yield case.flaw(what, remedy, "defaults", "environment")


def phrase_ambiguous(facts: Facts) -> Iterator[Flaw]:
    """A line that fits phrases of two runbooks is refused, so neither phrase is of use."""
    by_word: dict[str, list[tuple[Case, str, tuple[str, ...]]]] = {}
    for case in facts.cases:
        for phrase in case.runbook.say:
            words = tuple(word.casefold() for word in phrase.split())
            if words:
                by_word.setdefault(words[0], []).append((case, phrase, words))
    for found in by_word.values():
        for (one, phrase, words), (other, other_phrase, other_words) in combinations(found, 2):
            if one is not other and _overlap(*sorted((words, other_words), key=len)):
                yield _ambiguous(one, phrase, other, other_phrase)
                yield _ambiguous(other, other_phrase, one, phrase)


def policy_unknown_name(facts: Facts) -> Iterator[Flaw]:
    """A name in the policy that stands for nothing grants, limits or protects nothing."""
    policy = facts.policy
    if policy is None:
        return
    runbooks = [case.runbook.id for case in facts.cases]
    if not facts.problems:  # a runbook that is left out is told already
        yield from policy.unmatched("runbooks", runbooks, "runbook")
    yield from policy.unmatched("environments", facts.environments, "environment")
    for name in policy.environments:
        if name not in facts.environments:
            line = policy.environments.line_of(name)
            yield policy.flaw(line, f"There is no environment {shown(name)}.", facts.environments)
    for case in facts.cases:
        for name in _approvers(case):
            if name not in policy.roles:
                remedy = f"Write one of the roles of the policy: {shown(', '.join(policy.roles), 200) or 'none'}."
                yield case.flaw(f"There is no role {shown(name)}.", remedy, "safety", "approvals", "roles")


def policy_invalid(facts: Facts) -> Iterator[Flaw]:
    """A policy that cannot be used leaves the last good one in force, or stops everything."""
    if facts.policy_problem:
        path = facts.policy.path if facts.policy else "signalbox.yml"
        said = re.search(r"\bline (\d+)", facts.policy_problem)
        line = int(said[1]) if said else 1
        yield Flaw(file=path, line=line, what=facts.policy_problem, remedy="docs/policy.md has every key.")


def _parameters(facts: Facts) -> Iterator[tuple[Case, Parameter]]:
    for case in facts.cases:
        for parameter in case.runbook.parameters:
            yield case, parameter


def _used_words(case: Case) -> set[str]:
    """Every word in what the runbook runs; declarations do not count as a use."""
    words = set(_WORD.findall(str(dict(case.runbook.module_args))))
    for path, source in case.sheet.files.items():
        if not path.endswith(_DECLARES):
            words.update(_WORD.findall(source.text))
    return words


def _overlap(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Whether a line can be the longer phrase, and the shorter one followed by `on <limit>` and `in <environment>`."""
    rest = long[len(short) :]
    if len(rest) % 2 or any(word not in _PREPOSITIONS for word in rest[::2]):
        return False
    return all(_alike(one, other) for one, other in zip(short, long, strict=False))


def _alike(one: str, other: str) -> bool:
    places = [word for word in (one, other) if _PLACE.fullmatch(word)]
    if not places:
        return one == other
    return len(places) > 1 or not {one, other} & _PREPOSITIONS  # a place takes any word but these


def _ambiguous(case: Case, phrase: str, other: Case, other_phrase: str) -> Flaw:
    what = f'"{shown(phrase)}" can mean {other.runbook.id} too, which says "{shown(other_phrase)}".'
    return case.flaw(what, "Begin one of them with another word.", "say")


def _approvers(case: Case) -> Iterator[str]:
    approvals = case.safety.get("approvals")
    named = approvals.get("roles") if isinstance(approvals, dict) else None
    for name in named if isinstance(named, list) else [named]:
        if isinstance(name, str):
            yield name
