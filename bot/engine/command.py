"""A plan enters; the argument list of ansible-playbook leaves: no shell reads it, and no value from chat is in it."""

import re
import sys
from pathlib import Path

from bot.engine.private import PrivateDir
from bot.errors import CouldNotRun, ProjectBroken
from bot.model.command import RunOptions
from bot.model.run import Plan

MAX_FORKS = 500
MAX_VERBOSITY = 4
_TAG = re.compile(r"[A-Za-z0-9_.:-]+\Z")


def ansible_playbook() -> Path:
    """The ansible-playbook of this very Python; whatever PATH says, it is the version we were installed with."""
    path = Path(sys.executable).with_name("ansible-playbook")
    if not path.is_file():
        raise ProjectBroken(f"There is no ansible-playbook beside {sys.executable}.", "Install requirements.txt there.")
    return path


def command(plan: Plan, project: Path, playbook: Path, private: PrivateDir, binary: Path | None = None) -> list[str]:
    """The arguments, program first."""
    return [
        str(binary or ansible_playbook()),
        "--inventory",
        str(inventory(plan, project)),
        "--limit",
        f"@{private.limit}",
        "--extra-vars",
        f"@{private.extra_vars}",
        *_flags(plan.options),
        "--",
        str(playbook),
    ]


def inventory(plan: Plan, project: Path) -> Path:
    """Where the plan's environment stands; ProjectBroken when it is not there."""
    folder = project / "inventories"
    path = folder / plan.target.environment
    if plan.target.environment in {"", ".", ".."} or path.parent != folder or not path.exists():
        raise ProjectBroken(f"There is no inventory inventories/{plan.target.environment}.", "See `envs`.")
    return path


def playbook_of(plan: Plan, project: Path) -> Path | None:
    """The plan's playbook, absolute; None for a module call; ProjectBroken when it is not in the project."""
    if plan.playbook is None:
        return None
    path = project / plan.playbook
    if not path.resolve().is_relative_to(project.resolve()):
        raise ProjectBroken(f"The playbook {plan.playbook} is outside of the project.", "Move it into the project.")
    if not path.is_file():
        raise ProjectBroken(f"The playbook {plan.playbook} was not found.", "Mend `playbook:` in the runbook.")
    return path


def _flags(options: RunOptions) -> list[str]:
    forks = options.forks
    if forks is not None and not 1 <= forks <= MAX_FORKS:
        raise CouldNotRun(f"{forks} forks are not possible.", f"Between 1 and {MAX_FORKS} are.")
    if not 0 <= options.verbosity <= MAX_VERBOSITY:
        raise CouldNotRun(f"Verbosity {options.verbosity} is not possible.", "-v to -vvvv are.")
    return [
        *(["--check"] if options.check else []),
        *(["--diff"] if options.diff else []),
        *(["--tags", _tags(options.tags)] if options.tags else []),
        *(["--skip-tags", _tags(options.skip_tags)] if options.skip_tags else []),
        *(["--forks", str(forks)] if forks is not None else []),
        *(["-" + "v" * options.verbosity] if options.verbosity else []),
    ]


def _tags(tags: tuple[str, ...]) -> str:
    for tag in tags:
        if not _TAG.match(tag) or tag.startswith("-"):
            raise CouldNotRun(f"{tag!r} is no tag.", "Tags are letters, digits and `_ . : -`.")
    return ",".join(tags)
