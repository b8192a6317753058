"""Runs that are in the way of another enter, with the places; the words for it leave."""

from collections.abc import Mapping

from bot.model.words import some

RUNS_TOLD, PLACES_TOLD = 3, 3


def waiting_for(ahead: Mapping[int, tuple[str, ...]]) -> str:
    """`run 12 on web1, web2`; empty when nothing is in the way."""
    told = [f"run {run_id} on {some(places, PLACES_TOLD)}" for run_id, places in sorted(ahead.items())]
    more = [f"{len(told) - RUNS_TOLD} more"] if len(told) > RUNS_TOLD else []
    return ", and for ".join([*told[:RUNS_TOLD], *more])
