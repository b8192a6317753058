"""What lint tests are given: a project to write into, and what the rules find in it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.catalog import Catalog
from bot.commands import phrase_problems
from bot.lint import RULES, Facts, PolicyText, Syntax, check, read_case
from bot.lint.sheet import Reader
from bot.rules import read_rulebooks, unknown_names

GOOD = """\
id: ping
summary: Ping
playbook: ping.yml
"""
PLAYBOOK = """\
- name: Ping
  hosts: all
  tasks:
    - name: Ping
      ansible.builtin.ping:
"""


class Project:
    """A project under test; `find` gives what the rules say as (rule, file, line)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environments: dict[str, int | None] = {"dev": 3, "prod": 100}
        self.policy_problem = ""
        self.write("playbooks/ping.runbook.yml", GOOD)
        self.write("playbooks/ping.yml", PLAYBOOK)

    def write(self, name: str, text: str) -> None:
        """A file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def write_all(self, files: Mapping[str, str]) -> None:
        """Several files."""
        for name, text in files.items():
            self.write(name, text)

    def facts(self, *, syntax: bool = False) -> Facts:
        """All that the rules look at; Ansible is asked when `syntax` says so."""
        catalog = Catalog(self.root, phrase_problem=phrase_problems)
        reader = Reader(self.root)
        cases = tuple(read_case(runbook, reader) for runbook in catalog.runbooks())
        books = [(self.root / each.runbook.playbook, each.sheet) for each in cases if each.runbook.playbook]
        rulebooks = read_rulebooks(self.root)
        named = unknown_names(rulebooks, catalog.runbooks(), tuple(self.environments))
        return Facts(
            cases=cases,
            problems=catalog.problems(),
            environments=self.environments,
            syntax=tuple(Syntax(reader).flaws(books)) if syntax else (),
            policy=PolicyText.of(self.root / "signalbox.yml", "signalbox.yml"),
            policy_problem=self.policy_problem,
            rulebooks=(*(problem for each in rulebooks for problem in each.problems), *named),
        )

    def find(self, *, syntax: bool = False) -> list[tuple[str, str, int]]:
        """Rule, file and line of everything that is found."""
        return [(each.rule, each.file, each.line) for each in check(self.facts(syntax=syntax), RULES)]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project in which nothing is wrong."""
    return Project(tmp_path)
