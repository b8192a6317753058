"""What rules make of events one after the other: who gets an event, joins, windows, facts, and what comes again."""

from bot.rules import MemoryRuleStates, dealt_with, next_due, scope_of

from .make import HEAD, Town, rules_of

TWO = """
- {name: one, condition: event.i > 0, action: {none: }}
- {name: two, condition: event.i > 1, action: {none: }}
- {name: never, condition: "true", enabled: false, action: {none: }}
"""
PAIR = """
- name: pair
  condition:
    all:
      - events.first << event.kind == "up"
      - event.kind == "down" and event.host == events.first.host
    timeout: 10 seconds
  action: {none: }
"""
ORDER = """
- name: late
  condition:
    not_all: [event.step == 1, event.step == 2]
    timeout: 5 minutes
  action: {none: }
"""


def test_the_first_rule_that_matches_has_the_event() -> None:
    """Given two rules that fit, when an event comes, then the first has it; with match_multiple_rules both have."""
    assert rules_of(Town(TWO).event({"i": 2})) == ["one"]
    head = HEAD.replace("hosts: all\n", "hosts: all\n  match_multiple_rules: true\n")
    assert rules_of(Town(TWO, head).event({"i": 2})) == ["one", "two"]


def test_what_comes_again_counts_once() -> None:
    """Given an event that was seen, when it comes again, then nothing matches, and its match stays open until then."""
    town = Town(TWO)
    (match,) = town.event({"i": 1}, name="a1")
    assert match.id == "town/one/a1"
    assert town.event({"i": 1}, name="a1") == ()
    assert town.state.open == (match,)
    assert dealt_with(town.state, match.id).open == ()


def test_all_waits_for_an_event_for_each_test() -> None:
    """Given two tests that belong together, when both events are there in time, then it matches, in whatever order."""
    town = Town(PAIR)
    assert town.event({"kind": "down", "host": "web1"}, 0) == ()
    assert town.event({"kind": "up", "host": "web2"}, 1) == ()
    (match,) = town.event({"kind": "up", "host": "web1"}, 2)
    assert {name: event["host"] for name, event in match.events.items()} == {"first": "web1", "m_1": "web1"}
    assert "event" not in scope_of(match, {})
    assert town.event({"kind": "down", "host": "web2"}, 3) != ()
    assert town.event({"kind": "down", "host": "web1"}, 4) == ()


def test_all_forgets_when_its_time_is_over() -> None:
    """Given an event that waits, when the other comes after the timeout, then nothing matches."""
    town = Town(PAIR)
    town.event({"kind": "up", "host": "web1"}, 0)
    assert town.event({"kind": "down", "host": "web1"}, 10) == ()
    assert town.event({"kind": "up", "host": "web1"}, 19.9) != ()


def test_one_event_is_not_two() -> None:
    """Given tests that one event fits both, when it comes once, then it waits for another."""
    town = Town("- {name: two, condition: {all: [event.i > 0, event.i > 1]}, action: {none: }}")
    assert town.event({"i": 2}) == ()
    assert town.event({"i": 5}) != ()


def test_an_event_that_a_rule_has_used_is_gone_for_others() -> None:
    """Given an event that waits in one rule, when another rule uses it up, then the first has it no longer."""
    rules = """
- {name: early, condition: {all: [event.i == 1, event.i == 9]}, action: {none: }}
- {name: single, condition: event.i == 1, action: {none: }}
"""
    town = Town(rules)
    assert rules_of(town.event({"i": 1})) == ["single"]
    assert town.event({"i": 9}) == ()


def test_an_event_meets_whichever_test_is_open() -> None:
    """Given three tests, when events come in any order and the last fits two of them, then it takes the open one."""
    condition = "{all: [event.i > 0, event.i > 1, events.last << event.i > 2]}"
    town = Town(f"- {{name: three, condition: {condition}, action: none}}")
    assert town.event({"i": 3}) == ()
    assert town.event({"i": 1}) == ()
    assert town.event({"i": 0}) == ()
    (match,) = town.event({"i": 2})
    assert [match.events[name]["i"] for name in ("m_0", "m_1", "last")] == [1, 2, 3]


def test_any_says_which() -> None:
    """Given tests of which one is enough, when an event fits one, then its match has that test's name."""
    town = Town("- {name: any, condition: {any: [event.a == 1, events.second << event.b == 1]}, action: {none: }}")
    (match,) = town.event({"b": 1})
    assert match.events == {"second": {"b": 1}}
    assert scope_of(match, {})["event"] == {"b": 1}


def test_not_all_matches_when_something_is_missing_in_time() -> None:
    """Given steps that have to follow, when one is missing at the end of the time, then it matches, once."""
    town = Town(ORDER)
    assert town.event({"step": 1}, 10) == ()
    assert next_due(town.ready, town.state, 309) == 310
    assert town.later(309) == ()
    (match,) = town.later(310)
    assert (match.events["m_0"], match.id) == ({"step": 1}, "town/late/missed/e1")
    assert town.later(1000) == ()


def test_not_all_is_silent_when_all_was_there() -> None:
    """Given steps that have to follow, when all come in time, then nothing matches, and the next time begins anew."""
    town = Town(ORDER)
    town.event({"step": 2}, 0)
    town.event({"step": 1}, 299)
    assert next_due(town.ready, town.state, 0) is None
    assert town.later(1000) == ()


