"""The files of a project, checked before anybody asks for them: stations enter, findings leave."""

from dataclasses import dataclass
from pathlib import Path

from bot.catalog import Catalog
from bot.errors import Misconfigured, ProjectBroken
from bot.guards import PolicyFile
from bot.lint import Facts, Finding, PolicyText, Syntax, ansible_lint, check, read_case
from bot.lint.sheet import Reader
from bot.model.rule import RulebookProblem
from bot.rules import read_rulebooks, unknown_names
from bot.targets import Inventories


@dataclass(frozen=True, slots=True, kw_only=True)
class Lint:
    """The flow with the stations it passes; `kept` is where results of Ansible's own check are kept."""

    project: Path
    catalog: Catalog
    inventories: Inventories
    policy: PolicyFile
    policy_path: Path
    kept: Path | None = None

    def handle(self, *, also_ansible_lint: bool = False) -> list[Finding]:
        """Everything that is found, by file and line; ProjectBroken or Misconfigured when it cannot be looked for."""
        if not (self.project / "playbooks").is_dir():
            raise ProjectBroken(f"There is no folder playbooks in {self.project}.", "Name the project's folder.")
        facts = self._facts()
        findings = check(facts)
        if also_ansible_lint:
            playbooks = sorted({case.runbook.playbook for case in facts.cases if case.runbook.playbook})
            findings = sorted([*findings, *ansible_lint(self.project, playbooks)])
        return findings

    def _facts(self) -> Facts:
        catalog = self.catalog
        reader = Reader(self.project, catalog.role_paths())
        cases = tuple(read_case(runbook, reader) for runbook in catalog.runbooks())
        playbooks = {self.project / each.runbook.playbook: each.sheet for each in cases if each.runbook.playbook}
        return Facts(
            cases=cases,
            problems=catalog.problems(),
            environments=self._environments(),
            syntax=tuple(Syntax(reader, self.kept).flaws(playbooks.items())),
            policy=PolicyText.of(self.policy_path, self._policy_name()),
            policy_problem=self._policy_problem(),
            rulebooks=self._rulebooks(),
        )

    def _environments(self) -> dict[str, int | None]:
        """Hosts by environment; an inventory that runs a program or a plugin is not asked."""
        inventories = self.inventories
        return {name: inventories.count_from_files(name) for name in inventories.names()}

    def _rulebooks(self) -> tuple[RulebookProblem, ...]:
        """What the files say by themselves, and what they name that is not there."""
        books = read_rulebooks(self.project)
        named = unknown_names(books, self.catalog.runbooks(), self.inventories.names())
        return (*(problem for book in books for problem in book.problems), *named)

    def _policy_name(self) -> str:
        inside = self.policy_path.is_relative_to(self.project)
        return self.policy_path.relative_to(self.project).as_posix() if inside else str(self.policy_path)

    def _policy_problem(self) -> str:
        try:
            self.policy.policy()
        except Misconfigured as error:
            return error.what
        return self.policy.problem
