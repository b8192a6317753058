"""Clocks that are set back under rules that wait: none is silent, and none waits, for as long as that."""

import pytest

from bot.rules import next_due
from bot.rules.rewinding import SKEW_SECONDS

from .make import Town

NOON = 1_000_000.0
DAY = 86_400.0


def throttled(throttle: str) -> Town:
    """A rule for events of hosts, with a throttle."""
    told = f"{{{throttle}, group_by_attributes: [event.host]}}"
    return Town(f"- {{name: one, condition: event.host is defined, throttle: {told}, action: {{none: }}}}")


@pytest.mark.parametrize("others", [0, 3])
def test_once_within_is_silent_for_its_span_only(others: int) -> None:
    """Given a rule that has fired, when the clock goes back a day, then it fires again after its span, not before."""
    town = throttled("once_within: 10 minutes")
    assert town.event({"host": "a"}, NOON)
    for number in range(others):
        assert town.event({"host": f"b{number}"}, NOON + number)
    back = NOON - DAY
    assert town.event({"host": "a"}, back) == ()
    assert town.event({"host": "a"}, back + 599) == ()
    assert town.event({"host": "a"}, back + 600)


def test_once_after_tells_what_it_collected() -> None:
    """Given events collected, when the clock goes back a day, then it is time to look, and all is told a span later."""
    town = throttled("once_after: 10 seconds")
    town.event({"host": "a"}, NOON)
    town.event({"host": "b"}, NOON + 5)
    back = NOON + 6 - DAY
    assert next_due(town.ready, town.state, back) == back
    assert town.later(back) == ()
    assert next_due(town.ready, town.state, back) == back + 10
    (match,) = town.later(back + 10)
    assert [event["host"] for event in match.events.values()] == ["a", "b"]


def test_accumulate_within_counts_on() -> None:
    """Given a rule that counts, when the clock goes back a day, then it counts on, and forgets after its span."""
    town = throttled("accumulate_within: 10 seconds, threshold: 3")
    for now in (NOON, NOON + 1):
        assert town.event({"host": "a"}, now) == ()
    assert town.event({"host": "a"}, NOON - DAY)
    for now in (NOON, NOON + 1):
        assert town.event({"host": "a"}, now) == ()
    town.later(NOON - DAY)
    assert town.event({"host": "a"}, NOON - DAY + 10) == ()


def test_a_step_that_is_missing_is_missed_in_time() -> None:
    """Given a step that waits for the next, when the clock goes back a day, then that is told a timeout later."""
    town = Town(
        "- {name: two, condition: {not_all: [event.step == 1, event.step == 2], timeout: 5 minutes}, action: {none: }}"
    )
    town.event({"step": 1}, NOON)
    back = NOON - DAY
    assert next_due(town.ready, town.state, back) == back
    assert town.later(back) == ()
    assert town.later(back + 299) == ()
    assert town.later(back + 300)


def test_an_event_that_waits_is_forgotten_in_time() -> None:
    """Given an event that waits for another, when the clock goes back a day, then it waits for its timeout only."""
    town = Town("- {name: two, condition: {all: [event.i == 1, event.i == 2], timeout: 10 seconds}, action: {none: }}")
    town.event({"i": 1}, NOON)
    town.later(NOON - DAY)
    assert town.event({"i": 2}, NOON - DAY + 10) == ()


def test_relays_whose_clocks_differ_a_little_take_nothing_for_a_jump() -> None:
    """Given a window opened by one relay, when one with an earlier clock looks, then it is as it was."""
    town = throttled("once_within: 10 seconds")
    town.event({"host": "a"}, NOON)
    before = town.state
    town.later(NOON - SKEW_SECONDS)
    assert town.state == before
