"""A folder enters; an Ansible project leaves there: the example's runbooks, a few hosts and many, all this machine."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MANY = 300
_EXAMPLE = ("ansible.cfg", "playbooks", "roles")
_VARS = (
    "ansible_connection: local\nansible_python_interpreter: '{{ ansible_playbook_python }}'\nansible_become: false\n"
)
_STAGING = "[web]\nweb[1:6]\n[db]\ndb[1:2]\n"
_FLEET = f"[edge]\nedge[001:{MANY}]\n"
_POLICY = """
roles:
  operator: {members: ["slack:U1"], may: [{runbooks: ["*"], environments: ["*"]}]}
  lead: {members: ["slack:U2"], may: [{runbooks: ["*"], environments: ["*"], approve: true}]}
environments:
  prod: {approvals: 1}
"""
_RUNBOOK = "id: certificates\nsummary: See that no certificate runs out soon\nplaybook: certificates.yml\n"
_PLAYBOOK = """
- name: Certificates
  hosts: all
  gather_facts: false
  vars:
    number: "{{ ansible_play_hosts_all.index(inventory_hostname) }}"
    days: "{{ 3 if number | int % 61 == 7 else 60 }}"
  tasks:
    - name: See how long the certificate is good for
      ansible.builtin.assert:
        that: days | int >= 14
        fail_msg: "The certificate of {{ inventory_hostname }} runs out in {{ days }} days"
        quiet: true
"""


def make(folder: Path) -> None:
    """Write the project, with a policy that lets U1 do everything, in prod with the consent of U2."""
    for name in _EXAMPLE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    for environment, hosts in {"staging": _STAGING, "prod": _STAGING, "fleet": _FLEET}.items():
        inventory = folder / "inventories" / environment
        (inventory / "group_vars").mkdir(parents=True)
        (inventory / "hosts.ini").write_text(hosts)
        (inventory / "group_vars" / "all.yml").write_text(_VARS)
    (folder / "playbooks" / "certificates.runbook.yml").write_text(_RUNBOOK)
    (folder / "playbooks" / "certificates.yml").write_text(_PLAYBOOK)
    (folder / "signalbox.yml").write_text(_POLICY)
