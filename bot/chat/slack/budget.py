"""Calls that processes want to make enter; each is told how many seconds to wait, and Slack's rates are never broken.

The budget lies in Redis, one pair of keys for each method of a workspace and one more for each channel of those that
are counted by channel. The pace is kept by one number, the time at which the bucket would be full again. Who cannot go
stands in line with a caller key (a run): one place for each key, final states before everything else, else in the
order of coming, so that keys take turns however often they ask. A place is lost when its owner does not come back.
Times are Redis' own, in whole microseconds.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from typing import Any, Protocol

import redis.exceptions
from redis import Redis

from bot.chat.slack.rates import CHANNEL_PACES, PACES, T2, Pace
from bot.errors import Unavailable

MICRO = 1_000_000
GRACE_SECONDS = 2.0
"""How much later than told a caller may come and still find its place in line."""


class Priority(IntEnum):
    """Who goes first; a smaller number does."""

    FINAL = 0
    NORMAL = 1
    LOW = 2


class Rates(Protocol):
    """What a budget can do; every method raises Unavailable when its store does not answer."""

    def take(
        self, method: str, team: str, channel: str | None = None, *, key: str = "", priority: Priority = Priority.NORMAL
    ) -> float:
        """Seconds to wait; 0 means go, and the call is counted. Who waits asks again after so long."""

    def punish(self, method: str, team: str, seconds: float) -> None:
        """Slack said 429: nobody calls this method of this workspace for so many seconds (s) from now."""


_NOW = """
local function clock(given)
  if given ~= '' then return tonumber(given) end
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local function whole(number) return string.format('%.0f', number) end
local function keep(key, micros) redis.call('PEXPIRE', key, whole(math.max(micros, 0) / 1000 + 60000)) end
local function look(bucket, line, now) -- when the clock was set back, times move along, and who waits comes anew
  local back = tonumber(redis.call('HGET', bucket, 'seen') or '0') - now
  if back > 0 and back <= 10000000 then return end
  redis.call('HSET', bucket, 'seen', whole(now))
  if back <= 0 then return end
  redis.call('DEL', line, line .. ':until')
  for _, name in ipairs({'hold', 'full'}) do
    local at = redis.call('HGET', bucket, name)
    if at then redis.call('HSET', bucket, name, whole(tonumber(at) - back)) end
  end
end
"""

# KEYS: bucket, line, bucket, line ... ARGV: now, member, priority, grace, then spacing and burst for each bucket.
# A bucket is a hash of `full` (when it is full again), `hold` (closed until) and `seen` (the last look); a line is two
# sorted sets: members by turn, and under `line:until` by the time at which their place is lost.
_TAKE = (
    _NOW
    + """
local now, member, grace = clock(ARGV[1]), ARGV[2], tonumber(ARGV[4])
local band = tonumber(ARGV[3]) * 3e15

local function leave(line, who)
  redis.call('ZREM', line, who)
  redis.call('ZREM', line .. ':until', who)
end

local function turn(line) -- behind everybody of the same priority, whatever the clock says
  local last = redis.call('ZREVRANGEBYSCORE', line, '(' .. whole(band + 3e15), whole(band), 'WITHSCORES', 'LIMIT', 0, 1)
  return whole(math.max(band + now, tonumber(last[2] or '0') + 1))
end

local function ahead(line)
  for _, gone in ipairs(redis.call('ZRANGEBYSCORE', line .. ':until', '-inf', '(' .. whole(now))) do
    leave(line, gone)
  end
  local place = redis.call('ZRANK', line, member)
  return place or redis.call('ZCOUNT', line, '-inf', turn(line))
end

local longest, where, full = 0, nil, {}
for n = 1, #KEYS / 2 do
  local bucket, line = KEYS[n * 2 - 1], KEYS[n * 2]
  local spacing, burst = tonumber(ARGV[3 + n * 2]), tonumber(ARGV[4 + n * 2])
  local slack = (burst - 1) * spacing
  look(bucket, line, now)
  full[n] = tonumber(redis.call('HGET', bucket, 'full') or '0')
  keep(bucket, full[n] - now)
  local wait = math.max(full[n], now) + ahead(line) * spacing - slack - now
  if wait > longest then longest, where = wait, line end
