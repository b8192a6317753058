"""Lines that a provider's command writes enter; reports of machines leave, and what it said last when it fails."""

import json

from bot.hosting.door import Tell
from bot.model.provider import MachineReport

STATES = frozenset({"starting", "running", "stopped", "broken"})
LAST_WORDS = 300
"""Characters of what a command said last that are told when it fails."""


_AFTER = {"up": "running", "halt": "stopped", "destroy": "stopped"}


class JsonLines:
    """`{"host", "state", "message"}`, or `{"error": "sentence"}`; any other line is kept as last words."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self.error = ""

    def hear(self, line: str) -> None:
        """Take a line; one that is no report does no harm."""
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, dict):
            self.error = line.strip()[:LAST_WORDS] or self.error
        elif isinstance(said.get("error"), str):
            self.error = said["error"][:LAST_WORDS]
        elif isinstance(said.get("host"), str) and said.get("state") in STATES:
            self._tell(MachineReport(host=said["host"], state=said["state"], message=str(said.get("message", ""))))


class VagrantLines:
    """What `vagrant … --machine-readable` writes: time, machine, kind, and data, with commas taken out of it."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self.error = ""

    def hear(self, line: str) -> None:
        """Take a line; a state of a machine, something that it says, or why it failed."""
        parts = [_plain(part) for part in line.split(",")]
        if len(parts) < 4:  # noqa: PLR2004 (time, machine, kind, data)
            self.error = line.strip()[:LAST_WORDS] or self.error
            return
        _, machine, kind, *data = parts
        if kind == "error-exit":
            self.error = " ".join(data[-1].split())[:LAST_WORDS]
        elif machine and kind == "action" and data[-1] == "end" and data[0] in _AFTER:
            self._tell(MachineReport(host=machine, state=_AFTER[data[0]]))
        elif machine and kind == "state":
            self._tell(MachineReport(host=machine, state=_state(data[0]), message=data[0]))
        elif machine and kind == "ui" and data[-1].strip():
            self._tell(MachineReport(host=machine, state="starting", message=data[-1]))


def _plain(part: str) -> str:
    return part.replace("%!(VAGRANT_COMMA)", ",").replace("\\n", "\n").replace("\\r", "")


def _state(word: str) -> str:
    """Providers have many words for what does not run, and few for what is wrong."""
    if word == "running":
        return "running"
    return "broken" if word in {"aborted", "gurumeditation", "crashed", "inaccessible", "error"} else "stopped"
