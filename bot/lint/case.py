"""What the rules look at: one Case for each runbook, and Facts, which hold them all with what other rooms know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.lined import Lined
from bot.lint.finding import Flaw
from bot.lint.policy_names import PolicyText
from bot.lint.sheet import Reader, Sheet, Source
from bot.model.rule import RulebookProblem
from bot.model.runbook import CatalogProblem, Runbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One runbook that the catalog takes, its file as it is written, and what its playbook can do.

    `specs` are the files in which its parameters may be declared besides.
    """

    runbook: Runbook
    file: Source
    sheet: Sheet
    specs: tuple[Source, ...] = ()

    @property
    def written(self) -> Lined:
        """The runbook file's own mapping."""
        return self.file.tree if isinstance(self.file.tree, Lined) else Lined(1)

    @property
    def safety(self) -> Lined:
        """The mapping `safety` as it is written; it may have keys that this version does not know."""
        safety = self.written.get("safety")
        return safety if isinstance(safety, Lined) else Lined(self.written.line_of("safety"))

    @property
    def bounded(self) -> bool:
        """Whether a run is bounded in size, or somebody looks at it first."""
        return bool(self.safety.get("max_hosts") or self.safety.get("requires_approval"))

    def flaw(self, what: str, remedy: str, *keys: str) -> Flaw:
        """A flaw at the deepest of `keys` that is there, in the runbook's own file."""
        here: Any = self.written
        line = here.line
        for key in keys:
            if not isinstance(here, Lined) or key not in here:
                break
            line, here = here.line_of(key), here[key]
        return Flaw(file=self.file.path, line=line, what=what, remedy=remedy)

    def parameter_flaw(self, name: str, what: str, remedy: str, key: str = "") -> Flaw:
        """A flaw of a parameter, where it is declared."""
        for source in self.specs:
            for spec in _below(source.tree, "argument_specs").values():
                options = _below(spec, "options")
                if name in options:
                    line = _below(options, name).lines.get(key, options.line_of(name))
                    return Flaw(file=source.path, line=line, what=what, remedy=remedy)
        return self.flaw(what, remedy, "parameters", name, *([key] if key else []))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that is known of a project.

    `environments` has the number of hosts of each, None where the inventory cannot be read from files alone;
    `syntax` the playbooks that Ansible does not load; `policy_problem` why the policy cannot be used; `schedules` those
    whose command would be refused; `rulebooks` what the rules' own readers found.
    """

    cases: tuple[Case, ...] = ()
    problems: tuple[CatalogProblem, ...] = ()
    environments: Mapping[str, int | None] = field(default_factory=dict)
    syntax: tuple[Flaw, ...] = ()
    policy: PolicyText | None = None
    policy_problem: str = ""
    schedules: tuple[Flaw, ...] = ()
    rulebooks: tuple[RulebookProblem, ...] = ()


def read_case(runbook: Runbook, reader: Reader) -> Case:
    """The case of a runbook."""
    file = reader.source(reader.project / runbook.path) or Source(path=runbook.path, text="")
    if runbook.playbook is None:
        return Case(runbook=runbook, file=file, sheet=Sheet())
    playbook = reader.project / runbook.playbook
    places = [playbook.with_name(f"{playbook.stem}.meta{end}") for end in (".yml", ".yaml")]
    role = reader.role(str(_below(file.tree, "parameters_from").get("role", "")), playbook.parent)
    if role is not None and role.name:
        names = ("argument_specs.yml", "argument_specs.yaml", "main.yml", "main.yaml")
        places += [role / "meta" / name for name in names]
    found = (reader.source(place) for place in places)
    specs = tuple(source for source in found if source is not None)
    return Case(runbook=runbook, file=file, sheet=reader.sheet(playbook), specs=specs)


def _below(tree: Any, key: str) -> Lined:
    """The mapping under `key`; an empty one when there is none."""
    found = tree.get(key) if isinstance(tree, Lined) else None
    return found if isinstance(found, Lined) else Lined(1)
