"""A place where deliveries happen: the strict fake Slack, a real Redis, a real database, and time that a test moves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import redis

from bot.chat.slack.budget import Budget
from bot.chat.slack.chat import SlackChat
from bot.chat.slack.client import SlackClient
from bot.flows.deliver import Deliver, settle
from bot.ledger.outbox_sql import SqlOutbox
from bot.ledger.sql import SqlLedger
from bot.model.people import Conversation
from bot.model.view import RunCard, RunView
from bot.queue import Leases
from tests.chat.make import card as terminal_card
from tests.chat.make import ended, view
from tests.fake_slack import FakeSlack
from tests.fake_slack.clock import ManualClock
from tests.fake_slack.state import Message

HERE = Conversation(transport="slack", channel="C1")
CALL_SECONDS = 0.05
"""How long a turn takes in the time that the test moves."""
MOMENT = 1e-4
"""More than the rounding of a time: who is told to wait comes back a little later, never a little earlier."""


def card(looks: RunView | None = None, **changed: Any) -> RunCard:
    """A card of run 12, asked for by ada."""
    return terminal_card(looks, **{"actor": "slack:U1", **changed})


def quiet(counter: int, run_id: int = 12) -> RunCard:
    """A run under way without failures."""
    return card(view(run_id=run_id, counter=counter, failures=(), failure_count=0), run_id=run_id)


def over(run_id: int = 12, counter: int = 60) -> RunCard:
    """A run that has failed."""
    return card(ended(run_id=run_id, counter=counter, final_counter=counter), run_id=run_id)


@dataclass(kw_only=True)
class Place:
    """Everything together; `deliver` is the process that sends, `next_process` another one after its end.

    `ahead` is by how many seconds the clock of the machine has been set.
    """

    slack: FakeSlack
    clock: ManualClock
    redis: redis.Redis
    ledger: SqlLedger
    wrap: Callable[[str, Any], Any] = lambda _, part: part
    ahead: float = 0.0
    deliver: Deliver = field(init=False)

    def __post_init__(self) -> None:
        self.deliver = self.process()

    @property
    def outbox(self) -> SqlOutbox:
        """What is stored."""
        return self.ledger.outbox()

    @property
    def chat(self) -> SlackChat:
        """What the relay writes to; a new one knows nothing of the ones before."""
        return SlackChat(self.outbox, clock=self.clock.now)

    def process(self) -> Deliver:
        """What a process that sends is made of."""
        micro = lambda: int(self.clock.now() * 1_000_000)  # noqa: E731
        return Deliver(
            outbox=self.wrap("outbox", self.outbox),
            ledger=self.ledger,
            api=self.wrap("api", SlackClient(self.slack.bot_token, base_url=self.slack.api_url, timeout=30)),
            budget=self.wrap("budget", Budget(self.redis, clock=micro)),
            leases=self.wrap("leases", Leases(self.redis)),
            clock=self.clock.now,
        )

    def next_process(self) -> None:
        """The process has died: another one sends, as soon as the lease has run out."""
        self.deliver = self.process()
        self.redis.delete("signalbox:lease:slack")

    def turns(self, seconds: float) -> None:
        """Let it send for so long."""
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            self.clock.advance(max(settle(self.deliver, self.clock.now() + self.ahead), CALL_SECONDS) + MOMENT)

    def settled(self, seconds: float = 300.0) -> bool:
        """Let it send until nothing is left to send; False when that took longer."""
        end = self.clock.now() + seconds
        while self.clock.now() < end:
            if not self.left():
                return True
            self.turns(1.0)
        return not self.left()

    def left(self) -> int:
        """How many deliveries are pending."""
        with self.ledger._database.reading() as connection:
            asked = "select count(*) from deliveries where state = 'pending'"
            return int(connection.exec_driver_sql(asked).scalar_one())

    def shown(self, key: str, channel: str | None = None) -> list[Message]:
        """The messages with this key."""
        return [message for message in self.slack.messages(channel) if key_of(message) == key]

    def told(self, channel: str | None = "C1") -> list[str]:
        """The keys of all messages as they stand, files by their name."""
        return [key_of(message) for message in self.slack.messages(channel)]

    def run_story(self, run_id: int = 12, where: Conversation = HERE) -> None:
        """All that a relay writes about a run, at once: nothing of it is sent yet."""
        chat = self.chat
        ref = chat.post_card(where, quiet(5, run_id), f"card:{run_id}")
        chat.update_card(where, ref, quiet(20, run_id))
        chat.update_card(where, ref, over(run_id))
        chat.post_recap(where, over(run_id), f"recap:{run_id}")


def key_of(message: Message) -> str:
    """The key in the metadata of a message, or the name of its file."""
    if message.files:
        return message.files[0].name
    return str((message.metadata or {}).get("event_payload", {}).get("key", ""))
