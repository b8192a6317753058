"""What surrounds a runbook counts by its kind: settings, plugins, variables, collections; and nothing else does."""

import os
from dataclasses import asdict
from pathlib import Path

import pytest

from bot.catalog import around
from bot.model.runbook import Revision

from .conftest import GOOD, Project

CONFIG = """
    [defaults]
    library = own/modules:/usr/share/somewhere
    filter_plugins = own/filters
    collections_path = own/collections
"""
KINDS = {
    "ansible.cfg": "settings",
    "playbooks/library/thing.py": "plugins",
    "playbooks/filter_plugins/deep/er.py": "plugins",
    "playbooks/strategy_plugins/s.py": "plugins",
    "module_utils/shared.py": "plugins",
    "callback_plugins/c.py": "plugins",
    "own/modules/m.py": "plugins",
    "own/filters/f.py": "plugins",
    "playbooks/group_vars/all.yml": "variables",
    "group_vars/all.yml": "variables",
    "inventories/dev/group_vars/all/secret.yml": "variables",
    "inventories/dev/host_vars/web1": "variables",
    "collections/ansible_collections/a/installed/MANIFEST.json": "collections",
    "collections/ansible_collections/a/made/galaxy.yml": "collections",
    "collections/ansible_collections/a/made/plugins/modules/m.py": "collections",
    "playbooks/collections/ansible_collections/a/beside/roles/r/tasks/main.yml": "collections",
    "own/collections/ansible_collections/a/configured/galaxy.yml": "collections",
}
APART = (
    "inventories/prod/group_vars/all.yml",
    "inventories/group_vars/all.yml",
    "inventories/dev/hosts.yml",
    "inventories/dev/group_vars/.hidden.yml",
    "playbooks/library/__pycache__/thing.pyc",
    "playbooks/library/thing.pyc",
    "playbooks/library/thing.py~",
    "collections/ansible_collections/a/installed/plugins/modules/m.py",
    "collections/ansible_collections/a/made/tests/output/log",
    "README.md",
)


@pytest.fixture
def site(project: Project) -> Project:
    """A project with something of each kind, and something of none."""
    project.runbook(GOOD)
    for name in (*KINDS, *APART):
        project.write(name, "# vault\n")
    project.write("ansible.cfg", CONFIG)
    return project


def revision(project: Project, environment: str = "dev") -> Revision:
    """Of its one runbook, in an environment, as one who has never looked before sees it."""
    catalog = project.catalog()
    return catalog.revision(catalog.get("restart-service"), project.root / "inventories" / environment)


def unlike(one: Revision, two: Revision) -> set[str]:
    """The kinds in which they differ."""
    assert one.around is not None
    assert two.around is not None
    return {kind for kind, value in asdict(one.around).items() if value != asdict(two.around)[kind]}


@pytest.mark.parametrize("name", KINDS)
def test_a_change_is_seen_and_told_by_its_kind(site: Project, name: str) -> None:
    """Given a file of a kind, when it changes or goes, then the hash of that kind is another one, and no other is."""
    catalog, path = site.catalog(), site.root / name
    book, folder = catalog.get("restart-service"), site.root / "inventories/dev"
    before = catalog.revision(book, folder)
    path.write_text(path.read_text().replace("#", "!") + "# changed\n")
    changed = catalog.revision(book, folder)
    assert unlike(before, changed) == {KINDS[name]}
    assert len(changed.unlike(before)) == 1
    assert changed.content_hash == before.content_hash
    path.unlink()
    gone = catalog.revision(book, folder)
    assert KINDS[name] in unlike(before, gone)
    assert KINDS[name] in unlike(changed, gone)


@pytest.mark.parametrize("name", KINDS)
def test_a_touch_is_no_change(site: Project, name: str) -> None:
    """Given a file of a kind, when only its times change, then all hashes stay, for this process and for another."""
    catalog = site.catalog()
    book, folder = catalog.get("restart-service"), site.root / "inventories/dev"
    before = catalog.revision(book, folder)
    os.utime(site.root / name, (1, 1))
    assert catalog.revision(book, folder) == revision(site) == before


