"""Text from chat is data: no template, no shell, no option, no magic variable."""

from pathlib import Path

import pytest

from bot.engine.parameters import extra_vars
from bot.errors import CouldNotRun
from bot.model.status import RunStatus
from tests.engine.world import Project, Recorder, a_plan

HOSTILE = [
    "{{{{ lookup('pipe','touch {bait}') }}}}",
    "{{% for x in [1] %}}{{{{ lookup('pipe','touch {bait}') }}}}{{% endfor %}}",
    "{{% endraw %}}{{{{ lookup('pipe','touch {bait}') }}}}",
    "$(touch {bait})",
    "`touch {bait}`",
    "; touch {bait}",
    "' || touch {bait} #",
    "!unsafe x",
    "@/etc/passwd",
    "--extra-vars=a=b",
    "\u202e\u2066x",
    "<!channel>",
    "line\nbreak",
]


@pytest.mark.parametrize("module", [False, True])
def test_parameters_arrive_as_they_were_said(project: Project, tmp_path: Path, module: bool) -> None:
    """Given hostile parameters, when they reach a host, then they are that text, in lists and dicts too."""
    project.hosts("web1")
    bait = tmp_path / "bait"
    texts = [text.format(bait=bait) for text in HOSTILE]
    parameters = {"one": texts[0], "many": texts, "deep": {"a": [{"b": texts[1]}]}}
    message = "{{ [one, deep.a[0].b] + many }}"
    told = Recorder()
    tasks: list[dict[str, object]] = [
        {"debug": {"msg": message}},
        {"command": {"argv": ["printf", "%s|", "{{ one }}", "{{ many[3] }}"]}},
    ]
    if module:
        plan = a_plan(module="debug", module_args={"msg": message}, parameters=parameters)
    else:
        plan = a_plan(playbook=project.playbook(tasks), parameters=parameters)
    told.outcome = project.engine().carry_out(1, plan, {}, told, lambda: False)
    assert told.outcome.status is RunStatus.SUCCESSFUL
    assert told.of("runner_on_ok")[0].message == "\n".join([texts[0], texts[1], *texts])
    assert not bait.exists()


def test_a_secret_is_no_template_either(project: Project, tmp_path: Path) -> None:
    """Given a secret that is a template, when it is used, then nothing is looked up."""
    bait = tmp_path / "bait"
    secret = f"{{{{ lookup('pipe','touch {bait}') }}}}"
    told = project.run([{"debug": {"msg": "{{ pin | length }}"}}], secrets={"pin": secret})
    assert told.of("runner_on_ok")[0].message == str(len(secret))
    assert not bait.exists()


@pytest.mark.parametrize(
    "name", ["ansible_connection", "ansible_ssh_common_args", "hostvars", "inventory_hostname", "a-b", "", "1a", "a\n"]
)
def test_names_with_a_meaning_are_refused(name: str) -> None:
    """Given a name that Ansible gives a meaning of its own, when it is to become an extra var, then it is refused."""
    with pytest.raises(CouldNotRun):
        extra_vars({name: "x"}, {})


def test_output_of_hosts_is_data(project: Project) -> None:
    """Given a host that prints terminal sequences, templates and nonsense, then plain text is told."""
    bait = project.root / "bait"
    lines = rf"printf '\033[31mred\033[0m \033]0;title\007 {{{{ 1 }}}} \000\a\r\n\233x <!channel> {bait}'"
    project.write("files/evil.sh", f"#!/bin/sh\n{lines}\n")
    told = project.run([{"script": "../files/evil.sh"}])
    message = told.of("runner_on_ok")[0].message
    assert message.splitlines()[0].rstrip() == "red  {{ 1 }}"
    assert "\x1b" not in message
    assert "\x07" not in message
    assert "<!channel>" in message


@pytest.mark.parametrize("playbook", ["../outside.yml", "/etc/hostname", "playbooks/none.yml", "playbooks", "link.yml"])
def test_playbooks_outside_of_the_project(project: Project, playbook: str) -> None:
    """Given a playbook that is not a file of the project, when it is to run, then it is an error, and nothing ran."""
    project.hosts("web1")
    outside = project.root.parent / "outside.yml"
    outside.write_text("- hosts: all\n  tasks: []\n")
    (project.root / "link.yml").symlink_to(outside)
    (project.root / "playbooks").mkdir()
    told = Recorder()
    outcome = project.engine().carry_out(1, a_plan(playbook=playbook), {}, told, lambda: False)
    assert outcome.status is RunStatus.ERROR
    assert "playbook" in outcome.reason
    assert outcome.final_counter == len(told.events) == 2


@pytest.mark.parametrize("environment", ["..", "../..", ".", "", "none", "local/hosts.yml", "/etc"])
def test_environments_are_names(project: Project, environment: str) -> None:
    """Given an environment that is no folder of inventories, when it is to run, then it is an error."""
    project.hosts("web1")
    plan = a_plan(playbook=project.playbook([]), environment=environment)
    outcome = project.engine().carry_out(1, plan, {}, Recorder(), lambda: False)
    assert outcome.status is RunStatus.ERROR
    assert outcome.reason.startswith("There is no inventory")


def test_only_the_planned_hosts_are_touched(project: Project) -> None:
    """Given three hosts of which one is planned, when a playbook for all runs, then only that one is touched."""
    project.hosts("a", "b", "c")
    told = project.run([{"debug": {"msg": "x"}}], hosts=("b",))
    assert {event.host for event in told.events if event.host} == {"b"}
