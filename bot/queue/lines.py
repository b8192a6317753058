"""Lines before hosts: who comes first is first in every line at once; a run's turn comes when nobody is in its way.

Every place has one line, in which runs that have their turn and those that wait stand in the order in which they came.
A run joins all of its lines in one step, so that two of them never wait for each other, and leaves all of them in one.
What has come later never overtakes what it could not stand beside. Nothing here waits: who leaves is told whose turn it
is.

A run joins once, and its number is never used again: it is the token that tells who holds what. Who has left and does
not know it (a worker that was stopped for a while) finds the mark `left`.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Protocol

from redis import Redis

from bot.model.overlap import BESIDE, Claims, Place
from bot.queue.bell import RUNS, ringing

MOST_TOLD = 20
"""In how many places it is told who is in the way."""
LEFT_SECONDS = 86_400

_LINES, WAITING = "signalbox:lines", "signalbox:lines:waiting"
_BESIDE = ", ".join(f"{mode} = '{others}'" for mode, others in BESIDE.items())
_COMMON = f"""
local lines, waiting, beside = '{_LINES}', '{WAITING}', {{{_BESIDE}}}
local function places_of(run) return 'signalbox:run:' .. run .. ':places' end
local function ahead(run, held)
  local mode, line = string.sub(held, 1, 1), redis.call('hget', lines, string.sub(held, 2)) or ''
  for other, others in string.gmatch(line, '(%d+)(%a)') do
    if other == run then return nil end
    if not string.find(beside[mode], others, 1, true) then return other end
  end
end
local function free(run)
  for _, held in ipairs(redis.call('lrange', places_of(run), 0, -1)) do
    if ahead(run, held) then return false end
  end
  return true
end
"""
_JOIN = f"""{_COMMON}
local run = ARGV[1]
if redis.call('exists', places_of(run)) == 1 then return redis.call('sismember', waiting, run) == 1 and 2 or 1 end
for place = 2, #ARGV do
  local held = ARGV[place]
  local name = string.sub(held, 2)
  local line = redis.call('hget', lines, name)
  redis.call('hset', lines, name, (line and line .. ' ' or '') .. run .. string.sub(held, 1, 1))
  redis.call('rpush', places_of(run), held)