@pytest.mark.parametrize("name", APART)
def test_a_change_elsewhere_is_none(site: Project, name: str) -> None:
    """Given a file that is of no kind, or of another environment, when it changes, then nothing differs."""
    before = revision(site)
    site.write(name, "# changed\n")
    assert revision(site) == before


def test_each_environment_has_its_own_variables(site: Project) -> None:
    """Given two environments with other variables, when both are looked at, then only the variables differ."""
    site.write("inventories/prod/group_vars/all.yml", "a: 2\n")
    assert unlike(revision(site), revision(site, "prod")) == {"variables"}
    assert revision(site).content_hash == revision(site, "prod").content_hash


def test_a_project_with_nothing_of_it_says_so(project: Project) -> None:
    """Given a project without any of it, when it is looked at, then each kind is empty, and a new file is seen."""
    project.runbook(GOOD)
    before = revision(project)
    assert before.around == around.Surroundings()
    project.write("ansible.cfg", "")
    assert unlike(before, revision(project)) == {"settings"}


def test_an_adhoc_call_has_surroundings_too(site: Project) -> None:
    """Given a runbook with a module and no playbook, when what is beside playbooks changes, then it differs."""
    site.runbook("id: call\nsummary: S\nmodule: ansible.builtin.ping\n", "call")
    catalog, folder = site.catalog(), site.root / "inventories/dev"
    before = catalog.revision(catalog.get("call"), folder)
    site.write("playbooks/library/thing.py", "x = 2\n")
    assert unlike(before, catalog.revision(catalog.get("call"), folder)) == {"plugins"}


def test_what_is_linked_counts(site: Project, tmp_path: Path) -> None:
    """Given variables behind links, of a folder and of a file, when what they lead to changes, then it is seen."""
    site.write("shared/all/one.yml", "a: 1\n")
    (tmp_path / "two.yml").write_text("b: 1\n")
    (site.root / "inventories/dev/group_vars/web").symlink_to(site.root / "shared/all")
    (site.root / "inventories/dev/group_vars/two.yml").symlink_to(tmp_path / "two.yml")
    before = revision(site)
    site.write("shared/all/one.yml", "a: 2\n")
    second = revision(site)
    (tmp_path / "two.yml").write_text("b: 2\n")
    assert unlike(before, second) == unlike(second, revision(site)) == {"variables"}


def test_nothing_strange_stands_in_the_way(site: Project) -> None:
    """Given a pipe, a link to nowhere, one in a circle and one to everything, when it is looked at, then it ends."""
    folder = site.root / "inventories/dev/group_vars"
    os.mkfifo(folder / "pipe")
    (folder / "nowhere").symlink_to("/nowhere/at/all")
    (folder / "circle").symlink_to(folder)
    (folder / "everything").symlink_to("/proc/self")
    assert revision(site, "dev").around is not None


def test_more_files_than_the_bound_are_not_read(site: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a folder with more files than the bound, when it is looked at, then only so many are read."""
    read: list[str] = []
    for index in range(30):
        site.write(f"inventories/dev/host_vars/h{index:02}.yml", "a: 1\n")
    monkeypatch.setattr(around, "_MOST", 10)
    monkeypatch.setattr(around, "digest", lambda path: read.append(path) or "x")
    revision(site)
    assert len([path for path in read if "_vars/" in path]) == 10


def test_more_folders_than_the_bound_are_not_entered(site: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given more folders than the bound, one in the other, when they are looked at, then only so many are listed."""
    entered: list[str] = []
    (site.root / "inventories/dev/host_vars" / "/".join("x" * 30)).mkdir(parents=True)
    monkeypatch.setattr(around, "_MOST", 10)
    monkeypatch.setattr(around, "_one", lambda folder: entered.append(folder) or folder)
    revision(site)
    assert 0 < len([path for path in entered if "/x/" in path]) < 10
