"""The one place that builds and wires things; nothing connects before it is asked to.

What only some processes need, and takes its time to be imported, is imported where it is built: SQL is not the
worker's, ansible-runner is the worker's alone, and most commands in a terminal have nothing to do with Slack.
"""

import os
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from redis import Redis
from redis.exceptions import RedisError

from bot.alerts import configured
from bot.app_redis import redis_of, redis_url
from bot.catalog import Catalog
from bot.chat import Chat, Chats, Mailbox
from bot.commands import phrase_problems
from bot.errors import Misconfigured, ProjectBroken, Unavailable
from bot.flows.attend import Attend
from bot.flows.brake import Brakes
from bot.flows.cancel import Cancel
from bot.flows.consent import Consenting
from bot.flows.converse import Converse
from bot.flows.explain import Explain
from bot.flows.hold import Hold
from bot.flows.inquire import Inquire
from bot.flows.inquire_audit import InquireAudit
from bot.flows.inquire_incidents import InquireIncidents
from bot.flows.inquire_places import InquirePlaces
from bot.flows.inquire_promotions import InquirePromotions, promoted_places
from bot.flows.inquire_runbooks import InquireRunbooks
from bot.flows.inquire_runs import InquireRuns
from bot.flows.inquire_stats import InquireStats
from bot.flows.inquire_suggestions import InquireSuggestions
from bot.flows.journal import Journal
from bot.flows.permission import Permission
from bot.flows.planning import Planning
from bot.flows.promote import Promote
from bot.flows.relay import Relay
from bot.flows.repeat import Repeat
from bot.flows.replace import Replace
from bot.flows.retain import Retain
from bot.flows.simulate import Simulate
from bot.flows.start import Start
from bot.flows.understand import Understand
from bot.guards import PolicyFile
from bot.metrics import RedisCounters
from bot.model.people import Conversation
from bot.queue import Leases, RedisQueue, RedisStops, RedisTurns, SealedBox, installation_key, why
from bot.settings import Settings, secret
from bot.stream import EventStream, RedisStream
from bot.targets import Inventories

if TYPE_CHECKING:
    from bot.app_alerts import AlertApp
    from bot.app_rules import RulesApp
    from bot.app_slack import SlackApp
    from bot.app_worker import WorkerApp
    from bot.flows.forecast import Foretell
    from bot.flows.health import Health
    from bot.flows.measure import Measure
    from bot.flows.take import Take
    from bot.ledger import Incidents
    from bot.ledger.sql import SqlLedger

BELONGS = "signalbox:installation"


