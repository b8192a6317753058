"""A server that has loaded Ansible enters; it plays a playbook of one task to itself, as it would play a run."""

import os
import shutil
import tempfile
from pathlib import Path

from bot.engine.redact import Redactor
from bot.engine.warm.ask import Ask
from bot.engine.warm.become import become
from bot.model.secrecy import looks_secret

_PLAYBOOK = '[{"hosts": "all", "gather_facts": false, "tasks": [{"ansible.builtin.debug": {"msg": "rehearsed"}}]}]'
_EVENTS = "AWX_ISOLATED_DATA_DIR"

MOST_WORDS = 400
"""Characters of what Ansible said."""


class Failed(Exception):
    """Ansible does not work as it should in a forked process."""


def rehearse(binary: Path) -> None:
    """Failed, with a sentence, unless the play went well and told its events."""
    folder = Path(tempfile.mkdtemp(prefix="sb-"))  # a TemporaryDirectory would be removed by the forked process's end
    try:
        (folder / "playbook.json").write_text(_PLAYBOOK)
        (folder / "hosts").write_text("here ansible_connection=local\n")
        said = folder / "said"
        status = _played(_ask(binary, folder), said)
        told = list((folder / "events" / "job_events").glob("*"))
        if status or not told:
            words = _shown(said.read_text(errors="replace"))
            raise Failed(f"It ended with {status} and {len(told)} events. Ansible said: {words}")
    finally:
        shutil.rmtree(folder)


def _shown(words: str) -> str:
    """What may be told of them: they may quote the environment."""
    secrets = [value for name, value in os.environ.items() if looks_secret(name)]
    return " ".join(Redactor(secrets).text(words).split())[-MOST_WORDS:]


def _ask(binary: Path, folder: Path) -> Ask:
    (folder / "events" / "job_events").mkdir(parents=True)
    own = {_EVENTS: str(folder / "events"), "ANSIBLE_LOCAL_TEMP": str(folder / "tmp")}
    return Ask(
        argv=(str(binary), "--inventory", str(folder / "hosts"), str(folder / "playbook.json")),
        environment={**os.environ, **own},
        folder=str(Path.cwd()),
        umask=0o077,
        deaf=(),
        files=(),
    )


def _played(ask: Ask, said: Path) -> int:
    pid = os.fork()
    if not pid:
        output = os.open(said, os.O_WRONLY | os.O_CREAT, 0o600)
        for number, file in enumerate((os.open(os.devnull, os.O_RDONLY), output, output)):
            os.dup2(file, number)
        become(ask)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
