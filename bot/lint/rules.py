"""The table of rules, and the one function that applies it: facts enter, sorted findings leave."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.lint import rules_catalog, rules_playbook, rules_policy, rules_secrets
from bot.lint.case import Facts
from bot.lint.finding import Finding, Flaw, Severity
from bot.lint.rules_rulebook import rulebook

_Check = Callable[[Facts], Iterator[Flaw]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How bad what it finds is, what it looks for in one line, and the function that looks."""

    severity: Severity
    about: str
    check: _Check


def _error(about: str, check: _Check) -> Rule:
    return Rule(severity=Severity.ERROR, about=about, check=check)


def _warning(about: str, check: _Check) -> Rule:
    return Rule(severity=Severity.WARNING, about=about, check=check)


RULES: Mapping[str, Rule] = {
    "runbook-invalid": _error("A runbook file that the catalog leaves out", rules_catalog.runbook_invalid),
    "playbook-syntax": _error("A playbook that Ansible does not load", rules_catalog.playbook_syntax),
    "scope-unknown": _error("An environment that has no inventory", rules_catalog.scope_unknown),
    "phrase-ambiguous": _error("Phrases of two runbooks that one line fits", rules_catalog.phrase_ambiguous),
    "expect-always-true": _warning("A pattern that any output matches", rules_catalog.expect_always_true),
    "parameter-untyped": _warning("A parameter without a type", rules_catalog.parameter_untyped),
    "parameter-undescribed": _warning("A parameter without a description", rules_catalog.parameter_undescribed),
    "parameter-unused": _warning("A parameter that nothing uses", rules_catalog.parameter_unused),
    "parameter-in-shell": _error("Text from chat that a shell takes apart", rules_playbook.parameter_in_shell),
    "template-in-shell": _warning("A template in a shell without quote", rules_playbook.template_in_shell),
    "dangerous-module": _error("A shell or a reboot without a bound or approval", rules_playbook.dangerous_module),
    "hosts-all-unbounded": _error("`hosts: all` that changes without a bound", rules_playbook.hosts_all_unbounded),
    "serial-missing": _warning("A change on many hosts without batches", rules_playbook.serial_missing),
    "not-check-safe": _warning("A command that check_first skips", rules_playbook.not_check_safe),
    "waits-for-input": _error("A playbook that asks its terminal", rules_playbook.waits_for_input),
    "secret-in-file": _error("A secret in a file or a default", rules_secrets.secret_in_file),
    "secret-not-hidden": _warning("A parameter named as a secret without no_log", rules_catalog.secret_not_hidden),
    "secret-in-environment": _error("A secret in `environment:`", rules_secrets.secret_in_environment),
    "policy-invalid": _error("A policy that cannot be used", rules_catalog.policy_invalid),
    "policy-unknown-name": _warning("A name in the policy that matches nothing", rules_catalog.policy_unknown_name),
    "promotion-needless": _warning("A right to promote that gives nothing", rules_policy.promotion_needless),
    "schedule-refused": _error("A schedule whose command would be refused", rules_policy.schedule_refused),
    "rulebook-invalid": _error("A rulebook that cannot be used", rulebook("rulebook-invalid")),
    "rulebook-unknown-name": _error("An action that names what is not there", rulebook("rulebook-unknown-name")),
    "rulebook-only-suggests": _warning("An action that no rule may take", rulebook("rulebook-only-suggests")),
    "rulebook-ambiguous": _warning("A condition that is read in two ways", rulebook("rulebook-ambiguous")),
    "rulebook-differs": _warning("What ansible-rulebook does and we do not", rulebook("rulebook-differs")),
    "rulebook-slow-pattern": _warning("A pattern that can take without end", rulebook("rulebook-slow-pattern")),
}
"""Every rule by its id; docs/lint.md has a row for each."""


def check(facts: Facts, rules: Mapping[str, Rule] = RULES) -> list[Finding]:
    """What the rules find, each thing once, by file and line."""
    found = {_finding(name, rule, flaw) for name, rule in rules.items() for flaw in rule.check(facts)}
    return sorted(found)


def _finding(name: str, rule: Rule, flaw: Flaw) -> Finding:
    return Finding(
        file=flaw.file, line=flaw.line, rule=name, severity=rule.severity, what=flaw.what, remedy=flaw.remedy
    )
