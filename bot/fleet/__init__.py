"""Hosts without virtual machines: names and groups go in, throw-away Linux hosts that answer over SSH come out.

Each is a systemd-nspawn container in a network namespace of its own: real systemd, sshd and file system, reached from
this machine alone. `Fleet` makes and hurts them; `keeper` keeps the one fleet of a home.
"""

from bot.fleet.fleet import Fleet

__all__ = ["Fleet"]
