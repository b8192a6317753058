"""Values that people type, against what a runbook declares; Ansible's own validator judges."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.catalog import Catalog
from bot.errors import BadParameters

Make = Callable[[str], Catalog]

EVERYTHING = """
text: {type: str}
count: {type: int}
ratio: {type: float}
flag: {type: bool}
names: {type: list, elements: str}
numbers: {type: list, elements: int}
table: {type: dict, options: {port: {type: int, required: true}, host: {type: str}, at: {type: path}}}
free: {type: dict}
rows: {type: list, elements: dict, options: {n: {type: int}}}
where: {type: path}
places: {type: list, elements: path}
size: {type: bytes}
any: {type: raw}
doc: {type: json}
"""


def validate(catalog: Catalog, **values: Any) -> dict[str, Any]:
    """The values of the one runbook."""
    return catalog.validate(catalog.get("r"), values)


def refused(catalog: Catalog, **values: Any) -> tuple[str, ...]:
    """The problems that the values have."""
    with pytest.raises(BadParameters) as caught:
        validate(catalog, **values)
    return caught.value.problems


def test_texts_become_what_was_declared(parameters: Make) -> None:
    """Every type is coerced from the text that was typed, JSON for mappings and lists of mappings."""
    catalog = parameters(EVERYTHING)
    assert validate(
        catalog,
        text="a b",
        count="3",
        ratio="0.5",
        flag="yes",
        names="a,b",
        numbers=["1", "2"],
        table='{"port": "80"}',
        free="a=1 b=2",
        rows='[{"n": "1"}, {}]',
        size="1K",
        any="x",
    ) == {
        "text": "a b",
        "count": 3,
        "ratio": 0.5,
        "flag": True,
        "names": ["a", "b"],
        "numbers": [1, 2],
        "table": {"port": 80},
        "free": {"a": "1", "b": "2"},
        "rows": [{"n": 1}, {}],
        "size": 1024,
        "any": "x",
    }


def test_paths_stay_as_typed(parameters: Make) -> None:
    """`~` and `$HOME` mean the hosts' own, so they are not filled in from this machine."""
    catalog = parameters(EVERYTHING)
    made = validate(catalog, where="~/$HOME/x", places="~/a,$HOME", table='{"port": 1, "at": "~/t"}')
    assert made == {"where": "~/$HOME/x", "places": ["~/a", "$HOME"], "table": {"port": 1, "at": "~/t"}}


def test_defaults_come_in_and_what_is_left_out_stays_out(parameters: Make) -> None:
    """A default is filled in and coerced; an optional parameter without one is not there at all."""
    catalog = parameters("a: {type: int, default: '7'}\nb: {type: str}\nc: {type: path, default: ~/c}")
    assert validate(catalog) == {"a": 7, "c": "~/c"}


def test_all_problems_are_told_at_once(parameters: Make) -> None:
    """A missing one, a wrong one, one outside its choices and an undeclared one are four sentences."""
    catalog = parameters(
        """
        need: {type: str, required: true, description: The thing}
        count: {type: int}
        color: {choices: [red, blue]}
        """
    )
    problems = refused(catalog, count="many", color="green", colour="x")
    assert problems[0] == "There is no parameter colour. Did you mean color? Declared are: need, count, color."
    assert problems[1] == "need is required (The thing)."
    assert "int" in problems[2]
    assert "red, blue" in problems[3]


def test_a_runbook_without_parameters_takes_none(parameters: Make) -> None:
    """Magic variables cannot slip in as values: what is not declared is refused by name."""
    catalog = parameters("x: {}")
    assert "no parameter ansible_connection" in refused(catalog, ansible_connection="local")[0]


def test_aliases_lead_to_the_parameter_once(parameters: Make) -> None:
    """An alias fills its parameter and leaves no second variable; giving both is refused."""
    catalog = parameters("service: {aliases: [svc]}")
    assert validate(catalog, svc="nginx") == {"service": "nginx"}
    assert refused(catalog, svc="a", service="b") == ("service is given twice, once by an alias.",)


@pytest.mark.parametrize("kind", ["int", "bool", "float", "dict", "list, elements: int", "str, choices: [a]", "bytes"])
@pytest.mark.parametrize("value", ["s3cr3t-hunter2", "{s3cr3t-hunter2", "s3cr3t-hunter2=", ["s3cr3t-hunter2"]])
def test_no_error_shows_a_secret(parameters: Make, kind: str, value: Any) -> None:
    """A wrong secret is described by its type, never quoted."""
    catalog = parameters(f"token: {{no_log: true, type: {kind}}}\nother: {{required: true}}")
    with pytest.raises(BadParameters) as caught:
        validate(catalog, token=value)
    assert "hunter2" not in f"{caught.value} {caught.value.problems} {caught.value.__cause__}"


