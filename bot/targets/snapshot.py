"""What we keep of an inventory: hosts, groups and how each host is reached, as a value that also travels as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

REACH = (
    "ansible_host",
    "ansible_ssh_host",
    "ansible_port",
    "ansible_ssh_port",
    "ansible_user",
    "ansible_ssh_user",
    "ansible_connection",
)
"""The variables that decide where a connection goes; ansible_ssh_* are older names that Ansible still honors."""

NOTE = "environment_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """An inventory as Ansible read it.

    `hosts` maps each host to the raw values of REACH, in the order in which the hosts were found; `groups` maps each
    group to its child groups and to its own hosts. `note` is what the inventory itself has to say, in its variable
    NOTE of all hosts: that machines are down, for instance.
    """

    hosts: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    note: str = ""

    def to_plain(self) -> dict[str, Any]:
        """The snapshot as JSON knows it."""
        return {
            "hosts": {name: list(reach) for name, reach in self.hosts.items()},
            "groups": {name: [list(children), list(own)] for name, (children, own) in self.groups.items()},
            "note": self.note,
        }


def from_plain(plain: Mapping[str, Any]) -> Snapshot:
    """The reverse of `to_plain`."""
    return Snapshot(
        hosts={name: tuple(reach) for name, reach in plain["hosts"].items()},
        groups={name: (tuple(children), tuple(own)) for name, (children, own) in plain["groups"].items()},
        note=plain["note"],
    )
