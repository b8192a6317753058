"""A form as it has become enters, with the time of the change that made it so; it leaves for Slack if none is later.

Changes that follow one another quickly are dealt with side by side, in one process or several, and Slack only says that
a form is not the one that was seen any more. So whoever has shown a change notes its time and the hash of what is shown
now: the next one learns from it whether it comes too late, or which form it replaces.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import redis.exceptions
from redis import Redis

from bot.chat.slack.client import SlackApi
from bot.chat.slack.trouble import SlackRefused
from bot.errors import Unavailable

TRIES = 10
PAUSE_SECONDS = 0.1
"""How long whoever has shown another change gets to note it; a process that died in between never does."""
KEPT_SECONDS = 3_600

_NOTE = """
local last = redis.call('HGET', KEYS[1], 'at')
if last and tonumber(last) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'at', ARGV[1], 'hash', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


class Following:
    """Forms as they change; raises SlackTrouble, and Unavailable when Redis does not answer."""

    def __init__(self, api: SlackApi, redis: Redis, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._api = api
        self._redis = redis
        self._sleep = sleep
        self._note_it = redis.register_script(_NOTE)

    def show(self, view: Mapping[str, Any], at: float, shown: Mapping[str, Any]) -> None:
        """Put `shown` in place of `view`, as Slack sent that with a change at `at` (s since the epoch; 0: just now).

        Nothing happens when a later change is shown already, or the form was closed.
        """
        name, seen, at = str(view.get("id")), str(view.get("hash")), at or time.time()
        for number in range(TRIES + 1):
            last, there = self._last(name)
            if last > at:
                return
            guard = {"hash": there if number and there else seen} if number < TRIES else {}
            try:
                answer = self._api.call("views.update", {"view_id": name, "view": shown, **guard})
            except SlackRefused as error:
                if error.code == "not_found":
                    return
                if error.code != "hash_conflict":
                    raise
                self._sleep(PAUSE_SECONDS)
            else:
                self._note(name, at, answer)
                return

    def _last(self, name: str) -> tuple[float, str]:
        """When the newest change was made that is shown, and the hash of what is shown since."""
        with _answering():
            found: Any = self._redis.hmget(_key(name), ["at", "hash"])
        at, there = found
        return (float(at), there.decode()) if at and there else (0.0, "")

    def _note(self, name: str, at: float, answer: Mapping[str, Any]) -> None:
        view = answer.get("view")
        there = str(view.get("hash", "")) if isinstance(view, Mapping) else ""
        with _answering():
            self._note_it(keys=[_key(name)], args=[json.dumps(at), there, KEPT_SECONDS])


def _key(name: str) -> str:
    return f"signalbox:slack:form:{name}"


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except redis.exceptions.RedisError as error:
        raise Unavailable("Redis does not answer.", "Try again in a moment.") from error
