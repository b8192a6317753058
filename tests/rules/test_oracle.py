"""Conditions and throttles against what ansible-rulebook 1.3.2 did, with every difference written out."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.rules.closures import compiled
from bot.rules.grammar import Wrong
from bot.rules.parsing import parse

from .make import Town

HERE = Path(__file__).parent
ORACLE = json.loads((HERE / "conditions.json").read_text())
REFUSED = "event.x * 2 == 6"
OURS: dict[str, list[int]] = {
    # `and` binds more tightly than `or`
    "event.a or event.c and event.d": [37, 38, 39, 41],
    "event.d or event.c and event.a": [38, 39, 40],
    # whole numbers past 2^53 are exact
    "event.x == event.y": [43],
    "event.x == 9007199254740992": [],
    # texts have parts
    'event.s contains "01"': [12, 13, 14],
    'event.l contains "a"': [23, 27],
    '"a" not in event.l': [24, 25, 26, 28],
    # not observable there
    "event.n.m.k is not defined": [number for number in range(50) if number != 33],
}


def matched(condition: str) -> list[int]:
    """The numbers of the events that a condition matches."""
    test = compiled(parse(condition).test)
    return [number for number, event in enumerate(ORACLE["events"]) if test({"event": event}) is True]


@pytest.mark.parametrize("case", ORACLE["cases"], ids=lambda case: case["condition"])
def test_conditions_match_what_the_peer_matched(case: dict[str, Any]) -> None:
    """Given a condition and 50 events, when each is tested, then those match that matched there, but for our own."""
    condition = case["condition"]
    if condition == REFUSED:
        with pytest.raises(Wrong, match="understood"):
            parse(condition)
        return
    assert matched(condition) == OURS.get(condition, case["expected"])


def test_each_difference_is_one() -> None:
    """Given the differences that we mean, when the oracle is asked, then each of them is in it and differs."""
    expected = {case["condition"]: case["expected"] for case in ORACLE["cases"]}
    assert all(expected[condition] != ours for condition, ours in OURS.items())


@pytest.mark.parametrize(
    ("trace", "throttle"),
    [
        ("ow", "{once_within: 2 seconds, group_by_attributes: [event.host]}"),
        ("aw", "{accumulate_within: 3 seconds, threshold: 3, group_by_attributes: [event.host]}"),
    ],
)
def test_throttles_fire_when_the_peer_did(trace: str, throttle: str) -> None:
    """Given events with their times, when they come in at those, then the rule fires with the same ones."""
    story = json.loads((HERE / f"throttle_trace_{trace}.json").read_text())
    town = Town(f"- {{name: one, condition: event.kind == '{trace}', throttle: {throttle}, action: {{none: }}}}")
    fired = [match.events["m_0"]["seq"] for sent in story["sent"] for match in town.event(sent, sent["t"])]
    assert fired == [number for each in story["fired"] for number in each["seqs"]]