class App:
    """Stations and flows of one process, each made when first used."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def redis_url(self) -> str:
        """`REDIS_URL`, else the embedded Redis of the home."""
        return redis_url(self.settings)

    @cached_property
    def redis(self) -> Redis:
        """The connection pool; the first command connects."""
        return redis_of(self.settings)

    @cached_property
    def ledger(self) -> "SqlLedger":
        """SQL, brought up to date."""
        from bot.ledger.sql import SqlLedger

        if not self.settings.database_url:
            self.settings.home_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        ledger = SqlLedger(self.settings.database)
        ledger.migrate()
        return ledger

    def belong_together(self) -> None:
        """Misconfigured when Redis holds the runs of another database: numbers of runs would mean two things.

        Unavailable when either does not answer.
        """
        mine = self.ledger.installation().encode()
        try:
            first = self.redis.set(BELONGS, mine, nx=True)
            theirs = self.redis.get(BELONGS)
        except RedisError as error:
            raise Unavailable(why(error), "Start it, or mend REDIS_URL.") from None
        if not first and theirs != mine:
            raise Misconfigured(
                "This Redis holds the runs of another Signalbox database.",
                "Use another database number in REDIS_URL; with the embedded Redis, remove SIGNALBOX_HOME/redis.",
            )

    @cached_property
    def stream(self) -> EventStream:
        """The event streams."""
        return RedisStream(self.redis)

    @cached_property
    def box(self) -> SealedBox:
        """What seals under the installation's key."""
        return SealedBox(self.settings.key.get_secret_value() or installation_key(self.settings.home_dir))

    @cached_property
    def queue(self) -> RedisQueue:
        """The queue, sealed."""
        return RedisQueue(self.redis, self.box)

    @cached_property
    def stops(self) -> RedisStops:
        """Locks, freezes and brakes."""
        return RedisStops(self.redis)

    @cached_property
    def catalog(self) -> Catalog:
        """The runbooks of the project."""
        self._enter_project()
        return Catalog(self.settings.project_dir, phrase_problem=phrase_problems)

    @cached_property
    def inventories(self) -> Inventories:
        """The environments of the project."""
        self._enter_project()
        return Inventories(self.settings.project_dir)

    def _enter_project(self) -> None:
        """Ansible reads its configuration once, when it is first imported: point it at the project's."""
        project = self.settings.project_dir
        if not project.is_dir():
            raise ProjectBroken(f"There is no Ansible project at {project}.", "Set SIGNALBOX_PROJECT to its folder.")
        if (project / "ansible.cfg").is_file():
            os.environ["ANSIBLE_CONFIG"] = str(project / "ansible.cfg")

    @cached_property
    def policy(self) -> PolicyFile:
        """The policy of the place."""
        named = self.settings.config is not None
        return PolicyFile(self.settings.config_file, named=named, check=lambda policy: configured(policy.alerts))

    @cached_property
    def journal(self) -> Journal:
        """The audit."""
        return Journal(ledger=self.ledger)

    @cached_property
    def chat(self) -> Chat:
        """Where cards go, by the transport of the conversation; what is for Slack waits in the outbox."""
        from bot.chat.slack.chat import SlackChat

        return Chats({"terminal": Mailbox(self.redis), "slack": SlackChat(self.ledger.outbox())})

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
    def converse(self) -> Converse:
        """The flow for everything that is said."""
        permission = Permission(policy=self.policy, promoted=lambda: promoted_places(self.ledger))
        cancel = Cancel(
            ledger=self.ledger, queue=self.queue, stream=self.stream, journal=self.journal, permission=permission
        )
        start = Start(
            catalog=self.catalog,
            inventories=self.inventories,
            policy=self.policy,
            ledger=self.ledger,
            queue=self.queue,
            stops=self.stops,
            turns=RedisTurns(self.redis),
            replace_runs=Replace(cancel=cancel),
            brakes=self.brakes,
            journal=self.journal,
            default_timeout=self.settings.run_timeout,
            facts_hours=self.settings.facts_hours,
        )
        return Converse(
            catalog=self.catalog,
            inventories=self.inventories,
            permission=permission,
            start=start,
            repeat=Repeat(start=start),
            cancel=cancel,
            consenting=Consenting(
                ledger=self.ledger,
                queue=self.queue,
                journal=self.journal,
                permission=permission,
                planning=start.planning,
                turns=start.turns,
                replace_runs=start.replace_runs,
            ),
            attend=Attend(incidents=self.ledger.incidents(), permission=permission, journal=self.journal),
            hold=Hold(stops=self.stops, inventories=self.inventories, permission=permission, journal=self.journal),
            promote=Promote(
                catalog=self.catalog,
                inventories=self.inventories,
                ledger=self.ledger,
                permission=permission,
                journal=self.journal,
            ),
            take=lambda: self._take(start),
            next_actions=lambda: self.rules.next_actions,
            inquire=self._inquire(permission, start.planning),
            journal=self.journal,
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
            where=lambda _incident: next(iter(self.alerts.places()), INCIDENTS),
        )

    def _inquire(self, permission: Permission, planning: Planning) -> Inquire:
        """The flow for every question."""
        return Inquire(
            runbooks=InquireRunbooks(catalog=self.catalog, inventories=self.inventories, permission=permission),
            places=InquirePlaces(
                catalog=self.catalog,
                inventories=self.inventories,
                permission=permission,
                stops=self.stops,
                aim=planning.aim,
            ),
            runs=InquireRuns(ledger=self.ledger),
            audit=InquireAudit(ledger=self.ledger, permission=permission),
            promotions=InquirePromotions(catalog=self.catalog, ledger=self.ledger, permission=permission),
            incidents=InquireIncidents(incidents=self.ledger.incidents(), ledger=self.ledger),
            suggestions=InquireSuggestions(
                suggestions=self.ledger.suggestions(), explain=Explain(planning=planning), permission=permission
            ),
            stats=InquireStats(
                ledger=self.ledger,
                incidents=self.ledger.incidents(),
                suggestions=self.ledger.suggestions(),
                permission=permission,
            ),
            explain=Explain(planning=planning),
            foretell=lambda: self._foretell(planning, self.ledger.incidents),
            next_actions=lambda: self.rules.next_actions,
        )

    @cached_property
    def simulate(self) -> Simulate:
        """The flow of a forecast; it needs the project alone, and looks into SQL where that is there."""
        permission = Permission(policy=self.policy)
        return Simulate(
            permission=permission,
            understand=Understand(catalog=self.catalog, inventories=self.inventories, permission=permission),
            explain=Explain(planning=self._planning_alone),
        )

    @cached_property
    def foretell(self) -> "Foretell":
        """The same for alerts."""
        planning = self._planning_alone
        ledger = self._ledger_as_it_is
        incidents = (lambda: None) if ledger is None else ledger.incidents
        return self._foretell(planning, incidents)

    def _foretell(self, planning: Planning, incidents: "Callable[[], Incidents | None]") -> "Foretell":
        from bot.app_rules import foretell_of

        return foretell_of(self.settings.project_dir, planning, self.policy, incidents)

    def _take(self, start: Start) -> "Take":
        from bot.app_rules import take_of

        return take_of(start, self.ledger.suggestions(), self.ledger.incidents())

    @cached_property
    def _planning_alone(self) -> Planning:
        """What can be planned without Redis, and where SQL is not there without it."""
        return Planning(
            catalog=self.catalog,
            inventories=self.inventories,
            policy=self.policy,
            ledger=self._ledger_as_it_is,
            stops=None,
            default_timeout=self.settings.run_timeout,
            facts_hours=self.settings.facts_hours,
        )

    @cached_property
    def _ledger_as_it_is(self) -> "SqlLedger | None":
        """SQL, if it is there and up to date; nothing is made or changed."""
        if not self.settings.database_url and not (self.settings.home_dir / "signalbox.db").is_file():
            return None
        from bot.ledger.sql import SqlLedger

        ledger = SqlLedger(self.settings.database)
        try:
            return None if ledger.behind() else ledger
        except (Misconfigured, Unavailable):
            return None

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
            ruled=self._ruled,
        )

    def _ruled(self) -> bool:
        from bot.rules import has_rulebooks

        return has_rulebooks(self.settings.project_dir)

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
        from bot.engine import warm_runs
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
            warm_servers=lambda: warm_runs(self.settings.home_dir),
            home=self.settings.home_dir,
            slack=bool(self.settings.slack_bot_token.get_secret_value()),
        )

    @cached_property
    def relay(self) -> Relay:
        """The relay's flow."""
        return Relay(
            ledger=self.ledger,
            stream=self.stream,
            queue=self.queue,
            chat=self.chat,
            leases=Leases(self.redis),
            journal=self.journal,
            observe=self.counters.observe,
            notify=self._news_of,
            went_wrong=self.brakes.handle,
        )

    def _news_of(self, environment: str) -> Conversation | None:
        """Where an environment's news go: the channel in Slack that its `notify` names."""
        channel = self.policy.policy().environment(environment).notify
        if not channel or not self.settings.slack_bot_token.get_secret_value():
            return None
        return Conversation(transport="slack", channel=channel)

    @cached_property
    def brakes(self) -> Brakes:
        """What stops rules when too much goes wrong."""
        return Brakes(policy=self.policy, ledger=self.ledger, stops=self.stops, journal=self.journal)

    @cached_property
    def retain(self) -> Retain:
        """The flow that takes out what is old."""
        return Retain(
            ledger=self.ledger,
            leases=Leases(self.redis),
            events_days=self.settings.keep_events_days,
            audit_days=self.settings.keep_audit_days,
        )

    @cached_property
    def counters(self) -> RedisCounters:
        """What is summed over processes."""
        return RedisCounters(self.redis)

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
