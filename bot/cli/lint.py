"""`python -m bot lint [PATH]`: runbooks, playbooks and policy of a project, checked before anybody asks for them."""

import argparse
import sys
from pathlib import Path
from typing import Any

from bot.app_lint import lint_of
from bot.errors import Misconfigured
from bot.lint import FORMATS, Finding
from bot.settings import Settings, load

FINDINGS = 1


def add(parsers: Any) -> None:
    """Join the command line."""
    parser = parsers.add_parser(
        "lint", help="check runbooks, playbooks and policy; exits 0 clean, 1 findings, 2 could not"
    )
    parser.add_argument("path", nargs="?", metavar="PATH", type=Path, help="a project, or a part of one to report on")
    parser.add_argument("--format", choices=sorted(FORMATS), default="text", help="how findings are written")
    parser.add_argument("--ansible-lint", action="store_true", help="run ansible-lint too, where it is installed")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """0 clean, 1 findings; an error, and so 2, when it could not be checked."""
    settings = load()
    settings, part = _place(settings, given.path)
    findings = lint_of(settings).handle(also_ansible_lint=given.ansible_lint)
    wanted = [each for each in findings if _below(each, part)]
    said = FORMATS[given.format](wanted)
    if said:
        print(said)
    if given.format == "text":
        print(_summary(len(wanted)), file=sys.stderr)
    return FINDINGS if wanted else 0


def _summary(count: int) -> str:
    return "Nothing found." if not count else "One finding." if count == 1 else f"{count} findings."


def _place(settings: Settings, path: Path | None) -> tuple[Settings, str]:
    """The settings with the project that `path` is or is in, and the part of it that is meant."""
    if path is None:
        return settings, ""
    try:
        found = path.expanduser().resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        raise Misconfigured("There is nothing at that path.", "Name a project, or a file of one.") from None
    project = next((each for each in (found, *found.parents) if (each / "playbooks").is_dir()), found)
    return settings.model_copy(update={"project": project}), found.relative_to(project).as_posix()


def _below(finding: Finding, part: str) -> bool:
    return part in ("", ".") or finding.file == part or finding.file.startswith(f"{part}/")