end

for n = 1, #KEYS / 2 do
  local bucket, line = KEYS[n * 2 - 1], KEYS[n * 2]
  if longest == 0 then
    local spacing = tonumber(ARGV[3 + n * 2])
    full[n] = math.max(full[n], now) + spacing
    redis.call('HSET', bucket, 'full', whole(full[n]))
    keep(bucket, full[n] - now)
    leave(line, member)
  elseif line == where then
    redis.call('ZADD', line, 'NX', turn(line), member)
    redis.call('ZADD', line .. ':until', whole(now + longest + grace), member)
    keep(line, longest + grace)
    keep(line .. ':until', longest + grace)
  end
end
return whole(longest)
"""
)

_PUNISH = (
    _NOW
    + """
local now = clock(ARGV[1])
look(KEYS[1], KEYS[2], now)
local hold = math.max(now + tonumber(ARGV[2]), tonumber(redis.call('HGET', KEYS[1], 'hold') or '0'))
local full = math.max(hold + tonumber(ARGV[3]), tonumber(redis.call('HGET', KEYS[1], 'full') or '0'))
redis.call('HSET', KEYS[1], 'hold', whole(hold), 'full', whole(full))
keep(KEYS[1], full - now)
return 1
"""
)


class Budget:
    """Rates in Redis, shared by every process; `clock` gives microseconds where a test moves time itself."""

    def __init__(
        self,
        redis: Redis,
        *,
        paces: Mapping[str, Pace] = PACES,
        channel_paces: Mapping[str, Pace] = CHANNEL_PACES,
        clock: Callable[[], int] | None = None,
    ) -> None:
        self._take = redis.register_script(_TAKE)
        self._punish = redis.register_script(_PUNISH)
        self._paces = paces
        self._channel_paces = channel_paces
        self._clock = clock

    def take(
        self, method: str, team: str, channel: str | None = None, *, key: str = "", priority: Priority = Priority.NORMAL
    ) -> float:
        """Ask for one call on behalf of `key`."""
        buckets = [(_key(team, method), self._pace(method))]
        if channel and method in self._channel_paces:
            buckets.append((_key(team, method, channel), self._channel_paces[method]))
        keys = [name for bucket, _ in buckets for name in (bucket, f"{bucket}:line")]
        sizes = [size for _, pace in buckets for size in (round(pace.spacing * MICRO), pace.burst)]
        member = f"{priority.value}:{key}"
        args = [self._now(), member, priority.value, round(GRACE_SECONDS * MICRO), *sizes]
        return int(_run(self._take, keys, args)) / MICRO

    def punish(self, method: str, team: str, seconds: float) -> None:
        """Close the method; when it opens again it opens for one call, the next follow at its pace."""
        pace = self._pace(method)
        slack = round(pace.spacing * MICRO) * (pace.burst - 1)
        bucket = _key(team, method)
        _run(self._punish, [bucket, f"{bucket}:line"], [self._now(), round(seconds * MICRO), slack])

    def _pace(self, method: str) -> Pace:
        return self._paces.get(method, T2)

    def _now(self) -> int | str:
        return self._clock() if self._clock else ""


def _key(team: str, method: str, channel: str = "") -> str:
    """The team is the hash tag: the keys of one call lie on one node of a Redis cluster."""
    return ":".join(filter(None, ("signalbox:slack", f"{{{team}}}", "budget", method, channel)))


def _run(script: Any, keys: list[str], args: list[Any]) -> Any:
    with _answering():
        return script(keys=keys, args=args)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except redis.exceptions.RedisError as error:
        raise Unavailable(
            "The rate budget in Redis does not answer.", "Nothing was sent; `python -m bot doctor` tells more."
        ) from error
