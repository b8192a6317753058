"""Lines before hosts: who may be beside whom, who comes first, that nobody is lost; over real Redis and the twin."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
import redis

from bot.model.command import RunOptions
from bot.model.overlap import claims_of, overlap
from bot.model.run import Plan
from bot.model.safety import Concurrency, Overlap, Per
from bot.queue import Envelope, MemoryQueue, RedisQueue, RunQueue, SealedBox, marks

from .conftest import KEY, envelope, until

HOSTS = ("web1", "web2", "web3", "web4")
MODES = (None, *(Concurrency(mode=mode, per=per) for mode in Overlap for per in Per))


def plan(*hosts: str, concurrency: Concurrency | None = None, check: bool = False, runbook: str = "ping") -> Plan:
    """A plan for these hosts."""
    base = envelope(1).plan
    target = replace(base.target, hosts=hosts, environment="lab")
    options = RunOptions(check=check)
    return replace(base, target=target, concurrency=concurrency, options=options, runbook=runbook)


def submit(queue: RunQueue, run_id: int, *hosts: str, **more: object) -> Plan:
    """A run that is asked for."""
    made = plan(*hosts, **more)  # type: ignore[arg-type]
    queue.submit(Envelope(run_id=run_id, plan=made))
    return made


def in_turn(queue: RunQueue, run_id: int, made: Plan) -> bool:
    """Whether nothing is in a run's way."""
    return not queue.ahead(run_id, made)


ALONE = Concurrency(mode=Overlap.QUEUE)
MAY = Concurrency(mode=Overlap.ALLOW)
WHOLE = Concurrency(mode=Overlap.QUEUE, per=Per.ENVIRONMENT)
ONCE = Concurrency(mode=Overlap.QUEUE, per=Per.RUNBOOK)


@pytest.mark.parametrize(
    ("first", "second", "beside"),
    [
        (plan("web1"), plan("web1"), False),
        (plan("web1"), plan("web2"), True),
        (plan("web1", "web2"), plan("web2", "web3"), False),
        (plan("web1", check=True), plan("web1", check=True), True),
        (plan("web1", check=True), plan("web1"), False),
        (plan("web1", concurrency=MAY), plan("web1"), True),
        (plan("web1", concurrency=MAY), plan("web1", concurrency=MAY), True),
        (plan("web1", concurrency=MAY), plan("web1", concurrency=ALONE), False),
        (plan("web1", concurrency=MAY), plan("web1", check=True), True),
        (plan("web1", concurrency=ALONE), plan("web1", check=True), False),
        (plan("web1", concurrency=WHOLE), plan("web2"), False),
        (plan("web1", concurrency=WHOLE), plan("web2", check=True), False),
        (plan("web1", concurrency=WHOLE, check=True), plan("web2"), True),
        (plan("web1", concurrency=ONCE), plan("web2", concurrency=ONCE), False),
        (plan("web1", concurrency=ONCE), plan("web2", concurrency=ONCE, runbook="other"), True),
        (plan("web1", concurrency=ONCE, check=True), plan("web2", concurrency=ONCE, check=True), True),
    ],
)
def test_who_may_be_beside_whom(first: Plan, second: Plan, beside: bool) -> None:
    """Given two runs, when they would be at the same time, then it is allowed or not, from both sides."""
    assert (not overlap(claims_of(first), claims_of(second))) is beside
    assert (not overlap(claims_of(second), claims_of(first))) is beside


def test_runs_in_two_environments_are_apart() -> None:
    """Given the same name of a host in two environments, when both are run on, then neither is in the other's way."""
    there = plan("web1")
    here = replace(there, target=replace(there.target, environment="other"))
    assert overlap(claims_of(here), claims_of(there)) == ()


def test_who_comes_second_waits_and_is_told_for_whom(queue: RunQueue) -> None:
    """Given a run on two hosts, when another comes for one of them, then it waits there, and has its turn."""
    submit(queue, 1, "web1", "web2")
    second = submit(queue, 2, "web2", "web3")
    assert queue.ahead(2, second) == {1: ("web2",)}
    assert queue.waiting(2)
    assert queue.depth() == 2
    queue.claim(1)
    queue.forget(1)
    assert queue.ahead(2, second) == {}
    assert queue.waiting(2)
    assert queue.depth() == 1 + isinstance(queue, RedisQueue)  # of the first one's job RQ's own list has not heard


