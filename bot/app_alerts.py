"""What is built and wired for alerts and incidents."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from redis import Redis

from bot.alerts import AlertConfig, configured
from bot.chat import Chat
from bot.flows.alert import TakeAlerts
from bot.flows.incidents import TendIncidents
from bot.flows.journal import Journal
from bot.flows.together import Together
from bot.guards import Policy, PolicyFile
from bot.ledger import Incidents
from bot.metrics import Counters
from bot.model.incident import IncidentCard
from bot.model.people import Conversation
from bot.queue import RULES, Leases, RedisBell
from bot.settings import secret

if TYPE_CHECKING:
    from bot.flows.hand_over import HandOver


@dataclass(kw_only=True)
class AlertApp:
    """Flows about alerts, each made when first used.

    `ruled` says whether there are rulebooks, `watch` makes a look at SQL.
    """

    policy: PolicyFile
    incidents: Callable[[], Incidents]
    counters: Counters
    chat: Callable[[], Chat]
    redis: Callable[[], Redis]
    journal: Callable[[], Journal]
    slack: bool
    recall: Callable[[IncidentCard], IncidentCard]
    ruled: Callable[[], bool]
    watch: Callable[[], Callable[[], bool]]
    _known: tuple[Policy, AlertConfig] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def config(self) -> AlertConfig:
        """What signalbox.yml says of alerts now; read anew when the policy is."""
        policy = self.policy.policy()
        with self._lock:
            if self._known is None or self._known[0] is not policy:
                self._known = policy, configured(policy.alerts)
            return self._known[1]

    @cached_property
    def take(self) -> TakeAlerts:
        """The flow of `POST /alerts/<source>`."""
        return TakeAlerts(
            config=self.config,
            together=Together(incidents=self.incidents),
            secret=secret,
            counters=self.counters,
            bell=lambda: RedisBell(self.redis(), RULES),
        )

    @cached_property
    def tend(self) -> TendIncidents:
        """The relay's flow for incidents."""
        return TendIncidents(
            config=self.config,
            incidents=self.incidents,
            places=self.places,
            chat=self.chat(),
            leases=Leases(self.redis()),
            counters=self.counters,
            journal=self.journal(),
            hand_over=self._hand_over,
            changed=self.watch(),
            recall=self.recall,
        )

    def _hand_over(self) -> "HandOver | None":
        """Where there are no rulebooks, what came is noted as told; else rules fetch it."""
        if self.ruled():
            return None
        from bot.flows.hand_over import HandOver

        return HandOver(incidents=self.incidents())

    def places(self) -> tuple[Conversation, ...]:
        """Where incidents are shown; nothing waits for a Slack that is not set up here."""
        return tuple(place for place in self.config().places if place.transport != "slack" or self.slack)
