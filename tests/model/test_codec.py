"""The codec: every value comes back as it was, older and newer writers are understood, garbage is refused."""

import json
import math
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.codec import decode, encode, from_plain, to_plain
from bot.model.event import Result, RunEvent
from bot.model.run import Plan, Run
from bot.model.status import RunStatus
from bot.model.view import RunCard, RunView

from .values import HOSTILE, cards, events, examples, json_value, plans, runs, texts

EVENT = RunEvent(run_id=1, counter=2, kind="runner_on_ok", at=1.5)


@pytest.mark.parametrize(
    ("cls", "values"),
    [(RunEvent, events), (Plan, plans), (Run, runs), (RunCard, cards)],
    ids=["RunEvent", "Plan", "Run", "RunCard"],
)
@given(st.data())
@examples(100)
def test_what_goes_in_comes_out(cls: type[Any], values: st.SearchStrategy[Any], data: st.DataObject) -> None:
    """Given any value, when it is encoded and decoded, as text, as bytes and as plain JSON, then it is the same."""
    value = data.draw(values)
    line = encode(value)
    assert decode(cls, line) == value
    assert decode(cls, line.encode()) == value
    assert from_plain(cls, json.loads(json.dumps(to_plain(value)))) == value


@given(events)
@examples(200)
def test_a_value_is_one_line(event: RunEvent) -> None:
    """Given any value, when it is encoded, then no reader of lines, of whatever kind, sees more than one."""
    assert len(encode(event).splitlines()) == 1


@given(events)
@examples(100)
def test_a_value_is_json_for_everybody(event: RunEvent) -> None:
    """Given any value, when it is encoded, then it is strict JSON in UTF-8, with our version beside the fields."""
    plain = json.loads(encode(event).encode().decode(), parse_constant=pytest.fail)
    assert plain.pop("v") == 1
    assert plain.keys() == {one.name for one in fields(RunEvent)}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_data(text: str) -> None:
    """Given hostile text in every place of an event, when it travels, then it comes out as it went in."""
    event = replace(EVENT, host=text, message=text, warnings=(text,), data={text: [text, {text: text}]})
    assert decode(RunEvent, encode(event)) == event


@given(st.text(st.characters(categories=["Cs", "Lu"]), min_size=1, max_size=6))
@examples(100)
def test_lone_surrogates_become_question_marks(text: str) -> None:
    """Given text with halves of characters, as broken host names have, when it travels, then the rest comes through."""
    event = replace(EVENT, host=text, data={text: text})
    back = decode(RunEvent, encode(event).encode())
    readable = text.encode("utf-8", "replace").decode()
    assert back.host == readable
    assert back.data == {readable: readable}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_has_not_become_null(value: float) -> None:
    """Given a number that is none, when it travels, then the line is still JSON, and null stands in its place."""
    line = encode(replace(EVENT, duration=value, data={"x": [value]}))
    back = decode(RunEvent, line)
    assert "NaN" not in line
    assert "Infinity" not in line
    assert back.duration is None
    assert back.data == {"x": [None]}


def test_numbers_keep_their_kind() -> None:
    """Given whole, broken, huge and true values, when they travel, then each is of the kind that it was."""
    data = {"whole": 1, "broken": 1.0, "true": True, "huge": 2**200, "small": 5e-324}
    back = decode(RunEvent, encode(replace(EVENT, data=data))).data
    assert {name: (type(value), value) for name, value in back.items()} == {
        name: (type(value), value) for name, value in data.items()
    }


@given(events, st.dictionaries(st.text(min_size=12, max_size=14), json_value, max_size=3))
@examples(50)
def test_fields_of_a_newer_writer_are_passed_over(event: RunEvent, more: dict[str, Any]) -> None:
    """Given fields that we do not know, and a higher version, when the value is read, then the rest is understood."""
    newer = {**more, **json.loads(encode(event)), "v": 2}
    assert decode(RunEvent, json.dumps(newer)) == event


@pytest.mark.parametrize("cls", [RunEvent, Plan, Run, RunView, RunCard])
def test_fields_that_an_older_writer_left_out_take_their_defaults(cls: type[Any]) -> None:
    """Given a value with only its required fields, when it is read, then the others have their defaults."""
    required = json.loads(_SMALLEST[cls])
    optional = [one for one in fields(cls) if one.default is not MISSING or one.default_factory is not MISSING]
    value = decode(cls, _SMALLEST[cls])
    for one in optional:
        assert one.name not in required
        default = one.default if one.default_factory is MISSING else one.default_factory()
        assert getattr(value, one.name) == default


