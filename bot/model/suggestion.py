"""What a rule would have run: a runbook, filled in, offered to people or started by the rule, and its outcome."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.command import AskRun


class SuggestionState(StrEnum):
    """Where a suggestion stands."""

    OFFERED = "offered"
    """People may take it."""
    STARTING = "starting"
    """Somebody is about to ask for its run."""
    STARTED = "started"
    """The rule asked for its run, which is under way, or is watched for its effect."""
    TAKEN = "taken"
    """The same, asked for by a person."""
    ENDED = "ended"
    """Its run is over, and nothing was to be verified."""
    VERIFIED = "verified"
    """Its run was successful, and the alert resolved in time."""
    UNVERIFIED = "unverified"
    """Its run went wrong, or the alert did not resolve in time: the rule has stopped for these hosts."""
    WITHDRAWN = "withdrawn"
    """Its incident was over before anybody took it."""


UNDER_WAY = (SuggestionState.STARTED, SuggestionState.TAKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """One of them; `id` 0 is one that the ledger has still to make. Times are UTC and aware.

    `key` is the same when the rule is asked again about the same event. `actor` is the rule, `ask` the command that it
    stands for and `hosts` what that meant when it was made. `reason` says why it is where it is. `verify` is how many
    seconds after its run the alert has to resolve, None when nobody looks. `taken_by` is the person who took it.
    """

    id: int = 0
    key: str
    incident_id: int | None
    actor: str
    ask: AskRun
    hosts: tuple[str, ...] = ()
    state: SuggestionState
    reason: str = ""
    verify: int | None = None
    run_id: int | None = None
    taken_by: str = ""
    at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Somebody to be called, again and again, while nobody acts on an incident.

    `to` are called in turn, the first at `next_at`, the next `after` seconds later; None when it has ended.
    """

    id: int = 0
    key: str
    incident_id: int
    to: tuple[str, ...]
    after: int
    text: str
    step: int = 0
    next_at: datetime | None
