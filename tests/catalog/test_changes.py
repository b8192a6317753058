"""What changes while the bot is running: files, and the revision that a run records."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.catalog import read as reading
from bot.errors import ProjectBroken
from bot.model.runbook import Revision

from .conftest import GOOD, Project


def git(project: Project, *arguments: str) -> str:
    """What git says in the project."""
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(project.root), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def committed(project: Project) -> str:
    """The commit that everything in the project is in."""
    git(project, "init", "-q")
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    return git(project, "rev-parse", "HEAD")


def revision(project: Project) -> Revision:
    """The revision of the one runbook."""
    catalog = project.catalog()
    return catalog.revision(catalog.get("restart-service"))


def test_changes_are_seen_without_a_restart(project: Project) -> None:
    """A new, a changed, a broken, a mended and a removed file are all seen at the next question."""
    catalog = project.catalog()
    assert catalog.runbooks() == ()
    path = project.runbook(GOOD)
    assert catalog.get("restart-service").summary.startswith("Restart")
    path.write_text(GOOD.replace("Restart a", "Bounce a"))
    assert catalog.get("restart-service").summary.startswith("Bounce")
    path.write_text("id: [")
    assert (catalog.runbooks(), len(catalog.problems())) == ((), 1)
    path.write_text(GOOD)
    assert (len(catalog.runbooks()), catalog.problems()) == (1, ())
    path.unlink()
    assert catalog.runbooks() == ()


def test_a_playbook_that_comes_or_goes_is_seen(project: Project) -> None:
    """The runbook is usable exactly while its playbook is there."""
    project.runbook(GOOD.replace("restart.yml", "later.yml"))
    catalog = project.catalog()
    assert len(catalog.problems()) == 1
    playbook = project.write("playbooks/later.yml", "- hosts: all\n")
    assert (len(catalog.runbooks()), catalog.problems()) == (1, ())
    playbook.unlink()
    assert catalog.runbooks() == ()


def test_a_meta_file_that_comes_or_changes_is_seen(project: Project) -> None:
    """Parameters declared beside the playbook are read again when their file changes."""
    project.runbook("id: r\nsummary: S\nplaybook: restart.yml\n")
    catalog = project.catalog()
    assert catalog.get("r").parameters == ()
    project.write("playbooks/restart.meta.yml", "argument_specs: {main: {options: {one: {}}}}\n")
    assert [p.name for p in catalog.get("r").parameters] == ["one"]
    project.write("playbooks/restart.meta.yml", "argument_specs: {main: {options: {one: {}, two: {}}}}\n")
    assert [p.name for p in catalog.get("r").parameters] == ["one", "two"]


def test_only_changed_files_are_read_again(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """With fifty runbooks, changing one reads one."""
    for number in range(50):
        project.runbook(GOOD.replace("restart-service", f"r{number}"), f"r{number}")
    catalog = project.catalog()
    assert len(catalog.runbooks()) == 50
    read: list[Path] = []
    original = reading.read_text

    def counting(path: Path) -> str:
        read.append(path)
        return original(path)

    monkeypatch.setattr(reading, "read_text", counting)
    assert len(catalog.runbooks()) == 50
    assert read == []
    changed = project.runbook(GOOD.replace("restart-service", "other"), "r7")
    assert catalog.get("other").id == "other"
    assert read == [changed]


def test_the_revision_names_the_commit_and_a_dirty_tree(project: Project) -> None:
    """A committed project is clean; any change in it, new files included, makes it dirty."""
    project.runbook(GOOD)
    head = committed(project)
    clean = revision(project)
    assert (clean.commit, clean.dirty) == (head, False)
    project.write("roles/web/tasks/main.yml", "[]\n")
    dirty = revision(project)
    assert (dirty.commit, dirty.dirty, dirty.content_hash) == (head, True, clean.content_hash)


def test_what_lies_beside_the_project_makes_nothing_dirty(project: Project) -> None:
    """When the project is a directory of a larger repository, only that directory counts."""
    project.runbook(GOOD)
    outer = Project(project.root.parent)
    head = committed(outer)
    outer.write("elsewhere.txt", "x")
    assert revision(project) == Revision(commit=head, dirty=False, content_hash=revision(project).content_hash)


def test_outside_git_there_is_no_commit(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a repository, with an empty one, or without git at all, only the content is known."""
    project.runbook(GOOD)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.root.parent))
    assert (revision(project).commit, revision(project).dirty) == (None, False)
    git(project, "init", "-q")
    assert (revision(project).commit, revision(project).dirty) == (None, True)
    monkeypatch.setenv("PATH", "/nowhere")
    assert (revision(project).commit, revision(project).dirty) == (None, False)


def test_git_variables_of_our_own_lead_nowhere_else(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GIT_DIR in the environment does not make the project another repository."""
    project.runbook(GOOD)
    head = committed(project)
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert revision(project).commit == head


@pytest.mark.parametrize("name", ["playbooks/restart.runbook.yml", "playbooks/restart.yml", "playbooks/x.meta.yml"])
def test_the_content_hash_covers_every_file_that_decides(project: Project, name: str) -> None:
    """Runbook, playbook and argument specs each change the hash."""
    project.write("playbooks/x.yml", "- hosts: all\n")
    project.write("playbooks/x.meta.yml", "argument_specs: {main: {options: {}}}\n")
    project.runbook(GOOD.replace("restart.yml", "x.yml") if name.endswith("meta.yml") else GOOD)
    if name.endswith("meta.yml"):
        project.runbook("id: restart-service\nsummary: S\nplaybook: x.yml\n")
    before = revision(project)
    with (project.root / name).open("a") as file:
        file.write("# changed\n")
    assert revision(project).content_hash != before.content_hash


def test_a_runbook_whose_playbook_is_gone_has_no_revision(project: Project) -> None:
    """The error says which file is missing."""
    project.runbook(GOOD)
    catalog = project.catalog()
    runbook = catalog.get("restart-service")
    (project.root / "playbooks/restart.yml").unlink()
    with pytest.raises(ProjectBroken, match=r"playbooks/restart\.yml"):
        catalog.revision(runbook)


def test_importing_the_room_does_not_import_ansible() -> None:
    """Ansible's settings freeze at its import, so that waits for the first use."""
    code = "import sys, bot.catalog; sys.exit('ansible' in sys.modules)"
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    assert subprocess.run([sys.executable, "-c", code], check=False, env=environment).returncode == 0
