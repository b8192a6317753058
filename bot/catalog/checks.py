"""What a runbook file says against what is there: playbook, phrases, patterns and scopes in, flaws out."""

import os.path
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from bot.catalog.files import is_inside
from bot.catalog.flaws import Flaw, did_you_mean, shown
from bot.catalog.shape import RunbookFile
from bot.model.runbook import Parameter

PhraseProblem = Callable[[str], str | None]
_IN_PHRASE = re.compile(r"\{(\w+)\}")


def find_playbook(path: Path, found: RunbookFile, project: Path) -> tuple[Path | None, list[Flaw]]:
    """The playbook that the runbook file at `path` names (None for an ad-hoc call), and why it cannot be run."""
    given = [key for key in ("playbook", "command", "module") if getattr(found, key) is not None]
    if len(given) != 1:
        what = f"The file has {' and '.join(given) or 'neither playbook, command nor module'}."
        remedy = "Write exactly one of playbook, command, module."
        return None, [Flaw(place=(given[-1],) if given else (), what=what, remedy=remedy)]
    if found.command is not None and found.args:
        return None, [Flaw(place=("args",), what="args goes with module, not with command.", remedy="Leave it out.")]
    if found.playbook is None:
        return None, []
    return _existing(path, found.playbook, project)


def _existing(path: Path, written: str, project: Path) -> tuple[Path | None, list[Flaw]]:
    place, name = ("playbook",), shown(written)
    if not written.isprintable() or Path(written).is_absolute():
        what = f"The playbook {name} is not named relative to this file."
        return None, [Flaw(place=place, what=what, remedy="Name it as restart_service.yml.")]
    playbook = Path(os.path.normpath(path.parent / written))
    if not playbook.is_relative_to(project) or not is_inside(playbook, project):
        what = f"The playbook {name} is outside the project."
        return None, [Flaw(place=place, what=what, remedy="Put it into the project.")]
    if not playbook.is_file():
        near = [file.name for file in sorted(path.parent.glob("*.y*ml")) if ".runbook." not in file.name]
        remedy = did_you_mean(written, near) or "Write the playbook beside this file."
        return playbook, [Flaw(place=place, what=f"There is no playbook {name}.", remedy=remedy)]
    return playbook, []


def phrase_flaws(say: Iterable[str], parameters: tuple[Parameter, ...], problem: PhraseProblem) -> list[Flaw]:
    """Phrases that are none, and places in them that name no parameter or a secret."""
    known = {parameter.name: parameter for parameter in parameters}
    flaws = []
    for index, phrase in enumerate(say):
        wrong = problem(phrase)
        if wrong:
            flaws.append(Flaw(place=("say", index), what=wrong, remedy="Mend this phrase."))
        for name in _IN_PHRASE.findall(phrase):
            if name in known and known[name].no_log:
                what, remedy = f"The secret {name} cannot stand in a phrase.", "Leave it out: the chat asks for it."
                flaws.append(Flaw(place=("say", index), what=what, remedy=remedy))
            elif name not in known and name not in {"limit", "environment"}:
                what = f"{{{shown(name)}}} in a phrase is no declared parameter."
                remedy = did_you_mean(name, [*known, "limit", "environment"])
                flaws.append(Flaw(place=("say", index), what=what, remedy=remedy))
    return flaws


def pattern_flaws(found: RunbookFile) -> list[Flaw]:
    """Patterns of `expect` that are no regular expressions."""
    flaws = []
    for index, one in enumerate(found.expect):
        try:
            re.compile(one.pattern, re.MULTILINE)
        except (re.error, RecursionError, OverflowError) as error:
            what = f"The pattern {shown(one.pattern)} is no regular expression: {shown(error)}."
            flaws.append(Flaw(place=("expect", index), what=what, remedy="Escape special characters with a backslash."))
    return flaws


def scope_flaws(found: RunbookFile) -> list[Flaw]:
    """A default environment in which the runbook may not run."""
    scopes, environment = found.safety.scopes, found.defaults.environment
    if scopes is None or environment is None or environment in scopes:
        return []
    what = f"The default environment {shown(environment)} is not among the scopes."
    return [Flaw(place=("defaults", "environment"), what=what, remedy=f"Choose one of: {', '.join(scopes)}.")]
