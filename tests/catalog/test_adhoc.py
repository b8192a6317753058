"""Ad-hoc calls: `command`, and `module` with `args`."""

import pytest

from .conftest import Project

HEAD = "id: r\nsummary: S\nparameters: {key: {type: str}, name_of_db: {type: int}}\n"


def test_a_command_without_parameters_stays_one_line(project: Project) -> None:
    """The line goes to ansible.builtin.command as it was written."""
    project.runbook(HEAD + "command: redis-cli FLUSHDB\nbecome: true\n")
    runbook = project.catalog().get("r")
    assert (runbook.module, runbook.module_args) == ("ansible.builtin.command", {"cmd": "redis-cli FLUSHDB"})
    assert runbook.become is True
    assert runbook.playbook is None


def test_a_value_in_a_command_stays_one_word(project: Project) -> None:
    """With parameters the command is a list of words, so that no value can add an argument of its own."""
    project.runbook(HEAD + "command: redis-cli -n {{name_of_db}} DEL 'cache {{ key }}'\n")
    assert project.catalog().get("r").module_args == {
        "argv": ["redis-cli", "-n", "{{ name_of_db }}", "DEL", "cache {{ key }}"],
        "expand_argument_vars": False,
    }


def test_a_module_with_its_arguments(project: Project) -> None:
    """Arguments arrive as they stand, templates of declared parameters included."""
    project.runbook(HEAD + "module: ansible.builtin.service\nargs: {name: '{{ key }}', state: restarted}\n")
    runbook = project.catalog().get("r")
    assert runbook.module == "ansible.builtin.service"
    assert runbook.module_args == {"name": "{{ key }}", "state": "restarted"}


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("command: redis-cli {{ kex }}", "no declared parameter"),
        ("command: redis-cli {{ lookup('pipe', 'id') }}", "template of another kind"),
        ("command: redis-cli {% if key %}x{% endif %}", "template of another kind"),
        ("command: redis-cli {{ key | quote | safe }}", "template of another kind"),
        ("command: df -h | grep sda", "no shell reads it"),
        ("command: echo 'open", "taken apart into words"),
        ("command: '   '", "taken apart into words"),
        ("module: shell\nargs: {cmd: 'echo {{ key }}'}", "taken apart as part of a command line"),
        ("module: ansible.builtin.raw\nargs: {_raw_params: 'echo {{ key }}'}", "taken apart as part"),
        ("module: win_shell\nargs: {cmd: 'echo {{ key | quote }}'}", "taken apart as part"),
        ("module: 'rm -rf'\n", "module cannot be used"),
        ("module: debug\nargs: {msg: ['{{ hostvars }}']}", "no declared parameter"),
        ("command: uptime\nargs: {chdir: /}", "args goes with module"),
    ],
)
def test_calls_that_could_turn_data_into_code_are_refused(project: Project, text: str, what: str) -> None:
    """Only declared parameters are filled in, and never where a shell would take them apart."""
    project.runbook(HEAD + text + "\n")
    (problem,) = project.catalog().problems()
    assert what in problem.what
    assert problem.line >= 4


def test_a_quoted_value_in_a_shell_is_let_through(project: Project) -> None:
    """`| quote` keeps a value one word in a shell, and stdin is no command line."""
    project.runbook(HEAD + "module: shell\nargs: {cmd: 'echo {{ key | quote }} | wc -c', stdin: '{{ key }}'}\n")
    assert project.catalog().problems() == ()
