"""Every rule: what it finds, where, and what it lets pass."""

from dataclasses import replace

import pytest

from bot.lint import RULES, check, read_case
from bot.lint.sheet import Reader
from bot.model.runbook import Runbook
from bot.model.safety import Safety

from .conftest import Project

RUNBOOK = "playbooks/a.runbook.yml"
PLAYBOOK = "playbooks/a.yml"


def book(more: str = "") -> str:
    """A runbook file; what comes after its three lines begins at line 4."""
    return f"id: a\nsummary: A\nplaybook: a.yml\n{more}"


def play(tasks: str, more: str = "") -> str:
    """A playbook whose tasks begin at line 4."""
    return f"- name: A\n  hosts: all\n  tasks:\n{tasks}{more}"


SHELL = "    - name: T\n      ansible.builtin.shell: {}\n      changed_when: false\n"
COPY = "    - name: T\n      ansible.builtin.copy: {content: x, dest: /x}\n"
PARAMETER = "parameters:\n  word:\n    type: str\n    description: W\nsafety: {max_hosts: 5}\n"
SECRET = "parameters:\n  word: {type: str, no_log: true, description: W}\nsafety: {max_hosts: 5}\n"
DEFAULT = "parameters:\n  word:\n    type: str\n    no_log: true\n    description: W\n    default: x\n"
COMMAND = "    - name: T\n      ansible.builtin.command: cat {{ word }}\n      changed_when: false\n"
ARGV = """\
    - name: T
      ansible.builtin.command:
        argv: [sh, -c, 'cat {{ word }}']
      changed_when: false
"""
TOKEN = """\
    - name: T
      ansible.builtin.command: {argv: [date]}
      environment: {TOKEN: '{{ word }}'}
      changed_when: false
"""
READS = """\
    - ansible.builtin.setup:
    - ansible.builtin.command: {argv: [date]}
      changed_when: false
"""
POLICY = """\
roles:
  all:
    may:
      - {runbooks: ['p*'], environments: [dev]}
environments:
  prod: {}
"""

RULEBOOK = "rulebooks/a.yml"


def rule(condition: str = "event.a", action: str = "{none: }") -> str:
    """A rulebook whose condition is on line 5, its action on line 6."""
    return f"- name: A\n  hosts: all\n  rules:\n    - name: A\n      condition: {condition}\n      action: {action}\n"


