"""`run_playbook` as people brought it: the runbook that covers a playbook is looked for, and asked for instead."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from bot.model.rule import RunPlaybook, RunRunbook
from bot.model.runbook import Runbook


def covering(playbook: str, runbooks: Iterable[Runbook]) -> Runbook | None:
    """The one runbook for a playbook, which may be written with or without its folder; None for none or several."""
    wanted = _plain(playbook)
    if wanted is None:
        return None
    found = [each for each in runbooks if each.playbook in (wanted, f"playbooks/{wanted}")]
    return found[0] if len(found) == 1 else None


def as_runbook(action: RunPlaybook, runbooks: Iterable[Runbook]) -> RunRunbook | None:
    """The same, asked of the runbook; None when none covers the playbook."""
    runbook = covering(action.playbook, runbooks)
    if runbook is None:
        return None
    return RunRunbook(
        runbook=runbook.id,
        environment=action.environment,
        limit=action.limit,
        hosts=action.hosts,
        parameters=action.extra_vars,
    )


def _plain(playbook: str) -> str | None:
    """A path below the project, in one form."""
    path = PurePosixPath(playbook)
    return None if path.is_absolute() or ".." in path.parts else path.as_posix()
