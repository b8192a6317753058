"""The contract of RuleStates, over real Redis and the twin: no count is lost, and a restart forgets nothing."""

import threading
from pathlib import Path

import pytest

from bot.errors import Unavailable
from bot.rules import MemoryRuleStates, RedisRuleStates, RulesetState, RuleStates, arrived
from bot.rules.joining import Arrival
from tests.queue.redis_server import RedisServer, client_of

from .make import Town

COUNT = """
- name: many
  condition: event.host is defined
  throttle: {accumulate_within: 1 day, threshold: 16, group_by_attributes: [event.host]}
  action: {none: }
"""


@pytest.fixture(params=["redis", "twin"])
def states(request: pytest.FixtureRequest) -> RuleStates:
    """Both, one after the other."""
    return MemoryRuleStates() if request.param == "twin" else RedisRuleStates(request.getfixturevalue("client"))


def come(states: RuleStates, name: str) -> int:
    """One event of one host; how many matches it made."""
    ready = Town(COUNT).ready
    arrival = Arrival(id=name, data={"host": "web1"})

    def edit(before: RulesetState) -> tuple[RulesetState, int]:
        decided = arrived(ready, before, arrival, 100.0, {})
        return decided.state, len(decided.matches)

    return states.change("town", edit)


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
