"""Stories of `python -m bot fleet`: the fleet of a home, as a person or another program meets it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.fleet import cgroups, registry, state
from bot.fleet.shell import NOT_ROOT, is_root
from tests.fleet.test_fleet import REPOSITORY, eventually, traces

pytestmark = [
    pytest.mark.fleet,
    pytest.mark.skipif(not is_root(), reason=NOT_ROOT),
    pytest.mark.xdist_group("fleet-keeper"),
]

Ask = Callable[..., list[dict[str, str]]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with a fleet of its own, which is gone afterwards."""
    made = tmp_path_factory.mktemp("home")
    yield made
    registry.take_down(state.fleet_name(made))
    assert traces(state.fleet_name(made)) == []


@pytest.fixture(scope="module")
def ask(home: Path) -> Ask:
    """Says something to `python -m bot fleet --json`; the lines of the answer, with this exit status."""

    def said(*words: str, status: int = 0) -> list[dict[str, str]]:
        argv = [sys.executable, "-m", "bot", "fleet", "--json", *words]
        environment = {**os.environ, "SIGNALBOX_HOME": str(home)}
        done = subprocess.run(argv, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return said


@pytest.fixture(scope="module")
def up(ask: Ask) -> Ask:
    """The same with hosts web1 and web2 that are up; each test leaves them well."""
    ask("up", "2")
    return ask


def inventory(home: Path) -> tuple[dict[str, object], str]:
    """What the environment `fleet` holds, and what it says besides."""
    script = REPOSITORY / "inventories/fleet/hosts.py"
    environment = {"PATH": os.environ["PATH"], "SIGNALBOX_HOME": str(home)}
    done = subprocess.run([script, "--list"], env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout), done.stderr.strip()


def on(home: Path, host: str, command: str) -> subprocess.CompletedProcess[str]:
    """A shell command on a host."""
    config = registry.folder(state.fleet_name(home)) / "ssh_config"
    return subprocess.run(["ssh", "-F", config, host, command], capture_output=True, text=True, check=False)


def states(lines: list[dict[str, str]]) -> dict[str, str]:
    """The last state that was told of each host."""
    return {line["host"]: line["state"] for line in lines}


def test_hosts_come_up_once_and_are_an_environment(ask: Ask, home: Path) -> None:
    """Given no fleet, when two hosts are asked for, they are told of as they start, and again nothing starts anew."""
    lines = ask("up", "2")
    assert [line["state"] for line in lines] == ["starting", "starting", "running", "running"]
    loops = cgroups.pids(state.fleet_name(home), inside="loop")  # one for each host, as long as it is up

    assert [line["state"] for line in ask("up")] == ["running", "running"]
    assert len(loops) == 2
    assert cgroups.pids(state.fleet_name(home), inside="loop") == loops
    found, said = inventory(home)
    assert found["web"] == {"hosts": ["web1", "web2"]}
    assert said == ""


def test_what_is_broken_heals(up: Ask, home: Path) -> None:
    """Given hosts that are well, when they are broken in all ways, they are told of and stay hosts; then they heal."""
    for words in ("web1 full-disk", "web1 slow", "web1 flaky", "web2 unreachable"):
        assert states(up("break", *words.split())) == {words.split()[0]: "broken"}
    assert [line["message"] for line in up("status")] == [
        "its link is slow, a disk is full, its link comes and goes",
        "its link is down",
    ]
    assert inventory(home)[0]["web"] == {"hosts": ["web1", "web2"]}

    assert states(up("heal", "web1") + up("heal", "web2")) == {"web1": "running", "web2": "running"}
    assert not cgroups.pids(f"{state.fleet_name(home)}/flaky.web1")
    for host in ("web1", "web2"):
        assert on(home, host, "! grep -q ^full /proc/mounts").returncode == 0


def test_a_halted_host_is_left_out_and_keeps_its_disk(up: Ask, home: Path) -> None:
    """Given a file on a host, when the host is halted it leaves the inventory, and started again it has the file."""
    on(home, "web1", "sudo touch /etc/mark")
    assert states(up("halt", "web1")) == {"web1": "stopped"}
    found, said = inventory(home)
    assert found["all"]["hosts"] == ["web2"]
    assert said.startswith("Stopped, and left out: web1;")

    assert states(up("up", "web1")) == {"web1": "running"}
    assert on(home, "web1", "test -e /etc/mark").returncode == 0


def test_a_snapshot_brings_disks_back(up: Ask, home: Path) -> None:
    """Given a snapshot, when files come and go and it is restored, the disk is as it was, deletions included."""
    on(home, "web1", "sudo rm -r /etc/nginx/sites-enabled; echo kept | sudo tee /etc/mark")
    up("snapshot", "save", "before")
    on(home, "web1", "sudo rm /etc/mark; sudo touch /etc/other")

    assert states(up("snapshot", "restore", "before")) == {"web1": "running", "web2": "running"}
    assert on(home, "web1", "cat /etc/mark; ls /etc/other /etc/nginx/sites-enabled 2>/dev/null").stdout == "kept\n"


def test_a_snapshot_of_one_host_leaves_the_other_alone(up: Ask, home: Path) -> None:
    """Given a snapshot of one host, it is listed with it, restored it touches that host only, and it can be deleted."""
    assert states(up("snapshot", "save", "one", "web1")) == {"web1": "running"}
    for host in ("web1", "web2"):
        on(home, host, "sudo touch /etc/later")
    assert {"snapshot": "one", "hosts": ["web1"]} in up("snapshot", "list")

    assert states(up("snapshot", "restore", "one", "web1")) == {"web1": "running"}
    assert [on(home, host, "test -e /etc/later").returncode for host in ("web1", "web2")] == [1, 0]
    assert up("snapshot", "delete", "one") == []
    assert up("snapshot", "delete", "one", status=1)[-1]["error"].startswith("There is no snapshot one.")


def test_what_can_not_be_is_one_line(up: Ask) -> None:
    """Given names that nobody has, or that reach elsewhere, the last line is an error and the exit status 1."""
    for words in ("break db9 slow", "heal db9", "up ../x", "up 0", "snapshot restore ../x", "snapshot delete ../x"):
        assert list(up(*words.split(), status=1)[-1]) == ["error"]


def test_a_start_that_is_killed_leaves_nothing_that_down_does_not_remove(ask: Ask, home: Path) -> None:
    """Given a start that was killed half-way, a new one works, and `down` leaves no trace of either."""
    ask("down")
    environment = {**os.environ, "SIGNALBOX_HOME": str(home)}
    argv = [sys.executable, "-m", "bot", "fleet", "--json", "up", "6"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=REPOSITORY, env=environment) as process:
        assert process.stdout
        assert b"starting" in process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert traces(state.fleet_name(home))

    assert set(states(ask("up", "6")).values()) == {"running"}
    assert set(states(ask("down")).values()) == {"stopped"}
    assert eventually(lambda: traces(state.fleet_name(home)) == [])
    assert ask("status") == []
    found, note = inventory(home)
    assert note == "The fleet is down; `python -m bot fleet up` starts it."
    assert found == {"_meta": {"hostvars": {}}, "all": {"hosts": [], "vars": {"environment_note": note}}}
