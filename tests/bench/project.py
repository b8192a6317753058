"""A folder enters; an Ansible project leaves, in which the road and bare ansible-playbook meet the same work."""

import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FEW = 5
"""Hosts of the group `few`, on which the playbook of one task runs."""

_RUNBOOK = "id: {id}\nsummary: {summary}\nplaybook: {file}\nsafety:\n  timeout: 2h\n"
_ANSWER = (
    "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: Answer\n"
    "      ansible.builtin.debug:\n        msg: here\n"
)
_QUICK = (
    'ansible.builtin.debug:\n        msg: "Step {number} on {{{{ inventory_hostname }}}}"',
    'ansible.builtin.set_fact:\n        seen_{number}: "{{{{ inventory_hostname }}}}"',
    "ansible.builtin.assert:\n        that: inventory_hostname is match('h')",
)
"""Tasks that the controller answers by itself: nothing makes results faster, so they are our worst case."""

_MODULES = (
    "ansible.builtin.command:\n        argv: [sh, -c, echo one; echo two]",
    "ansible.builtin.stat:\n        path: /etc/passwd",
    "ansible.builtin.ping:",
)
"""Tasks that start Python on the host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """`folder` is the project; its playbook `many` is the long one, `one` has a single task for the group `few`.

    Neither needs a module on the hosts, unless `many` is asked to.
    """

    folder: Path


def make(folder: Path, *, hosts: int, tasks: int, modules: int) -> Project:
    """Write the project: our own ansible.cfg, `hosts` names that are all this machine, two playbooks with runbooks.

    `many` has `tasks` tasks, of them `modules` that run a module on the hosts.
    """
    inventory = folder / "inventories" / "bench"
    inventory.mkdir(parents=True)
    shutil.copy(ROOT / "ansible.cfg", folder)
    (inventory / "hosts.yml").write_text(_inventory(hosts))
    playbooks = folder / "playbooks"
    playbooks.mkdir()
    for name, text in {"many": _many(tasks, modules), "one": _ANSWER}.items():
        (playbooks / f"{name}.yml").write_text(text)
        (playbooks / f"{name}.runbook.yml").write_text(
            _RUNBOOK.format(id=name, summary=f"The work of {name}", file=f"{name}.yml")
        )
    return Project(folder=folder)


def _inventory(hosts: int) -> str:
    width = len(str(hosts))
    last = f"{min(FEW, hosts):0{width}d}"
    return (
        "all:\n  vars:\n    ansible_connection: local\n"
        "    ansible_python_interpreter: '{{ ansible_playbook_python }}'\n"
        f"  hosts:\n    h[{1:0{width}d}:{hosts}]:\n"
        f"  children:\n    few:\n      hosts:\n        h[{1:0{width}d}:{last}]:\n"
    )


def _many(tasks: int, modules: int) -> str:
    lines = ["- hosts: all", "  gather_facts: false", "  tasks:"]
    for number in range(1, tasks + 1):
        kinds = _MODULES if number <= modules else _QUICK
        lines += [f"    - name: Step {number}", f"      {kinds[number % len(kinds)].format(number=number)}"]
    return "\n".join(lines) + "\n"
