"""Builds the stations of one process, each when first used; nothing connects before it is asked to."""

import os
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
from bot.flows.brake import Brakes
from bot.flows.journal import Journal
from bot.guards import PolicyFile
from bot.metrics import RedisCounters
from bot.queue import RedisQueue, RedisStops, SealedBox, installation_key, why
from bot.settings import Settings
from bot.stream import EventStream, RedisStream
from bot.targets import Inventories

if TYPE_CHECKING:
    from bot.ledger.sql import SqlLedger

BELONGS = "signalbox:installation"


class Stations:
    """What the flows of a process stand on."""

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

    @cached_property
    def ledger_as_it_is(self) -> "SqlLedger | None":
        """SQL, if it is there and up to date; nothing is made or changed."""
        if not self.settings.database_url and not (self.settings.home_dir / "signalbox.db").is_file():
            return None
        from bot.ledger.sql import SqlLedger

        ledger = SqlLedger(self.settings.database)
        try:
            return None if ledger.behind() else ledger
        except (Misconfigured, Unavailable):
            return None

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
    def counters(self) -> RedisCounters:
        """What is summed over processes."""
        return RedisCounters(self.redis)

    @cached_property
    def brakes(self) -> Brakes:
        """What stops rules when too much goes wrong."""
        return Brakes(policy=self.policy, ledger=self.ledger, stops=self.stops, journal=self.journal)

    @cached_property
    def chat(self) -> Chat:
        """Where cards go, by the transport of the conversation; what is for Slack waits in the outbox."""
        from bot.chat.slack.chat import SlackChat

        return Chats({"terminal": Mailbox(self.redis), "slack": SlackChat(self.ledger.outbox())})