end
{ringing(RUNS)}
if free(run) then return 1 end
redis.call('sadd', waiting, run)
return 0
"""
_LEAVE = f"""{_COMMON}
local run, behind, order = ARGV[1], {{}}, {{}}
local places = redis.call('lrange', places_of(run), 0, -1)
if #places == 0 then return order end
redis.call('del', places_of(run))
redis.call('srem', waiting, run)
redis.call('set', 'signalbox:run:' .. run .. ':left', '1', 'EX', '{LEFT_SECONDS}')
for _, held in ipairs(places) do
  local name, rest, passed = string.sub(held, 2), {{}}, false
  for other, mode in string.gmatch(redis.call('hget', lines, name) or '', '(%d+)(%a)') do
    if other == run then
      passed = true
    else
      rest[#rest + 1] = other .. mode
      if passed and behind[other] == nil then
        behind[other] = redis.call('sismember', waiting, other) == 1
        if behind[other] then order[#order + 1] = other end
      end
    end
  end
  if #rest == 0 then
    redis.call('hdel', lines, name)
  else
    redis.call('hset', lines, name, table.concat(rest, ' '))
  end
end
local turns = {{}}
for _, other in ipairs(order) do
  if free(other) then
    redis.call('srem', waiting, other)
    turns[#turns + 1] = other
  end
end
return turns
"""
_AHEAD = f"""{_COMMON}
local run, found = ARGV[1], {{}}
for _, held in ipairs(redis.call('lrange', places_of(run), 0, -1)) do
  local other = ahead(run, held)
  if other then
    found[#found + 1] = other
    found[#found + 1] = string.sub(held, 2)
    if #found >= {2 * MOST_TOLD} then return found end
  end
end
return found
"""

JOINED, TURN, KNOWN = 0, 1, 2
"""What joining comes to: it waits; it is its turn; it waits already."""


class Lines(Protocol):
    """Safe for many processes at once."""

    def join(self, run_id: int, claims: Claims) -> int:
        """Stand at the end of each line: JOINED, TURN, or KNOWN for one that waits already."""

    def leave(self, run_id: int) -> list[int]:
        """Leave each line; the runs whose turn has come by that."""

    def stands(self, run_id: int) -> bool:
        """Whether the run is in any line."""

    def waits(self, run_id: int) -> bool:
        """Whether its turn has not come."""

    def waiting(self) -> list[int]:
        """Those who wait, in no order."""

    def ahead(self, run_id: int, claims: Claims) -> dict[int, tuple[str, ...]]:
        """Who is in its way, and in which places, by their words; 20 places at most."""


class RedisLines:
    """Lines in Redis; names of places are hashed, so that no name of a host lies there in clear."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._join = redis.register_script(_JOIN)
        self._leave = redis.register_script(_LEAVE)
        self._ahead = redis.register_script(_AHEAD)

    def join(self, run_id: int, claims: Claims) -> int:
        """One script, which rings for who looks after runs."""
        return int(self._call(self._join, run_id, (mode + _hashed(place) for place, mode in claims.items())))

    def leave(self, run_id: int) -> list[int]:
        """One script."""
        return [int(other) for other in self._call(self._leave, run_id)]

    def stands(self, run_id: int) -> bool:
        """Look for its places."""
        return bool(self._redis.exists(f"signalbox:run:{run_id}:places"))

    def waits(self, run_id: int) -> bool:
        """Look among those who wait."""
        return bool(self._redis.sismember(WAITING, str(run_id)))

    def waiting(self) -> list[int]:
        """The members of the set."""
        return [int(run_id) for run_id in self._redis.smembers(WAITING)]

    def ahead(self, run_id: int, claims: Claims) -> dict[int, tuple[str, ...]]:
        """One script; places get their names back."""
        found = [part.decode() for part in self._call(self._ahead, run_id)]
        words = {_hashed(place): place.word for place in claims} if found else {}
        told: dict[int, tuple[str, ...]] = {}
        for other, place in zip(found[::2], found[1::2], strict=True):
            told[int(other)] = (*told.get(int(other), ()), *((words[place],) if place in words else ()))
        return told

    def _call(self, script: Any, run_id: int, more: Iterable[str] = ()) -> Any:
        return script(args=[run_id, *more])


class MemoryLines:
    """The twin."""

    def __init__(self) -> None:
        self._lines: dict[Place, dict[int, str]] = {}
        self._claims: dict[int, Claims] = {}
        self._waiting: dict[int, None] = {}

    def join(self, run_id: int, claims: Claims) -> int:
        """A dict keeps the order in which they came."""
        if run_id in self._claims:
            return KNOWN if run_id in self._waiting else TURN
        self._claims[run_id] = claims
        for place, mode in claims.items():
            self._lines.setdefault(place, {})[run_id] = mode
        if not self.ahead(run_id, claims):
            return TURN
        self._waiting[run_id] = None
        return JOINED

    def leave(self, run_id: int) -> list[int]:
        """Whoever waited and is in nobody's way any more."""
        for place in self._claims.pop(run_id, {}):
            del self._lines[place][run_id]
        self._waiting.pop(run_id, None)
        turns = [other for other in self._waiting if not self.ahead(other, self._claims[other])]
        for other in turns:
            del self._waiting[other]
        return turns

    def stands(self, run_id: int) -> bool:
        """Whether it has joined."""
        return run_id in self._claims

    def waits(self, run_id: int) -> bool:
        """Whether it waits."""
        return run_id in self._waiting

    def waiting(self) -> list[int]:
        """Those who wait."""
        return list(self._waiting)

    def ahead(self, run_id: int, claims: Claims) -> dict[int, tuple[str, ...]]:
        """The first in each line that it cannot stand beside."""
        told: dict[int, tuple[str, ...]] = {}
        for place in [place for place in claims if run_id in self._lines.get(place, {})]:
            other = self._first(run_id, place)
            if other is not None and sum(map(len, told.values())) < MOST_TOLD:
                told[other] = (*told.get(other, ()), place.word)
        return told

    def _first(self, run_id: int, place: Place) -> int | None:
        line = self._lines[place]
        for other, mode in line.items():
            if other == run_id:
                return None
            if mode not in BESIDE[line[run_id]]:
                return other
        return None


def _hashed(place: Place) -> str:
    return blake2b("\0".join(place).encode("utf-8", "replace"), digest_size=10).hexdigest()
