"""Builds and wires what rules need; stations that others use too are handed in."""

from collections.abc import Callable
from pathlib import Path

from bot.flows.explain import Explain
from bot.flows.planning import Planning
from bot.flows.rehearse import Rehearse
from bot.guards import PolicyFile
from bot.ledger import Incidents
from bot.rules import Shelf


def rehearse_of(
    project: Path, planning: Planning, policy: PolicyFile, incidents: Callable[[], Incidents | None]
) -> Rehearse:
    """The flow of a rehearsal of alerts."""
    return Rehearse(shelf=Shelf(project), explain=Explain(planning=planning), policy=policy, incidents=incidents)
