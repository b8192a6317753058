"""The one place that builds and wires things; nothing connects before it is asked to.

What only some processes need, and takes its time to be imported, is imported where it is built: SQL is not the
worker's, ansible-runner is the worker's alone, and most commands in a terminal have nothing to do with Slack.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from bot.app_stations import Stations
from bot.errors import CouldNotRun, Misconfigured, Refused
from bot.model.incident import IncidentCard
from bot.model.people import Conversation, channel_of
from bot.queue import Leases, RedisAgenda
from bot.settings import secret

if TYPE_CHECKING:
    from bot.app_alerts import AlertApp
    from bot.app_forecast import ForecastApp
    from bot.app_rules import RulesApp
    from bot.app_slack import SlackApp
    from bot.app_worker import WorkerApp
    from bot.flows.converse import Converse
    from bot.flows.health import Health
    from bot.flows.measure import Measure
    from bot.flows.relay import Relay
    from bot.flows.retain import Retain
    from bot.flows.schedules import KeepSchedules
    from bot.guards import Schedule
    from bot.ledger import Incidents


class App(Stations):
    """Stations and flows of one process, each made when first used."""

    @cached_property
    def converse(self) -> "Converse":
        """The flow for everything that is said."""
        from bot.app_talk import TalkApp

        return TalkApp(stations=self, rules=lambda: self.rules, recall=self._recall).converse

    @cached_property
    def forecast(self) -> "ForecastApp":
        """What tells what would become of something."""
        from bot.app_forecast import ForecastApp

        return ForecastApp(stations=self)

    @cached_property
    def slack(self) -> "SlackApp | None":
        """Everything for Slack; None without a token."""
        if not self.settings.slack_bot_token.get_secret_value():
            return None
        from bot.app_slack import SlackApp

        return SlackApp(
            settings=self.settings,
            redis=self.redis,
            ledger=self.ledger,
            box=self.box,
            converse=self.converse,
            alerts=self.alerts.config,
            incidents=self.ledger.incidents,
            policy=self.policy,
            counters=self.counters,
        )

    @cached_property
    def rules(self) -> "RulesApp":
        """What acts on events."""
        from bot.app_rules import INCIDENTS, RulesApp

        return RulesApp(
            project=self.settings.project_dir,
            redis=self.redis,
            policy=self.policy,
            start=self.converse.start,
            incidents=self.ledger.incidents(),
            suggestions=self.ledger.suggestions(),
            chat=self.chat,
            counters=self.counters,
            slack=bool(self.settings.slack_bot_token.get_secret_value()),
            watch=self._watch,
            where=lambda _incident: next(iter(self.alerts.places()), INCIDENTS),
        )

    @cached_property
    def alerts(self) -> "AlertApp":
        """Everything about alerts and incidents."""
        from bot.app_alerts import AlertApp

        return AlertApp(
            policy=self.policy,
            incidents=self._incidents,
            counters=self.counters,
            chat=lambda: self.chat,
            redis=lambda: self.redis,
            journal=lambda: self.journal,
            slack=bool(self.settings.slack_bot_token.get_secret_value()),
            recall=self._recall,
            ruled=self._ruled,
            watch=self._watch,
        )

    def _recall(self, card: IncidentCard) -> IncidentCard:
        """Where the project is missing or broken, incidents are shown all the same."""
        try:
            return self.rules.recall.handle(card)
        except (CouldNotRun, Misconfigured, Refused):
            return card

    def _ruled(self) -> bool:
        from bot.rules import has_rulebooks

        return has_rulebooks(self.settings.project_dir)

    def _watch(self) -> Callable[[], bool]:
        """A look at SQL, for one thread: whether anything has been stored."""
        return self.ledger.watch()

    def _incidents(self) -> "Incidents":
        return self.ledger.incidents()

    @cached_property
    def worker(self) -> "WorkerApp":
        """What a worker needs besides."""
        from bot.app_worker import WorkerApp

        return WorkerApp(
            settings=self.settings,
            catalog=self.catalog,
            inventories=self.inventories,
            policy=self.policy,
            queue=self.queue,
            stops=self.stops,
            stream=self.stream,
            counters=self.counters,
        )

    @cached_property
    def health(self) -> "Health":
        """The checks of `doctor` and `/healthz`."""
        from bot.alerts import configured
        from bot.engine import told_warm
        from bot.flows.health import Health

        return Health(
            redis=lambda: self.redis,
            ledger=lambda: self.ledger,
            queue=lambda: self.queue,
            leases=lambda: Leases(self.redis),
            catalog=lambda: self.catalog,
            inventories=lambda: self.inventories,
            policy=lambda: self.policy,
            alerts=lambda: configured(self.policy.policy().alerts),
            secret=secret,
            engine=lambda: told_warm(self.settings.home_dir),
            home=self.settings.home_dir,
            slack=bool(self.settings.slack_bot_token.get_secret_value()),
        )

    @cached_property
    def relay(self) -> "Relay":
        """The relay's flow."""
        from bot.flows.pace import Pace
        from bot.flows.relay import Relay

        return Relay(
            ledger=self.ledger,
            stream=self.stream,
            queue=self.queue,
            chat=self.chat,
            leases=Leases(self.redis),
            journal=self.journal,
            pace=Pace(listen=self.queue.bell.wait),
            observe=self.counters.observe,
            notify=self._news_of,
            went_wrong=self.brakes.handle,
            changed=self.ledger.watch(),
        )

    def _news_of(self, environment: str) -> Conversation | None:
        """Where an environment's news go: the channel in Slack that its `notify` names."""
        channel = self.policy.policy().environment(environment).notify
        if not channel or not self.settings.slack_bot_token.get_secret_value():
            return None
        return Conversation(transport="slack", channel=channel)

    @cached_property
    def schedules(self) -> "KeepSchedules":
        """The flow that asks for what schedules want."""
        from bot.flows.schedules import KeepSchedules

        slack = bool(self.settings.slack_bot_token.get_secret_value())
        return KeepSchedules(
            schedules=self._schedules,
            agenda=RedisAgenda(self.redis),
            leases=Leases(self.redis),
            ledger=self.ledger,
            chat=self.chat,
            converse=lambda: self.converse,
            place=lambda name: channel_of(name, "schedules", slack=slack),
        )

    def _schedules(self) -> "Mapping[str, Schedule] | None":
        policy = self.policy.policy()
        return policy.schedules if policy.written else None

    @cached_property
    def retain(self) -> "Retain":
        """The flow that takes out what is old."""
        from bot.flows.retain import Retain

        return Retain(
            ledger=self.ledger,
            leases=Leases(self.redis),
            events_days=self.settings.keep_events_days,
            audit_days=self.settings.keep_audit_days,
        )

    @cached_property
    def measure(self) -> "Measure":
        """The flow of `/metrics`."""
        from bot.flows.measure import Measure

        return Measure(
            ledger=lambda: self.ledger,
            queue=lambda: self.queue,
            stops=lambda: self.stops,
            counters=lambda: self.counters,
        )
