"""The contract of RuleStates, over real Redis and the twin: no count is lost, and a restart forgets nothing."""

import random
import subprocess
import sys
import threading
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import redis

from bot.errors import Unavailable
from bot.rules import MemoryRuleStates, Ready, RedisRuleStates, RulesetState, RuleStates, arrived, dealt_with
from bot.rules.joining import Arrival, ArrivalKind
from tests.queue.conftest import until
from tests.queue.redis_server import RedisServer, client_of

from .make import Town

Told = tuple[RulesetState, int]
COUNT = """
- name: many
  condition: event.host is defined
  throttle: {accumulate_within: 1 day, threshold: 16, group_by_attributes: [event.host]}
  action: {none: }
"""

STORY = """
- {name: fact, condition: event.f is defined, action: {none: }}
- name: pair
  condition: {all: [event.i == 1, event.i == 2]}
  action: {none: }
- name: late
  condition: {not_all: [event.i == 3, event.i == 4], timeout: 3 seconds}
  action: {none: }
- name: once
  condition: event.host is defined
  throttle: {once_within: 5 seconds, group_by_attributes: [event.host]}
  action: {none: }
- name: some
  condition: event.host is defined
  throttle: {accumulate_within: 6 seconds, threshold: 3, group_by_attributes: [event.host]}
  action: {none: }
- name: after
  condition: event.host is defined
  throttle: {once_after: 4 seconds, group_by_attributes: [event.host]}
  action: {none: }
"""
COUNTING = """
import sys, itertools
from tests.queue.redis_server import client_of
from tests.rules.test_store import RedisRuleStates, come
states = RedisRuleStates(client_of(sys.argv[1]))
for number in itertools.count():
    come(states, f"e{number}", 10**6)
"""


@pytest.fixture(params=["redis", "twin"])
def states(request: pytest.FixtureRequest) -> RuleStates:
    """Both, one after the other."""
    return MemoryRuleStates() if request.param == "twin" else RedisRuleStates(request.getfixturevalue("client"))


@cache
def counting(threshold: int) -> Ready:
    """A ruleset that fires when so many events of a host have come."""
    return Town(COUNT.replace("16", str(threshold))).ready


def come(states: RuleStates, name: str, threshold: int = 16) -> int:
    """One event of one host; how many matches it made."""
    ready = counting(threshold)
    arrival = Arrival(id=name, data={"host": "web1"})

    def edit(before: RulesetState) -> tuple[RulesetState, int]:
        decided = arrived(ready, before, arrival, 100.0, {})
        return decided.state, len(decided.matches)

    return states.change("town", edit)


def in_order(state: RulesetState) -> RulesetState:
    """The same with its rules by name: they are told apart by it, not by their place."""
    return replace(state, rules=tuple(sorted(state.rules, key=lambda each: each.rule)))


def test_nothing_is_remembered_at_first(states: RuleStates) -> None:
    """Given a store without memory, when a ruleset is read, then it is empty; and so is another one later."""
    assert states.read("town") == RulesetState()
    come(states, "a")
    assert states.read("town").seen == ("a",)
    assert states.read("other") == RulesetState()


def test_events_that_come_at_once_are_all_counted(states: RuleStates) -> None:
    """Given a threshold of 16, when 16 processes count an event each at once, then exactly one of them fires."""
    together = threading.Barrier(16)
    fired: list[int] = []

    def run(number: int) -> None:
        together.wait(30)
        fired.append(come(states, f"e{number}"))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(fired) == [0] * 15 + [1]


