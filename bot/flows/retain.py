"""What is old leaves the database, a little at a time: days to keep enter, rows that nobody needs any more go."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from bot.ledger import Ledger
from bot.queue import Leases

_log = structlog.get_logger(__name__)

EVERY_SECONDS = 60.0
AGAIN_SECONDS = 1.0
"""How soon the next batch comes when there was something in this one."""
LEASE = "retention"


@dataclass(slots=True, kw_only=True)
class Retain:
    """The flow; 0 days keep for good. One relay at a time does it, a batch in each turn."""

    ledger: Ledger
    leases: Leases
    events_days: int
    audit_days: int
    _next: float = field(default=0.0, init=False)

    def handle(self, now: float) -> None:
        """One batch when it is time for one; `now` is a monotonic clock in seconds."""
        if now < self._next or not (self.events_days or self.audit_days):
            return
        self._next = now + EVERY_SECONDS
        if not self.leases.take(LEASE):
            return
        events = self.ledger.prune_events(_ago(self.events_days)) if self.events_days else 0
        rows = self.ledger.prune_audit(_ago(self.audit_days)) if self.audit_days else 0
        if events or rows:
            _log.info("taken out", events=events, audit_rows=rows)
            self._next = now + AGAIN_SECONDS


def _ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)
