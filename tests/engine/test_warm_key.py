"""Which runs may share a loaded Ansible: whatever Ansible, interpreter or program is another makes another key."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.engine.warm import key as keys
from bot.engine.warm.cold import Cold, Unfit
from bot.engine.warm.key import OWN, key
from bot.engine.warm.look import PARTS, different

START = "import sys\nfrom ansible.cli.playbook import main\nsys.exit(main())\n"


class Place:
    """Packages, an interpreter, a program and a project of one's own, as far as a key looks."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch) -> None:
        self.root, self.patch = root, patch
        self.release = root / "site-packages" / "ansible" / "release.py"
        self.python, self.binary = root / "bin" / "python", root / "bin" / "ansible-playbook"
        self.project = root / "project"
        for folder in (self.release.parent, self.python.parent, self.project):
            folder.mkdir(parents=True)
        self.release.write_text("__version__ = '2.19.0'\n")
        self.python.symlink_to(sys.executable)
        (self.project / "ansible.cfg").write_text("[defaults]\n")
        self.first(f"#!{self.python}")
        patch.setattr(keys, "_release", lambda: self.release)
        patch.setattr(sys, "executable", str(self.python))

    def first(self, line: str, rest: str = START) -> None:
        """Let ansible-playbook begin with that line."""
        self.binary.write_text(f"{line}\n{rest}")
        os.utime(self.binary, (1, 1))

    def key(self, **variables: str) -> str:
        """Of a run with these variables."""
        return key({"HOME": str(self.root), **variables}, self.project, self.binary)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A place of one's own."""
    return Place(tmp_path, monkeypatch)


def _another_release(place: Place) -> None:
    place.release.write_text("__version__ = '2.19.10'\n")


def _the_same_installed_anew(place: Place) -> None:
    os.utime(place.release, (1, 1))


def _a_package_more(place: Place) -> None:
    (place.release.parents[1] / "dnspython").mkdir()
    os.utime(place.release.parents[1], (1, 1))


def _elsewhere(place: Place) -> None:
    other = place.root / "other" / "ansible" / "release.py"
    other.parent.mkdir(parents=True)
    other.write_text(place.release.read_text())
    place.patch.setattr(keys, "_release", lambda: other)


def _another_script(place: Place) -> None:
    place.first(f"#!{place.python}", f"import os\n{START}")


def _another_version(place: Place) -> None:
    place.patch.setattr(sys, "version", "3.99.0")


def _another_python(place: Place) -> None:
    other = place.root / "bon"
    other.mkdir()
    (other / "python").symlink_to(sys.executable)
    place.patch.setattr(sys, "executable", str(other / "python"))
    place.first(f"#!{other / 'python'}")


def _the_python_replaced(place: Place) -> None:
    place.python.unlink()
    place.python.write_text("another")


def _configured(place: Place) -> None:
    (place.project / "ansible.cfg").write_text("[defaults]\nforks = 7\n")


def _configured_by_user(place: Place) -> None:
    (place.project / "ansible.cfg").unlink()
    (place.root / ".ansible.cfg").write_text("[defaults]\n")


CHANGES: dict[Callable[[Place], None], Cold] = {
    _another_release: Cold.ANSIBLE,
    _the_same_installed_anew: Cold.ANSIBLE,
    _a_package_more: Cold.ANSIBLE,
    _elsewhere: Cold.ANSIBLE,
    _another_script: Cold.ANSIBLE,
    _another_version: Cold.INTERPRETER,
    _another_python: Cold.INTERPRETER,
    _the_python_replaced: Cold.INTERPRETER,
    _configured: Cold.CONFIGURATION,
    _configured_by_user: Cold.CONFIGURATION,
}


@pytest.mark.parametrize(("change", "reason"), CHANGES.items(), ids=[change.__name__ for change in CHANGES])
def test_what_is_another_makes_another_key(place: Place, change: Callable[[Place], None], reason: Cold) -> None:
    """Given a key, when something is changed, then there is another one, which differs in just that."""
    before = place.key()
    assert place.key() == before
    change(place)
    after = place.key()
    assert different(after, before)[1] == reason
    assert [one == other for one, other in zip(before.split("-"), after.split("-"), strict=True)].count(False) == 1


def test_a_variable_makes_another_key_unless_it_is_of_the_run(place: Place) -> None:
    """Given a key, when a variable is added or another, then the key is another, but for those of each run."""
    before = place.key()
    assert different(place.key(ANSIBLE_FORKS="7"), before) == (-2, "configuration")
    assert place.key(ANSIBLE_FORKS="7") != place.key(ANSIBLE_FORKS="8") != before
    assert place.key(**dict.fromkeys(OWN, "x")) == before


def test_the_nearest_server_says_in_what_runs_differ() -> None:
    """Given keys, when they are compared, then the first part that differs counts, and later is nearer."""
    apart = [different("a-b-c", other) for other in ("x-b-c", "a-x-c", "a-b-x", "a-x-x")]
    assert [name for _, name in apart] == [*PARTS, "ansible"]
    assert min(apart) == (-2, "configuration")


LONG = "#!/bin/sh\n'''exec' {python} \"$0\" \"$@\"\n' '''"
FIT = ["#!{python}", "#! {python}", LONG, LONG.replace("{python}", '"{python}"')]
UNFIT = {
    "#!/usr/bin/env python3": Cold.INTERPRETER,
    "#!/usr/bin/python3.99": Cold.INTERPRETER,
    "#!{python} -I": Cold.INTERPRETER,
    "#!/bin/sh": Cold.INTERPRETER,
    "#!{real}": Cold.INTERPRETER,
    "": Cold.INTERPRETER,
}


@pytest.mark.parametrize("line", FIT)
def test_the_interpreter_of_the_program_is_ours(place: Place, line: str) -> None:
    """Given a first line that names the worker's Python, when the key is asked for, then there is one."""
    place.first(line.format(python=place.python))
    assert place.key()


def test_another_way_to_the_same_interpreter_is_ours(place: Place) -> None:
    """Given a folder that is a link, when ansible-playbook names its Python by the other name, then there is a key."""
    (place.root / "link").symlink_to(place.root / "bin")
    (place.root / "bin" / "python3").symlink_to("python")
    place.first(f"#!{place.root / 'link' / 'python3'}")
    assert place.key()


@pytest.mark.parametrize(("line", "reason"), UNFIT.items())
def test_another_interpreter_is_never_served(place: Place, line: str, reason: Cold) -> None:
    """Given a first line that names another Python, or none, when a key is asked for, then there is none."""
    place.first(line.format(python=place.python, real=Path(sys.executable).resolve()))
    with pytest.raises(Unfit) as unfit:
        place.key()
    assert unfit.value.reason is reason


def test_a_program_that_starts_something_else_is_never_served(place: Place) -> None:
    """Given an ansible-playbook that wraps the real one, when a key is asked for, then there is none."""
    place.first(f"#!{place.python}", "import os, sys\nos.execv('/opt/ansible-playbook', sys.argv)\n")
    with pytest.raises(Unfit) as unfit:
        place.key()
    assert unfit.value.reason is Cold.ANSIBLE


@pytest.mark.parametrize(("missing", "reason"), [("binary", Cold.INTERPRETER), ("release", Cold.ANSIBLE)])
def test_what_is_being_installed_is_no_error(place: Place, missing: str, reason: Cold) -> None:
    """Given files that are missing just now, when a key is asked for, then the run is cold, and not in error."""
    getattr(place, missing).unlink()
    with pytest.raises(Unfit) as unfit:
        place.key()
    assert unfit.value.reason is reason