def test_who_waits_is_not_overtaken(queue: RunQueue) -> None:
    """Given a run that waits for web1 and web2, when a third comes for web2 alone, then it waits for the second."""
    submit(queue, 1, "web1")
    submit(queue, 2, "web1", "web2")
    third = submit(queue, 3, "web2")
    assert queue.ahead(3, third) == {2: ("web2",)}


def test_who_is_taken_out_of_the_line_lets_others_go(queue: RunQueue) -> None:
    """Given three in a line, when the second is withdrawn, then the third waits for the first only."""
    submit(queue, 1, "web1")
    submit(queue, 2, "web1", "web2")
    third = submit(queue, 3, "web2")
    assert queue.withdraw(2)
    assert not queue.waiting(2)
    assert in_turn(queue, 3, third)
    assert queue.waiting(3)


def test_who_waits_is_submitted_once(queue: RunQueue) -> None:
    """Given a run in a line, when it is submitted and queued again, then it stands there once, and no job is made."""
    submit(queue, 1, "web1")
    assert queue.submit(Envelope(run_id=2, plan=plan("web1")))
    assert not queue.submit(Envelope(run_id=2, plan=plan("web1")))
    assert not queue.resubmit(2, plan("web1"))
    assert queue.depth() == 2


def test_a_turn_that_nobody_lived_to_give_is_given_again(client: redis.Redis, real: RedisQueue) -> None:
    """Given a turn whose job was never made, when the run is queued again, then it is in the queue, once."""
    submit(real, 1, "web1")
    submit(real, 2, "web1")
    real._lines.leave(1)  # and whoever did it died
    assert not real.waiting(2)
    assert real.resubmit(2, plan("web1"))
    assert real.waiting(2)
    assert not real.resubmit(2, plan("web1"))
    assert client.lrange("rq:queue:signalbox", 0, -1) == [b"1", b"2"]


def test_a_run_that_joined_no_line_joins_when_it_is_queued_again(client: redis.Redis, real: RedisQueue) -> None:
    """Given an envelope whose run died before it joined, when it is queued again, then it stands in line like all."""
    submit(real, 1, "web1")
    client.set("signalbox:run:2:envelope", SealedBox(KEY).seal(Envelope(run_id=2, plan=plan("web1"))))
    assert not real.resubmit(2, plan("web1"))
    assert real.ahead(2, plan("web1")) == {1: ("web1",)}


def test_nothing_is_left_of_lines(client: redis.Redis, real: RedisQueue) -> None:
    """Given runs that waited and ended, when Redis is searched, then no line and nobody who waits is left."""
    for run_id in (1, 2, 3):
        submit(real, run_id, "web1", "web2")
    for run_id in (1, 2, 3):
        real.claim(run_id)
        real.forget(run_id)
    assert [key for key in client.keys("signalbox:*") if not 0 < client.ttl(key) <= 86400] == []


