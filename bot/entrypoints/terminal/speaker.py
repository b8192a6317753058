"""Who speaks in a terminal, and to whom: text enters, an Answer leaves; then all that is needed to follow its runs."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from bot.chat import Letter, MailboxReader
from bot.errors import SignalboxError, Unavailable
from bot.flows.converse import Converse
from bot.flows.damage import past_damage
from bot.flows.in_line import waiting_for
from bot.ledger import Ledger
from bot.model.command import Vocabulary
from bot.model.event import ENDED, RunEvent
from bot.model.people import Actor, Conversation, Origin
from bot.model.request import Answer, Request
from bot.model.run import Run
from bot.queue import RunQueue
from bot.stream import EventStream

_log = structlog.get_logger(__name__)


def conversation(channel: str) -> Conversation:
    """A new conversation in a channel of the terminal; the thread is this session."""
    return Conversation(transport="terminal", channel=channel, thread=secrets.token_hex(4))


def secret_question(name: str, about: str) -> str:
    """How a person is asked for the value of a secret parameter."""
    return f"{name} ({about}): " if about else f"{name}: "


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """One session: the flow it speaks to, and the doors through which it sees what becomes of it."""

    converse: Converse
    ledger: Ledger
    stream: EventStream
    queue: RunQueue
    mailbox: MailboxReader
    channel: MailboxReader
    actor: Actor
    conversation: Conversation
    origin: Origin

    def say(self, text: str, secret_values: Mapping[str, Any] | None = None) -> Answer:
        """Say a line; a SignalboxError with a sentence when nothing came of it, whatever went wrong."""
        try:
            return self.converse.handle(self._request(text, secret_values or {}))
        except SignalboxError:
            raise
        except Exception as error:
            _log.exception("could not answer")
            what = f"Signalbox failed itself ({type(error).__name__})."
            raise Unavailable(what, "chat.log in SIGNALBOX_HOME tells more.") from error

    def waits(self, run: Run) -> str:
        """For which other runs a run waits; empty when for none."""
        return waiting_for(self.queue.ahead(run.id, run.plan))

    def names(self) -> Vocabulary:
        """The names that this person is offered."""
        return self.converse.understand.offered(self._request("", {}))

    def _request(self, text: str, secret_values: Mapping[str, Any]) -> Request:
        return Request(
            text=text,
            actor=self.actor,
            conversation=self.conversation,
            origin=self.origin,
            secrets=secret_values,
        )

    def events(self, run: Run, *, after: int = 0, block_ms: int = 500) -> Iterator[RunEvent | None]:
        """The run's events after a counter, as they happen, up to the last; None when nothing came for `block_ms`."""
        while True:
            found = self.stream.read_many({run.id: after}, block_ms=block_ms)
            events = found.get(run.id, [])
            if not events:
                after = past_damage(self.stream, run.id, after) if run.id in found else after
                yield None
            for event in self._whole(run, after, events):
                yield event
                after = event.counter
                if event.kind == ENDED:
                    return

    def _whole(self, run: Run, after: int, events: Sequence[RunEvent]) -> Iterator[RunEvent]:
        """The events, and before them those that had left the stream when we came: they are in SQL."""
        first = events[0].counter if events else 0
        while after + 1 < first and (stored := self.ledger.events(run.id, after=after)):
            yield from (event for event in stored if event.counter < first)
            after = stored[-1].counter
        yield from events

    def letters(self, *, block_ms: int) -> list[Letter]:
        """What the relay has put into this conversation since the last call."""
        return self.mailbox.read(block_ms)

    def news(self) -> list[Letter]:
        """What the relay has put into the channel, for everybody there, since the last call; waits for nothing."""
        return self.channel.read(0)
