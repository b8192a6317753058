"""Signalbox: the control room for a team's Ansible playbooks."""

__version__ = "0.1.0"
