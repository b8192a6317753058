"""Why a host is in its groups, and what it is set to: from files, scripts, plugins and vaults, secrets never shown."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.targets import Explained, Inventories

from .conftest import Project

PASSWORD = "correct horse"
CLOUD = """
    import json
    from pathlib import Path
    from ansible.plugins.inventory import BaseInventoryPlugin

    DOCUMENTATION = '''
    name: acme
    short_description: The hosts of a cloud, from an answer of its interface that was recorded
    options:
      plugin: {required: true, description: acme}
      answer: {required: true, description: the file of the answer}
    '''


    class InventoryModule(BaseInventoryPlugin):
        NAME = "acme"

        def verify_file(self, path):
            return super().verify_file(path) and path.endswith("acme.yml")

        def parse(self, inventory, loader, path, cache=True):
            super().parse(inventory, loader, path, cache)
            self._read_config_data(path)
            for server in json.loads(Path(path).with_name(self.get_option("answer")).read_text())["servers"]:
                inventory.add_host(server["name"])
                inventory.set_variable(server["name"], "ansible_host", server["address"])
                inventory.set_variable(server["name"], "admin_password", server["password"])
                for label in server["labels"]:
                    inventory.add_child(inventory.add_group(label), server["name"])
"""
ANSWER = """
    {"servers": [
      {"name": "c1", "address": "192.0.2.11", "labels": ["web", "eu"], "password": "Zq81kd93"},
      {"name": "c2", "address": "192.0.2.12", "labels": ["db", "eu"], "password": "Zq81kd94"}
    ]}
"""


def explained(inventories: Inventories, environment: str, host: str) -> Explained:
    """What is told of one host."""
    (found,) = inventories.explain(environment, [host])
    return found


def values(found: Explained) -> dict[str, str]:
    """Variables with their values as shown."""
    return {each.name: each.value for each in found.variables}


def test_the_strongest_layer_wins_and_the_others_are_named(project: Project, lab: Inventories) -> None:
    """Given one variable in four layers, when the host is explained, then each is named, the one that counts first."""
    project.write("inventories/lab/more.yml", "site: {vars: {port: 1}}\nweb: {vars: {port: 2}}\n")
    project.write("inventories/lab/group_vars/web.yml", "port: 3\n")
    project.write("inventories/lab/host_vars/web1.yml", "port: [4, {x: '{{ color }}'}]\n")
    found = explained(lab, "lab", "web1")
    (port,) = [each for each in found.variables if each.name == "port"]
    assert port.value == '[4, {"x": "{{ color }}"}]'
    assert port.origin == "the host itself, inventories/lab/host_vars/web1.yml:1"
    assert port.over == (
        "group web, inventories/lab/group_vars/web.yml:1",
        "group web, inventories/lab/more.yml:2",
        "group site, inventories/lab/more.yml:1",
    )
    assert found.variables[0].name == "ansible_host"
    assert found.groups == (("dc1", "named there"), ("site", "through web < site"), ("web", "named there"))


def test_groups_that_hold_each_other_in_many_ways_end(project: Project, lab: Inventories) -> None:
    """Given a diamond of groups, when a host is explained, then each group is there once, with its shortest way."""
    project.write(
        "inventories/lab/more.yml",
        "a: {children: {web: {}}}\nb: {children: {web: {}}}\ntop: {children: {a: {}, b: {}}}\n",
    )
    ways = dict(explained(lab, "lab", "web2").groups)
    assert ways["top"] in {"through web < a < top", "through web < b < top"}
    assert ways["a"] == "through web < a"


def test_what_vaults_hold_is_never_shown(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a vaulted file, a vaulted value and one inside of a list, when explained, then only that they are there."""
    monkeypatch.delenv("ANSIBLE_CONFIG", raising=False)
    project.write("ansible.cfg", "[defaults]\nvault_password_file = .vault\n")
    password = project.write(".vault", f"{PASSWORD}\n", mode=0o600)
    tool = [str(Path(sys.executable).with_name("ansible-vault"))]
    secret = project.write("inventories/lab/host_vars/web1.yml", "whole: topsecret\n")
    subprocess.run(
        [*tool, "encrypt", "--vault-password-file", str(password), str(secret)], check=True, capture_output=True
    )
    made = subprocess.run(
        [*tool, "encrypt_string", "--vault-password-file", str(password), "topsecret"], check=True, capture_output=True
    ).stdout.decode()
    project.write(
        "inventories/lab/group_vars/web.yml", f"pin: {made}\nmany:\n  - {made.replace('      ', '        ')}\n"
    )
    found = explained(project.inventories(), "lab", "web1")
    assert values(found)["whole"] == "*** (in a vault)"
    assert values(found)["pin"] == "*** (in a vault)"
    assert values(found)["many"] == '["*** (in a vault)"]'
    assert "topsecret" not in repr(found)
    assert "ANSIBLE_VAULT" not in repr(found)


def test_secrets_by_name_and_by_look_are_hidden(project: Project, lab: Inventories) -> None:
    """Given variables named like secrets, nested ones, and a password in a URL, when explained, then none is shown."""
    project.write(
        "inventories/lab/group_vars/web.yml",
        "db_password: Zq1\nservice: {name: x, api_key: Zq2}\nurl: https://u:Zq3@h/\nargs: '--token Zq4'\n",
    )
    found = explained(lab, "lab", "web1")
    assert values(found)["service"] == '{"name": "x", "api_key": "***"}'
    assert values(found)["url"] == "https://u:***@h/"
    assert "Zq" not in repr(found)


def test_a_script_and_a_constructed_group_are_explained(project: Project) -> None:
    """Given a script and a plugin that makes groups of variables, when explained, then ways and values are there."""
    answer = '{"s1": {"hosts": ["h1"]}, "_meta": {"hostvars": {"h1": {"rack": "a", "ansible_host": "192.0.2.9"}}}}'
    project.script("inventories/dyn/1.sh", f"echo '{answer}'\n")
    project.write(
        "inventories/dyn/2.yml", "plugin: ansible.builtin.constructed\nkeyed_groups: [{key: rack, prefix: rack}]\n"
    )
    inventories = project.inventories()
    found = explained(inventories, "dyn", "h1")
    assert dict(found.groups) == {"s1": "named there", "rack_a": "named there"}
    assert values(found) == {"ansible_host": "192.0.2.9", "rack": "a"}
    assert inventories.describe("dyn").dynamic


def test_a_cloud_plugin_with_a_recorded_answer(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a plugin of the project that reads a cloud's answer, when asked, then hosts and groups are as it says."""
    monkeypatch.delenv("ANSIBLE_CONFIG", raising=False)
    project.write("ansible.cfg", "[defaults]\ninventory_plugins = plugins\n[inventory]\nenable_plugins = acme, yaml\n")
    project.write("plugins/acme.py", CLOUD)
    project.write("inventories/cloud/acme.yml", "plugin: acme\nanswer: answer.txt\n")
    project.write("inventories/cloud/answer.txt", ANSWER)
    project.write("inventories/cloud/group_vars/eu.yml", "ntp: ntp.example.org\n")
    inventories = project.inventories()
    assert inventories.resolve("cloud", "eu:!db").hosts == ("c1",)
    found = explained(inventories, "cloud", "c1")
    assert dict(found.groups) == {"eu": "named there", "web": "named there"}
    assert values(found) == {"ansible_host": "192.0.2.11", "admin_password": "***", "ntp": "ntp.example.org"}
    assert "Zq81" not in repr(found)
