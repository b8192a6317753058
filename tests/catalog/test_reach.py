"""The revision covers what a playbook leads to: roles, includes, templates; and nothing that has no part in it."""

import os

import pytest

from .conftest import GOOD, Project

SITE = """
- hosts: all
  vars_files: [settings.yml]
  roles:
    - web
  tasks:
    - ansible.builtin.include_tasks: tasks/more.yml
    - ansible.builtin.template: {src: motd.j2, dest: /etc/motd}
"""
FILES = {
    "playbooks/settings.yml": "a: 1\n",
    "playbooks/tasks/more.yml": "- ansible.builtin.import_role: {name: base}\n",
    "playbooks/templates/motd.j2": "hello\n",
    "roles/web/tasks/main.yml": "- ansible.builtin.ping:\n",
    "roles/web/meta/main.yml": "dependencies: [{role: common}]\n",
    "roles/web/files/logo.png": "png\n",
    "roles/common/tasks/main.yml": "- ansible.builtin.ping:\n",
    "roles/base/defaults/main.yml": "b: 1\n",
}
APART = {
    "roles/other/tasks/main.yml": "- ansible.builtin.ping:\n",
    "playbooks/other.yml": "- hosts: all\n",
    "roles/web/tasks/.main.yml.swp": "x\n",
    "inventories/dev.yml": "all: {}\n",
}


@pytest.fixture
def site(project: Project) -> Project:
    """A project whose playbook has roles, one through another, and files beside it."""
    project.runbook(GOOD)
    project.write("playbooks/restart.yml", SITE)
    for name, text in (FILES | APART).items():
        project.write(name, text)
    return project


def content(project: Project) -> str:
    """The hash of the one runbook's content."""
    catalog = project.catalog()
    return catalog.revision(catalog.get("restart-service")).content_hash


@pytest.mark.parametrize("name", FILES)
def test_a_change_in_what_it_leads_to_is_another_content(site: Project, name: str) -> None:
    """Given a playbook, when a file of a role or an include of its changes or goes, then its content is another one."""
    before = content(site)
    assert content(site) == before
    path = site.write(name, f"{FILES[name]}# changed\n")
    changed = content(site)
    path.unlink()
    assert len({before, changed, content(site)}) == 3


@pytest.mark.parametrize("name", APART)
def test_a_change_elsewhere_is_not(site: Project, name: str) -> None:
    """Given a playbook, when a role or a file that it does not name changes, then its content stays."""
    before = content(site)
    site.write(name, f"{APART[name]}# changed\n")
    assert content(site) == before


def test_a_new_file_in_a_role_counts(site: Project) -> None:
    """Given a playbook with a role, when the role gets another file, then the content is another one."""
    before = content(site)
    site.write("roles/web/handlers/main.yml", "- name: H\n  ansible.builtin.ping:\n")
    assert content(site) != before


def test_nothing_strange_in_a_role_stands_in_the_way(site: Project) -> None:
    """Given a role with a pipe, a link to nowhere and a large file, when the content is asked for, then it is told."""
    os.mkfifo(site.root / "roles/web/files/pipe")
    (site.root / "roles/web/files/nowhere").symlink_to("/nowhere/at/all")
    site.write("roles/web/files/large.bin", "x" * 3_000_000)
    assert len(content(site)) == 64