def test_a_time_that_has_come_is_seen_with_the_next_event() -> None:
    """Given a step that is missing, when an event comes after the time, then the match comes with it."""
    town = Town(ORDER)
    town.event({"step": 1}, 0)
    assert [match.at for match in town.event({"other": 1}, 400)] == [400]


def test_once_after_collects_what_differs() -> None:
    """Given events of two hosts, when the window ends, then one match has the first of each, and how many."""
    throttle = "{once_after: 10 seconds, group_by_attributes: [event.host]}"
    town = Town(f"- {{name: one, condition: event.host is defined, throttle: {throttle}, action: {{none: }}}}")
    for now, host in enumerate(["a", "b", "a"]):
        assert town.event({"host": host, "n": now}, now) == ()
    assert next_due(town.ready, town.state, 2) == 10
    (match,) = town.later(10)
    assert match.events == {"m_0": {"host": "a", "n": 0}, "m_1": {"host": "b", "n": 1}}
    assert match.counts == {"m_0": 2, "m_1": 1}
    assert town.event({"host": "a"}, 11) == ()
    assert next_due(town.ready, town.state, 11) == 21


def test_groups_tell_values_apart() -> None:
    """Given groups by a value, when it is a text, a number or not there, then these are three groups."""
    throttle = "{once_within: 1 hour, group_by_attributes: [event.v]}"
    town = Town(f"- {{name: one, condition: event.on, throttle: {throttle}, action: {{none: }}}}")
    events = [{"on": True, "v": 1}, {"on": True, "v": "1"}, {"on": True}, {"on": True, "v": None}]
    assert [len(town.event(event)) for event in events] == [1, 1, 1, 1]
    assert [len(town.event(event)) for event in events] == [0, 0, 0, 0]


FACTS = """
- name: wanted
  condition:
    all:
      - facts.first << fact.wanted is defined
      - event.i == facts.first.wanted
  action: {none: }
- {name: told, condition: fact.alarm == true, action: {none: }}
- {name: gone, condition: fact.alarm is not defined, action: {none: }}
"""


def test_facts_stay_and_events_are_compared_with_them() -> None:
    """Given a fact, when events come, then those that agree with it match, again and again, until it is retracted."""
    town = Town(FACTS)
    assert rules_of(town.event({"i": 5})) == []
    assert "wanted" in rules_of(town.fact({"wanted": 5}))
    assert rules_of(town.event({"i": 5})) == ["wanted"]
    assert rules_of(town.event({"i": 6})) == []
    town.retract({"wanted": 5})
    assert rules_of(town.event({"i": 5})) == []


def test_facts_alone() -> None:
    """Given rules about facts alone, when facts come and go, then they match then and only then."""
    town = Town(FACTS)
    assert rules_of(town.fact({"alarm": True, "by": "anna"})) == ["told"]
    assert rules_of(town.event({"x": 1})) == []
    assert rules_of(town.retract({"alarm": True}, partial=False)) == []
    assert rules_of(town.retract({"alarm": True})) == ["gone"]


def test_alone_events_is_the_event() -> None:
    """Given a single condition, when it says events or facts, then the event or the fact itself is meant."""
    town = Town(
        "- {name: one, condition: events.i == 1, action: none}\n- {name: two, condition: facts.f, action: none}"
    )
    assert rules_of(town.event({"i": 1})) == ["one"]
    assert rules_of(town.fact({"f": True})) == ["two"]


def test_variables_are_looked_at() -> None:
    """Given variables, when a condition names one, then it is compared; without them nothing matches."""
    rule = "- {name: one, condition: event.level in vars.levels, action: {none: }}"
    assert Town(rule, variables={"levels": ["bad"]}).event({"level": "bad"}) != ()
    assert Town(rule).event({"level": "bad"}) == ()


def test_a_rule_that_changed_begins_anew() -> None:
    """Given an event that waits, when the rule means something else, then it does not wait for that."""
    town = Town(PAIR)
    town.event({"kind": "up", "host": "web1"}, 0)
    changed = Town(PAIR.replace("10 seconds", "11 seconds"))
    changed.state = town.state
    assert changed.event({"kind": "down", "host": "web1"}, 1, "x") == ()


def test_a_flood_is_bounded() -> None:
    """Given events that wait without end, when more come than are kept, then the oldest are forgotten."""
    town = Town(PAIR.replace("10 seconds", "1 day"))
    for number in range(520):
        town.event({"kind": "up", "host": f"h{number}"}, 0)
    assert len(town.state.rules[0].kept) == 500
    assert town.event({"kind": "down", "host": "h3"}, 1) == ()
    assert town.event({"kind": "down", "host": "h519"}, 1) != ()


def test_what_is_remembered_can_be_kept() -> None:
    """Given memory of every kind, when it is kept and read, then it is the same."""
    town = Town(PAIR + ORDER + FACTS)
    town.event({"kind": "up", "host": "web1"}, 0.5)
    town.event({"step": 1}, 1)
    town.fact({"alarm": True}, 2)
    store = MemoryRuleStates()
    store.change("town", lambda _: (town.state, None))
    assert store.read("town") == town.state
