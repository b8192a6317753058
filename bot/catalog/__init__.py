"""The runbooks we know: runbook files of the Ansible project in, validated Runbooks, values and revisions out.

Ansible's constants freeze when it is imported: a process sets `ANSIBLE_CONFIG` to the project's `ansible.cfg` before
its first call into this room (nothing here imports Ansible earlier than that).
"""

from bot.catalog.catalog import Catalog

__all__ = ["Catalog"]
