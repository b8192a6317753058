"""`python -m bot lint` as people and CI call it: status, formats, places, and how long it takes."""

import json
import textwrap
import time
from pathlib import Path

import pytest

from bot.cli import main
from bot.lint import Finding, Severity
from bot.lint.formats import github
from bot.settings import Settings

from .conftest import Project

ROOT = Path(__file__).resolve().parents[2]
WRONG = "id: ping\nsummary: Ping\nplaybook: ping.yml\nexpect: ['']\n"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own; the configuration that Ansible has been imported with stays."""
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.alias), raising=False)
    monkeypatch.setenv("SIGNALBOX_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ANSIBLE_CONFIG", str(ROOT / "ansible.cfg"))
    return tmp_path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project in which nothing is wrong, with an environment."""
    made = Project(tmp_path / "project")
    made.write("inventories/dev.yml", "all: {hosts: {one: }}\n")
    return made


def lint(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Status, and what was said on both outputs."""
    status = main(["lint", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_the_examples_are_clean(capsys: pytest.CaptureFixture[str]) -> None:
    """Given this project's own examples, when they are checked, then nothing is found."""
    assert lint(capsys, ROOT) == (0, "", "Nothing found.\n")


def test_findings_make_the_status_one(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a pattern that checks nothing, when the project is checked, then its place, rule and remedy are told."""
    project.write("playbooks/ping.runbook.yml", "id: ping\nsummary: Ping\nplaybook: ping.yml\nexpect: ['.*']\n")
    status, said, summary = lint(capsys, project.root)
    assert (status, summary) == (1, "One finding.\n")
    assert said.startswith("playbooks/ping.runbook.yml:4: warning [expect-always-true] The pattern .* matches")
    assert "\n    → Write what only a good output holds." in said


def test_sources_of_the_projects_own_have_to_be_there(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a source and a filter without a file, and one of a collection, when checked, then the two are found."""
    book = """
        - name: a
          hosts: all
          sources:
            - not_there: {}
            - ansible.eda.webhook: {port: 5000}
              filters: [{neither: {}}]
          rules:
            - {name: b, condition: event.a == 1, action: {none: }}
    """
    project.write("rulebooks/a.yml", textwrap.dedent(book).lstrip())
    status, said, _ = lint(capsys, project.root, "--format", "json")
    assert status == 1
    found = {(each["rule"], each["line"], each["what"]) for each in json.loads(said)}
    assert found == {
        ("rulebook-unknown-name", 4, "There is no event_source 'not_there'."),
        ("rulebook-unknown-name", 5, "There is no event_filter 'neither'."),
    }


def test_variables_of_sources_need_a_value(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Given arguments with variables, when checked, then those that signalbox.yml does not name are told by line."""
    book = """
        - name: a
          hosts: all
          sources:
            - ansible.eda.webhook:
                port: "{{ port }}"
                token: "{{ tokn }}"
                host: "{{ host | default('::1') }}"
              filters:
                - ansible.eda.insert_hosts_to_meta: {path: "{{ vars.path }}"}
          rules:
            - {name: b, condition: event.a == 1, action: {none: }}
    """
    project.write("rulebooks/a.yml", textwrap.dedent(book).lstrip())
    project.write("signalbox.yml", "vars: {port: 5000, token: {env: HOOK_TOKEN}}\n")
    _, said, _ = lint(capsys, project.root, "--format", "json")
    assert [(each["rule"], each["line"], each["what"], each["remedy"]) for each in json.loads(said)] == [
        ("rulebook-unknown-name", 6, "There is no variable tokn.", "Did you mean token?"),
        (
            "rulebook-unknown-name",
            9,
            "There is no variable path.",
            "Write it below vars in signalbox.yml: path: a value, or {env: THE_VARIABLE}.",
        ),
    ]


def test_what_cannot_be_checked(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Given no project, or an extra pass that is not installed, when it is asked for, then the status is two."""
    status, _, said = lint(capsys, project.root / "nowhere")
    assert (status, said) == (2, "There is nothing at that path.\nName a project, or a file of one.\n")
    (project.root.parent / "empty").mkdir()
    status, _, said = lint(capsys, project.root.parent / "empty")
    assert status == 2
    assert "There is no folder playbooks" in said


def test_ansible_lint_that_is_not_there(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given no ansible-lint, when its pass is asked for, then that is said, and the status is two."""
    monkeypatch.setenv("PATH", "/nowhere")
    status, said, error = lint(capsys, "--ansible-lint", project.root)
    assert (status, said) == (2, "")
    assert error.startswith("ansible-lint is not installed.")


def test_ansible_lint_that_is_there(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a program that answers as ansible-lint does, when its pass is asked for, then its findings join ours."""
    issue = {
        "check_name": "name[play]",
        "description": "All plays should be named.",
        "severity": "major",
        "location": {"path": "playbooks/ping.yml", "lines": {"begin": 1}},
    }
    program = project.root / "bin/ansible-lint"
    project.write("bin/ansible-lint", f"#!/bin/sh\ncat <<'E'\n{json.dumps([issue])}\nE\nexit 2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    status, said, _ = lint(capsys, "--ansible-lint", project.root)
    assert status == 1
    assert said.startswith("playbooks/ping.yml:1: error [ansible-lint/name[play]] All plays should be named.\n")


def test_rulebooks_are_checked(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a rulebook that can be read in two ways and one that is broken, then both are told by line."""
    rule = "- name: town\n  hosts: all\n  rules:\n    - name: one\n      condition: {}\n      action: {}\n"
    run = "{run_runbook: {runbook: pong, environment: dev}}"
    project.write("rulebooks/a.yml", rule.format("event.a or event.b and event.c", run))
    project.write("rulebooks/b.yml", rule.format("event.a = 1", "{none: }").replace("town", "city"))
    status, said, _ = lint(capsys, project.root)
    assert status == 1
    heads = [line.partition("] ")[0] + "]" for line in said.splitlines() if line.startswith("rulebooks/")]
    assert heads == [
        "rulebooks/a.yml:5: warning [rulebook-ambiguous]",
        "rulebooks/a.yml:6: error [rulebook-unknown-name]",
        "rulebooks/b.yml:5: error [rulebook-invalid]",
    ]
    assert "There is no runbook pong." in said
    assert "Did you mean ping?" in said


def test_a_part_of_a_project(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Given two broken runbooks, when one file is named, then only what is in it is told."""
    for name in ("a", "b"):
        project.write(f"playbooks/{name}.runbook.yml", f"id: {name}\nsummary: S\nplaybook: nope.yml\n")
    status, said, _ = lint(capsys, "--format", "json", project.root / "playbooks/b.runbook.yml")
    assert status == 1
    assert [each["file"] for each in json.loads(said)] == ["playbooks/b.runbook.yml"]


def test_json_and_sarif_say_the_same(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a finding, when it is written for programs, then rule, place and severity are all there."""
    project.write("playbooks/ping.runbook.yml", "id: ping\nsummary: Ping\nplaybook: ping.yml\nexpect: ['.*']\n")
    (found,) = json.loads(lint(capsys, "--format", "json", project.root)[1])
    assert found["rule"] == "expect-always-true"
    assert set(found) == {"rule", "severity", "file", "line", "what", "remedy"}
    sarif = json.loads(lint(capsys, "--format", "sarif", project.root)[1])
    assert sarif["version"] == "2.1.0"
    (run,) = sarif["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == found["rule"]
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == (found["file"], found["line"])


def test_a_clean_project_in_json_is_an_empty_list(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Given nothing to find, when JSON is asked for, then it is a list without items."""
    assert json.loads(lint(capsys, "--format", "json", project.root)[1]) == []


def test_nothing_breaks_out_of_a_workflow_command() -> None:
    """Given hostile names and texts, when they are written for GitHub, then each finding is one command."""
    nasty = Finding(file="a,b:c.yml", line=2, rule="r", severity=Severity.ERROR, what="50 %\n::add-mask::x", remedy="y")
    assert github([nasty]) == "::error file=a%2Cb%3Ac.yml,line=2,title=r::50 %25%0A::add-mask::x y"


def test_two_hundred_runbooks_take_no_time(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Given 200 runbooks, when they are checked again after one of them has changed, then it takes a second or two.

    It is the processor's time, and the bound is that of a busy machine: what grows with the square is found.
    """
    for n in range(200):
        say = f'say: ["do {n} {{what}} on {{limit}}"]\nparameters:\n  what: {{type: str, description: W}}\n'
        project.write(f"playbooks/p{n}.runbook.yml", f"id: p{n}\nsummary: S\nplaybook: p{n}.yml\n{say}")
        project.write(f"playbooks/p{n}.yml", "- hosts: all\n  tasks:\n    - ansible.builtin.debug: {var: what}\n")
    assert lint(capsys, project.root)[0] == 0
    project.write("playbooks/p7.yml", "- hosts: all\n  tasks:\n    - ansible.builtin.pign: {data: '{{ what }}'}\n")
    began = time.process_time()
    status, said, _ = lint(capsys, project.root)
    assert (status, "[playbook-syntax]" in said) == (1, True)
    assert time.process_time() - began < 6


SCHEDULED = """\
roles:
  clock:
    members: ["schedule:[!n]*"]
    may: [{runbooks: ["*"], environments: ["dev"]}]
schedules:
  good: {cron: "0 3 * * *", say: "run safe in dev", channel: ops}
  nobody: {cron: "0 3 * * *", say: "run safe in dev", channel: ops}
  people: {cron: "0 3 * * *", say: "run ping in dev", channel: ops}
  question: {cron: "0 3 * * *", say: "runbooks", channel: ops}
  unknown: {cron: "0 3 * * *", say: "run pign in dev", channel: ops}
  secret: {cron: "0 3 * * *", say: "run hush in dev", channel: ops}
  written: {cron: "0 3 * * *", say: "run hush in dev api_token=abc", channel: ops}
  elsewhere: {cron: "0 3 * * *", say: "run safe in lab", channel: ops}
  value: {cron: "0 3 * * *", say: "run size in dev size=XL", channel: ops}
"""
SAFE = "summary: Safe\nplaybook: ping.yml\nsafety: {automation: safe}\n"


def test_schedules_that_would_be_refused(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    """Given schedules, when the project is checked, then those whose command would be refused are told by line."""
    project.write("playbooks/safe.runbook.yml", f"id: safe\n{SAFE}")
    parameters = "parameters: {api_token: {type: str, required: true, no_log: true, description: T}}\n"
    project.write("playbooks/hush.runbook.yml", f"id: hush\n{SAFE}{parameters}")
    sizes = "parameters: {size: {type: str, choices: [S, M], description: S}}\n"
    project.write("playbooks/size.runbook.yml", f"id: size\n{SAFE}{sizes}")
    project.write("inventories/lab.yml", "all: {hosts: {two: }}\n")
    project.write("signalbox.yml", SCHEDULED)
    status, said, _ = lint(capsys, project.root, "--format", "json")
    assert status == 1
    found = {each["line"]: each["what"] for each in json.loads(said) if each["rule"] == "schedule-refused"}
    assert found.pop(10).startswith("unknown: ")
    assert "XL" in found.pop(14)
    assert found == {
        7: "nobody: no role lets it run anything.",
        8: "people: ping may be started by people only.",
        9: "question: it asks for no run.",
        11: "secret: hush asks for secrets.",
        12: "written: a secret stands in it.",
        13: "elsewhere: No role of schedule:elsewhere grants safe in lab from here.",
    }
