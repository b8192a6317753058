"""One runbook file: its path in; the Runbook, or the problems that keep it out, and the files that decided it out."""

from dataclasses import dataclass
from pathlib import Path

from bot.catalog.adhoc import read_call
from bot.catalog.checks import PhraseProblem, find_playbook, pattern_flaws, phrase_flaws, scope_flaws
from bot.catalog.files import is_inside, read_text
from bot.catalog.flaws import Flaw, Unreadable
from bot.catalog.safety import safety_flaws, safety_of
from bot.catalog.shape import RunbookFile, check_shape
from bot.catalog.sources import BrokenSource, Source, find_source
from bot.catalog.specs import read_parameters
from bot.catalog.yaml_tree import Tree, read_tree
from bot.model.runbook import CatalogProblem, Expectation, Parameter, Runbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What reading one runbook file gave: `runbook`, or `problems`.

    `id` is known also of many a broken file. `files` are all that decided the outcome, there or not;
    `specs` is the file beside the runbook file that declares the parameters.
    """

    path: Path
    file: str
    runbook: Runbook | None = None
    problems: tuple[CatalogProblem, ...] = ()
    id: str = ""
    id_line: int = 1
    files: tuple[Path, ...] = ()
    specs: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a project's runbook files are held to: `phrase_problem` says why a `say` form cannot be one, or None."""

    project: Path
    phrase_problem: PhraseProblem
    reserved: frozenset[str]

    def relative(self, path: Path) -> str:
        """`path` as people know it."""
        return path.relative_to(self.project).as_posix() if path.is_relative_to(self.project) else str(path)


def read_runbook(path: Path, rules: Rules) -> Reading:
    """The reading of the runbook file at `path`; never raises for what the file holds."""
    file = rules.relative(path)
    try:
        tree = _tree(path, rules.project)
    except Unreadable as error:
        return Reading(path=path, file=file, problems=(_unreadable(file, error),), files=(path,))
    found, flaws = check_shape(tree.plain)
    if found is None:
        problems = tuple(_problem(file, tree, flaw) for flaw in flaws)
        return Reading(path=path, file=file, problems=problems, id=_id_of(tree), files=(path,))
    return _read(path, tree, found, rules)


def _tree(path: Path, project: Path) -> Tree:
    if not is_inside(path, project):
        raise Unreadable(1, "The file is a link out of the project.", "Put the file itself here.")
    return read_tree(read_text(path))


def _read(path: Path, tree: Tree, found: RunbookFile, rules: Rules) -> Reading:
    """The second half: everything that needs more than the file's own shape."""
    file = rules.relative(path)
    playbook, flaws = find_playbook(path, found, rules.project)
    looked_at: tuple[Path, ...] = (path,) if playbook is None else (path, playbook)
    line = tree.line(("id",))
    try:
        source, source_flaws = find_source(found, playbook, rules.project)
    except BrokenSource as error:
        problem = _unreadable(rules.relative(error.file), error.why)
        files = (*looked_at, *error.looked_at)
        return Reading(path=path, file=file, problems=(problem,), id=found.id, id_line=line, files=files)
    parameters, spec_flaws = read_parameters(source.options, source.place, rules.reserved)
    runbook, own_flaws = _assemble(file, found, playbook, parameters, rules)
    at_source = spec_flaws + ([] if source.tree is None else source_flaws)
    own_flaws = flaws + ([] if source.tree is not None else source_flaws) + ([] if at_source else own_flaws)
    problems = [_problem(file, tree, flaw) for flaw in own_flaws]
    problems += [_source_problem(file, tree, source, flaw, rules) for flaw in at_source]
    return Reading(
        path=path,
        file=file,
        runbook=None if problems else runbook,
        problems=tuple(problems),
        id=found.id,
        id_line=line,
        files=(*looked_at, *source.looked_at),
        specs=source.file,
    )


def _assemble(
    file: str, found: RunbookFile, playbook: Path | None, parameters: tuple[Parameter, ...], rules: Rules
) -> tuple[Runbook, list[Flaw]]:
    declared = frozenset(parameter.name for parameter in parameters)
    module, args, flaws = None, {}, phrase_flaws(found.say, parameters, rules.phrase_problem)
    if found.command is not None or found.module is not None:
        call, call_flaws = read_call(found, declared)
        flaws += call_flaws
        module, args = call or (None, {})
    elif found.args or found.become:
        key = "args" if found.args else "become"
        flaws.append(Flaw(place=(key,), what=f"{key} goes with module, not with a playbook.", remedy="Leave it out."))
    flaws += pattern_flaws(found) + scope_flaws(found) + safety_flaws(found.safety, parameters)
    return Runbook(
        id=found.id,
        summary=found.summary.strip(),
        path=file,
        description=found.description.strip(),
        playbook=None if playbook is None else rules.relative(playbook),
        module=module,
        module_args=args,
        become=found.become,
        say=tuple(found.say),
        parameters=parameters,
        default_environment=found.defaults.environment,
        default_limit=found.defaults.limit,
        expect=tuple(Expectation(pattern=one.pattern, allow_failure=one.allow_failure) for one in found.expect),
        safety=safety_of(found.safety),
    ), flaws


def _id_of(tree: Tree) -> str:
    written = tree.plain.get("id") if isinstance(tree.plain, dict) else None
    return written if isinstance(written, str) else ""


def _unreadable(file: str, error: Unreadable) -> CatalogProblem:
    return CatalogProblem(file=file, line=error.line, what=error.what, remedy=error.remedy)


def _problem(file: str, tree: Tree, flaw: Flaw) -> CatalogProblem:
    return CatalogProblem(file=file, line=tree.line(flaw.place), what=flaw.what, remedy=flaw.remedy)


def _source_problem(file: str, tree: Tree, source: Source, flaw: Flaw, rules: Rules) -> CatalogProblem:
    """A flaw in the declared parameters, wherever they stand."""
    if source.tree is None or source.file is None:
        return _problem(file, tree, flaw)
    return _problem(rules.relative(source.file), source.tree, flaw)
