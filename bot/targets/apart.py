"""Reading an inventory in a process of its own: for scripts and plugins, which may hang, print or crash.

A source in; a Snapshot, or ProjectBroken, out. The process and all that it started ends with its time limit.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bot.errors import ProjectBroken
from bot.model.secrecy import mask
from bot.targets.ansible_door import load, variables
from bot.targets.facts_door import read_facts
from bot.targets.snapshot import Snapshot, from_plain
from bot.targets.text import shown

_ROOT = str(Path(__file__).resolve().parents[2])
# -P and this line: our own package is found, and nothing in the user's project can take the place of a library.
_CODE = "import sys; sys.path.insert(0, sys.argv.pop(1)); from bot.targets.apart import main; main()"
_NOT_FOR_SCRIPTS = ("SLACK_", "REDIS_URL", "DATABASE_URL", "SIGNALBOX_KEY")


def load_apart(source: Path, project: Path, seconds: float) -> Snapshot:
    """The inventory at `source`, read within `seconds`; ProjectBroken otherwise."""
    return from_plain(_asked(source, project, seconds, {"what": "inventory"}))


def variables_apart(source: Path, project: Path, seconds: float, hosts: Sequence[str]) -> dict[str, list[list[Any]]]:
    """What `ansible_door.variables` finds, within `seconds`; ProjectBroken otherwise."""
    return _asked(source, project, seconds, {"what": "variables", "hosts": list(hosts)})


def facts_apart(
    source: Path, project: Path, seconds: float, hosts: Sequence[str], paths: Sequence[str]
) -> dict[str, Any]:
    """What `facts_door.read_facts` finds, within `seconds`; ProjectBroken otherwise."""
    return _asked(source, project, seconds, {"what": "facts", "hosts": list(hosts), "paths": list(paths)})


def _asked(source: Path, project: Path, seconds: float, asked: dict[str, Any]) -> dict[str, Any]:
    """The answer of the other side to what is `asked`."""
    command = [sys.executable, "-P", "-c", _CODE, _ROOT, str(source), str(project)]
    process = subprocess.Popen(  # noqa: S603 (a fixed argv and two paths of the project)
        command,
        cwd=project,
        env=_environment(project),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with process:
        try:
            answer, said = process.communicate(json.dumps(asked).encode(), timeout=seconds)
        except subprocess.TimeoutExpired:
            what = f"The environment {source.stem} cannot be read: it took longer than {seconds:g} seconds."
            raise ProjectBroken(what, "See which of its scripts or plugins hangs.") from None
        finally:
            _end(process)
    return _understood(source, process.returncode, answer, said)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and whatever it started and left behind."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def _understood(source: Path, code: int, answer: bytes, said: bytes) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = json.loads(answer)
    except ValueError:
        lines = said.decode("utf-8", "replace").strip().splitlines()
        reason = shown(mask(lines[-1]), 200) if lines else f"its reader ended with {code}"
        what = f"The environment {source.stem} cannot be read: {reason}."
        raise ProjectBroken(what, "Mend it, then ask again.") from None
    if "broken" in plain:
        raise ProjectBroken(*plain["broken"])
    return plain


def _environment(project: Path) -> dict[str, str]:
    """Ours without the bot's own secrets, and with the project's configuration where none is named."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_FOR_SCRIPTS)}
    config = project / "ansible.cfg"
    if "ANSIBLE_CONFIG" in kept:
        kept["ANSIBLE_CONFIG"] = os.path.realpath(kept["ANSIBLE_CONFIG"])  # relative to us, not to the project
    elif config.is_file():
        kept["ANSIBLE_CONFIG"] = str(config)
    return kept


def main() -> None:
    """The other side: read what argv names and write the answer, on the standard output that nobody else gets."""
    source, project = Path(sys.argv[1]), Path(sys.argv[2])
    asked = json.load(sys.stdin)
    sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115 (what a script may read)
    with os.fdopen(os.dup(1), "w") as answer:
        os.dup2(2, 1)
        from ansible.plugins.loader import init_plugin_loader

        init_plugin_loader()  # plugins of installed collections
        try:
            made = _answered(source, project, asked)
        except ProjectBroken as error:
            made = {"broken": [error.what, error.remedy]}
        json.dump(made, answer)
    os._exit(0)  # whatever threads or handlers a plugin left behind


def _answered(source: Path, project: Path, asked: dict[str, Any]) -> dict[str, Any]:
    match asked["what"]:
        case "variables":
            return variables(source, project, asked["hosts"])
        case "facts":
            return read_facts(asked["hosts"], asked["paths"])
    return load(source, project).to_plain()
