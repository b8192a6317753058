"""Writes fixtures, to be kept when a format is about to change: `python -m tests.upgrade.write FOLDER`.

Run it in the tree of the version whose formats are to be kept, with this folder in the place of its own. FOLDER gets
`<migration>.redis.json`, what that version keeps in Redis, and `<migration>.sql`, a dump of a database that it wrote.
Those of 0001 to 0005 were dumped from chats.
"""

import json
import sqlite3
import sys
from base64 import b64encode
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from redis import Redis

from bot.ledger import revision
from bot.model.command import RunOptions
from bot.model.safety import Concurrency, Overlap
from bot.model.stop import Stop, StopKind
from bot.queue import Mark, RedisAgenda, RedisQueue, RedisStops, SealedBox
from bot.rules import RedisRuleStates
from bot.rules.state import Kept, Match, RulesetState, RuleState, Window
from bot.stream import RedisStream
from tests.flows.world import story
from tests.queue.conftest import envelope
from tests.queue.redis_server import RedisServer

from .told import NOW, tell

KEY = b"0" * 43 + b"="
"""The key of `tests.queue.workers`."""
_EVENT = {"host": "web1", "value": 2**60, "words": ["a", None, {"b": True}]}
MEMORY = RulesetState(
    facts=({"first": 1}, {"second": "two"}),
    rules=(
        RuleState(rule="both", sense="00ff", kept=(Kept(id="e1", at=100.5, data=_EVENT, tests=(0, 1)),)),
        RuleState(
            rule="often",
            sense="01fe",
            windows=(
                Window(group='[["web1"]]', until=200.0, count=3),
                Window(group='[["web2"]]', until=201.0, count=1, data=_EVENT),
            ),
        ),
    ),
    seen=("e1", "notice-2", "e3"),
    open=(Match(id="town/often/e3", ruleset="town", rule="often", at=101.0, events={"m": _EVENT}, counts={"m_0": 3}),),
)
"""What the ruleset `town` remembers."""
MARK = Mark(at=NOW, seen=NOW)
"""Until when the schedule `night` has been dealt with."""


def fill(redis: Redis) -> None:
    """A run in the queue, one that stands behind it, one under way with events, one to cancel, a lock, rules, marks."""
    queue = RedisQueue(redis, SealedBox(KEY))
    first = envelope(1, password="hunter2", port=5, flags=["a", {"b": None}])
    alone = replace(first.plan, options=RunOptions(check=True, diff=True), concurrency=Concurrency(mode=Overlap.QUEUE))
    queue.submit(replace(first, plan=alone))
    queue.submit(replace(envelope(2), plan=first.plan))
    queue.submit(envelope(3))
    queue.claim(3)
    queue.ask_cancel(3)
    RedisStream(redis).append(story(["web-3-a", "web-3-b"], 3)[:-1])
    lock = Stop(
        kind=StopKind.LOCK, environment="staging-east", actor="terminal:anna", reason="the move", at=1_700_000_000
    )
    RedisStops(redis).change(lambda _: (lock,))
    RedisRuleStates(redis).change("town", lambda _: (MEMORY, None))
    RedisAgenda(redis).put("night 0 12 * * * UTC", MARK)


def content(redis: Redis) -> dict[str, Any]:
    """Every key with its type and what it holds, as base64."""
    return {_text(key): _value(redis, key) for key in sorted(redis.scan_iter())}


def _value(redis: Redis, key: bytes) -> tuple[str, Any]:
    kind = redis.type(key).decode()
    match kind:
        case "string":
            return kind, _text(redis.get(key))
        case "hash":
            return kind, {_text(name): _text(value) for name, value in redis.hgetall(key).items()}
        case "list":
            return kind, [_text(value) for value in redis.lrange(key, 0, -1)]
        case "set":
            return kind, sorted(_text(value) for value in redis.smembers(key))
        case "zset":
            return kind, {_text(value): score for value, score in redis.zrange(key, 0, -1, withscores=True)}
        case "stream":
            found = redis.xrange(key)
            return kind, [
                [id_.decode(), {_text(name): _text(v) for name, v in fields.items()}] for id_, fields in found
            ]
    raise ValueError(kind)


def _text(value: Any) -> str:
    return b64encode(value).decode()


def database() -> str:
    """A dump of the database that is told."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "signalbox.db"
        tell(file)
        with closing(sqlite3.connect(file)) as connection:
            return "\n".join(connection.iterdump()) + "\n"


def main(folder: Path) -> None:
    """Write them."""
    server = RedisServer()
    server.start()
    try:
        with server.client() as redis:
            fill(redis)
            written = json.dumps(content(redis), indent=1)
    finally:
        server.remove()
    (folder / f"{revision.NEWEST}.redis.json").write_text(written + "\n")
    (folder / f"{revision.NEWEST}.sql").write_text(database())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