def test_the_chat_learns_which_secrets_to_ask_for(parameters: Make) -> None:
    """Secrets without default that were left out, aliases counted, are to be asked for."""
    catalog = parameters(
        """
        a: {no_log: true, required: true}
        b: {no_log: true}
        c: {no_log: true, default: x}
        d: {no_log: true, aliases: [dd]}
        e: {required: true}
        """
    )
    assert catalog.missing_secrets(catalog.get("r"), {"dd": "1"}) == ("a", "b")
    assert catalog.missing_secrets(catalog.get("r"), {"a": "1", "b": "2", "d": "3"}) == ()


def test_a_secret_list_with_a_default_works(parameters: Make) -> None:
    """Ansible's own masking fails on it; ours is elsewhere."""
    catalog = parameters("x: {no_log: true, type: list, elements: str, default: [a, b]}")
    assert validate(catalog) == {"x": ["a", "b"]}


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("text", "a\x00b", "control character"),
        ("text", "\x1b[31m", "control character"),
        ("text", "\ud800", "control character"),
        ("any", '["\\u0000"]', ""),
        ("free", '{"a": "\\u0000"}', "control character"),
        ("text", ["a", "b"], "one value, not a list"),
        ("count", "1e999999999", "too large"),
        ("count", "1E+9_9_9_9_9", "too large"),
        ("count", "9" * 30, "too large"),
        ("count", "inf", "cannot be converted"),
        ("count", "nan", "count"),
        ("count", "1.5", "count"),
        ("ratio", "nan", "no finite number"),
        ("ratio", "1e999", "no finite number"),
        ("numbers", "1,1e999999999", "too large"),
        ("table", '{"port": "1e999999999"}', "too large"),
        ("table", '{"port": 1, "extra": 2}', "extra"),
        ("table", "{}", "port"),
        ("table", "{" * 50_000, "table"),
        ("free", '{"a":' * 40 + "1" + "}" * 40, "nested too deeply"),
        ("free", "{1: 2}", "not made of text"),
        ("free", "{'a': {1, 2}}", "not made of text"),
        ("free", "{'a': " + "-" * 50_000 + "1}", "free"),
        ("free", '{"a": 1e400}', "no finite number"),
        ("size", "9" * 400, "size"),
        ("flag", "perhaps", "flag"),
    ],
)
def test_hostile_values_are_refused_in_a_sentence(parameters: Make, name: str, value: Any, what: str) -> None:
    """No value makes the validator hang, crash or let through what is no plain JSON."""
    catalog = parameters(EVERYTHING)
    began = time.process_time()
    if what:
        problems = refused(catalog, **{name: value})
        assert what in problems[0]
        assert all(len(problem) < 500 for problem in problems)
    else:
        assert validate(catalog, **{name: value}) == {name: value}
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "value", ["{{ lookup('pipe','touch /tmp/x') }}", "; rm -rf /", "$(id)", "\u202etxt", "<!channel>", "two\nlines", ""]
)
def test_what_looks_like_code_is_data(parameters: Make, value: str) -> None:
    """A text is passed on as it is, whatever a shell, a template or a chat would make of it."""
    assert validate(parameters("x: {type: str}"), x=value) == {"x": value}


def test_too_much_is_refused(parameters: Make) -> None:
    """All values together are bounded at 64 KiB."""
    catalog = parameters("x: {}\ny: {type: list, elements: str}")
    assert validate(catalog, x="a" * 60_000)["x"] == "a" * 60_000
    assert "KiB" in refused(catalog, x="a" * 60_000, y=["b" * 3_000, "c" * 3_000])[0]
    assert "no parameter" in refused(catalog, **{"n" * 10_000: "v"})[0]
    assert len(refused(catalog, **{"n" * 10_000: "v"})[0]) < 200


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(
        ["text", "count", "ratio", "flag", "names", "numbers", "table", "free", "rows", "where", "size", "any", "doc"]
    ),
    value=st.text(max_size=60) | st.lists(st.text(max_size=10), max_size=4) | st.from_regex(r"[\[{][^\x00]*[\]}]"),
)
def test_any_text_is_either_plain_json_or_refused(parameters: Make, name: str, value: Any) -> None:
    """Nothing but BadParameters is ever raised, and what comes out survives a trip through JSON."""
    catalog = parameters(EVERYTHING)
    try:
        made = validate(catalog, **{name: value})
    except BadParameters as error:
        assert error.problems  # noqa: PT017 (either answer is right)
    else:
        assert json.loads(json.dumps(made, allow_nan=False)) == made
