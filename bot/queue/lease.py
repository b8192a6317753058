"""Leases in Redis: a run belongs to one relay at a time, and to another as soon as the first stops renewing.

Redis keeps the end of a key by its machine's clock: when that is set back, the lease of who died just before would
last as much longer. Nobody takes one for so long, so one that has more than twice its time left counts as free.
"""

import secrets
from collections.abc import Iterable
from typing import Any

from redis import Redis

_TAKE = """
local got = {}
for place, key in ipairs(KEYS) do
  if redis.call('get', key) == ARGV[1] then
    got[place] = redis.call('pexpire', key, ARGV[2])
  else
    if redis.call('pttl', key) > 2 * ARGV[2] then redis.call('del', key) end
    got[place] = redis.call('set', key, ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
  end
end
return got
"""
_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"

AT_ONCE = 1_000


class Leases:
    """Leases held under one random name; `seconds` is how long each of them lasts without being renewed."""

    def __init__(self, redis: Redis, *, seconds: float = 6.0) -> None:
        self._redis = redis
        self._owner = secrets.token_hex(8)
        self._milliseconds = int(seconds * 1000)
        self._take = redis.register_script(_TAKE)
        self._release = redis.register_script(_RELEASE)

    def take(self, name: str) -> bool:
        """Take a lease that is free, or renew one that is ours; False while another holds it."""
        return name in self.take_all([name])

    def take_all(self, names: Iterable[str]) -> set[str]:
        """The same for many, a thousand at a time; those that are ours now."""
        ours: set[str] = set()
        wanted = [*names]
        while wanted:
            some, wanted = wanted[:AT_ONCE], wanted[AT_ONCE:]
            got = self._take(keys=[_key(name) for name in some], args=[self._owner, self._milliseconds])
            ours.update(name for name, mine in zip(some, got, strict=True) if mine)
        return ours

    def release(self, name: str) -> None:
        """Give a lease back, if it is ours."""
        self._release(keys=[_key(name)], args=[self._owner])

    def held(self, name: str) -> bool:
        """Whether anybody holds the lease."""
        left: Any = self._redis.pttl(_key(name))
        return bool(0 <= left <= 2 * self._milliseconds)


def _key(name: str) -> str:
    return f"signalbox:lease:{name}"