def test_an_edit_that_fails_changes_nothing(states: RuleStates) -> None:
    """Given memory, when an edit raises, then the error comes out, and the memory is as it was."""
    come(states, "a")
    before = states.read("town")
    with pytest.raises(ZeroDivisionError):
        states.change("town", lambda _: (RulesetState(), 1 // 0))
    assert states.read("town") == before


def test_a_restart_of_redis_forgets_nothing() -> None:
    """Given 15 events and a Redis that is killed, when it is back and the 16th comes, then the rule fires."""
    server = RedisServer()
    server.start()
    try:
        with server.client() as client:
            assert [come(RedisRuleStates(client), f"e{number}") for number in range(15)] == [0] * 15
        server.stop()
        server.start()
        with server.client() as client:
            assert come(RedisRuleStates(client), "e15") == 1
    finally:
        server.remove()


def test_no_redis_is_said_in_one_sentence() -> None:
    """Given a Redis that is not there, when rules ask it, then Unavailable says so."""
    client = client_of(Path("/nowhere/redis.sock"))
    with pytest.raises(Unavailable, match="Redis does not answer to rules"):
        RedisRuleStates(client).read("town")


def test_every_process_remembers_the_same(client: redis.Redis) -> None:
    """Given rules of every sort, when two processes tell them of events and times in turn, then all know the same."""
    ready = Town(STORY, head="- name: town\n  hosts: all\n  match_multiple_rules: true\n  rules:\n").ready
    dice = random.Random(7)
    both, twin = (RedisRuleStates(client), RedisRuleStates(client)), MemoryRuleStates()
    fired = 0
    for number in range(150):
        kind = dice.choice([ArrivalKind.EVENT] * 4 + [ArrivalKind.FACT, ArrivalKind.RETRACTED])
        said = {"i": dice.randrange(5), "host": dice.choice("abcdef")} if kind is ArrivalKind.EVENT else {}
        fact = {"f": dice.randrange(3)}
        data = {ArrivalKind.EVENT: said, ArrivalKind.FACT: fact, ArrivalKind.RETRACTED: {"fact": fact}}[kind]
        arrival = Arrival(id=f"e{number}", data=data, kind=kind)
        now, forget = number / 3, dice.random() < 0.3

        def edit(before: RulesetState, arrival: Arrival = arrival, now: float = now, forget: bool = forget) -> Told:
            decided = arrived(ready, before, arrival, now, {})
            after = dealt_with(decided.state, before.open[-1].id) if forget and before.open else decided.state
            return after, len(decided.matches)

        fired += both[number % 2].change("town", edit)
        twin.change("town", edit)
        assert [in_order(each.read("town")) for each in (*both, RedisRuleStates(client))] == [
            in_order(twin.read("town"))
        ] * 3
    assert fired > 25


def test_an_event_costs_the_same_however_much_is_remembered(client: redis.Redis) -> None:
    """Given a memory of one event and one of a thousand, when one more comes, then as much is said to Redis."""
    states = RedisRuleStates(client)

    def said() -> int:
        return int(client.info("stats")["total_net_input_bytes"])

    def cost(name: str) -> int:
        before = said()
        come(states, name, 10**6)
        return said() - before

    come(states, "first", 10**6)
    little = cost("e0000")
    for number in range(1, 1100):
        come(states, f"e{number:04d}", 10**6)
    assert len(states.read("town").seen) == 1000
    assert cost("e1100") < little + 200  # it also says which id is forgotten


@pytest.mark.parametrize("most", [5, 40])
def test_who_is_killed_leaves_whole_memory(server: RedisServer, client: redis.Redis, most: int) -> None:
    """Given a process that counts events, when it is killed, then as many are counted as are known to have come."""
    states = RedisRuleStates(client)
    with subprocess.Popen([sys.executable, "-c", COUNTING, str(server.socket)]) as child:
        try:
            until(lambda: len(states.read("town").seen) >= most, "some events")
        finally:
            child.kill()
    state = RedisRuleStates(client).read("town")
    ((window,),) = [rule.windows for rule in state.rules]
    assert len(state.seen) == min(window.count, 1000)
    assert state.seen[-1] == f"e{window.count - 1}"


def test_a_part_that_nobody_can_read_costs_itself(client: redis.Redis) -> None:
    """Given memory of which parts are damaged, when it is read, then all others are there, and an event is counted."""
    come(RedisRuleStates(client), "a")
    come(RedisRuleStates(client), "b")
    for name in ("nonsense", "[]", '["kept","x","y","z"]', '["strange","","","a"]'):
        client.hset("signalbox:ruleset:town", name, "7 {")
    states = RedisRuleStates(client)
    assert states.read("town").seen == ("a", "b")
    come(states, "c")
    assert states.read("town").seen == ("a", "b", "c")


def test_events_of_sensors_are_not_taken_for_memory(client: redis.Redis) -> None:
    """Given a ruleset that is called as the key of sensors' events, when it remembers, then those events stay."""
    client.rpush("signalbox:rules:sensed", "an event")
    states = RedisRuleStates(client)
    states.change("sensed", lambda state: (replace(state, seen=("a",)), None))
    assert states.read("sensed").seen == ("a",)
    assert client.lrange("signalbox:rules:sensed", 0, -1) == [b"an event"]
