"""Actions for a match: what an event says becomes data, never a template, never a pattern of hosts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadTarget
from bot.model.rule import Debug, Notify, RunPlaybook, RunRunbook, SetFact
from bot.rules import Unfilled, fill_action, known_hosts
from bot.rules.grammar import Wrong
from bot.rules.templates import fill, flaws, has_template

EVIL = "{{ lookup('pipe', 'touch /tmp/evil') }}"
EVENT = {"host": "web1", "evil": EVIL, "n": 5, "l": ["a", "b"], "inst": "Web1:9100", "none": None, "b": True}
KNOWN = ("web1", "web2", "{{ x }}")


def filled(text: Any, **event: Any) -> Any:
    """The value for an event."""
    return fill(text, {"event": {**EVENT, **event}, "vars": {"team": "ops"}})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ event.host }}", "web1"),
        ("{{event.n}}", 5),
        ("{{ event.l }}", ["a", "b"]),
        ("{{ event.none }}", None),
        ("host {{ event.host }}, {{ event.n }} of {{ vars.team }}: {{ event.b }}", "host web1, 5 of ops: true"),
        ('{{ event.inst | split(":") | first | lower }}', "web1"),
        ('{{ event.nope | default("x") }}', "x"),
        ('{{ event.l | join("+") | upper }}', "A+B"),
        ("{{ event.l | last }}", "b"),
        ({"a": ["{{ event.n }}", 1]}, {"a": [5, 1]}),
        ("{{ event.evil }}", EVIL),
        ("{{ team }}{{ vars.team }}", "opsops"),
        ("x {{ event.evil }}", f"x {EVIL}"),
        ("plain }} text", "plain }} text"),
        ("", ""),
    ],
)
def test_paths_are_looked_up(text: Any, value: Any) -> None:
    """Given a text with paths, when it is filled, then they are values; one alone keeps its kind."""
    assert filled(text) == value


@pytest.mark.parametrize(
    "text",
    ["{{ event.nope }}", "{{ nobody }}", "a {{ event.l }}", "{{ event.l | int }}", "{{ event.host | split(event.n) }}"],
)
def test_what_is_not_there_fills_nothing(text: str) -> None:
    """Given a path that leads nowhere, or a value that does not fit, when a text is filled, then it is not."""
    with pytest.raises(Unfilled):
        filled(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ lookup('pipe', 'id') }}",
        "{{ event.host | safe }}",
        "{% if event.host %}x{% endif %}",
        "{{ event.host",
        "{# x #}",
        "{{ event.host | default }}",
        "{{ event.host | lower(1) }}",
        "{{ event.__class__.__mro__() }}",
        "{{ 7 * 7 }}",
    ],
)
def test_nothing_else_is_a_template(text: str) -> None:
    """Given anything but a path with filters, when it is looked at, then lint has a sentence, and nothing is filled."""
    (wrong,) = flaws([text])
    assert wrong.remedy
    with pytest.raises(Wrong):
        filled(text)


@given(st.text())
def test_no_text_of_an_event_is_read_again(text: str) -> None:
    """Given any text in an event, when it is filled in alone and beside others, then it is that text."""
    assert filled("{{ event.x }}", x=text) == text
    assert filled("<{{ event.x }}>", x=text) == f"<{text}>"


RUN = RunRunbook(runbook="restart", environment="{{ event.env }}", parameters={"service": "{{ event.host }}"})


def run(limit: str = "", **event: Any) -> RunRunbook:
    """The run for an event."""
    action = RunRunbook(runbook="restart", environment="lab", limit=limit, parameters={"x": "{{ event.evil }}"})
    made = fill_action(action, {"event": {**EVENT, **event}}, "web")
    assert isinstance(made, RunRunbook)
    return made


def test_the_limit_of_the_author_is_a_pattern_that_of_an_event_is_none() -> None:
    """Given limits by author, template, meta.hosts and ruleset, when filled, then only the author's are patterns."""
    assert (run("web*").limit, run("web*").hosts) == ("web*", None)
    assert (run("{{ event.host }}").limit, run("{{ event.host }}").hosts) == ("", ("web1",))
    assert run("{{ event.l }}").hosts == ("a", "b")
    assert run("{{ event.host }}.lan").hosts == ("web1.lan",)
    assert run(meta={"hosts": "web1, web2"}).hosts == ("web1", "web2")
    assert run(meta={"hosts": ["web1"]}).hosts == ("web1",)
    assert (run().limit, run().hosts) == ("web", None)
    assert run().parameters == {"x": EVIL}


@pytest.mark.parametrize(
    "label", ["", " ", "*", "all", "web*", "web1,web2", "web1:web2", "!web1", "~web.*", "@/etc/hosts", "web3", "-e"]
)
def test_what_is_no_host_runs_nowhere(label: str) -> None:
    """Given a label that is empty, a pattern or unknown, when it names the hosts, then nothing runs, and it is said."""
    for made in (run("{{ event.label }}", label=label), run(meta={"hosts": [label]})):
        assert made.limit == ""
        assert made.hosts is not None
        with pytest.raises(BadTarget, match=r"Nothing was started"):
            known_hosts(made.hosts, KNOWN)


@pytest.mark.parametrize("hosts", [[], None, 5, {"a": 1}, [["web1"]]])
def test_hosts_that_are_no_names(hosts: Any) -> None:
    """Given hosts of a shape that names none, when they are to be used, then nothing runs."""
    with pytest.raises((Unfilled, BadTarget)):
        known_hosts(run("{{ event.label }}", label=hosts).hosts or (), KNOWN)


def test_known_hosts_are_taken() -> None:
    """Given names of hosts, when they are all there, then they are taken, letter by letter, once each."""
    assert known_hosts(run("{{ event.l }}", l=["web2", "web1", "web2"]).hosts or (), KNOWN) == ("web2", "web1")


def test_other_actions_are_filled_whole() -> None:
    """Given actions of other kinds, when they are filled, then texts stay texts and values keep their kinds."""
    scope = {"event": EVENT}
    assert fill_action(Notify(text="{{ event.n }}"), scope, "") == Notify(text="5")
    assert fill_action(SetFact(fact={"n": "{{ event.n }}"}), scope, "") == SetFact(fact={"n": 5})
    assert fill_action(Debug(text="{{ event.evil }}"), scope, "") == Debug(text=EVIL)
    with pytest.raises(Unfilled):
        fill_action(Notify(text="{{ event.l }}"), scope, "")
    with pytest.raises(Unfilled):
        fill_action(RUN, scope, "all")
    book = RunPlaybook(playbook="a.yml", limit="{{ event.host }}", extra_vars={"v": "{{ event.l }}"})
    made = RunPlaybook(playbook="a.yml", hosts=("web1",), extra_vars={"v": ["a", "b"]})
    assert fill_action(book, scope, "") == made


def test_templates_are_found() -> None:
    """Given values of any shape, when they are looked through, then a template inside is found."""
    assert has_template({"a": [1, "x {{ y }}"]})
    assert has_template("{% x %}")
    assert not has_template({"a": ["{ x }", 1]})
