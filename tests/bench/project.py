"""A folder enters; an Ansible project leaves, in which the road and bare ansible-playbook meet the same work."""

import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FEW = 5
"""Hosts of the group `few`, on which the playbook of one task runs."""

_RUNBOOK = "id: {id}\nsummary: {summary}\nplaybook: {file}\nsafety:\n  timeout: 10m\n"
_PING = "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: Answer\n      ansible.builtin.ping:\n"
_KINDS = (
    "ansible.builtin.ping:",
    "ansible.builtin.command:\n        argv: [sh, -c, echo one; echo two]",
    "ansible.builtin.stat:\n        path: /etc/passwd",
    'ansible.builtin.set_fact:\n        seen_{number}: "{{{{ inventory_hostname }}}}"',
    'ansible.builtin.debug:\n        msg: "Step {number} on {{{{ inventory_hostname }}}}"',
)
"""Three kinds that run a module on the host, two that the controller answers: a usual mix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """`folder` is the project; `many` runs `tasks` tasks, `one` a single one on the group `few`."""

    folder: Path
    hosts: int
    tasks: int
    many: str = "many"
    one: str = "one"


def make(folder: Path, *, hosts: int, tasks: int) -> Project:
    """Write the project: our own ansible.cfg, `hosts` names that are all this machine, two playbooks with runbooks."""
    inventory = folder / "inventories" / "bench"
    inventory.mkdir(parents=True)
    shutil.copy(ROOT / "ansible.cfg", folder)
    (inventory / "hosts.yml").write_text(_inventory(hosts))
    playbooks = folder / "playbooks"
    playbooks.mkdir()
    for name, text in {"many": _many(tasks), "one": _PING}.items():
        (playbooks / f"{name}.yml").write_text(text)
        (playbooks / f"{name}.runbook.yml").write_text(
            _RUNBOOK.format(id=name, summary=f"The work of {name}", file=f"{name}.yml")
        )
    return Project(folder=folder, hosts=hosts, tasks=tasks)


def _inventory(hosts: int) -> str:
    width = len(str(hosts))
    last = f"{min(FEW, hosts):0{width}d}"
    return (
        "all:\n  vars:\n    ansible_connection: local\n    ansible_python_interpreter: '{{ ansible_playbook_python }}'\n"
        f"  hosts:\n    h[{1:0{width}d}:{hosts}]:\n"
        f"  children:\n    few:\n      hosts:\n        h[{1:0{width}d}:{last}]:\n"
    )


def _many(tasks: int) -> str:
    lines = ["- hosts: all", "  gather_facts: false", "  tasks:"]
    for number in range(1, tasks + 1):
        lines += [f"    - name: Step {number}", f"      {_KINDS[(number - 1) % len(_KINDS)].format(number=number)}"]
    return "\n".join(lines) + "\n"
