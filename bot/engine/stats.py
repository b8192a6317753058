"""The counts of a `playbook_on_stats` event enter (by outcome, then host); the same by host, then outcome, leave."""

from collections.abc import Mapping
from typing import Any

OUTCOMES = ("ok", "changed", "failures", "dark", "skipped", "rescued", "ignored")
"""Ansible's own words; `dark` is unreachable."""


def per_host(data: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """{host: {outcome: count}} for every host that took part, all of OUTCOMES each."""
    counts = {outcome: data.get(outcome) or {} for outcome in OUTCOMES}
    hosts = dict.fromkeys(data.get("processed") or {})
    for outcome in OUTCOMES:
        hosts.update(dict.fromkeys(counts[outcome]))
    return {host: {outcome: int(counts[outcome].get(host, 0)) for outcome in OUTCOMES} for host in hosts}
