"""Rulebook files: what is taken, what is refused, and on which line."""

from pathlib import Path

import pytest

from bot.catalog import Catalog
from bot.commands import phrase_problems
from bot.lined import read
from bot.model.rule import Kind, RunPlaybook, RunRunbook, SetFact, ThrottleKind
from bot.model.runbook import Runbook
from bot.rules import as_runbook, covering, read_rulebooks, unknown_names
from bot.rules.read import read_tree

from .make import book, ruleset

ROOT = Path(__file__).resolve().parents[2]
WHOLE = """\
---
- name: Payments
  hosts: all
  default_events_ttl: 3 hours
  match_multiple_rules: true
  sources:
    - name: hook
      ansible.eda.webhook: {port: 5000}
      filters:
        - ansible.eda.dashes_to_underscores:
        - ansible.eda.json_filter: {exclude_keys: [x]}
    - ansible.eda.range:
  rules:
    - name: restart
      condition: >-
        event.alert.status == "firing"
        and event.alert.service == "payments"
      throttle:
        once_within: 5 minutes
        group_by_attributes: [event.alert.labels.host]
      actions:
        - run_runbook:
            runbook: restart-service
            environment: local
            limit: "{{ event.alert.labels.host }}"
            parameters: {service: nginx}
            verify: 10m
        - set_fact: {fact: {restarted: true}}
        - debug
    - name: quiet
      condition: true
      enabled: false
      action:
        none:
"""


def test_a_whole_rulebook() -> None:
    """Given a rulebook with all its parts, when it is read, then each is there, and nothing is wrong."""
    found = read_tree(read(WHOLE), "rulebooks/a.yml")
    assert found.problems == ()
    (made,) = found.rulesets
    assert (made.name, made.hosts, made.keep, made.match_multiple) == ("Payments", "all", 10_800.0, True)
    assert [(source.name, source.plugin) for source in made.sources] == [
        ("hook", "ansible.eda.webhook"),
        ("ansible.eda.range", "ansible.eda.range"),
    ]
    filters = ["ansible.eda.dashes_to_underscores", "ansible.eda.json_filter"]
    assert [name for name, _ in made.sources[0].filters] == filters
    restart, quiet = made.rules
    assert (restart.line, restart.condition.kind, quiet.enabled) == (14, Kind.ONE, False)
    assert restart.throttle is not None
    assert (restart.throttle.kind, restart.throttle.seconds) == (ThrottleKind.ONCE_WITHIN, 300.0)
    run, fact, _ = restart.actions
    assert isinstance(run, RunRunbook)
    assert (run.limit, run.verify, run.parameters) == ("{{ event.alert.labels.host }}", 600, {"service": "nginx"})
    assert fact == SetFact(fact={"restarted": True})


def rule(more: str = "", condition: str = "event.i == 1", action: str = "{none: }") -> str:
    """A rule whose condition stands on line 5, its action on line 6, and what is added on line 7."""
    return f"- name: one\n  condition: {condition}\n  action: {action}\n{more}"


