"""What is built and wired for alerts and incidents."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from bot.alerts import AlertConfig, configured
from bot.flows.alert import TakeAlerts
from bot.guards import Policy, PolicyFile
from bot.ledger import Incidents
from bot.metrics import Counters
from bot.settings import secret


@dataclass(kw_only=True)
class AlertApp:
    """Flows about alerts, each made when first used."""

    policy: PolicyFile
    incidents: Callable[[], Incidents]
    counters: Counters
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
        return TakeAlerts(config=self.config, incidents=self.incidents, secret=secret, counters=self.counters)
