"""Cards, recaps and texts enter; they lie in Redis until the terminal that the conversation belongs to reads them.

A conversation is one stream of small letters. A card lies beside it, only in its newest form: a terminal that looks
away for a while reads each card once, and a card of thousands of hosts is stored once, not with every update.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import redis.exceptions
from redis import Redis

from bot.chat.incident_words import calling_text, incident_event_text
from bot.chat.interface import Letter, LetterKind, age
from bot.errors import Unavailable
from bot.model.codec import decode, encode
from bot.model.incident import IncidentCard, IncidentEvent
from bot.model.people import Conversation
from bot.model.view import RunCard

LETTERS_KEPT = 500
KEPT_SECONDS = 86_400
READ_AT_ONCE = 200
STEP_MS = 1_000
"""The longest single wait for letters: well under the time after which the client gives a silent server up."""

_POST = """
local posted = redis.call('GET', KEYS[2])
if posted then return posted end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[3])
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[3], 'card', ARGV[4], 'age', ARGV[5])
  redis.call('EXPIRE', KEYS[3], ARGV[3])
end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[6], '*', 'letter', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return ARGV[1]
"""

_UPDATE = """
if tonumber(ARGV[3]) < tonumber(redis.call('HGET', KEYS[2], 'age') or '-1') then return 0 end
redis.call('HSET', KEYS[2], 'card', ARGV[2], 'age', ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[5], '*', 'letter', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
"""


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except redis.exceptions.RedisError as error:
        raise Unavailable(
            "The mailbox of this conversation in Redis does not answer.", "`python -m bot doctor` tells more."
        ) from error


def _stream(conversation: Conversation) -> str:
    return f"signalbox:mailbox:{conversation}"


def _beside(conversation: Conversation, what: str, name: str) -> str:
    return f"{_stream(conversation)}:{what}:{name}"


class Mailbox:
    """Chat for conversations in a terminal; what nobody reads is gone after a day."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._post = redis.register_script(_POST)
        self._update = redis.register_script(_UPDATE)

    def post_card(self, conversation: Conversation, card: RunCard, key: str) -> str:
        """Leave a card; the same key leaves it once."""
        return self._leave(conversation, LetterKind.CARD, key, *_encoded(card))

    @_answering()
    def update_card(self, conversation: Conversation, ref: str, card: RunCard) -> None:
        """Put a newer card in its place."""
        self._replace(conversation, LetterKind.CARD, ref, *_encoded(card))

    def post_recap(self, conversation: Conversation, card: RunCard, key: str) -> None:
        """Leave a recap; the same key leaves it once."""
        self._leave(conversation, LetterKind.RECAP, key, *_encoded(card))

    def say(self, conversation: Conversation, text: str, key: str) -> None:
        """Leave a text; the same key leaves it once."""
        self._leave(conversation, LetterKind.TEXT, key, text=text)

    def call(self, conversation: Conversation, to: str, text: str, key: str) -> None:
        """Leave it as a text, once; nothing rings in a terminal."""
        self.say(conversation, calling_text(to, text), key)

    @_answering()
    def show_incident(self, conversation: Conversation, card: IncidentCard) -> None:
        """Leave the card, or put it in the place of an older one."""
        shown, edition, key = encode(card), card.incident.edition, f"incident:{card.incident.id}"
        ref = uuid4().hex
        posted = self._leave(conversation, LetterKind.INCIDENT, key, shown, edition, ref=ref)
        if posted != ref:
            self._replace(conversation, LetterKind.INCIDENT, posted, shown, edition)

    def tell_incident(self, conversation: Conversation, event: IncidentEvent) -> None:
        """Leave the line as a text, once."""
        self.say(conversation, incident_event_text(event), f"incident:{event.incident_id}:{event.id}")

    def _replace(self, conversation: Conversation, kind: LetterKind, ref: str, shown: str, newer: int) -> None:
        self._update(
            keys=[_stream(conversation), _beside(conversation, "card", ref)],
            args=[_letter(kind, ref), shown, newer, KEPT_SECONDS, LETTERS_KEPT],
        )

    @_answering()
    def _leave(
        self,
        conversation: Conversation,
        kind: LetterKind,
        key: str,
        shown: str = "",
        newer: int = 0,
        *,
        text: str = "",
        ref: str = "",
    ) -> str:
        """The reference of what lies there under the key; `shown` is a card, `newer` tells which of two is."""
        ref = ref or uuid4().hex
        posted = self._post(
            keys=[_stream(conversation), _beside(conversation, "key", key), _beside(conversation, "card", ref)],
            args=[
                ref,
                _letter(kind, ref, text),
                KEPT_SECONDS,
                shown,
                newer,
                LETTERS_KEPT,
            ],
        )
        return _text(posted)


class MailboxReader:
    """The terminal's side: reads what comes after it was made, or with `start="0"` all that is kept."""

    def __init__(self, redis: Redis, conversation: Conversation, start: str | None = None) -> None:
        self._redis = redis
        self._conversation = conversation
        self._last = start if start is not None else self._newest()

    @_answering()
    def _newest(self) -> str:
        newest: Any = self._redis.xrevrange(_stream(self._conversation), count=1)
        return _text(newest[0][0]) if newest else "0"

    @_answering()
    def read(self, block_ms: int) -> list[Letter]:
        """Letters that have come, oldest first, each card once; waits up to `block_ms` milliseconds for the first."""
        deadline = time.monotonic() + block_ms / 1_000
        while True:
            left_ms = round((deadline - time.monotonic()) * 1_000)
            entries = self._entries(min(left_ms, STEP_MS))
            if entries or left_ms <= STEP_MS:
                return list(self._opened(entries))

    def _entries(self, block_ms: int) -> list[Any]:
        answer: Any = self._redis.xread(
            {_stream(self._conversation): self._last}, count=READ_AT_ONCE, block=block_ms if block_ms > 0 else None
        )
        entries = _flat(answer or [])
        if entries:
            self._last = _text(entries[-1][0])
        return entries

    def _opened(self, entries: list[Any]) -> Iterator[Letter]:
        seen: set[str] = set()
        for _, fields in entries:
            plain = json.loads(fields.get(b"letter") or fields["letter"])
            kind, ref, text = LetterKind(plain["kind"]), str(plain["ref"]), str(plain["text"])
            if kind is LetterKind.TEXT:
                yield Letter(kind=kind, ref=ref, text=text)
            elif ref not in seen and (shown := self._shown(ref)):
                seen.add(ref)
                if kind is LetterKind.INCIDENT:
                    yield Letter(kind=kind, ref=ref, incident=decode(IncidentCard, shown))
                else:
                    yield Letter(kind=kind, ref=ref, card=decode(RunCard, shown))

    def _shown(self, ref: str) -> Any:
        return self._redis.hget(_beside(self._conversation, "card", ref), "card")


def _encoded(card: RunCard) -> tuple[str, int]:
    return encode(card), age(card)


def _letter(kind: LetterKind, ref: str, text: str = "") -> str:
    return json.dumps({"kind": kind.value, "ref": ref, "text": text})


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _flat(answer: Any) -> list[Any]:
    """Entries of the streams that were read: a table of streams in Redis' newer protocol, a list in the older."""
    if isinstance(answer, dict):
        return [entry for chunks in answer.values() for chunk in chunks for entry in chunk]
    return [entry for _, entries in answer for entry in entries]
