"""Alerts that began or ended enter from SQL, in the order in which they came; rules are told of each, one by one.

A relay does it, not who took the alert in: an alert is stored whatever rules do. That rules were told is written down
after they were, for some alerts at once, so a relay that dies in between tells them again; for rules they count once.
"""

from dataclasses import dataclass

import structlog

from bot.errors import SignalboxError, Unavailable
from bot.ledger import Incidents
from bot.model.ruling import News, Ruling
from bot.rules import event_of

_log = structlog.get_logger(__name__)

AT_ONCE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """The flow; without rules, what came is noted as told."""

    incidents: Incidents
    ruling: Ruling | None = None

    def handle(self) -> int:
        """Tell what is new, `AT_ONCE` at most; how many those were. Unavailable when SQL or rules are away."""
        found = self.incidents.news(AT_ONCE)
        told = 0
        try:
            for news in found:
                if self.ruling is not None:
                    self._tell(self.ruling, news)
                told = news.id
        finally:
            if told:
                self.incidents.ruled(told)
        return len(found)

    def _tell(self, ruling: Ruling, news: News) -> None:
        try:
            event = event_of(news.alert, uuid=f"notice-{news.id}", effect=news.effect.value)
            ruling.handle(event, news.incident_id)
        except Unavailable:
            raise
        except SignalboxError as error:  # one alert that rules cannot deal with must not hold up the others
            _log.warning("rules could not deal with an alert", notice=news.id, why=error.what)
