"""Where rules keep what they remember: an edit of one ruleset's memory enters, and is done whole or not at all."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar
from uuid import uuid4

import redis.exceptions
from redis import Redis
from redis.client import Pipeline

from bot.errors import Unavailable
from bot.model import codec
from bot.rules.parts import Remembered, changes, remembered
from bot.rules.state import RulesetState

_VERSION = "version"
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
    """One hash a ruleset, a field for each part of its memory: whoever counts an event must have seen those before it.

    What this process read or wrote last is kept here too, under the version that Redis had then.
    """

    def __init__(self, client: Redis) -> None:
        self._redis = client
        self._last: dict[str, _Known] = {}

    def read(self, ruleset: str) -> RulesetState:
        """What was kept here, if it is still the newest."""
        with _answering():
            found = self._find(self._redis, ruleset)
        return found.state

    def change(self, ruleset: str, edit: Edit[T]) -> T:
        """Watch what is kept, and begin again when it was changed meanwhile."""
        key, older = _key(ruleset), _older_key(ruleset)
        told: list[T] = []
        made: list[_Known] = []

        def step(pipeline: Pipeline) -> None:
            found = self._find(pipeline, ruleset)
            state, said = edit(found.state)
            changed = changes(found.kept, state)
            told[:], made[:] = [said], []
            pipeline.multi()
            if not changed.written and not changed.gone:
                return
            made[:] = [_Known(version=uuid4().hex, kept=changed.after)]
            pipeline.hset(key, mapping={**changed.written, _VERSION: made[0].version})
            if changed.gone:
                pipeline.hdel(key, *changed.gone)
            if found.older is not None:
                pipeline.delete(older)

        with _answering():
            self._redis.transaction(step, key, older)
        if made:
            self._last[ruleset] = made[0]
        return told[0]

    def _find(self, client: Redis | Pipeline, ruleset: str) -> "_Known":
        known, version = self._last.get(ruleset), client.hget(_key(ruleset), _VERSION)
        if version is None:
            return _Known(older=_older(client, ruleset))
        if known is None or known.version != _text(version):
            fields = {_text(name): _text(value) for name, value in client.hgetall(_key(ruleset)).items()}
            known = _Known(version=fields.pop(_VERSION, ""), kept=remembered(fields))
            self._last[ruleset] = known
        return known


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is kept under a version; `older` instead when only a version of Signalbox before this one has kept it."""

    version: str = ""
    kept: Remembered = field(default_factory=Remembered)
    older: RulesetState | None = None

    @property
    def state(self) -> RulesetState:
        """The memory."""
        return self.kept.state if self.older is None else self.older


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
    return f"signalbox:ruleset:{ruleset}"


def _older_key(ruleset: str) -> str:
    """Where versions before this one kept a whole memory as one text."""
    return f"signalbox:rules:{ruleset}"


def _older(client: Redis | Pipeline, ruleset: str) -> RulesetState | None:
    """None where there is none; what sensors have sent lies under such a name too, and is a list."""
    key = _older_key(ruleset)
    return _decoded(client.get(key)) if _text(client.type(key)) == "string" else None


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


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
