"""A plan with one module call enters; a playbook of that one task leaves, with the project's own content around it."""

import json
from pathlib import Path

from bot.engine.private import PrivateDir, write
from bot.errors import ProjectBroken
from bot.model.run import Plan

_BESIDE_A_PLAYBOOK = (
    "roles", "collections", "library", "module_utils", "action_plugins", "filter_plugins", "lookup_plugins",
    "test_plugins", "vars_plugins", "callback_plugins", "connection_plugins", "group_vars", "host_vars",
    "files", "templates", "vars", "tasks",
)  # fmt: skip


def write_playbook(plan: Plan, project: Path, private: PrivateDir) -> Path:
    """The playbook's path. What Ansible looks for beside a playbook is linked from `playbooks/` or the project."""
    if not plan.module:
        raise ProjectBroken(f"The runbook {plan.runbook} names neither a playbook nor a module.", "Mend its file.")
    folder = private.root / "adhoc"
    folder.mkdir(mode=0o700)
    for name in _BESIDE_A_PLAYBOOK:
        if found := next((path for path in (project / "playbooks" / name, project / name) if path.is_dir()), None):
            (folder / name).symlink_to(found)
    path = folder / "playbook.json"
    write(path, json.dumps([_play(plan)]))
    return path


def _play(plan: Plan) -> dict[str, object]:
    task = {"name": plan.summary or plan.module, str(plan.module): dict(plan.module_args)}
    play = {"name": plan.runbook, "hosts": "all", "gather_facts": False, "tasks": [task]}
    return {**play, "become": True} if plan.become else play
