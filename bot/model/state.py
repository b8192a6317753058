"""What hosts have to be like to be meant: a pattern narrowed by conditions on facts, as `web and os=debian`."""

from dataclasses import dataclass

FRIENDLY = {
    "os": "ansible_distribution",
    "family": "ansible_os_family",
    "version": "ansible_distribution_version",
    "release": "ansible_distribution_release",
    "kernel": "ansible_kernel",
    "arch": "ansible_architecture",
    "cpus": "ansible_processor_vcpus",
    "memory": "ansible_memtotal_mb",
    "python": "ansible_python_version",
    "virtual": "ansible_virtualization_type",
}
"""Short names of facts; any other fact goes by its own name, with or without `ansible_`, parts joined by dots."""

OPERATORS = ("<=", ">=", "!=", "=", "<", ">")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One fact, an operator of OPERATORS, and the value that was written."""

    fact: str
    operator: str
    value: str

    @property
    def path(self) -> str:
        """The fact as Ansible calls it."""
        return FRIENDLY.get(self.fact, self.fact)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Hosts of `pattern` (None: all) on which every condition holds."""

    pattern: str | None
    conditions: tuple[Condition, ...]
