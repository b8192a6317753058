"""Plugins are found where Ansible would find them, and nowhere else."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import Misconfigured, ProjectBroken, UnknownName
from bot.model.rule import EventSource
from bot.sensors import find, roots, wired

from .plugins import plugin

MAIN = "async def main(queue, args): pass\n"


@pytest.mark.parametrize("folder", ["extensions/eda/plugins", "plugins"])
def test_a_plugin_of_the_projects_own(tmp_path: Path, folder: str) -> None:
    """Given a plugin in the project, when its name alone is looked for, then it is found."""
    path = plugin(tmp_path, "mine", MAIN, folder=folder)
    assert find("mine", "event_source", tmp_path, ()).file == path


@pytest.mark.parametrize("folder", ["extensions/eda/plugins", "plugins"])
@pytest.mark.parametrize("name", ["ansible.eda.tick", "eda.builtin.tick"])
def test_a_plugin_of_a_collection(tmp_path: Path, folder: str, name: str) -> None:
    """Given an installed collection, when one of its plugins is looked for, then the first path that has it counts."""
    for root in ("first", "second"):
        plugin(tmp_path / root / "ansible_collections/ansible/eda", "tick", MAIN, folder=folder)
    found = find(name, "event_source", tmp_path, (tmp_path / "none", tmp_path / "first", tmp_path / "second"))
    assert found.file.is_relative_to(tmp_path / "first")
    assert found.root == str(tmp_path / "first")


@pytest.mark.parametrize("name", ["nothing", "ansible.eda.nothing", "../../etc/x", "a.b", "a.b.c.d", "", "x/y", "a..b"])
def test_what_is_nowhere_is_a_sentence(tmp_path: Path, name: str) -> None:
    """Given a name that stands for nothing, or is a path, when it is looked for, then it is refused."""
    plugin(tmp_path, "x", MAIN)
    with pytest.raises(UnknownName):
        find(name, "event_source", tmp_path / "plugins", (tmp_path,))


def test_paths_come_from_ansibles_own_configuration(tmp_path: Path) -> None:
    """Given a project with a collections_path, when it is asked, then it has them; the environment's go before."""
    (tmp_path / "ansible.cfg").write_text("[defaults]\ncollections_path = vendored:/opt/c/ansible_collections\n")
    found = roots(tmp_path, {})
    assert found[:3] == (tmp_path / "collections", tmp_path / "vendored", Path("/opt/c"))
    assert roots(tmp_path, {"ANSIBLE_COLLECTIONS_PATH": "/a:/b"})[1:3] == (Path("/a"), Path("/b"))


def test_without_a_configuration_ansibles_defaults_hold(tmp_path: Path) -> None:
    """Given no ansible.cfg, when paths are asked for, then they are those that Ansible has by itself."""
    environment = {"ANSIBLE_CONFIG": str(tmp_path / "none.cfg")}
    assert Path("/usr/share/ansible/collections") in roots(tmp_path, environment)


def test_a_configuration_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    """Given an ansible.cfg that is none, when paths are asked for, then a sentence says so."""
    (tmp_path / "ansible.cfg").write_text("nothing here\n")
    with pytest.raises(Misconfigured):
        roots(tmp_path, {})


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import not_there_at_all\n", "not_there_at_all"),
        ("1 / 0\n", "ZeroDivisionError"),
        ("main = 3\n", "no main"),
        ("def main(:\n", "SyntaxError"),
    ],
)
def test_a_plugin_that_cannot_be_loaded_is_a_sentence(tmp_path: Path, code: str, said: str) -> None:
    """Given a plugin that is broken, or needs what is not there, when it is wired, then a sentence says what."""
    plugin(tmp_path, "broken", code)
    with pytest.raises(ProjectBroken, match=said):
        wired(EventSource(name="b", plugin="broken"), tmp_path, ())


def test_a_collection_may_import_from_itself(tmp_path: Path) -> None:
    """Given a plugin that imports a part of its collection, when it is wired, then that is found."""
    home = tmp_path / "ansible_collections/our/own"
    (home / "plugins/module_utils").mkdir(parents=True)
    (home / "plugins/module_utils/part.py").write_text("VALUE = 7\n")
    code = "from ansible_collections.our.own.plugins.module_utils.part import VALUE\n" + MAIN
    plugin(home, "mine", code)
    program = f"""
from pathlib import Path
from bot.model.rule import EventSource
from bot.sensors.wired import wired
here = Path({str(tmp_path)!r})
assert wired(EventSource(name="m", plugin="our.own.mine"), here, (here,)).main
"""
    # As a sensor does it: in a process in which Ansible has not looked for collections yet.
    subprocess.run([sys.executable, "-c", program], check=True)