BAD = [
    ("rulebook-invalid", {RULEBOOK: rule("event.a = 1")}, (RULEBOOK, 5)),
    ("rulebook-unknown-name", {RULEBOOK: rule(action="{suggest_runbook: {runbook: pong}}")}, (RULEBOOK, 6)),
    (
        "rulebook-only-suggests",
        {RULEBOOK: rule(action="{run_runbook: {runbook: ping, environment: dev}}")},
        (RULEBOOK, 6),
    ),
    ("rulebook-ambiguous", {RULEBOOK: rule("event.a or event.b and event.c")}, (RULEBOOK, 5)),
    ("rulebook-differs", {RULEBOOK: rule("events.one << event.a")}, (RULEBOOK, 5)),
    ("rulebook-slow-pattern", {RULEBOOK: rule("event.a is match('(x+)+')")}, (RULEBOOK, 5)),
    ("runbook-invalid", {RUNBOOK: book("nosuch: 1\n"), PLAYBOOK: play(COPY)}, (RUNBOOK, 4)),
    (
        "scope-unknown",
        {RUNBOOK: book("safety:\n  max_hosts: 2\n  scopes: [dev, mars]\n"), PLAYBOOK: play(COPY)},
        (RUNBOOK, 6),
    ),
    (
        "scope-unknown",
        {RUNBOOK: book("defaults: {environment: mars}\nsafety: {max_hosts: 2}\n"), PLAYBOOK: play(COPY)},
        (RUNBOOK, 4),
    ),
    ("expect-always-true", {RUNBOOK: book("expect: ['.*']\n"), PLAYBOOK: play("")}, (RUNBOOK, 4)),
    (
        "parameter-untyped",
        {
            RUNBOOK: book("parameters:\n  word: {description: W}\n"),
            PLAYBOOK: play("    - ansible.builtin.debug: {var: word}\n"),
        },
        (RUNBOOK, 5),
    ),
    (
        "parameter-undescribed",
        {
            RUNBOOK: book("parameters:\n  word: {type: str}\n"),
            PLAYBOOK: play("    - ansible.builtin.debug: {var: word}\n"),
        },
        (RUNBOOK, 5),
    ),
    (
        "parameter-unused",
        {RUNBOOK: book("parameters:\n  word: {type: str, description: W}\n"), PLAYBOOK: play("")},
        (RUNBOOK, 5),
    ),
    (
        "parameter-in-shell",
        {RUNBOOK: book(PARAMETER), PLAYBOOK: play(SHELL.format('"echo {{ word }}"'))},
        (PLAYBOOK, 5),
    ),
    ("parameter-in-shell", {RUNBOOK: book(PARAMETER), PLAYBOOK: play(COMMAND)}, (PLAYBOOK, 5)),
    ("parameter-in-shell", {RUNBOOK: book(PARAMETER), PLAYBOOK: play(ARGV)}, (PLAYBOOK, 5)),
    (
        "template-in-shell",
        {RUNBOOK: book("safety: {max_hosts: 5}\n"), PLAYBOOK: play(SHELL.format('"echo {{ inventory_hostname }}"'))},
        (PLAYBOOK, 5),
    ),
    ("dangerous-module", {RUNBOOK: book(), PLAYBOOK: play(SHELL.format("date"))}, (PLAYBOOK, 5)),
    (
        "dangerous-module",
        {RUNBOOK: "id: a\nsummary: A\nmodule: ansible.builtin.raw\nargs: {_raw_params: date}\n"},
        (RUNBOOK, 3),
    ),
    ("hosts-all-unbounded", {RUNBOOK: book("safety: {scopes: [dev]}\n"), PLAYBOOK: play(COPY)}, (PLAYBOOK, 2)),
    ("serial-missing", {RUNBOOK: book("safety: {max_hosts: 50}\n"), PLAYBOOK: play(COPY)}, (PLAYBOOK, 1)),
    (
        "serial-missing",
        {RUNBOOK: book("safety: {requires_approval: true, scopes: [prod]}\n"), PLAYBOOK: play(COPY)},
        (PLAYBOOK, 1),
    ),
    (
        "waits-for-input",
        {RUNBOOK: book(), PLAYBOOK: play("    - name: T\n      ansible.builtin.pause:\n")},
        (PLAYBOOK, 5),
    ),
    ("waits-for-input", {RUNBOOK: book(), PLAYBOOK: play("", "  vars_prompt: [{name: x}]\n")}, (PLAYBOOK, 4)),
    ("secret-in-file", {RUNBOOK: book(), PLAYBOOK: play("", "  vars:\n    db_password: hunter2\n")}, (PLAYBOOK, 5)),
    (
        "secret-in-file",
        {RUNBOOK: book(), PLAYBOOK: play("    - ansible.builtin.debug: {msg: AKIAABCDEFGHIJKLMNOP}\n")},
        (PLAYBOOK, 4),
    ),
    (
        "secret-in-file",
        {RUNBOOK: book(DEFAULT), PLAYBOOK: play("    - ansible.builtin.debug: {var: word}\n")},
        (RUNBOOK, 9),
    ),
    (
        "secret-not-hidden",
        {
            RUNBOOK: book("parameters:\n  api_token: {type: str, description: W}\n"),
            PLAYBOOK: play("    - ansible.builtin.debug: {var: api_token}\n"),
        },
        (RUNBOOK, 5),
    ),
    ("secret-in-environment", {RUNBOOK: book(SECRET), PLAYBOOK: play(TOKEN)}, (PLAYBOOK, 6)),
    (
        "policy-unknown-name",
        {
            RUNBOOK: book(),
            PLAYBOOK: play(""),
            "signalbox.yml": "roles:\n  all:\n    may:\n      - {runbooks: [pign], environments: ['*']}\n",
        },
        ("signalbox.yml", 4),
    ),
    (
        "policy-unknown-name",
        {RUNBOOK: book(), PLAYBOOK: play(""), "signalbox.yml": "environments:\n  mars: {max_hosts: 2}\n"},
        ("signalbox.yml", 2),
    ),
]


@pytest.mark.parametrize(("rule", "files", "place"), BAD, ids=[f"{n}-{each[0]}" for n, each in enumerate(BAD)])
def test_what_a_rule_finds(project: Project, rule: str, files: dict[str, str], place: tuple[str, int]) -> None:
    """Given a project with one thing wrong, when the rules look, then they find that, at its line, and nothing else."""
    project.write_all(files)
    assert project.find() == [(rule, *place)]


