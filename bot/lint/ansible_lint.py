"""ansible-lint as an extra pass: a project and its playbooks enter, what it found leaves as findings."""

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.errors import Misconfigured
from bot.lint.finding import Finding, Severity, shown

_SECONDS = 600
_DID_ITS_WORK = frozenset({0, 2})  # nothing found, something found


def ansible_lint(project: Path, playbooks: Sequence[str]) -> list[Finding]:
    """Its findings, as rules `ansible-lint/<id>`; Misconfigured when it is not installed or does not work."""
    program = _program()
    command = [program, "--offline", "--nocolor", "-q", "-f", "codeclimate", *playbooks]
    try:
        done = subprocess.run(  # noqa: S603 (a fixed program, and files of the project)
            command, cwd=project, capture_output=True, timeout=_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
        found = json.loads(done.stdout) if done.returncode in _DID_ITS_WORK else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        found = None
    if not isinstance(found, list):
        raise Misconfigured("ansible-lint did not do its work.", "Run it by itself to see why.")
    return [_finding(each) for each in found if isinstance(each, dict)]


def _program() -> str:
    beside = Path(sys.executable).parent / "ansible-lint"
    program = str(beside) if beside.exists() else shutil.which("ansible-lint")
    if program is None:
        raise Misconfigured(
            "ansible-lint is not installed.", "Install it beside Signalbox, or leave --ansible-lint out."
        )
    return program


def _finding(each: dict[str, Any]) -> Finding:
    place = each.get("location") or {}
    begin = (place.get("lines") or {}).get("begin") or (place.get("positions") or {}).get("begin") or 1
    line = begin.get("line", 1) if isinstance(begin, dict) else begin
    grave = each.get("severity") in {"major", "critical", "blocker"}
    return Finding(
        file=str(place.get("path", "")),
        line=int(line),
        rule=f"ansible-lint/{shown(each.get('check_name', 'rule'))}",
        severity=Severity.ERROR if grave else Severity.WARNING,
        what=shown(each.get("description") or each.get("check_name"), 300),
        remedy="See ansible-lint's own page on the rule.",
    )
