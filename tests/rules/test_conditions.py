"""The condition language: what it takes, what it refuses and with which words, and what a test says."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rules.closures import compiled
from bot.rules.grammar import Wrong
from bot.rules.operators import LONGEST_SEARCHED
from bot.rules.parsing import parse


def said(condition: str, **scope: Any) -> bool | None:
    """What the condition says of a scope."""
    return compiled(parse(condition).test)(scope)


TRUE = [
    ('event.in == 1 and event.not is defined and event["a b"].x == 2', {"in": 1, "not": 0, "a b": {"x": 2}}),
    ("event.order or event.andy", {"order": True}),
    ("event.i-1 == 2", {"i": 3}),
    ("event.i == -1.5e1", {"i": -15}),
    ("event.list[-1] in ['x', event.y]", {"list": [1, "q"], "y": "q"}),
    ("event.s is regex('a\\.b')", {"s": "xa.b"}),
    ('event.s == "a\\nb"', {"s": "a\nb"}),
    ('event.s == "a\\"b"', {"s": 'a"b'}),
    ("event.n NOT IN [1]", {"n": 2}),
    ("event.l not contains 'x'", {"l": ["y"]}),
    ("event.i is not search('x')", {"i": 5}),
    ("event.s is search('^B.C', ignorecase=true, multiline=true, dotall=true)", {"s": "a\nb\nc"}),
    ("event.s is not search('^b', multiline=false)", {"s": "a\nb"}),
    ("event.l is selectattr('tags', 'contains', 'a')", {"l": [{"tags": ["a"]}]}),
    ("event.l is select('in', [1, 2])", {"l": [0, 2]}),
    ("not not event.b", {"b": True}),
    ("event is defined", {}),
    ("event.a == event.b", {"a": {"x": [1, {"y": None}]}, "b": {"x": [1.0, {"y": None}]}}),
    ("'b' > 'a' and (event.x or 2 >= 2)", {"x": False}),
]


@pytest.mark.parametrize(("condition", "event"), TRUE)
def test_what_is_true(condition: str, event: dict[str, Any]) -> None:
    """Given a condition and an event that it fits, when it is tested, then it says True."""
    assert said(condition, event=event) is True


def test_a_variable_may_be_a_pattern() -> None:
    """Given a pattern in a variable, when it is looked for, then it is used; one that is none matches nothing."""
    condition = "event.l is select('search', vars.pattern)"
    assert said(condition, event={"l": ["web1"]}, vars={"pattern": "b[0-9]"}) is True
    assert said(condition, event={"l": ["web1"]}, vars={"pattern": "("}) is False
    assert said(condition, event={"l": ["web1"]}, vars={"pattern": 5}) is False


NEITHER = [
    "event.nope",
    "not event.nope",
    "event.nope != 1",
    "event.nope not in [1]",
    "1 not in [event.nope]",
    "event.s + 1 == 2",
    "event.s is select('==', event.nope)",
    "event.s.t is not match('x')",
    "event.nope and event.yes",
    "event.nope or event.no",
    "vars.x == 1",
]


@pytest.mark.parametrize("condition", NEITHER)
def test_what_is_not_there_matches_nothing(condition: str) -> None:
    """Given a condition about what is not there, when it is tested, then it says neither True nor False."""
    assert said(condition, event={"s": "x", "yes": True, "no": False}) is None


def test_the_other_part_can_decide() -> None:
    """Given an attribute that is not there, when the rest decides, then it does."""
    assert said("event.nope or event.yes", event={"yes": True}) is True
    assert said("event.nope and event.no", event={"no": False}) is False


REFUSALS = [
    ("event.i == ", "It ends too early."),
    ("event.i = 1", "Write == to compare."),
    ("event.a AND event.b", "Write and, or, not, in small letters."),
    ("event.i == {{ x }}", "Templates have no place in a condition"),
    ("foo == 1", "foo leads nowhere."),
    ("status is defined", "Begin with one of event, events, fact, facts, vars"),
    ("event.i is foo", "After `is` comes defined"),
    ("event.i == 'a", "Quote texts"),
    ("event.i == a b", "Put brackets"),
    ("1 == 2 == 3", "compare two values at a time"),
    ("event.a is match('(')", "is no regular expression"),
    ("event.a is match('x', verbose=true)", "There is no option verbose."),
    ("event.a is select('match', event.b)", "takes a pattern"),
    ("event.a is select('~', 1)", "There is no test '~'."),
    ("event.a is select('match', 1)", "takes a pattern"),
    ("'x' is defined", "Only a path can be defined"),
    ("(event.a == 1) == 2", "A condition stands where a value is expected."),
    ("event.a << event.b", "cannot be assigned to"),
    ("event.x / 2 == 1", "Only + and - are there"),
    ("(" * 60 + "true" + ")" * 60, "more than 50 brackets"),
    ("event.a == " + "1" * 5000, "characters"),
]


@pytest.mark.parametrize(("condition", "words"), REFUSALS)
def test_what_is_refused_says_what_is_right(condition: str, words: str) -> None:
    """Given a text that is no condition, when it is read, then the refusal says what is wrong or what is right."""
    with pytest.raises(Wrong) as refused:
        parse(condition)
    assert words in f"{refused.value.what} {refused.value.remedy}"


@pytest.mark.parametrize(
    ("condition", "ambiguous"),
    [
        ("event.a or event.b and event.c", True),
        ("event.a and event.b or event.c and event.d", True),
        ("not (event.a or event.b and event.c)", True),
        ("event.a and event.b or event.c", False),
        ("event.a or (event.b and event.c)", False),
        ("event.a or event.b or event.c", False),
    ],
)
def test_what_is_read_in_two_ways_is_known(condition: str, *, ambiguous: bool) -> None:
    """Given `and` and `or`, when brackets are missing that the peer would need, then it is ambiguous; else not."""
    assert parse(condition).ambiguous is ambiguous


def test_a_pattern_reads_the_beginning_of_a_long_text() -> None:
    """Given a text without end, when a pattern is looked for, then only its beginning is read."""
    text = "a" * LONGEST_SEARCHED + "b"
    assert said("event.s is search('b')", event={"s": text}) is False
    assert said("event.s is search('b')", event={"s": text[1:]}) is True


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abls"), inner, max_size=3),
    max_leaves=8,
)
CONDITIONS = [
    "event.a == event.b",
    "event.a < event.b or event.a >= event.b",
    "event.a in event.b",
    "event.a contains event.b",
    "event.a + event.b == 2",
    "event.l is select('>', event.a)",
    "event.l is not selectattr('a', '==', event.b)",
    "event.s is search('a+')",
    "event.l[0].a[-1] is defined",
]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from("abls"), JSON, max_size=4))
def test_no_event_makes_a_condition_fail(event: dict[str, Any]) -> None:
    """Given any event, when conditions are tested, then each says something, and its opposite the opposite."""
    for condition in CONDITIONS:
        one, other = said(condition, event=event), said(f"not ({condition})", event=event)
        assert other is (None if one is None else not one)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="event.ab()[]\"'<>=!and or not in is match 0123+-,{}", max_size=30))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    """Given any text, when it is read as a condition, then it is one, or is refused in words."""
    try:
        parse(text)
    except Wrong as wrong:
        told = (wrong.what, wrong.remedy)
    else:
        told = ("It is one.", "Keep it.")
    assert all(sentence.endswith((".", "…", "sides")) for sentence in told)
