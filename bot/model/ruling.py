"""The seam between alerts and rules: what rules are told of an alert, and of which incident it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.model.alert import Alert
from bot.model.incident import Effect


class Ruling(Protocol):
    """What decides on alerts that came in."""

    def handle(self, event: Mapping[str, Any], incident_id: int | None) -> None:
        """Decide on one alert that began or ended, in the order in which they came.

        It may come twice, when a relay died before it could write down that it was handed over: `event["meta"]["uuid"]`
        is the same then. Unavailable has it come again; any other error is written to the log, and the next one comes.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A notice that changed something, as rules are told of it; `id` counts in the order in which they came."""

    id: int
    alert: Alert
    effect: Effect
    at: datetime
    incident_id: int | None = None


TOLD = frozenset(
    {Effect.OPENED, Effect.JOINED, Effect.REOPENED, Effect.FLAPPING, Effect.RESOLVED, Effect.CLOSED},
)
"""What rules are told: an alert that began or ended. What is said again, is muted, or came too late is not."""
