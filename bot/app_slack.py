"""What is built and wired for Slack alone; without SLACK_BOT_TOKEN none of it is."""

import atexit
import os
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from redis import Redis

from bot.alerts import AlertConfig
from bot.chat.slack.budget import Budget
from bot.chat.slack.client import SlackApi, SlackClient
from bot.chat.slack.counted import CountedApi
from bot.chat.slack.following import Following
from bot.chat.slack.inbox import Inbox
from bot.chat.slack.paced import PacedApi
from bot.chat.slack.people import People
from bot.chat.slack.posting import Identity, Posting, who_am_i
from bot.chat.slack.responses import Responses
from bot.entrypoints.slack_door import SlackDoor, Talker
from bot.entrypoints.slack_socket import SocketDoor
from bot.flows.converse import Converse
from bot.flows.deliver import Deliver
from bot.flows.slack.answer import Answering
from bot.flows.slack.form import Form
from bot.flows.slack.front import Front
from bot.flows.slack.gate import Gate
from bot.flows.slack.marks import Marks
from bot.flows.slack.talk import Talk
from bot.guards import PolicyFile
from bot.ledger import Incidents
from bot.ledger.sql import SqlLedger
from bot.metrics import Counters
from bot.queue import Leases, SealedBox
from bot.settings import Settings

TALKERS = 4
PATIENCE_SECONDS = 2.0
"""How long an answer waits for its turn in Slack's rates."""
LEAVE_SECONDS = 8.0
"""How long the end of the process waits for what is under way; afterwards people are told that it was interrupted."""


@dataclass(frozen=True, slots=True)
class _Late:
    """SlackApi that is made at its first call: making it asks Slack who we are, and an acknowledgement can't wait."""

    made: Callable[[], SlackApi]

    def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make the call."""
        return self.made().call(method, arguments)

    def send_file(self, url: str, content: bytes) -> None:
        """Send the bytes."""
        self.made().send_file(url, content)


@dataclass(frozen=True, kw_only=True)
class SlackApp:
    """Stations and flows for one workspace, each made when first used; the first call asks Slack who we are."""

    settings: Settings
    redis: Redis
    ledger: SqlLedger
    box: SealedBox
    converse: Converse
    alerts: Callable[[], AlertConfig]
    incidents: Callable[[], Incidents]
    policy: PolicyFile
    counters: Counters

    @cached_property
    def client(self) -> SlackApi:
        """Slack's API, unpaced."""
        made = SlackClient(self.settings.slack_bot_token.get_secret_value(), base_url=self.settings.slack_api_url)
        return CountedApi(made, lambda method, how: self.counters.count("signalbox_slack_calls_total", method, how))

    @cached_property
    def me(self) -> Identity:
        """The workspace and the bot that the token is for."""
        return who_am_i(self.client)

    @cached_property
    def api(self) -> SlackApi:
        """Slack's API within its rates, for answers to people."""
        return PacedApi(self.client, Budget(self.redis), self.me.team, key="answers", patience=PATIENCE_SECONDS)

    @cached_property
    def people(self) -> People:
        """Who is who."""
        return People(self.api, self.redis, self.me.team)

    @cached_property
    def form(self) -> Form:
        """The flow of the form."""
        late = _Late(lambda: self.api)
        return Form(
            catalog=self.converse.catalog,
            inventories=self.converse.inventories,
            converse=self.converse,
            start=self.converse.start,
            api=late,
            following=Following(late, self.redis),
        )

    @cached_property
    def talk(self) -> Talk:
        """The flow for everything that people do in Slack."""
        posting = Posting(self.api, self.me)
        gate = Gate(policy=self.policy, people=self.people, team=self.me.team)
        answering = Answering(posting=posting, responses=Responses(self.settings.slack_api_url))
        return Talk(
            gate=gate,
            converse=self.converse,
            people=self.people,
            answering=answering,
            form=self.form,
            front=Front(
                catalog=self.converse.catalog,
                inventories=self.converse.inventories,
                ledger=self.ledger,
                permission=self.converse.permission,
                api=self.api,
            ),
            marks=Marks(
                config=self.alerts,
                incidents=self.incidents,
                posting=posting,
                gate=gate,
                permission=self.converse.permission,
                journal=self.converse.journal,
                answering=answering,
            ),
        )

    @cached_property
    def door(self) -> SlackDoor:
        """What both doors do before they acknowledge."""
        return SlackDoor(inbox=self.inbox("door"), form=self.form)

    def inbox(self, name: str) -> Inbox:
        """The inbox, as a consumer of its own name in this process sees it."""
        consumer = f"{socket.gethostname()}:{os.getpid()}:{name}"
        return Inbox(self.redis, consumer, seal=self.box.seal_bytes, unseal=self.box.open_bytes)

    @cached_property
    def deliver(self) -> Deliver:
        """The flow that brings the outbox to Slack."""
        return Deliver(
            outbox=self.ledger.outbox(),
            ledger=self.ledger,
            api=self.client,
            budget=Budget(self.redis),
            leases=Leases(self.redis),
        )

    def listen(self, stop: threading.Event) -> None:
        """Start the threads that deal with what comes in, and with an app token those of Socket Mode.

        They end when `stop` is set, and when the process does: what they have taken from the inbox is then finished.
        """
        talkers = [
            Talker(inbox=self.inbox(f"talker-{number}"), talk=lambda: self.talk).run for number in range(TALKERS)
        ]
        app_token = self.settings.slack_app_token.get_secret_value()
        if app_token:
            door = SocketDoor(lambda: self.door, app_token=app_token, api_url=self.settings.slack_api_url)
            talkers.append(door.run)
        threads = [threading.Thread(target=run, args=(stop,), name="slack", daemon=True) for run in talkers]
        for thread in [*threads, threading.Thread(target=self.form.warm, name="warm", daemon=True)]:
            thread.start()
        atexit.register(_leave, stop, threads)


def _leave(stop: threading.Event, threads: Sequence[threading.Thread]) -> None:
    stop.set()
    until = time.monotonic() + LEAVE_SECONDS
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
