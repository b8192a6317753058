"""Where parameters are declared: a runbook file in; its options, the file that holds them and their place in it out."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bot.catalog import config
from bot.catalog.files import read_text
from bot.catalog.flaws import Flaw, Place, Unreadable, shown
from bot.catalog.shape import RunbookFile
from bot.catalog.yaml_tree import Tree, read_tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Options in argument-spec format: `tree` is None when they stand in the runbook file itself.

    `looked_at` are the files whose coming, going or changing changes the answer.
    """

    options: Any = field(default_factory=dict)
    place: Place = ("parameters",)
    file: Path | None = None
    tree: Tree | None = None
    looked_at: tuple[Path, ...] = ()


class BrokenSource(Exception):
    """The file that should declare the parameters cannot be read."""

    def __init__(self, file: Path, why: Unreadable, looked_at: tuple[Path, ...]) -> None:
        super().__init__(str(file))
        self.file = file
        self.why = why
        self.looked_at = looked_at


def find_source(file: RunbookFile, playbook: Path | None, project: Path) -> tuple[Source, list[Flaw]]:
    """The one place that declares the parameters; BrokenSource when the file that should cannot be read."""
    beside = _beside(playbook)
    meta = next((path for path in beside if path.exists()), None)
    given = [
        name
        for name, there in (
            ("parameters", file.parameters is not None),
            ("parameters_from", file.parameters_from is not None),
            (meta.name if meta else "", meta is not None),
        )
        if there
    ]
    if len(given) > 1:
        place: Place = ("parameters",) if file.parameters is not None else ("parameters_from",)
        what = f"The parameters are declared twice: by {' and '.join(given)}."
        return Source(looked_at=beside), [Flaw(place=place, what=what, remedy="Keep one of them.")]
    if file.parameters_from is not None:
        return _role(file.parameters_from.role, file.parameters_from.entry_point, project, beside)
    if meta is not None and playbook is not None:
        return _from_file(meta, None, (playbook.stem, "main", file.id), beside)
    return Source(options=file.parameters or {}, looked_at=beside), []


def _beside(playbook: Path | None) -> tuple[Path, ...]:
    if playbook is None:
        return ()
    return tuple(playbook.with_name(f"{playbook.stem}.meta{suffix}") for suffix in (".yml", ".yaml"))


def _role(role: str, entry_point: str, project: Path, beside: tuple[Path, ...]) -> tuple[Source, list[Flaw]]:
    """The argument specs of a role, looked for in `roles/` and in `roles_path` of the project's ansible.cfg."""
    places = (project / "roles", *roles_path(project))
    names = ("argument_specs.yml", "argument_specs.yaml", "main.yml", "main.yaml")
    candidates = tuple(place / role / "meta" / name for place in places for name in names)
    looked_at = (*beside, project / config.FILE, *candidates)
    for candidate in candidates:
        if candidate.is_file() and (candidate.name.startswith("argument_specs") or _has_specs(candidate)):
            return _from_file(candidate, entry_point, (), looked_at)
    what = f"No role {shown(role)} with argument specs was found."
    remedy = f"Write roles/{role}/meta/argument_specs.yml, or mend the name."
    return Source(looked_at=looked_at), [Flaw(place=("parameters_from", "role"), what=what, remedy=remedy)]


def roles_path(project: Path) -> tuple[Path, ...]:
    """The directories that `roles_path` in the project's ansible.cfg names; none when it cannot be read."""
    return config.folders(project, "roles_path")


def _has_specs(path: Path) -> bool:
    try:
        plain = read_tree(read_text(path)).plain
    except Unreadable:
        return False
    return isinstance(plain, dict) and "argument_specs" in plain


def _specs(path: Path) -> tuple[Tree, dict[str, Any]]:
    tree = read_tree(read_text(path))
    specs = tree.plain.get("argument_specs") if isinstance(tree.plain, dict) else None
    if not isinstance(specs, dict) or not specs:
        raise Unreadable(1, "The file holds no argument_specs.", "Write argument_specs: {main: {options: ...}}.")
    return tree, specs


def _from_file(
    path: Path, wanted: str | None, preferred: tuple[str, ...], looked_at: tuple[Path, ...]
) -> tuple[Source, list[Flaw]]:
    """The options of the entry `wanted`, or of the only one, or of the first of `preferred` that is there."""
    try:
        tree, specs = _specs(path)
    except Unreadable as error:
        raise BrokenSource(path, error, looked_at) from None
    known = [str(name) for name in specs]
    chosen = wanted if wanted is not None else (known[0] if len(known) == 1 else "")
    chosen = chosen or next((name for name in preferred if name in known), "")
    place: Place = ("argument_specs", chosen)
    entry = specs.get(chosen)
    source = Source(place=(*place, "options"), file=path, tree=tree, looked_at=looked_at)
    if not isinstance(entry, dict):
        what = f"There is no entry {shown(wanted or preferred[0])} in the argument_specs."
        return source, [Flaw(place=place, what=what, remedy=f"There are: {shown(', '.join(known), 200)}.")]
    options = entry.get("options")
    made = replace(source, options={} if options is None else options)
    unknown = sorted(set(entry) & {"mutually_exclusive", "required_together", "required_one_of", "required_if"})
    flaws = [
        Flaw(place=(*place, key), what=f"{key} between parameters is not supported yet.", remedy="Leave it out.")
        for key in unknown
    ]
    return made, flaws
