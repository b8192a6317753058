"""The road with real Vagrant: machines of the provider `fleet` come up, are an environment of the bot, and go."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.fleet import registry, state
from bot.fleet.shell import NOT_ROOT, is_root
from tests.e2e.place import REPOSITORY, Place
from tests.fleet.test_fleet import eventually, traces

pytestmark = [
    pytest.mark.fleet,
    pytest.mark.skipif(not is_root(), reason=NOT_ROOT),
    pytest.mark.xdist_group("fleet-keeper"),
]

PARTS = ("Vagrantfile", "vagrant", "inventories/vagrant", "inventories/fleet")
MACHINES = """
defaults: {box: none}
machines:
  web1: {address: 192.168.56.11, groups: [web, lab], packages: [nginx-light]}
  db1: {address: 192.168.56.21, groups: [db, lab], host_vars: {backup_hour: 3}}
  controller: {address: 192.168.56.10, autostart: false, controller: true}
"""
# As the inventory `lab` of the controller says: its hosts are those that run, reached at their own addresses.
REACH_WEB1 = (
    "cd signalbox && test -f playbooks/ping.yml && ! grep -q db1 inventories/lab/hosts.yml && "
    "ssh -o StrictHostKeyChecking=no -o LogLevel=ERROR -i keys/web1 "
    'ops@$(sed -n \'s/.*"ansible_host": "\\(.*\\)".*/\\1/p\' inventories/lab/hosts.yml) hostname'
)
Vagrant = Callable[..., str]


@pytest.fixture
def lab(place: Place) -> Iterator[Place]:
    """An installation whose project has the Vagrantfile and two machines; afterwards no trace of them is left."""
    for part in PARTS:
        source, target = REPOSITORY / part, place.project / part
        shutil.copytree(source, target) if source.is_dir() else shutil.copy2(source, target)
    place.write("vagrant/machines.yml", MACHINES)
    place.write(".gitignore", ".vagrant/\n.venv\n")
    (place.project / ".venv").symlink_to(Path(sys.prefix))
    place.commit()
    fleet = state.fleet_name(place.project / ".vagrant/fleet")
    try:
        yield place
    finally:
        registry.take_down(fleet)
    assert eventually(lambda: traces(fleet) == [])


@pytest.fixture
def vagrant(lab: Place) -> Vagrant:
    """Says something to Vagrant in the project's folder, as a person or the bot would; what it answered."""

    def said(*words: str, status: int = 0) -> str:
        environment = lab.environment({"VAGRANT_DEFAULT_PROVIDER": "fleet", "VAGRANT_CHECKPOINT_DISABLE": "1"})
        done = subprocess.run(
            ["vagrant", *words], cwd=lab.project, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    return said


def inventory(lab: Place) -> tuple[list[str], str]:
    """The hosts of the environment, and what it says of itself."""
    script = lab.project / "inventories/vagrant/hosts.py"
    done = subprocess.run([script, "--list"], env=lab.environment(), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["all"]["hosts"], done.stderr.strip()


def on(lab: Place, host: str, command: str) -> int:
    """The exit status of a shell command on a machine."""
    config = registry.folder(state.fleet_name(lab.project / ".vagrant/fleet")) / "ssh_config"
    return subprocess.run(["ssh", "-F", config, host, command], check=False).returncode


def test_machines_come_up_are_pinged_and_go(lab: Place, vagrant: Vagrant) -> None:
    """Given no machine, when two are brought up they are pinged; one halted is left out; saved disks come back.

    A controller that is asked for reaches the others with their keys. Destroyed, nothing is left of any of them.
    """
    up = vagrant("up", "--machine-readable")
    assert "web1,ui,detail,    web1: running: 198.18." in up
    assert "controller" not in up
    result = lab.ask("run ping on lab in vagrant")
    assert (result.status, result.run["hosts"]) == (0, ["web1", "db1"])

    vagrant("snapshot", "save", "web1", "before")
    assert on(lab, "web1", "sudo rm -r /etc/nginx") == 0
    vagrant("halt", "db1", "--machine-readable")
    assert inventory(lab) == (["web1"], "Not running, and left out: db1; `vagrant up db1` starts it.")
    vagrant("snapshot", "restore", "web1", "before")
    assert on(lab, "web1", "test -d /etc/nginx") == 0

    vagrant("up", "controller", "--provision-with", "signalbox_controller")  # the rest of it needs a way out
    assert vagrant("ssh", "controller", "-c", REACH_WEB1) == "web1\n"

    destroyed = vagrant("destroy", "-f", "--machine-readable")
    assert "web1: stopped: removed" in destroyed
    assert inventory(lab) == ([], "No machine is up; `vagrant up` in the project's folder starts them.")
    assert not list((lab.project / ".vagrant").rglob("*.tar"))
    assert traces(state.fleet_name(lab.project / ".vagrant/fleet")) == []
