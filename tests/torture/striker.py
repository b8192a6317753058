"""By a seed, something is done to some process at some moment; what was done to whom is noted."""

import contextlib
import random
import signal
import time
from dataclasses import dataclass, field, replace

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from tests.e2e import processes
from tests.torture.crew import Crew, family, run_of, send
from tests.torture.seen import Strike

KINDS = {"worker": 5, "horse": 5, "playbook": 5, "engine": 2, "relay": 4, "serve": 4, "redis": 2}
"""Who is struck, and how often as against the others."""
WAYS = {"KILL": 6, "TERM": 2, "STOP": 3}
PAUSE_SECONDS = (0.5, 6.0)
STOP_SECONDS = (0.5, 11.0)
AWAY_SECONDS = (0.5, 8.0)


@dataclass(slots=True)
class _Held:
    """A process that is held, or SQL that is away, and until when (a monotonic clock)."""

    strike: Strike
    until: float
    pid: int


@dataclass(slots=True)
class Striker:
    """Strikes now and then; `strikes` is what it has done so far."""

    crew: Crew
    seed: int
    strikes: list[Strike] = field(default_factory=list)
    _held: list[_Held] = field(default_factory=list)
    _next_at: float = 0.0
    _random: random.Random = field(init=False)
    _redis: Redis = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        url = self.crew.ground.place.redis_url
        self._redis = Redis.from_url(url, socket_timeout=1, retry=Retry(NoBackoff(), 0))

    def turn(self) -> None:
        """Let go whose time is over; strike when it is time."""
        now = time.monotonic()
        for held in [each for each in self._held if now >= each.until]:
            self._let_go(held)
        if now >= self._next_at:
            self._next_at = now + self._random.uniform(*PAUSE_SECONDS)
            self._strike(now)

    def calm(self) -> None:
        """Let go of everything."""
        for held in list(self._held):
            self._let_go(held)
        self._redis.close()

    @property
    def away(self) -> list[str]:
        """What must not be started now."""
        return [each.strike.what for each in self._held if each.strike.what == "sql"]

    def _strike(self, now: float) -> None:
        kinds = KINDS | ({"sql": 2} if self.crew.ground.postgres else {})
        what, way = self._choose(kinds), self._choose(WAYS)
        seconds, which = self._random.uniform(*STOP_SECONDS), self._random.random()
        if what == "sql":
            self._take_sql_away(now)
            return
        if found := self.crew.pids(what):
            self.hit(what, way, found[int(which * len(found))], seconds)

    def hit(self, what: str, way: str, pid: int, seconds: float = 0.0) -> None:
        """Strike one process; held ones go on after so many seconds."""
        runs = self.in_hand(what, pid)
        at = time.time()
        if not send(pid, signal.Signals[f"SIG{way}"]):
            return
        self.strikes.append(Strike(at=at, until=at + seconds * (way == "STOP"), what=what, way=way, runs=runs))
        if way == "STOP":
            self._held.append(_Held(self.strikes[-1], time.monotonic() + seconds, pid))

    def _take_sql_away(self, now: float) -> None:
        seconds = self._random.uniform(*AWAY_SECONDS)
        if self.crew.ground.postgres is None or self.away:
            return
        at = time.time()
        self.crew.ground.postgres.halt()
        self.strikes.append(Strike(at=at, until=at + seconds, what="sql", way="AWAY"))
        self._held.append(_Held(self.strikes[-1], now + seconds, 0))

    def _let_go(self, held: _Held) -> None:
        self._held.remove(held)
        place = self.strikes.index(held.strike)
        if held.strike.what == "sql" and self.crew.ground.postgres is not None:
            self.crew.ground.postgres.serve()
        else:
            send(held.pid, signal.SIGCONT)
        self.strikes[place] = replace(held.strike, until=time.time())

    def _choose(self, weights: dict[str, int]) -> str:
        return self._random.choices(list(weights), list(weights.values()))[0]

    def in_hand(self, what: str, pid: int) -> tuple[int, ...]:
        """The runs that a process has in hand: by marks of what came of it, and by what RQ says of its worker."""
        if what in {"relay", "serve", "redis"}:
            return ()
        if what == "engine":  # what it carries out goes on, but what is just being handed over may not
            return tuple(sorted(set(self.crew.of_runs().values())))
        found = {run for each in family(pid) if (run := run_of(each))}
        if what in {"worker", "horse"}:
            found |= self._current(pid if what == "worker" else processes.parent(pid))
        return tuple(sorted(found))

    def _current(self, worker: int) -> set[int]:
        found: set[int] = set()
        with contextlib.suppress(RedisError):
            for name in self._redis.smembers("rq:workers"):
                pid, job = self._redis.hmget(name, "pid", "current_job")
                if pid == str(worker).encode() and job and job.isdigit():
                    found.add(int(job))
        return found