GOOD = {
    "quoted": {RUNBOOK: book(PARAMETER), PLAYBOOK: play(SHELL.format('"echo {{ word | quote }}"'))},
    "argv": {RUNBOOK: book(PARAMETER), PLAYBOOK: play("    - ansible.builtin.command: {argv: [cat, '{{ word }}']}\n")},
    "choices": {
        RUNBOOK: book("parameters:\n  word: {type: str, choices: [a, b], description: W}\nsafety: {max_hosts: 5}\n"),
        PLAYBOOK: play(SHELL.format('"echo {{ word }}"')),
    },
    "approval": {RUNBOOK: book("safety: {requires_approval: true, scopes: [dev]}\n"), PLAYBOOK: play(COPY)},
    "reads only": {RUNBOOK: book(), PLAYBOOK: play(READS)},
    "batches": {RUNBOOK: book("safety: {max_hosts: 50}\n"), PLAYBOOK: play(COPY, "  serial: 5\n")},
    "a pause with an end": {RUNBOOK: book(), PLAYBOOK: play("    - ansible.builtin.pause: {seconds: 1}\n")},
    "vault": {
        RUNBOOK: book(),
        PLAYBOOK: play("", "  vars:\n    db_password: !vault |\n      $ANSIBLE_VAULT;1.1;AES256\n      31\n"),
    },
    "a path to a secret": {
        RUNBOOK: book(),
        PLAYBOOK: play("", "  vars:\n    db_password: /run/secrets/db\n    other_token: '{{ x }}'\n"),
    },
    "a policy whose names are there": {"signalbox.yml": POLICY},
}


@pytest.mark.parametrize("files", GOOD.values(), ids=GOOD)
def test_what_the_rules_let_pass(project: Project, files: dict[str, str]) -> None:
    """Given a project in which that is done as it should be, when the rules look, then they find nothing."""
    project.write_all(files)
    assert project.find() == []


def test_every_rule_has_a_bad_example() -> None:
    """Given the table of rules, when the bad examples are read, then each rule has one here or a test of its own."""
    elsewhere = {"playbook-syntax", "phrase-ambiguous", "not-check-safe", "policy-invalid", "promotion-needless"}
    elsewhere |= {"schedule-refused"}
    assert {each[0] for each in BAD} | elsewhere == set(RULES)


def test_a_value_is_followed_through_variables_and_roles(project: Project) -> None:
    """Given a parameter that goes through a variable of the play into a role's shell, then it is found there."""
    project.write(RUNBOOK, book(PARAMETER))
    role = "  vars: {inner: '{{ word }}'}\n  roles: [{role: r, vars: {r_text: '{{ inner }}'}}]\n"
    project.write(PLAYBOOK, f"- name: A\n  hosts: all\n{role}")
    project.write("roles/r/tasks/main.yml", "- ansible.builtin.include_tasks: more.yml\n")
    project.write("roles/r/tasks/more.yml", "- name: T\n  ansible.builtin.shell: echo {{ r_text }}\n")
    assert project.find() == [("parameter-in-shell", "roles/r/tasks/more.yml", 2)]


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("restart {service}", "restart {unit}", True),
        ("restart {service}", "restart {unit} on {limit}", True),
        ("restart {service} in {environment}", "restart {unit} in {environment} on {limit}", True),
        ("restart {service}", "restart all {unit}", False),
        ("restart nginx", "restart redis", False),
        ("Restart nginx", "restart NGINX", True),
        ("restart {service}", "restart nginx", True),
        ("restart {service}", "bounce {unit}", False),
        ("restart {service} now", "restart on {limit}", False),
    ],
)
def test_phrases_that_one_line_fits(project: Project, one: str, other: str, *, clash: bool) -> None:
    """Given phrases of two runbooks, when the rules look, then both are told exactly when one line can mean both."""
    names = {"service": "", "unit": ""}
    declared = "".join(f"  {name}: {{type: str, description: D}}\n" for name in names)
    for name, phrase in (("a", one), ("b", other)):
        more = f'say: ["{phrase}"]\nparameters:\n{declared}'
        project.write(f"playbooks/{name}.runbook.yml", f"id: {name}\nsummary: S\nplaybook: {name}.yml\n{more}")
        project.write(f"playbooks/{name}.yml", play("    - ansible.builtin.debug: {msg: '{{ service }}{{ unit }}'}\n"))
    found = [(rule, file) for rule, file, _ in project.find()]
    both = [("phrase-ambiguous", "playbooks/a.runbook.yml"), ("phrase-ambiguous", "playbooks/b.runbook.yml")]
    assert found == (both if clash else [])


def test_the_line_of_a_parameter_declared_elsewhere(project: Project) -> None:
    """Given parameters in the playbook's meta file, when one is not described, then the finding is there."""
    project.write(RUNBOOK, book())
    project.write("playbooks/a.meta.yml", "argument_specs:\n  a:\n    options:\n      word:\n        type: str\n")
    project.write(PLAYBOOK, play("    - ansible.builtin.debug: {var: word}\n"))
    assert project.find() == [("parameter-undescribed", "playbooks/a.meta.yml", 4)]


