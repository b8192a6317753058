"""Runbook files as people write them, right and wrong."""

import os
from pathlib import Path

import pytest

from bot.catalog import Catalog
from bot.errors import ProjectBroken, UnknownName
from bot.model.runbook import CatalogProblem, Expectation
from bot.model.safety import Cooldown, Safety

from .conftest import GOOD, Project

FULL = """
id: restart-service
summary: Restart a service and wait until it answers
description: |
  Two lines
  of text.
playbook: restart.yml
say: restart {service} on {limit} in {environment}
parameters:
  service: {type: str, required: true, choices: [nginx, redis], description: Unit to restart}
  token: {type: str, no_log: true}
defaults: {environment: staging, limit: web}
expect:
  - "^active"
  - {pattern: "restarted", allow_failure: true}
safety:
  requires_approval: true
  scopes: [staging, dev]
  max_hosts: 5
  cooldown: 10m
  timeout: 300
"""


def only(catalog: Catalog) -> CatalogProblem:
    """The one problem there is."""
    problems = catalog.problems()
    assert len(problems) == 1, problems
    return problems[0]


def test_a_full_file_becomes_a_runbook(project: Project) -> None:
    """Everything the format knows arrives in the Runbook, durations as seconds."""
    project.runbook(FULL)
    runbook = project.catalog().get("restart-service")
    assert runbook.playbook == "playbooks/restart.yml"
    assert runbook.path == "playbooks/restart.runbook.yml"
    assert runbook.description == "Two lines\nof text."
    assert runbook.say == ("restart {service} on {limit} in {environment}",)
    assert runbook.parameters[0].choices == ("nginx", "redis")
    assert runbook.parameters[0].spec["description"] == "Unit to restart"
    assert runbook.secrets == {"token"}
    assert (runbook.default_environment, runbook.default_limit) == ("staging", "web")
    assert runbook.expect == (Expectation(pattern="^active"), Expectation(pattern="restarted", allow_failure=True))
    assert runbook.safety == Safety(
        requires_approval=True, scopes=("staging", "dev"), max_hosts=5, cooldown=Cooldown(host=600), timeout=300
    )


def test_its_text_can_be_shown(project: Project) -> None:
    """`text` gives the file as it stands."""
    path = project.runbook(GOOD)
    catalog = project.catalog()
    assert catalog.text(catalog.get("restart-service")) == path.read_text()


