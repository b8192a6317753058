"""Writes what Ansible must know of a fleet: a plan goes in, a complete inventory directory comes out."""

from pathlib import Path

import yaml

from bot.fleet import keys
from bot.fleet.plan import Plan

# A shared connection without keep-alive would hang for minutes after the link dropped.
SSH_ARGUMENTS = {
    "ControlMaster": "auto",
    "ControlPersist": "60s",
    "ServerAliveInterval": "5",
    "ServerAliveCountMax": "3",
}
CONNECT_SECONDS = 5


def write(plan: Plan, folder: Path, target: Path, *, pipelining: bool) -> Path:
    """Make `target` an inventory of all hosts of `plan`, whose keys are in `folder`; returns `target`."""
    target.mkdir(parents=True, exist_ok=True)
    content = yaml.safe_dump(content_of(plan, folder, pipelining=pipelining), sort_keys=False, width=1000)
    (target / "hosts.yml").write_text(content)
    return target


def content_of(plan: Plan, folder: Path, *, pipelining: bool) -> dict[str, object]:
    """The inventory as plain data: hosts with addresses, groups, and how to connect."""
    hosts = {host: {"ansible_host": address} for host, address in plan.addresses.items()}
    groups = {name: {"hosts": dict.fromkeys(members)} for name, members in plan.groups.items()}
    variables = connection(plan.fleet, folder, pipelining=pipelining)
    return {"all": {"hosts": hosts, "vars": variables, "children": groups}}


def connection(fleet: str, folder: Path, *, pipelining: bool = True) -> dict[str, object]:
    """The variables by which Ansible reaches every host of the fleet whose keys are in `folder`."""
    return {
        "ansible_connection": "ssh",
        "ansible_user": keys.USER,
        "ansible_ssh_private_key_file": str(keys.client_key(folder)),
        "ansible_ssh_args": keys.as_arguments(SSH_ARGUMENTS),
        "ansible_ssh_common_args": keys.as_arguments(keys.options(fleet, folder)),
        "ansible_ssh_timeout": CONNECT_SECONDS,
        "ansible_ssh_pipelining": pipelining,
        "ansible_python_interpreter": "/usr/bin/python3",
    }