@pytest.mark.parametrize(
    ("task", "safe"),
    [
        ("    - name: T\n      ansible.builtin.command: {argv: [date]}\n", False),
        ("    - name: T\n      ansible.builtin.command: {argv: [date], creates: /x}\n", True),
        ("    - name: T\n      ansible.builtin.command: {argv: [date]}\n      check_mode: false\n", True),
        ("    - name: T\n      ansible.builtin.command: {argv: [date]}\n      when: not ansible_check_mode\n", True),
        ("    - name: T\n      block:\n        - ansible.builtin.shell: date\n      check_mode: false\n", True),
    ],
)
def test_a_check_that_checks_nothing(project: Project, task: str, *, safe: bool) -> None:
    """Given check_first, when a command would be skipped in the check, then it is told, else not."""
    project.write(RUNBOOK, book("safety: {check_first: true, max_hosts: 5}\n"))
    project.write(PLAYBOOK, play(task))
    runbook = Runbook(id="a", summary="A", path=RUNBOOK, playbook=PLAYBOOK)
    facts = replace(project.facts(), cases=(read_case(runbook, Reader(project.root)),), problems=())
    found = [(each.rule, each.line) for each in check(facts, {"not-check-safe": RULES["not-check-safe"]})]
    assert found == ([] if safe else [("not-check-safe", 5)])


@pytest.mark.parametrize(("name", "line"), [("lead", None), ("laed", 6)])
def test_a_role_that_shall_approve(project: Project, name: str, line: int | None) -> None:
    """Given a runbook that says which role approves, when the policy has no such role, then it is told."""
    project.write("signalbox.yml", "roles:\n  lead: {}\n")
    project.write(RUNBOOK, book(f"safety:\n  approvals:\n    roles: [{name}]\n"))
    runbook = Runbook(id="a", summary="A", path=RUNBOOK, playbook=PLAYBOOK)
    facts = replace(project.facts(), cases=(read_case(runbook, Reader(project.root)),), problems=())
    found = [(each.rule, each.line) for each in check(facts)]
    assert found == ([] if line is None else [("policy-unknown-name", line)])


@pytest.mark.parametrize(("scopes", "line"), [(None, 6), (("dev",), None), (("dev", "prod"), 6)])
def test_a_right_to_promote_that_gives_nothing(
    project: Project, scopes: tuple[str, ...] | None, line: int | None
) -> None:
    """Given a grant that may promote, when every runbook may run there already, then it is told, else not."""
    grant = "      - runbooks: ['*']\n        environments: [prod]\n        promote: true\n"
    project.write("signalbox.yml", f"roles:\n  lead:\n    may:\n{grant}")
    project.write(RUNBOOK, book())
    runbook = Runbook(id="a", summary="A", path=RUNBOOK, playbook=PLAYBOOK, safety=Safety(scopes=scopes))
    cases = (read_case(runbook, Reader(project.root)),)
    facts = replace(project.facts(), cases=cases, problems=(), environments={"dev": 1, "prod": 1})
    found = [(each.rule, each.line) for each in check(facts, {"promotion-needless": RULES["promotion-needless"]})]
    assert found == ([] if line is None else [("promotion-needless", line)])


def test_a_policy_that_cannot_be_used(project: Project) -> None:
    """Given a policy that the guards refuse, when the rules look, then it is told at the line that they name."""
    project.write("signalbox.yml", "roles: {}\n")
    project.policy_problem = "signalbox.yml cannot be used: line 7: x is written twice."
    assert project.find() == [("policy-invalid", "signalbox.yml", 7)]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (play("    - ansible.builtin.pign:\n"), 4, "couldn't resolve module/action"),
        (play("", "  bad: 1\n"), 4, "'bad' is not a valid attribute"),
        ("- hosts: all\n  tasks:\n  - debug: {msg: 1\n", None, "YAML parsing failed"),
        ("- hosts: all\n  roles: [nope]\n", 2, "the role 'nope' was not found"),
        ("a: 1\n", 1, "must be a list of plays"),
    ],
)
def test_what_ansible_does_not_load(project: Project, text: str, line: int | None, says: str) -> None:
    """Given a playbook that Ansible refuses, when it is checked, then file, line and Ansible's own words are told."""
    project.write(RUNBOOK, book())
    project.write(PLAYBOOK, text)
    (flaw,) = project.facts(syntax=True).syntax
    assert flaw.file == PLAYBOOK
    assert line is None or flaw.line == line
    assert says in flaw.what


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- 1\n- [a]\n",
        "[" * 5000,
        "a: &a [*a]\n",
        "- hosts: all\n  tasks: {a: 1}\n",
        "- hosts: all\n  roles: 3\n",
        "\0",
        "- hosts: all\n- import_playbook: a.yml\n",
    ],
)
def test_no_file_upsets_the_rules(project: Project, text: str) -> None:
    """Given a playbook that is nonsense, when the rules look, then they end without an error of their own."""
    project.write(RUNBOOK, book())
    project.write(PLAYBOOK, text)
    assert isinstance(project.find(), list)
