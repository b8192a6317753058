"""Events of sensors enter, in the order in which they came; incidents and rules are told of each, once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot.alerts import Grouping, decider, group_of, sensed
from bot.errors import Misconfigured, SignalboxError, Unavailable
from bot.flows.ruling import Ruling
from bot.ledger import Incidents
from bot.model.alert import Alert
from bot.model.incident import Notice
from bot.sensors import Sensed, SensedEvents

_log = structlog.get_logger(__name__)

AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DealWithSensed:
    """The flow; an event that says it is an alert goes into an incident first, and then to all rules."""

    waiting: SensedEvents
    ruling: Ruling
    incidents: Incidents
    grouping: Callable[[], Grouping]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def handle(self) -> int:
        """Those that wait, `AT_ONCE` at most; how many those were.

        Unavailable when a store is away, Misconfigured when the policy cannot be used: what waits goes on waiting.
        """
        for count in range(AT_ONCE):
            found = self.waiting.first()
            if found is None:
                return count
            try:
                self._deal(found)
            except (Unavailable, Misconfigured):
                raise
            except SignalboxError as error:  # one that nobody can deal with must not hold up the others
                _log.warning("rules could not deal with an event", ruleset=found.ruleset, why=error.what)
            self.waiting.done()
        return AT_ONCE

    def _deal(self, found: Sensed) -> None:
        alert = sensed(found.event)
        if alert is None:
            self.ruling.handle(found.event, None, found.ruleset)
        else:
            self._alert(alert)

    def _alert(self, alert: Alert) -> None:
        """Into an incident, as if a monitoring system had sent it; rules hear of it from there."""
        grouping = self.grouping()
        notice = Notice(alert=alert, group=group_of(alert, grouping), at=self.clock())
        self.incidents.take([notice], decider(grouping))