WRONG = [
    (rule("  conditon: x\n"), 7, "There is no key conditon here."),
    (rule(condition="event.i = 1"), 5, "cannot be understood"),
    (rule(condition="5"), 5, "A condition must be text."),
    (rule(condition="{all: [event.i == 1], any: [event.i == 2]}"), 5, "one of all, any, not_all"),
    (rule(condition="{not_all: [event.i == 1]}"), 5, "not_all needs a timeout."),
    (rule(condition="{any: [event.i == 1], timeout: 5 seconds}"), 5, "any has no timeout."),
    (rule(condition="{all: [event.i == 1], timeout: soon}"), 5, "must be a duration"),
    (rule(condition="{all: [event.i == events.x.i]}"), 5, "events.x names no earlier test."),
    (rule(condition="event.i == fact.i"), 5, "Event and fact cannot be compared"),
    (rule(condition="{not_all: [fact.i == 1], timeout: 5 seconds}"), 5, "events only"),
    (rule(action="{run_module: {name: ping}}"), 6, "There is no action run_module here."),
    (rule(action="{run_runbok: {}}"), 6, "There is no action run_runbok"),
    (rule(action="{none: , debug: }"), 6, "An action is a mapping with one key"),
    (rule("  actions: []\n"), 4, "either action or actions"),
    (rule(action="{run_runbook: {runbook: '{{ event.x }}'}}"), 6, "runbook"),
    (rule(action="{notify: {text: '{{ lookup(1) }}'}}"), 6, "A template cannot be used"),
    (rule(action="{notify: {}}"), 6, "The key text is missing."),
    (rule(action="{escalate: {to: ['{{ event.who }}'], after: 5m}}"), 6, "names nobody who can be called"),
    (rule(action="{escalate: {to: [ops, 'slack-group:ops'], after: 5m}}"), 6, "'slack-group:ops'"),
    (rule(action="{escalate: {to: 'slack:U1 <!here>', after: 5m}}"), 6, "names nobody who can be called"),
    (rule(action="{set_fact: {fact: {a: !vault x}}}"), 6, "A vaulted value in an action"),
    (rule("  throttle: {once_within: 5 minutes}\n"), 7, "group_by_attributes is missing"),
    (rule("  throttle: {group_by_attributes: [event.a]}\n"), 7, "exactly one span"),
    (rule("  throttle: {once_within: 1 day, group_by_attributes: [x.y]}\n"), 7, "is no path"),
    (rule("  throttle: {once_within: 1 day, group_by_attributes: [vars.y]}\n"), 7, "what events say"),
    (rule("  throttle: {once_within: 1 day, threshold: 2, group_by_attributes: [event.y]}\n"), 7, "threshold"),
    (
        rule("  throttle: {once_after: 1 day, group_by_attributes: [event.y]}\n", "{any: [event.y]}"),
        7,
        "Only a single condition",
    ),
    (rule("  name: two\n"), 7, "stands twice"),
    (rule() + rule(), 7, "Another rule of the ruleset is named one."),
]


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("{{ event.alert.host }}", "A source knows no event"),
        ("{{ vars }}", "A source knows no vars"),
        ("{% if x %}", "A template cannot be used"),
        ("{{ lookup('env', 'HOME') }}", "A template cannot be used"),
    ],
)
def test_arguments_of_sources_name_variables_only(argument: str, words: str) -> None:
    """Given a source whose argument names what is no variable, when it is read, then the line is told."""
    source = f'  sources:\n    - range:\n        limit: 1\n        more: ["{argument}"]\n'
    found = read_tree(
        read(f"- name: town\n{source}  rules:\n    - {{name: a, condition: event.i, action: none}}\n"), "a"
    )
    assert found.rulesets == ()
    assert [(each.line, words in each.what) for each in found.problems] == [(5, True)]


@pytest.mark.parametrize(("rules", "line", "words"), WRONG)
def test_what_is_wrong_is_told_with_its_line(rules: str, line: int, words: str) -> None:
    """Given a rule with one thing wrong, when it is read, then the rulebook is left out, with file, line and words."""
    found = book(rules)
    assert found.rulesets == ()
    told = [(each.file, each.line, each.what) for each in found.problems if words in each.what]
    assert told, found.problems
    assert told[0][:2] == ("rulebooks/town.yml", line)
    assert all(each.rule == "rulebook-invalid" and each.remedy for each in found.problems)


WARNINGS = [
    (rule(condition="event.a or event.b and event.c"), "rulebook-ambiguous", 5),
    (rule(condition="event.s is match('(a+)+b')"), "rulebook-slow-pattern", 5),
    (rule(condition="event.l is select('search', '.*a.*b[^c]+d')"), "rulebook-slow-pattern", 5),
    (rule(condition="events.x << event.a"), "rulebook-differs", 5),
    (rule(action="{run_playbook: {name: a.yml, retries: 3}}"), "rulebook-differs", 6),
]


