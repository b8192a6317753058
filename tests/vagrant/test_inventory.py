"""Stories of the environment `vagrant`: what Vagrant once said goes in (recorded), an inventory comes out."""

import importlib.util
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bot.targets import Inventories
from tests.fleet.test_fleet import eventually

REPOSITORY = Path(__file__).resolve().parents[2]
RECORDED = Path(__file__).with_name("recorded")
MADE = ("web1", "web2", "db1")
NOTHING = "No machine is up; `vagrant up` in the project's folder starts them."

# Answers to `vagrant COMMAND ...` from the files that the folder `answers` has by the name of the whole command line.
STAND_IN = """#!/bin/sh
cd {answers}
echo "$*" >>asked
[ -e "$*.out" ] || {{ echo "not recorded: $*" >&2; exit 9; }}
cat "$*.out"
cat "$*.err" >&2
exit "$(cat "$*.rc")"
"""
STATUS = "status --machine-readable db1 web1 web2"


class Project:
    """A project whose Vagrant says what was recorded of a real one."""

    def __init__(self, root: Path) -> None:
        self.root, self.answers, self.bin = root / "p", root / "answers", root / "bin"
        for folder in (self.answers, self.bin, self.root / "vagrant"):
            folder.mkdir(parents=True)
        shutil.copytree(REPOSITORY / "inventories/vagrant", self.root / "inventories/vagrant")
        for file in ("Vagrantfile", "vagrant/machines.yml", "ansible.cfg"):
            shutil.copy2(REPOSITORY / file, self.root / file)
        (self.bin / "python3").symlink_to(sys.executable)
        stand_in = self.bin / "vagrant"
        stand_in.write_text(STAND_IN.format(answers=self.answers))
        stand_in.chmod(0o755)
        self.environment = {"PATH": f"{self.bin}:/usr/bin:/bin", "HOME": str(root), "LANG": "C.UTF-8"}

    def made(self, *names: str) -> None:
        """Vagrant remembers these machines."""
        for name in names:
            folder = self.root / ".vagrant/machines" / name / "virtualbox"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "id").write_text("1")

    def says(self, words: str, out: str, *, err: str = "", status: int = 0) -> None:
        """To this command line Vagrant answers so."""
        (self.answers / f"{words}.out").write_text(out)
        (self.answers / f"{words}.err").write_text(err)
        (self.answers / f"{words}.rc").write_text(str(status))

    def plays(self, words: str, name: str, *, status: int = 0) -> None:
        """To this command line Vagrant answers as it was recorded under `name`."""
        out, err = ((RECORDED / f"{name}.{kind}").read_text() for kind in ("out", "err"))
        self.says(words, out, err=err, status=status)

    def asked(self) -> list[str]:
        """What Vagrant was asked so far."""
        file = self.answers / "asked"
        return file.read_text().splitlines() if file.exists() else []

    def list(self, env: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The inventory; what it prints besides is the note."""
        script = self.root / "inventories/vagrant/hosts.py"
        done = subprocess.run(
            [script, "--list"], env={**self.environment, **(env or {})}, capture_output=True, text=True, check=True
        )
        found: dict[str, Any] = json.loads(done.stdout)
        assert done.stderr.strip() == found["all"]["vars"].get("environment_note", "")
        return found

    def age(self, seconds: float) -> None:
        """What was kept is older by so much."""
        file = self.root / ".vagrant/signalbox.json"
        kept = json.loads(file.read_text())
        file.write_text(json.dumps({**kept, **{key: kept[key] - seconds for key in ("at", "ways_at")}}))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project where nothing was ever brought up."""
    return Project(tmp_path)


@pytest.fixture
def up(project: Project) -> Project:
    """The same with three machines that run."""
    project.made(*MADE)
    project.plays(STATUS, "status-all-up")
    project.plays("ssh-config db1 web1 web2", "ssh-config-all")
    return project


@pytest.fixture
def script(project: Project) -> ModuleType:
    """The script of that project as a module, to be asked with less patience."""
    spec = importlib.util.spec_from_file_location("hosts", project.root / "inventories/vagrant/hosts.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def note(found: dict[str, Any]) -> str:
    """What the inventory says of itself."""
    return str(found["all"]["vars"].get("environment_note", ""))


def test_running_machines_are_hosts_with_their_groups_and_variables(up: Project) -> None:
    """Given three machines that run, each has its groups and variables from the data file, and Vagrant's way to it."""
    found = up.list()
    assert {group: found[group]["hosts"] for group in ("web", "db", "dc1", "dc2")} == {
        "web": ["web1", "web2"],
        "db": ["db1"],
        "dc1": ["web1", "db1"],
        "dc2": ["web2"],
    }
    folder = "/run/signalbox-fleet/h386d7d4ac796"
    assert found["_meta"]["hostvars"]["db1"] == {
        "ansible_connection": "ssh",
        "ansible_host": "198.18.2.13",
        "ansible_port": 22,
        "ansible_user": "ops",
        "ansible_ssh_private_key_file": f"{folder}/id_ed25519",
        "ansible_ssh_common_args": "-o UserKnownHostsFile=/dev/null -o StrictHostKeyChecking=no "
        "-o PasswordAuthentication=no -o IdentitiesOnly=yes "
        "-o 'ProxyCommand=ip netns exec signalbox-h386d7d4ac796-ctl socat - TCP:%h:%p'",
        "backup_hour": 3,
    }
    assert note(found) == ""


def test_ansible_reads_it_as_the_bot_does(up: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given one of three that is down, the environment has the two others, and its note says which is missing."""
    up.plays(STATUS, "status-web2-down")
    up.plays("ssh-config db1 web1", "ssh-config-web1-db1")
    for name, value in up.environment.items():
        monkeypatch.setenv(name, value)
    seen = Inventories(up.root).describe("vagrant")
    assert (seen.problem, seen.host_count) == ("", 2)
    assert seen.note == "Not running, and left out: web2; `vagrant up web2` starts it."


def test_a_fresh_checkout_does_not_ask_vagrant(project: Project) -> None:
    """Given no machine that was ever made, the inventory says what to do, and Vagrant is not started."""
    assert project.list() == {"_meta": {"hostvars": {}}, "all": {"hosts": [], "vars": {"environment_note": NOTHING}}}
    assert project.asked() == []


def test_without_vagrant_it_says_so(up: Project) -> None:
    """Given a machine without Vagrant, the note says where to get it, and there are no hosts."""
    bare = up.bin.parent / "bare"
    bare.mkdir()
    (bare / "python3").symlink_to(sys.executable)
    (bare / "env").symlink_to(str(shutil.which("env")))
    found = up.list({"PATH": str(bare)})
    assert found["all"]["hosts"] == []
    assert note(found).startswith("Vagrant is not installed, or not in PATH: https://")


def test_a_vagrant_that_hangs_is_ended(up: Project, script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a Vagrant that does not end, it is killed in time with what it started, and the sentence says so."""
    (up.bin / "vagrant").write_text(f"#!/bin/sh\nsleep 300 & echo $! >{up.answers}/pid; wait\n")
    monkeypatch.setenv("PATH", up.environment["PATH"])
    with pytest.raises(script.Trouble, match="`vagrant status` has not ended in time"):
        script.look(time.monotonic() + 0.5)
    pid = int((up.answers / "pid").read_text())
    assert eventually(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split())


def test_who_asks_meanwhile_waits_for_a_while(up: Project, script: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given somebody who is asking Vagrant already, the next one does not ask too, and does not wait for good."""
    monkeypatch.setenv("PATH", up.environment["PATH"])
    with script.alone(time.monotonic() + 1), pytest.raises(script.Trouble, match="still being asked by somebody else"):
        script.look(time.monotonic() + 0.2)
    assert up.asked() == []


def test_what_was_said_is_kept_until_something_changes(up: Project) -> None:
    """Given an inventory that was read, it is not asked for again until Vagrant did something or 15 seconds went by."""
    first = up.list()
    asked = up.asked()
    assert asked == [STATUS, "ssh-config db1 web1 web2"]
    assert up.list() == first
    assert up.asked() == asked

    up.age(16)
    assert up.list() == first
    assert up.asked()[2:] == [STATUS]  # ways of the same machines are kept longer

    up.plays(STATUS, "status-web2-down")
    up.plays("ssh-config db1 web1", "ssh-config-web1-db1")
    (up.root / ".vagrant/machines/web2/virtualbox/action_provision").write_text("1.5:1")
    assert up.list()["all"]["hosts"] == ["web1", "db1"]
    assert up.asked()[3:] == [STATUS, "ssh-config db1 web1"]


def test_any_vagrant_of_this_person_makes_it_ask_anew(up: Project) -> None:
    """Given an inventory that was read, a change in Vagrant's index of all machines makes it ask for states again."""
    up.list()
    index = up.bin.parent / ".vagrant.d/data/machine-index/index"
    index.parent.mkdir(parents=True)
    index.write_text("{}")
    up.list()
    assert up.asked()[2:] == [STATUS]


def test_ways_are_kept_for_five_minutes(up: Project) -> None:
    """Given ways that are old, they are asked for again though no machine has changed."""
    up.list()
    up.age(301)
    up.list()
    assert up.asked()[2:] == [STATUS, "ssh-config db1 web1 web2"]


def test_a_machine_that_goes_down_in_between_costs_itself_only(up: Project) -> None:
    """Given a machine that stops after its state was told, the others are reached, and it is named."""
    up.plays("ssh-config db1 web1 web2", "ssh-config-web2-down", status=1)
    recorded = (RECORDED / "ssh-config-all.out").read_text()
    told, *blocks = recorded.split("Host ")
    for block in blocks:
        up.says(f"ssh-config {block.split()[0]}", f"{told}Host {block}")
    up.says("ssh-config web2", told, err=(RECORDED / "ssh-config-web2-down.err").read_text(), status=1)
    found = up.list()
    assert found["all"]["hosts"] == ["web1", "db1"]
    assert note(found).endswith("`vagrant ssh-config` does not say how to reach them: web2.")


def test_a_machine_that_left_the_data_file_is_passed_over(up: Project) -> None:
    """Given a machine that was made and is no longer written down, Vagrant is asked for the others."""
    up.plays(STATUS, "status-web2-forgotten", status=1)
    status = (RECORDED / "status-all-up.out").read_text().splitlines()
    told = (RECORDED / "status-web2-forgotten.out").read_text().splitlines()[0]
    up.says(
        "status --machine-readable db1 web1", "\n".join([told, *(line for line in status[1:] if ",web2," not in line)])
    )
    up.plays("ssh-config db1 web1", "ssh-config-web1-db1")
    found = up.list()
    assert found["all"]["hosts"] == ["web1", "db1"]
    assert note(found) == ""


def test_what_vagrant_can_not_say_is_the_note(up: Project) -> None:
    """Given a data file that is wrong, there are no hosts, and the note is Vagrant's own sentence."""
    up.plays(STATUS, "status-broken", status=1)
    found = up.list()
    assert found["all"]["hosts"] == []
    assert note(found) == (
        'Vagrant does not say how its machines are: vagrant/machines.yml: "Web 9" can\'t name a machine; '
        "use small letters, digits and inner hyphens."
    )


@pytest.mark.parametrize(
    "told",
    [
        "",
        "\x00\x01\x02,,,",
        "1,,signalbox-machines,[",
        '1,,signalbox-machines,{"name": "web1"}',
        '1,,signalbox-machines,[{"name":"web1"%!(VAGRANT_COMMA)"groups":["{{ x }}"]%!(VAGRANT_COMMA)"host_vars":{}}]',
        '1,,signalbox-machines,[{"name":"../x"%!(VAGRANT_COMMA)"groups":[]%!(VAGRANT_COMMA)"host_vars":{}}]',
        "1,,signalbox-machines,[[[[1]]]]",
    ],
)
def test_a_list_of_machines_that_is_none_is_survived(up: Project, told: str) -> None:
    """Given output of Vagrant that is broken or hostile, there are no hosts and a sentence, never a trace of Python."""
    up.says(STATUS, told)
    found = up.list()
    assert found["all"]["hosts"] == []
    assert note(found).startswith("Vagrant does not say how its machines are: ")


@pytest.mark.parametrize(
    "change",
    [
        ("HostName 198.18.2.12", "HostName {{ lookup('pipe', 'id') }}"),
        ("HostName 198.18.2.12\n", "\n"),
        ("HostName 198.18.2.12\n  User ops", "HostName 198.18.2.12\n  User o\x1bps"),
        ("HostName 198.18.2.12\n  User ops\n  Port 22", "HostName 198.18.2.12\n  User ops\n  Port 70000"),
        ("HostName 198.18.2.12\n  User ops\n  Port 22", "HostName 198.18.2.12\n  User ops\n  Port ²"),
    ],
)
def test_a_way_that_can_not_be_meant_leaves_its_machine_out(up: Project, change: tuple[str, str]) -> None:
    """Given a template, a control character or a port that is none in ssh-config, that machine alone is left out."""
    recorded = (RECORDED / "ssh-config-all.out").read_text()
    assert change[0] in recorded
    up.says("ssh-config db1 web1 web2", recorded.replace(*change))
    found = up.list()
    assert found["all"]["hosts"] == ["web1", "db1"]
    assert "does not say how to reach them: web2" in note(found)


@pytest.mark.parametrize(
    "harm",
    [
        lambda file: file.write_text("{"),
        lambda file: file.write_text('{"at": "soon", "machines": 1}'),
        lambda file: file.write_bytes(b"\xff\xfe"),
        lambda file: (file.unlink(), file.mkdir()),
    ],
)
def test_what_was_kept_may_be_damaged(up: Project, harm: Callable[[Path], object]) -> None:
    """Given a cache that is damaged, or can't be written, the inventory is read anew."""
    first = up.list()
    harm(up.root / ".vagrant/signalbox.json")
    assert up.list() == first


def test_what_is_kept_is_for_its_owner_alone(up: Project) -> None:
    """Given an inventory that was read, nobody else may read what was kept, and nothing else lies beside it."""
    up.list()
    assert (up.root / ".vagrant/signalbox.json").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in (up.root / ".vagrant").iterdir()) == ["machines", "signalbox.json"]
