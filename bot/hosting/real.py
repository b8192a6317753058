"""A provider and a wish enter; the commands that grant it are carried out, and what they say leaves as reports."""

import time
from pathlib import Path

from bot.errors import CouldNotRun
from bot.hosting import child
from bot.hosting.commands import closing, commands, kept
from bot.hosting.door import Cancel, Tell
from bot.hosting.lines import JsonLines, VagrantLines
from bot.model.provider import Provider, Wish

_HERE = Path(__file__).resolve().parents[2]
"""Where `python -m bot` finds this very Signalbox."""


class ProcessHosting:
    """The real one; commands are carried out in the folder `project`, the fleet's for the home `home`."""

    def __init__(self, project: Path, home: Path, *, grace: float = child.GRACE) -> None:
        self._project = project.resolve()
        self._home = home.resolve()
        self._grace = grace

    def carry_out(self, provider: Provider, wish: Wish, tell: Tell, cancel: Cancel) -> None:
        """See Hosting. How the machines are is told in the end, also when a command fails."""
        until = time.monotonic() + wish.timeout
        failed = ""
        for command in commands(provider, wish):
            if failed := self._one(provider, command, tell, cancel, until):
                break
        for command in closing(provider, wish):
            unknown = self._one(provider, command, tell, cancel, until)
            failed = failed or unknown
        if failed:
            raise CouldNotRun(failed)

    def _one(self, provider: Provider, command: tuple[str, ...], tell: Tell, cancel: Cancel, until: float) -> str:
        """Why it failed; empty when it did not."""
        lines = VagrantLines(tell) if provider.kind == "vagrant" else JsonLines(tell)
        folder = _HERE if provider.kind == "fleet" else self._project
        variables = child.environment(kept(provider)) | self._said(provider)
        look = child.looking(cancel, until)
        code = child.carry_out(command, folder, variables, lines.hear, look, grace=self._grace)
        return (lines.error or f"{Path(command[0]).name} ended with exit code {code}.") if code else ""

    def _said(self, provider: Provider) -> dict[str, str]:
        if provider.kind == "vagrant":
            return {"VAGRANT_CHECKPOINT_DISABLE": "1"}
        places = {"SIGNALBOX_HOME": str(self._home), "SIGNALBOX_PROJECT": str(self._project)}
        return places if provider.kind == "fleet" else {}