def test_who_was_taken_for_dead_is_stopped(
    client: redis.Redis, real: RedisQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a worker that was stopped for a while and lost its hosts, when it goes on, then it is asked to cancel."""
    monkeypatch.setattr(marks, "BEAT_SECONDS", 0.02)
    submit(real, 1, "web1")
    real.claim(1)
    with real.living(1):
        RedisQueue(client, SealedBox(KEY)).forget(1)
        until(lambda: real.cancel_asked(1), "the wish to cancel")


def test_thousands_of_hosts_are_no_matter(queue: RunQueue) -> None:
    """Given runs on 6,000 hosts, when one waits for the other, then at most twenty places are told."""
    hosts = tuple(f"h{number}" for number in range(6000))
    submit(queue, 1, *hosts)
    second = submit(queue, 2, *hosts)
    assert queue.ahead(2, second) == {1: hosts[:20]}
    queue.forget(1)
    assert in_turn(queue, 2, second)


class Town:
    """Runs that come, start, end, die and are canceled in any order, with what must hold at every step."""

    def __init__(self, queue: RunQueue, chance: random.Random) -> None:
        self.queue, self.chance = queue, chance
        self.plans: dict[int, Plan] = {}
        self.running: set[int] = set()
        self.over: set[int] = set()

    def come(self) -> None:
        """One more is asked for."""
        hosts = self.chance.sample(HOSTS, self.chance.randint(1, 3))
        mode = self.chance.choice(MODES) if self.chance.random() < 0.3 else None
        made = plan(*hosts, concurrency=mode, check=self.chance.random() < 0.2, runbook=self.chance.choice("ab"))
        self.plans[len(self.plans) + 1] = made
        assert self.queue.submit(Envelope(run_id=len(self.plans), plan=made))

    def start(self) -> None:
        """A worker takes any run whose turn it is; RQ's order is not what keeps them apart."""
        ready = [run_id for run_id in self._open() if in_turn(self.queue, run_id, self.plans[run_id])]
        if ready:
            run_id = self.chance.choice(ready)
            assert self.queue.claim(run_id)
            self.running.add(run_id)

    def end(self) -> None:
        """A run ends, or its worker dies and the relay finds it lost: told by both, it is told twice."""
        if self.running:
            run_id = self.chance.choice(sorted(self.running))
            self.running.discard(run_id)
            self.over.add(run_id)
            for _ in range(self.chance.choice((1, 2))):
                self.queue.forget(run_id)

    def cancel(self) -> None:
        """Somebody takes out a run that waits."""
        if waiting := self._open():
            run_id = self.chance.choice(waiting)
            assert self.queue.withdraw(run_id)
            self.over.add(run_id)
            self.queue.forget(run_id)

    def _open(self) -> list[int]:
        return [run_id for run_id in self.plans if run_id not in self.running | self.over]

    def check(self) -> None:
        """No two that overlap are under way; whoever is not over is somewhere."""
        claims = {run_id: claims_of(self.plans[run_id]) for run_id in self.running}
        for run_id, mine in claims.items():
            assert all(not overlap(mine, others) for other, others in claims.items() if other != run_id)
        assert all(self.queue.waiting(run_id) for run_id in self._open())

    def finish(self) -> None:
        """Everything that was begun comes to its end."""
        for _ in range(4 * len(self.plans)):
            self.start()
            self.end()
        assert len(self.over) == len(self.plans)
        assert not any(self.queue.waiting(run_id) for run_id in self.plans if isinstance(self.queue, MemoryQueue))


def _live(queue: RunQueue, seed: int) -> None:
    chance = random.Random(seed)
    town = Town(queue, chance)
    acts: tuple[Callable[[], None], ...] = (town.come, town.come, town.start, town.start, town.end, town.cancel)
    for _ in range(14):
        chance.choice(acts)()
        town.check()
    town.finish()


def test_never_two_and_never_none() -> None:
    """Given 1,000 orders of coming, starting, dying and canceling, then no two overlap, and none is left behind."""
    for seed in range(1000):
        _live(MemoryQueue(), seed)


def test_redis_is_as_its_twin(client: redis.Redis) -> None:
    """Given 1,000 orders of joining and leaving, when both kinds of lines are asked, then they say the same."""
    real, twin = RedisQueue(client, SealedBox(KEY))._lines, MemoryQueue()._lines
    chance = random.Random(7)
    there: dict[int, Plan] = {}
    for run_id in range(1, 1001):
        there[run_id] = plan(*chance.sample(HOSTS, chance.randint(1, 3)), concurrency=chance.choice(MODES))
        claims = claims_of(there[run_id])
        assert real.join(run_id, claims) == twin.join(run_id, claims)
        assert real.ahead(run_id, claims) == twin.ahead(run_id, claims)
        while len(there) > chance.randint(3, 7):
            gone = chance.choice(sorted(there))
            del there[gone]
            assert sorted(real.leave(gone)) == sorted(twin.leave(gone))
            assert sorted(real.waiting()) == sorted(twin.waiting())