@pytest.mark.parametrize(("rules", "kind", "line"), WARNINGS)
def test_what_only_deserves_a_warning_is_taken(rules: str, kind: str, line: int) -> None:
    """Given a rule that can be used and is not what it seems, when it is read, then it is taken, with a warning."""
    found = book(rules)
    assert [(each.rule, each.line) for each in found.problems] == [(kind, line)]
    assert len(found.rulesets) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "A rulebook is a list of rulesets."),
        ("name: x", "A rulebook is a list of rulesets."),
        ("- hosts: all", "The ruleset has no name."),
        ("- 5", "must be a mapping"),
        ("- name: x\n  rules: []", "must not be empty"),
        ("- name: x\n  sources: [5]\n  rules: []", "rules"),
        ("- name: x\n  sources: [{a: {}, b: {}}]\n  rules: [{name: r, condition: 'true', action: none}]", "one plugin"),
        (
            "- name: x\n  sources: [{a: {t: !vault x}}]\n  rules: [{name: r, condition: 'true', action: none}]",
            "A vaulted value",
        ),
    ],
)
def test_files_that_are_no_rulebooks(text: str, words: str) -> None:
    """Given a file of another shape, when it is read, then it is refused in words."""
    found = read_tree(read(text), "rulebooks/a.yml")
    assert found.rulesets == ()
    assert any(words in each.what for each in found.problems), found.problems


def test_a_folder_of_files(tmp_path: Path) -> None:
    """Given files that cannot be read, and two with one ruleset's name, when the folder is read, then all is told."""
    folder = tmp_path / "rulebooks"
    folder.mkdir()
    text = "- name: town\n  rules: [{name: r, condition: 'true', action: none}]\n"
    (folder / "a.yml").write_text(text)
    (folder / "b.yaml").write_text(text)
    (folder / "c.yml").write_text("- name: [")
    (folder / "d.yml").write_bytes(b"\xff\xfe\x00")
    (folder / "e.yml").mkdir()
    (folder / "f.yml").symlink_to(tmp_path / "nowhere")
    (folder / "notes.txt").write_text("x")
    books = read_rulebooks(tmp_path)
    assert [(each.file, len(each.rulesets), len(each.problems)) for each in books] == [
        ("rulebooks/a.yml", 1, 0),
        ("rulebooks/b.yaml", 0, 1),
        *((f"rulebooks/{name}.yml", 0, 1) for name in "cdef"),
    ]
    assert "another ruleset named town" in books[1].problems[0].what
    assert read_rulebooks(tmp_path / "nowhere") == ()


NAMED = [
    (rule(action="{run_runbook: {runbook: nosuch}}"), "There is no runbook nosuch."),
    (rule(action="{run_runbook: {runbook: ping, environment: mars}}"), "There is no environment mars."),
    (rule(action="{suggest_runbook: {runbook: ping, environment: local, parameters: {x: 1}}}"), "no parameter x"),
    (rule(action="{suggest_runbook: {runbook: restart-service, environment: local}}"), "needs service"),
    (rule(action="{suggest_runbook: {runbook: ping}}"), "in which environment"),
    (rule(action="{run_playbook: {name: nosuch.yml, environment: local}}"), "Not exactly one runbook covers"),
    (rule(action="{set_fact: {ruleset: nosuch, fact: {a: 1}}}"), "There is no ruleset nosuch."),
    (
        rule(action="{run_runbook: {runbook: restart-service, environment: local, parameters: {service: x}}}"),
        "declared safe",
    ),
]


@pytest.fixture(scope="module")
def runbooks() -> tuple[Runbook, ...]:
    """The project's own."""
    return Catalog(ROOT, phrase_problem=phrase_problems).runbooks()


@pytest.mark.parametrize(("rules", "words"), NAMED)
def test_names_that_stand_for_nothing(rules: str, words: str, runbooks: tuple[Runbook, ...]) -> None:
    """Given an action that names what is not there, when it is compared with the project, then that is told."""
    found = list(unknown_names([book(rules)], runbooks, ["local", "example"]))
    assert any(words in each.what for each in found), found
    assert {each.line for each in found} == {6}


def test_a_playbook_is_run_by_the_runbook_that_covers_it(runbooks: tuple[Runbook, ...]) -> None:
    """Given a rulebook of old, when its playbook has a runbook, then that is run with the variables as parameters."""
    (action,) = ruleset(rule(action="{run_playbook: {name: ping.yml, extra_vars: {a: 1}}}")).rules[0].actions
    assert isinstance(action, RunPlaybook)
    assert as_runbook(action, runbooks) == RunRunbook(runbook="ping", parameters={"a": 1})
    assert covering("playbooks/ping.yml", runbooks) is not None
    for name in ("nosuch.yml", "../ping.yml", "/ping.yml", ""):
        assert covering(name, runbooks) is None
