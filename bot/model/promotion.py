"""That a runbook may run in one more environment, for exactly the content that was looked at."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """Who promoted which content of a runbook to where, on what evidence (an https URL, or `run 12`).

    `ended_at` is None as long as nobody has taken it back, or put a newer one in its place; times are UTC and aware.
    """

    id: int
    runbook: str
    environment: str
    content_hash: str
    evidence: str
    actor: str
    at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""
    ended_why: str = ""
