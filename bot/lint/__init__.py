"""Lint: a project's files and what the other rooms know of it enter; findings with rule, place and remedy leave.

The rules are small functions in one table, `RULES`; they read parsed files and touch nothing. Only `syntax` asks
Ansible, and only `ansible_lint` starts a program.
"""

from bot.lint.ansible_lint import ansible_lint
from bot.lint.case import Case, Facts, read_case
from bot.lint.finding import Finding, Flaw, Severity
from bot.lint.formats import FORMATS
from bot.lint.policy_names import PolicyText
from bot.lint.rules import RULES, Rule, check
from bot.lint.syntax import Syntax

__all__ = [
    "FORMATS",
    "RULES",
    "Case",
    "Facts",
    "Finding",
    "Flaw",
    "PolicyText",
    "Rule",
    "Severity",
    "Syntax",
    "ansible_lint",
    "check",
    "read_case",
]
