"""Where rules keep what they remember: an edit of one ruleset's memory enters, and is done whole or not at all."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

import redis.exceptions
from redis import Redis
from redis.client import Pipeline

from bot.errors import Unavailable
from bot.model import codec
from bot.rules.state import RulesetState

T = TypeVar("T")
Edit = Callable[[RulesetState], tuple[RulesetState, T]]
"""The memory enters; the new one, and what is to be told, leave. It may be called again when another was quicker."""


class RuleStates(Protocol):
    """Seen by all processes at once, and there after a restart; every method raises Unavailable without its store."""

    def read(self, ruleset: str) -> RulesetState:
        """What the ruleset remembers now."""

    def change(self, ruleset: str, edit: Edit[T]) -> T:
        """Replace it by what `edit` makes of it; what it raises changes nothing."""


class RedisRuleStates:
    """One key a ruleset: whoever counts an event must have seen those before it."""

    def __init__(self, client: Redis) -> None:
        self._redis = client

    def read(self, ruleset: str) -> RulesetState:
        """Read the key."""
        with _answering():
            return _decoded(self._redis.get(_key(ruleset)))

    def change(self, ruleset: str, edit: Edit[T]) -> T:
        """Watch the key, and begin again when it was changed meanwhile."""
        key = _key(ruleset)

        told: list[T] = []

        def step(pipeline: Pipeline) -> None:
            before = _decoded(pipeline.get(key))
            after, said = edit(before)
            told[:] = [said]
            pipeline.multi()
            if after != before:
                pipeline.set(key, codec.encode(after))

        with _answering():
            self._redis.transaction(step, key)
        return told[0]


class MemoryRuleStates:
    """The twin."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}
        self._lock = threading.RLock()

    def read(self, ruleset: str) -> RulesetState:
        """What was kept last."""
        with self._lock:
            return _decoded(self._kept.get(ruleset))

    def change(self, ruleset: str, edit: Edit[T]) -> T:
        """One at a time; kept as text, as the real one does."""
        with self._lock:
            after, told = edit(_decoded(self._kept.get(ruleset)))
            self._kept[ruleset] = codec.encode(after)
            return told


def _key(ruleset: str) -> str:
    return f"signalbox:rules:{ruleset}"


def _decoded(kept: object) -> RulesetState:
    """What was kept; a memory that cannot be read is none."""
    if not isinstance(kept, bytes | str):
        return RulesetState()
    try:
        return codec.decode(RulesetState, kept)
    except ValueError:
        return RulesetState()


@contextmanager
def _answering() -> Iterator[None]:
    """Errors of Redis enter, Unavailable leaves."""
    try:
        yield
    except redis.exceptions.RedisError as error:
        remedy = "`python -m bot doctor` tells more."
        raise Unavailable(f"Redis does not answer to rules ({type(error).__name__}).", remedy) from error
