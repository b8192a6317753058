"""A project of the user's own goes in; its configuration, roles, collections and variables count as Ansible has it."""

import pytest

from tests.e2e.place import Place

pytestmark = pytest.mark.xdist_group("e2e-project")

MODULE = """#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule

module = AnsibleModule(argument_spec={"name": {"type": "str", "required": True}}, supports_check_mode=True)
module.exit_json(changed=False, msg="greeted by a module of the project: " + module.params["name"])
"""
FILTER = """class FilterModule:
    def filters(self):
        return {"shouted": lambda text: text.upper() + "!"}
"""


@pytest.fixture(scope="module")
def theirs(town: Place) -> Place:
    """The project with roles, collections and plugins in unusual places, and ansible.cfg that names them."""
    town.write(
        "ansible.cfg",
        "[defaults]\nroles_path = parts/roles:roles\ncollections_path = parts/collections\n"
        "filter_plugins = parts/filters\nlibrary = parts/modules\nforks = 3\nhash_behaviour = replace\n"
        "vault_password_file = parts/vault-pass\n[inventory]\nany_unparsed_is_failed = true\n",
    )
    town.write("parts/vault-pass", "right\n")
    town.write("parts/roles/greeter/tasks/main.yml", "- debug: {msg: 'a role of the project: {{ who | shouted }}'}\n")
    town.write("parts/roles/greeter/defaults/main.yml", "who: default\n")
    town.write("parts/modules/greet.py", MODULE)
    town.write("parts/filters/shout.py", FILTER)
    town.write(
        "parts/collections/ansible_collections/our/tools/galaxy.yml",
        "namespace: our\nname: tools\nversion: 1.0.0\nauthors: [x]\nreadme: README.md\n",
    )
    town.write("parts/collections/ansible_collections/our/tools/plugins/modules/hello.py", MODULE)
    town.write("playbooks/group_vars/all.yml", "beside: group_vars beside the playbook\n")
    town.write("inventories/local/host_vars/web1.yml", "own: host_vars of the inventory\n")
    return town


def test_everything_of_the_project_is_found(theirs: Place) -> None:
    """Roles, modules, filters, a collection, group_vars beside playbooks and host_vars of the inventory all count."""
    tasks = [
        {"include_role": {"name": "greeter"}, "vars": {"who": "anna"}},
        {"greet": {"name": "legacy"}},
        {"our.tools.hello": {"name": "collection"}},
        {"debug": {"msg": "{{ beside }}, {{ own }}"}},
        {"debug": {"msg": "forks {{ lookup('config', 'DEFAULT_FORKS') }}"}},
    ]
    theirs.playbook("mine", tasks)
    result = theirs.ask("run mine on web1 in local")
    assert result.status == 0, result.run
    for wanted in (
        "a role of the project: ANNA!",
        "greeted by a module of the project: legacy",
        "greeted by a module of the project: collection",
        "group_vars beside the playbook, host_vars of the inventory",
        "forks 3",
    ):
        assert wanted in result.said


def test_an_ad_hoc_module_of_the_project_runs(theirs: Place) -> None:
    """A runbook may be one call of a module from the project's own collection, with its arguments."""
    theirs.write("playbooks/hello.runbook.yml", "id: hello\nsummary: S\nmodule: our.tools.hello\nargs: {name: adhoc}\n")
    result = theirs.ask("run hello on web1 in local")
    assert result.status == 0, result.run
    assert "greeted by a module of the project: adhoc" in result.said


def test_options_reach_ansible(theirs: Place) -> None:
    """Tags choose tasks, skipped tags leave them out, forks and verbosity are passed on."""
    tasks = [
        {"debug": {"msg": "first"}, "tags": ["one"]},
        {"debug": {"msg": "second"}, "tags": ["two"]},
        {"debug": {"msg": "forks {{ ansible_forks }} verbosity {{ ansible_verbosity }}"}, "tags": ["always"]},
    ]
    theirs.playbook("tagged", tasks)
    result = theirs.ask("run tagged on web1 in local --tags one,two --skip-tags two --forks 2 -vv")
    assert result.status == 0
    assert "first" in result.said
    assert "second" not in result.said
    assert "forks 2 verbosity 2" in result.said


def test_a_new_runbook_counts_at_once(theirs: Place) -> None:
    """A runbook that is written while everything is up can be asked for without a restart; a broken one is told."""
    theirs.playbook("fresh", [{"debug": {"msg": "quite new"}}])
    theirs.write("playbooks/broken.runbook.yml", "id: broken\nsummery: x\nplaybook: ping.yml\n")
    result = theirs.ask("run fresh on web1 in local", "runbooks", "run broken in local")
    assert "quite new" in result.said
    assert "playbooks/broken.runbook.yml" in result.out
    assert result.status == 2


def test_the_workers_environment_stays_with_the_worker(theirs: Place) -> None:
    """A playbook can't read the settings or the key of the installation from its environment."""
    tasks = [{"debug": {"msg": "[{{ lookup('env', item) }}]"}, "loop": ["SIGNALBOX_HOME", "REDIS_URL", "PYTHONPATH"]}]
    theirs.playbook("env", [*tasks, {"command": "env"}])
    result = theirs.ask("run env on web1 in local")
    assert result.status == 0
    messages = [event["message"] for event in result.of("event") if event["item"]]
    assert messages == ["[]", "[]", "[]"]
    assert "SIGNALBOX_HOME" not in "\n".join(event["message"] for event in result.of("event") if not event["item"])
