"""The files of a project, checked before anybody asks for them: stations enter, findings leave."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.catalog import Catalog
from bot.errors import Misconfigured, ProjectBroken, UnknownName
from bot.flows.lint_schedules import schedule_flaws
from bot.flows.planning import Planning
from bot.guards import PolicyFile
from bot.lint import Facts, Finding, Flaw, PolicyText, Syntax, ansible_lint, check, read_case
from bot.lint.sheet import Reader
from bot.model.rule import RulebookProblem
from bot.rules import Rulebook, read_rulebooks, unknown_names
from bot.sensors import FILTER, SOURCE, find
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
        policy = PolicyText.of(self.policy_path, self._policy_name())
        return Facts(
            cases=cases,
            problems=catalog.problems(),
            environments=self._environments(),
            syntax=tuple(Syntax(reader, self.kept).flaws(playbooks.items())),
            policy=policy,
            policy_problem=self._policy_problem(),
            schedules=tuple(self._schedules(policy)),
            rulebooks=self._rulebooks(),
        )

    def _environments(self) -> dict[str, int | None]:
        """Hosts by environment; an inventory that runs a program or a plugin is not asked."""
        inventories = self.inventories
        return {name: inventories.count_from_files(name) for name in inventories.names()}

    def _rulebooks(self) -> tuple[RulebookProblem, ...]:
        """What the files say by themselves, and what they name that is not there."""
        books = read_rulebooks(self.project)
        named = unknown_names(books, self.catalog.runbooks(), self.inventories.names(), self._variables())
        return (*(problem for book in books for problem in book.problems), *named, *self._plugins(books))

    def _variables(self) -> Collection[str] | None:
        try:
            return self.policy.policy().vars
        except Misconfigured:  # which is told of the policy itself
            return None

    def _plugins(self, books: Sequence[Rulebook]) -> Iterator[RulebookProblem]:
        """Plugins of the project's own that are not there; whether a collection is installed is for who runs it."""
        for book in books:
            for source in (source for ruleset in book.rulesets for source in ruleset.sources):
                for kind, name in ((SOURCE, source.plugin), *((FILTER, name) for name, _ in source.filters)):
                    if "." not in name and (problem := self._missing(kind, name)) is not None:
                        yield RulebookProblem(
                            rule="rulebook-unknown-name",
                            file=book.file,
                            line=source.line,
                            what=problem.what,
                            remedy=problem.remedy,
                        )

    def _missing(self, kind: str, name: str) -> UnknownName | None:
        try:
            find(name, kind, self.project, ())
        except UnknownName as error:
            return error
        return None

    def _schedules(self, text: PolicyText | None) -> Iterator[Flaw]:
        with suppress(Misconfigured):  # which is told of the policy itself
            if text is not None:
                yield from schedule_flaws(self._planning, text)

    @property
    def _planning(self) -> Planning:
        """The steps of a run, as far as they need neither Redis nor SQL."""
        return Planning(
            catalog=self.catalog,
            inventories=self.inventories,
            policy=self.policy,
            ledger=None,
            stops=None,
            default_timeout=0,
        )

    def _policy_name(self) -> str:
        inside = self.policy_path.is_relative_to(self.project)
        return self.policy_path.relative_to(self.project).as_posix() if inside else str(self.policy_path)

    def _policy_problem(self) -> str:
        try:
            self.policy.policy()
        except Misconfigured as error:
            return error.what
        return self.policy.problem
