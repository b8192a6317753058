"""An environment in which something happened enters; when it was too much, rules may start nothing there any more."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot.errors import Misconfigured, Unavailable
from bot.flows.journal import BRAKE, Journal
from bot.guards import PolicyFile
from bot.guards.policy_environment import Brake
from bot.ledger import Ledger
from bot.model.people import UNATTENDED
from bot.model.run import Run
from bot.model.stop import Stop, StopKind
from bot.model.words import duration
from bot.queue import Stops

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brakes:
    """The flow with the stations it passes; the relay calls it for what failed, the start for what no person asked."""

    policy: PolicyFile
    ledger: Ledger
    stops: Stops
    journal: Journal
    clock: Callable[[], float] = time.time

    def asked_for(self, run: Run) -> None:
        """A run is stored: it counts when no person asked for it, also while it waits for people."""
        if run.origin in UNATTENDED or not run.actor.is_person:
            self.handle(run.plan.target.environment)

    def handle(self, environment: str) -> None:
        """Set the brake when it is time for it, once.

        What cannot be asked just now sets none: the next run that goes wrong is counted together with this one.
        """
        try:
            wanted = self.policy.policy().environment(environment).brake
            if wanted is not None and (reason := self._reason(wanted, environment)):
                self._set(environment, reason)
        except (Misconfigured, Unavailable) as error:
            _log.warning("no brake", environment=environment, why=error.what)

    def _reason(self, wanted: Brake, environment: str) -> str:
        """Why it is too much; empty when it is not, or when the brake is set. A release begins the counting anew."""
        there = [stop for stop in self.stops.now() if stop.environment == environment]
        if any(stop.kind is StopKind.BRAKE for stop in there):
            return ""
        released = max((stop.at for stop in there if stop.kind is StopKind.RELEASE), default=0.0)
        since = max(self.clock() - wanted.within, released)
        failed, automatic = self.ledger.trouble(environment, datetime.fromtimestamp(since, UTC))
        within = duration(wanted.within)
        if wanted.failed is not None and failed > wanted.failed:
            return f"{failed} runs ended badly within {within}"
        if wanted.automatic is not None and automatic > wanted.automatic:
            return f"{automatic} runs were started within {within} that no person asked for"
        return ""

    def _set(self, environment: str, reason: str) -> None:
        made = Stop(kind=StopKind.BRAKE, environment=environment, actor=BRAKE, reason=reason, at=self.clock())
        first = True

        def add(stops: tuple[Stop, ...]) -> tuple[Stop, ...]:
            nonlocal first
            first = not any(stop.kind is StopKind.BRAKE and stop.environment == environment for stop in stops)
            return (*stops, made) if first else stops

        self.stops.change(add)
        if first:
            _log.warning("brake", environment=environment, why=reason)
            self.journal.braked(environment, reason)