@pytest.mark.parametrize(
    ("written", "seconds"), [("90", 90), ("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400), ('"10 m"', 600)]
)
def test_durations(project: Project, written: str, seconds: int) -> None:
    """Durations are numbers of seconds, or numbers with a unit."""
    project.runbook(GOOD + f"safety: {{timeout: {written}}}\n")
    assert project.catalog().get("restart-service").safety.timeout == seconds


@pytest.mark.parametrize("written", ["0", "-5", "10 minutes", "1.5h", "true", "[]", "''"])
def test_what_is_no_duration(project: Project, written: str) -> None:
    """Anything else is refused at its line with an example."""
    project.runbook(GOOD + f"safety:\n  timeout: {written}\n")
    problem = only(project.catalog())
    assert problem.line == 8
    assert "timeout" in problem.what
    assert "5m" in problem.remedy


WRONG = [
    ("summary: S\nplaybook: restart.yml\n", 1, "id is missing"),
    ("id: r\nplaybook: restart.yml\n", 1, "summary is missing"),
    ("id: Restart\nsummary: S\nplaybook: restart.yml\n", 1, "id cannot be used"),
    ("summary: S\nid: 5\nplaybook: restart.yml\n", 2, "id must be text"),
    ("id: r\nsummary: ''\nplaybook: restart.yml\n", 2, "summary"),
    ("id: r\nsummary: S\nplaybok: restart.yml\n", 3, "no key playbok"),
    ("id: r\nsummary: S\n", 1, "neither playbook"),
    ("id: r\nsummary: S\nplaybook: restart.yml\ncommand: uptime\n", 4, "playbook and command"),
    ("id: r\nsummary: S\nplaybook: restrat.yml\n", 3, "no playbook restrat.yml"),
    ("id: r\nsummary: S\nplaybook: ../../secret.yml\n", 3, "outside the project"),
    ("id: r\nsummary: S\nplaybook: /etc/passwd\n", 3, "not named relative"),
    ("id: r\nsummary: S\nplaybook: restart.yml\nbecome: true\n", 4, "become goes with module"),
    ("id: r\nsummary: S\nplaybook: restart.yml\nbecome: maybe\n", 4, "become must be true or false"),
    ("id: r\nsummary: S\nplaybook: restart.yml\nsafety:\n  max_host: 3\n", 5, "no key max_host in safety"),
    ("id: r\nsummary: S\nplaybook: restart.yml\nsafety:\n  max_hosts: 20%\n", 5, "whole number"),
    ("id: r\nsummary: S\nplaybook: restart.yml\nsafety:\n  max_hosts: 0\n", 5, "greater than"),
    (
        "id: r\nsummary: S\nplaybook: restart.yml\nsafety:\n  requires_approval: sometimes\n",
        5,
        "true, false or a mapping",
    ),
    ("id: r\nsummary: S\nplaybook: restart.yml\nsafety:\n  confirm: maybe\n", 5, "true, false or a mapping"),
    ("id: r\nsummary: S\nplaybook: restart.yml\nexpect:\n  - ok\n  - '(('\n", 6, "no regular expression"),
    ("id: r\nsummary: S\nplaybook: restart.yml\nexpect:\n  - {pattern: x, alow: 1}\n", 5, "no key alow in expect"),
    ("id: r\nsummary: S\nplaybook: restart.yml\nsay:\n  - do it\n  - do {it}\n", 6, "no declared parameter"),
    (
        "id: r\nsummary: S\nplaybook: restart.yml\nparameters: {pw: {no_log: true}}\nsay: use {pw}\n",
        5,
        "secret pw cannot",
    ),
    (
        "id: r\nsummary: S\nplaybook: restart.yml\nsafety: {scopes: [dev]}\ndefaults:\n  environment: prod\n",
        6,
        "not among the scopes",
    ),
    ("id: r\nsummary: S\nid: s\n", 3, "stands twice"),
    ("id: r\nsummary: S\nsafety:\n\ttimeout: 5m\n", 4, "no YAML"),
    ("id: r\nsummary: [\n", 3, "no YAML"),
    ("- id: r\n", 1, "no mapping"),
    ("", 1, "is empty"),
    ("id: r\n---\nid: s\n", 2, "no YAML"),
    ("id: !vault x\nsummary: S\n", 1, "tag"),
    ("id: r\nsummary: !!python/object/apply:os.system ['touch /tmp/x']\n", 2, "tag"),
    ("id: r\nsummary: S\nsafety: {<<: {timeout: 5}}\n", 3, "Merge keys"),
    ("id: r\nsummary: {{ x }}\n", 2, "one word"),
    ("id: r\nsummary: S\nsafety: {max_hosts: .nan}\n", 3, "no number"),
    ("id: r\nsummary: S\nplaybook: restart.yml\nparameters: {x: {default: " + "9" * 5000 + "}}\n", 4, "no number"),
]


@pytest.mark.parametrize(("text", "line", "what"), WRONG)
def test_a_wrong_file_is_a_problem_with_its_line_and_a_remedy(
    project: Project, text: str, line: int, what: str
) -> None:
    """Each mistake gives one problem that names the file and the line at fault."""
    project.runbook(text)
    problem = only(project.catalog())
    assert (problem.file, problem.line) == ("playbooks/restart.runbook.yml", line)
    assert what in problem.what
    assert problem.remedy


def test_near_keys_and_playbooks_are_proposed(project: Project) -> None:
    """A typo is answered with the word that was meant."""
    project.runbook("id: r\nsummary: S\nplaybok: restart.yml\n", "one")
    project.runbook("id: r\nsummary: S\nplaybook: restrat.yml\n", "two")
    assert [problem.remedy for problem in project.catalog().problems()] == [
        "Did you mean playbook?",
        "Did you mean restart.yml?",
    ]


def test_all_mistakes_of_a_file_are_told_at_once(project: Project) -> None:
    """Nobody has to mend a file one error at a time."""
    project.runbook("id: R\nsummry: S\nsafety: {timeout: soon}\n")
    assert len(project.catalog().problems()) == 4


def test_a_broken_file_takes_only_its_own_runbook_out(project: Project) -> None:
    """The good runbook beside it stays usable, and asking for the broken one says why it is gone."""
    project.runbook(GOOD)
    project.runbook("id: broken\nsummary: S\nplaybook: gone.yml\n", "broken")
    catalog = project.catalog()
    assert [runbook.id for runbook in catalog.runbooks()] == ["restart-service"]
    with pytest.raises(UnknownName, match=r"no playbook gone.yml"):
        catalog.get("broken")
    with pytest.raises(UnknownName, match="no such runbook"):
        catalog.get("never-there")


def test_two_files_with_one_id_are_both_out(project: Project) -> None:
    """Each problem names the other file, since nobody can know which was meant."""
    project.runbook(GOOD)
    project.runbook("summary: S\nid: restart-service\nplaybook: restart.yml\n", "copy")
    catalog = project.catalog()
    assert catalog.runbooks() == ()
    first, second = catalog.problems()
    assert (first.file, first.line) == ("playbooks/copy.runbook.yml", 2)
    assert "playbooks/restart.runbook.yml" in first.what
    assert (second.line, "playbooks/copy.runbook.yml" in second.what) == (2, True)


@pytest.mark.parametrize(
    "content",
    [
        b"id: r\nsummary: \xff\xfe\n",
        b"id: r\nsummary: \x00\n",
        b"a: " + b"[" * 100_000,
        b"a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n" + b"".join(
            b"%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n" % ((c + 1, c + 1) + (c,) * 8) for c in range(98, 115)
        ),
        b"a: &a [*a]\n",
        b"id: r\n" + b"x" * 10_000_000,
        b"? [a, b]\n: c\n",
        b"%YAML 9.9\n---\nid: r\n",
        b"\x1b[31m: red\n",
    ],
    ids=["latin1", "nul", "deep", "bomb", "cycle", "huge", "list as key", "version", "escape"],
)  # fmt: skip
def test_hostile_files_are_problems_and_nothing_else(project: Project, content: bytes) -> None:
    """Whatever bytes stand in a runbook file, the catalog goes on with the others."""
    project.runbook("")
    (project.root / "playbooks/restart.runbook.yml").write_bytes(content)
    project.runbook(GOOD, "good")
    catalog = project.catalog()
    assert [runbook.id for runbook in catalog.runbooks()] == ["restart-service"]
    assert {problem.file for problem in catalog.problems()} == {"playbooks/restart.runbook.yml"}
    assert all(problem.what.isprintable() for problem in catalog.problems())


def test_what_is_no_regular_file_is_a_problem(project: Project, tmp_path: Path) -> None:
    """Directories, pipes, links that lead nowhere or out of the project are named, never opened for long."""
    playbooks = project.root / "playbooks"
    (playbooks / "folder.runbook.yml").mkdir()
    os.mkfifo(playbooks / "pipe.runbook.yml")
    (playbooks / "dangling.runbook.yml").symlink_to("nowhere")
    (playbooks / "loop.runbook.yml").symlink_to("loop.runbook.yml")
    outside = tmp_path / "outside.yml"
    outside.write_text(GOOD)
    (playbooks / "out.runbook.yml").symlink_to(outside)
    catalog = project.catalog()
    assert catalog.runbooks() == ()
    assert {Path(problem.file).name.split(".")[0] for problem in catalog.problems()} == {
        "folder", "pipe", "dangling", "loop", "out",
    }  # fmt: skip


def test_a_playbook_that_is_a_link_out_of_the_project_is_refused(project: Project, tmp_path: Path) -> None:
    """A link cannot lead a runbook out of the project."""
    (tmp_path / "evil.yml").write_text("- hosts: all\n")
    (project.root / "playbooks/evil.yml").symlink_to(tmp_path / "evil.yml")
    project.runbook("id: r\nsummary: S\nplaybook: evil.yml\n")
    assert "outside the project" in only(project.catalog()).what


def test_runbooks_in_subdirectories_and_with_the_long_ending(project: Project) -> None:
    """Runbook files are found anywhere under playbooks, hidden directories excepted."""
    project.write("playbooks/web/deploy.yml", "- hosts: all\n")
    project.write("playbooks/web/deploy.runbook.yaml", "id: deploy\nsummary: S\nplaybook: deploy.yml\n")
    project.write("playbooks/.old/deploy.runbook.yaml", "id: old\nsummary: S\nplaybook: ../web/deploy.yml\n")
    assert [runbook.playbook for runbook in project.catalog().runbooks()] == ["playbooks/web/deploy.yml"]


def test_a_project_without_playbooks_says_so(tmp_path: Path) -> None:
    """An empty project is a problem with a remedy, not an error."""
    catalog = Catalog(tmp_path)
    assert catalog.runbooks() == ()
    assert "no directory playbooks" in only(catalog).what


def test_the_chat_has_its_say_about_phrases(project: Project) -> None:
    """The commands' own check is asked for every phrase."""
    project.runbook(GOOD + "say: [ping everything, run away]\n")
    catalog = project.catalog(phrase_problem=lambda text: "It begins with run." if text.startswith("run") else None)
    assert only(catalog).what == "It begins with run."


def test_a_file_that_is_gone_cannot_be_shown(project: Project) -> None:
    """Asking for the text of a runbook whose file was removed meanwhile is an error with a sentence."""
    path = project.runbook(GOOD)
    catalog = project.catalog()
    runbook = catalog.get("restart-service")
    path.unlink()
    with pytest.raises(ProjectBroken, match="cannot be read"):
        catalog.text(runbook)
