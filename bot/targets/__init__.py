"""Environments and limits in, resolved Targets out: the inventories of an Ansible project, read as Ansible reads them.

Ansible's constants freeze when it is imported: a process sets `ANSIBLE_CONFIG` to the project's `ansible.cfg` before
its first call into this room (nothing here imports Ansible earlier than that). Where Ansible was imported with
another configuration, inventories are read in a process of their own, which costs about half a second each time.
"""

from bot.targets.environment import Environment, Explained
from bot.targets.inventories import Inventories
from bot.targets.states import Chosen, Known, choose

__all__ = ["Chosen", "Environment", "Explained", "Inventories", "Known", "choose"]
