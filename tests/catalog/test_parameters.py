"""Declared parameters: where they may stand and which are refused."""

import pytest

from .conftest import GOOD, Project

HEAD = "id: r\nsummary: S\nplaybook: restart.yml\n"
META = "argument_specs:\n  restart:\n    options:\n      service: {type: str, required: true}\n"


def test_parameters_may_stand_beside_the_playbook(project: Project) -> None:
    """Ansible's own meta file of the playbook declares them."""
    project.runbook(HEAD)
    project.write("playbooks/restart.meta.yml", META)
    assert [p.name for p in project.catalog().get("r").parameters] == ["service"]


def test_parameters_may_come_from_a_role(project: Project) -> None:
    """The role's argument specs declare them, by entry point."""
    project.runbook(HEAD + "parameters_from: {role: web, entry_point: restart}\n")
    project.write("roles/web/meta/argument_specs.yml", META + "  main: {options: {}}\n")
    assert [p.name for p in project.catalog().get("r").parameters] == ["service"]


def test_the_role_may_be_where_ansible_cfg_says(project: Project) -> None:
    """`roles_path` of the project's ansible.cfg is looked through, and meta/main.yml may hold the specs."""
    project.runbook(HEAD + "parameters_from: {role: web}\n")
    catalog = project.catalog()
    (problem,) = catalog.problems()
    assert "No role web" in problem.what
    project.write("ansible.cfg", "[defaults]\nroles_path = shared/roles:other\n")
    project.write("shared/roles/web/meta/main.yml", "dependencies: []\n" + META.replace("restart", "main"))
    assert [p.name for p in catalog.get("r").parameters] == ["service"]


def test_parameters_declared_twice_are_refused(project: Project) -> None:
    """Two places that declare parameters could disagree: the problem names both."""
    project.runbook(GOOD)
    project.write("playbooks/restart.meta.yml", META)
    project.write("playbooks/two.yml", "- hosts: all\n")
    project.runbook("id: two\nsummary: S\nplaybook: two.yml\nparameters: {}\nparameters_from: {role: web}\n", "two")
    first, second = project.catalog().problems()
    assert "parameters and restart.meta.yml" in first.what
    assert "parameters and parameters_from" in second.what


def test_a_flaw_in_the_meta_file_names_that_file_and_line(project: Project) -> None:
    """The problem stands where the mistake is, not where the runbook is."""
    project.runbook(HEAD)
    project.write("playbooks/restart.meta.yml", META.replace("type: str", "type: string"))
    (problem,) = project.catalog().problems()
    assert (problem.file, problem.line) == ("playbooks/restart.meta.yml", 4)
    assert "unknown type, string" in problem.what
    project.write("playbooks/restart.meta.yml", "argument_specs: [")
    (problem,) = project.catalog().problems()
    assert problem.file == "playbooks/restart.meta.yml"


def test_an_entry_that_is_not_there_is_named(project: Project) -> None:
    """The entry points that exist are listed."""
    project.runbook(HEAD + "parameters_from: {role: web, entry_point: stop}\n")
    project.write("roles/web/meta/argument_specs.yml", META)
    (problem,) = project.catalog().problems()
    assert "no entry stop" in problem.what
    assert "restart" in problem.remedy


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ("ansible_ssh_common_args: {}", "how Ansible itself works"),
        ("Ansible_Connection: {}", "how Ansible itself works"),
        ("hostvars: {}", "a meaning of its own"),
        ("inventory_hostname: {}", "a meaning of its own"),
        ("omit: {}", "a meaning of its own"),
        ("environment: {}", "a meaning of its own"),
        ("limit: {}", "a meaning of its own"),
        ("lookup: {}", "a meaning of its own"),
        ("role_path: {}", "a meaning of its own"),
        ("service-name: {}", "no name for a variable"),
        ("class: {}", "no name for a variable"),
        ("naïve: {}", "no name for a variable"),
        ("on: {}", "no name for a variable"),
        ("x: {aliases: [vars]}", "a meaning of its own"),
        ("x: {aliases: [y]}\n  y: {}", "is taken"),
        ("x: {typ: str}", "no key typ"),
        ("x: {type: integer}", "unknown type"),
        ("x: {fallback: [env, HOME]}", "no key fallback"),
        ("x: {type: str, elements: str}", "is no list"),
        ("x: {type: str, options: {}}", "is no dict"),
        ("x: {required: true, default: a}", "required and has a default"),
        ("x: {choices: []}", "no choice"),
        ("x: {type: int, default: many}", "default of x"),
        ("x: {choices: [a], default: b}", "default of x"),
        ("x: {no_log: perhaps}", "no_log of x"),
        ("x: {type: dict, options: {pw: {no_log: true}}}", "no_log of the sub-option pw"),
        ("x: {type: dict, options: {y: {type: nothing}}}", "unknown type"),
        ("x: {type: dict, options: {y: {aliases: [z]}}}", "aliases of the sub-option y"),
        ("x: text", "declared by no mapping"),
    ],
)
def test_parameters_that_cannot_be_declared(project: Project, options: str, what: str) -> None:
    """Names with a meaning of their own and specs that cannot be kept are problems at their line."""
    project.runbook(HEAD + f"parameters:\n  {options}\n")
    (problem,) = project.catalog().problems()
    assert what in problem.what
    assert problem.line >= 4


def test_a_default_that_is_secret_is_not_shown_in_its_problem(project: Project) -> None:
    """The problem says that the default does not fit, not what it is."""
    project.runbook(HEAD + "parameters:\n  x: {type: int, no_log: true, default: hunter2}\n")
    (problem,) = project.catalog().problems()
    assert "hunter2" not in problem.what + problem.remedy


def test_a_parameter_without_spec_is_a_text(project: Project) -> None:
    """An empty entry declares an optional text."""
    project.runbook(HEAD + "parameters:\n  x:\n")
    (parameter,) = project.catalog().get("r").parameters
    assert (parameter.type, parameter.required, parameter.default) == ("str", False, None)


def test_names_of_the_caller_are_refused_too(project: Project) -> None:
    """Whoever builds the catalog may reserve further names."""
    project.runbook(HEAD + "parameters: {actor: {}}\n")
    assert project.catalog().problems() == ()
    assert "a meaning of its own" in project.catalog(reserved=frozenset({"actor"})).problems()[0].what