@pytest.mark.parametrize("cls", [RunEvent, Plan, Run, RunView, RunCard])
def test_a_required_field_that_is_missing_is_named(cls: type[Any]) -> None:
    """Given a value without one of its required fields, when it is read, then ValueError names the field."""
    smallest = json.loads(_SMALLEST[cls])
    for name in smallest:
        without = {key: value for key, value in smallest.items() if key != name}
        with pytest.raises(ValueError, match=name):
            decode(cls, json.dumps(without))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "7",
        '"text"',
        "[]",
        "[[]]",
        "{}",
        "{",
        "nonsense",
        b"\xff\xfe",
        '{"run_id":1,"counter":1,"kind":"x","at":1,"result":"splendid"}',
        '{"run_id":1,"counter":1,"kind":"x","at":1,"result":7}',
        '{"run_id":1,"counter":1,"kind":"x","at":1,"result":[]}',
        '{"run_id":1,"counter":1,"kind":"x","at":1,"warnings":"one text"}',
        '{"run_id":1,"counter":1,"kind":"x","at":1,"warnings":{"a":1}}',
        '{"run_id":1,"counter":1,"kind":"x","at":1,"warnings":7}',
        '{"run_id":1,"counter":1,"kind":"x","at":1,"warnings":null}',
        "[" * 100_000,
        '{"run_id":' * 50_000,
        '{"run_id":' + "9" * 5000 + "}",
    ],
    ids=range(20),
)
def test_text_that_is_no_value_is_a_value_error(text: str | bytes) -> None:
    """Given text that nobody of ours wrote, when it is read as an event, then ValueError, and nothing else."""
    with pytest.raises(ValueError, match=r".+"):
        decode(RunEvent, text)


@given(json_value)
@examples(300)
def test_no_json_does_anything_but_a_value_or_a_value_error(plain: Any) -> None:
    """Given any JSON, when it is read as a run, then a run comes out, or ValueError."""
    for cls in (Run, RunCard):
        try:
            value = decode(cls, json.dumps(plain))
        except ValueError:
            continue
        assert isinstance(value, cls)


@pytest.mark.parametrize("value", [b"bytes", object(), 1j, {"deep": [b"bytes"]}], ids=["bytes", "object", "1j", "deep"])
def test_what_does_not_travel_is_a_programmers_mistake(value: Any) -> None:
    """Given a value that JSON has no form for, when it is encoded, then TypeError says that it does not travel."""
    with pytest.raises(TypeError, match="does not travel"):
        encode(replace(EVENT, data={"x": value}))


def test_text_of_other_types_travels_as_plain_text() -> None:
    """Given text of a subclass, as Ansible's unsafe text is, when it travels, then plain text comes out."""

    class Unsafe(str):
        __slots__ = ()

    plain = to_plain({"a": Unsafe("x"), Unsafe("b"): Result.OK, "c": RunStatus.LOST})
    assert plain == {"a": "x", "b": "ok", "c": "lost"}
    assert all(type(part) is str for pair in plain.items() for part in pair)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Newer:
    """A dataclass as a later version may have one."""

    pairs: tuple[tuple[str, str], ...]
    parts: tuple[Result, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)


@given(st.lists(texts.filter(len), max_size=3).map(tuple), st.lists(st.sampled_from(Result)).map(tuple))
@examples(50)
def test_tuples_inside_tuples_stay_tuples(pairs: Any, parts: Any) -> None:
    """Given tuples of tuples and of words, when they travel, then tuples and words come out, not lists and texts."""
    value = _Newer(pairs=pairs, parts=parts)
    back = decode(_Newer, encode(value))
    assert back == value
    assert all(isinstance(pair, tuple) for pair in back.pairs)
    assert all(isinstance(part, Result) for part in back.parts)


_TARGET = '{"environment":"e","limit":"all","hosts":["h"],"fingerprint":"f"}'
_REVISION = '{"commit":null,"dirty":false,"content_hash":"c"}'
_PLAN = (
    '{"runbook":"r","summary":"s","playbook":null,"module":null,'
    f'"target":{_TARGET},"timeout":1,"revision":{_REVISION}}}'
)
_VIEW = '{"run_id":1,"status":"queued"}'
_SMALLEST: dict[type[Any], str] = {
    RunEvent: '{"run_id":1,"counter":1,"kind":"k","at":1.0}',
    Plan: _PLAN,
    Run: (
        f'{{"id":1,"status":"queued","plan":{_PLAN},"actor":{{"transport":"t","name":"n"}},'
        '"conversation":{"transport":"t","channel":"c"},"origin":"chat","command":"x",'
        '"created_at":"2026-01-01T00:00:00+00:00"}'
    ),
    RunView: _VIEW,
    RunCard: (
        '{"run_id":1,"runbook":"r","summary":"s","environment":"e","limit":"all","hosts":[],"actor":"a",'
        f'"revision":"x","check":false,"view":{_VIEW}}}'
    ),
}
