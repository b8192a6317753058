"""Stories of the fleet: real hosts come up, are hurt, heal, and go without a trace."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.errors import FleetBroken
from bot.fleet import Fleet, cgroups, keys, net, registry, rootfs
from bot.fleet.shell import NOT_ROOT, is_root, run

pytestmark = [pytest.mark.fleet, pytest.mark.skipif(not is_root(), reason=NOT_ROOT)]

PLAYBOOK = "- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.builtin.ping:\n"
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+).*unreachable=(\d+)", re.MULTILINE)
REPOSITORY = Path(__file__).resolve().parents[2]


class Ansible:
    """Runs real playbooks with control sockets of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sockets = folder / "cp"
        (folder / "ping.yml").write_text(PLAYBOOK)
        (folder / "ansible.cfg").touch()

    def ping(self, fleet: Fleet, limit: str = "all") -> dict[str, str]:
        """What the recap says of each host: `ok` or `unreachable`."""
        inventory = fleet.inventory_dir(self.folder / fleet.name)
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        done = run(
            [program, "-i", str(inventory), "--limit", limit, str(self.folder / "ping.yml")],
            check=False,
            env=self._environment(),
            timeout=120,
        )
        recap = RECAP.findall(done.stdout)
        assert recap, done.stdout + done.stderr
        return {host: "unreachable" if lost != "0" else "ok" for host, _, lost in recap}

    def masters(self) -> list[str]:
        """The shared SSH connections that are still open."""
        return processes(str(self.sockets))

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(self.folder / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.folder),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.sockets),
        }


@pytest.fixture
def ansible() -> Iterator[Ansible]:
    """Ansible in a folder of its own, whose name is short enough for control sockets."""
    folder = Path(tempfile.mkdtemp(prefix="sbf"))
    yield Ansible(folder)
    shutil.rmtree(folder)


@pytest.fixture
def web1(fleet: Fleet) -> Iterator[str]:
    """A host to hurt; it is well again afterwards."""
    yield "web1"
    fleet.heal("web1")


def processes(word: str) -> list[str]:
    """The command lines of all processes that mention `word`."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if word in line:
            found.append(line)
    return found


def traces(name: str) -> list[str]:
    """Everything on this machine that carries the fleet's name."""
    folders = [*cgroups.groups(name), registry.folder(name), *Path("/run/systemd/nspawn").glob(f"*/{name}-*")]
    mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if f"-{name}-" in line]
    return [*map(str, filter(Path.exists, folders)), *net.names(name), *mounts, *processes(f"{name}-")]


def eventually(question: Callable[[], object], seconds: float = 10.0) -> bool:
    """True as soon as `question` answers yes; False when it did not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_every_host_answers_a_playbook(fleet: Fleet, ansible: Ansible) -> None:
    """Given a fleet, a playbook over SSH reaches every host of it."""
    assert ansible.ping(fleet) == {"web1": "ok", "web2": "ok", "web3": "ok", "db1": "ok"}


def test_groups_are_the_inventory_s(fleet: Fleet, ansible: Ansible) -> None:
    """Given groups in the plan, Ansible's patterns find exactly their hosts."""
    assert set(ansible.ping(fleet, "web:&dc1")) == {"web1", "web3"}
    assert set(ansible.ping(fleet, "dc2")) == {"web2", "db1"}


def test_hosts_are_machines_of_their_own(fleet: Fleet) -> None:
    """Every host has its own name, its own init and real services, and `ops` may become root."""
    for name in ("web1", "db1"):
        assert fleet.run(name, "hostname; cat /proc/1/comm; sudo id -u").stdout.split() == [name, "systemd", "0"]
        fleet.run(name, "timeout 20 sh -c 'until systemctl is-active --quiet nginx; do sleep 0.1; done'")
    assert fleet.run("web1", "sudo systemctl restart ticker && systemctl is-active ticker").stdout == "active\n"
    assert eventually(lambda: "tick 1" in fleet.run("web1", "sudo journalctl -u ticker -o cat").stdout)


def test_what_is_written_on_one_host_stays_there(fleet: Fleet, web1: str) -> None:
    """Given a file written on one host, neither the next host nor the shared tree has it, and a power cut loses it."""
    fleet.run(web1, "sudo touch /etc/mark && test -e /etc/mark")

    assert fleet.run("web2", "test -e /etc/mark", check=False).returncode == 1
    assert not (rootfs.ensure() / "etc/mark").exists()
    fleet.kill(web1)
    fleet.start(web1)
    assert fleet.run(web1, "test -e /etc/mark", check=False).returncode == 1


def test_killed_host_is_unreachable_until_started(fleet: Fleet, ansible: Ansible, web1: str) -> None:
    """Given a killed host, Ansible calls it unreachable and the others ok; started again, it answers."""
    fleet.kill(web1)

    assert not fleet.alive(web1)
    assert ansible.ping(fleet, "web1,web2") == {"web1": "unreachable", "web2": "ok"}
    fleet.start(web1)
    assert ansible.ping(fleet, "web1") == {"web1": "ok"}


def test_cut_host_is_unreachable_until_mended(fleet: Fleet, ansible: Ansible, web1: str) -> None:
    """Given a pulled cable, the host runs on but can't be reached; with the cable back it answers."""
    fleet.cut(web1)

    assert fleet.alive(web1)
    assert ansible.ping(fleet, "web1,web2") == {"web1": "unreachable", "web2": "ok"}
    fleet.mend(web1)
    assert ansible.ping(fleet, "web1") == {"web1": "ok"}


def test_slow_host_needs_its_time(fleet: Fleet, web1: str) -> None:
    """Given 128 kbit/s, 64 KB from the host can't arrive in less than the 2 seconds that half of them would take."""
    fleet.slow(web1, "128kbit")
    before = time.monotonic()

    assert len(fleet.run(web1, "head -c 65536 /dev/zero | tr '\\0' x").stdout) == 65536
    assert time.monotonic() - before > 2
    fleet.heal(web1)
    link = run(["tc", "-netns", net.controller(fleet.name), "qdisc", "show", "dev", "port0"]).stdout
    assert "tbf" not in link


def test_full_disk_takes_nothing_until_healed(fleet: Fleet, web1: str) -> None:
    """Given a full disk, writing to it fails with the system's own words; healed, it takes files again."""
    fleet.fill_disk(web1, "/home/ops/.ansible")
    write = "echo more >/home/ops/.ansible/file"

    assert "No space left" in fleet.run(web1, write, check=False).stderr
    fleet.heal(web1)
    assert fleet.run(web1, write).returncode == 0


def test_rebooted_host_comes_back(fleet: Fleet, web1: str) -> None:
    """Given a host that reboots itself, another init answers in its place."""
    born = fleet.run(web1, "cut -d' ' -f22 /proc/1/stat").stdout
    fleet.run(web1, "sudo systemctl reboot", check=False)

    def reborn() -> bool:
        answer = fleet.run(web1, "cut -d' ' -f22 /proc/1/stat", check=False)
        return answer.returncode == 0 and answer.stdout != born

    assert eventually(reborn, 30)


def test_stranger_s_key_is_refused(fleet: Fleet) -> None:
    """Given a host that shows another key than the known one, SSH refuses to talk to it."""
    known = keys.known_hosts(fleet.folder)
    honest = known.read_text()
    first, second, *others = honest.splitlines()
    swapped = [" ".join([first.split()[0], *second.split()[1:]]), second, *others]
    try:
        known.write_text("\n".join(swapped) + "\n")
        assert "Host key verification failed" in fleet.run("web1", "true", check=False).stderr
    finally:
        known.write_text(honest)


def test_no_way_out(fleet: Fleet) -> None:
    """From inside there is no route to anything but the fleet itself."""
    routes = run(["ip", "-netns", net.controller(fleet.name), "-json", "route"]).stdout
    subnet = fleet.addresses["web1"].rpartition(".")[0]
    assert [route["dst"] for route in json.loads(routes)] == [f"{subnet}.0/24"]
    refused = fleet.run("web1", "ping -c1 -W1 192.0.2.1", check=False)
    assert "unreachable" in refused.stderr
    assert fleet.run("web1", f"ping -c1 -W5 {fleet.addresses['db1']}").returncode == 0


def test_up_twice_changes_nothing(fleet: Fleet) -> None:
    """Given a fleet that is up, up() again leaves the very same processes running."""
    before = fleet.run("web2", "cat /proc/1/stat | cut -d' ' -f22").stdout
    fleet.up()
    assert fleet.run("web2", "cat /proc/1/stat | cut -d' ' -f22").stdout == before


def test_fleet_leaves_nothing_behind(ansible: Ansible) -> None:
    """Given a fleet that was used, with SSH masters still open, its end leaves no process, namespace, mount or file."""
    with Fleet(hosts={"web1": ["web"], "web2": ["web"]}) as fleet:
        assert ansible.ping(fleet) == {"web1": "ok", "web2": "ok"}
        assert traces(fleet.name)
        assert ansible.masters()

    assert eventually(lambda: not ansible.masters())
    assert traces(fleet.name) == []
    fleet.down()


def test_two_fleets_in_sequence(ansible: Ansible) -> None:
    """Given a fleet that went, the next one at once, maybe at the same addresses, is reached and is another one."""
    seen = []
    for _ in range(2):
        with Fleet(hosts={"web1": ["web"]}) as fleet:
            assert ansible.ping(fleet) == {"web1": "ok"}
            seen.append(keys.known_hosts(fleet.folder).read_text().split()[-1])

    assert len(set(seen)) == 2


def test_two_fleets_at_once_do_not_look_alike() -> None:
    """Given two fleets at a time with hosts of the same name, neither address nor fate is shared."""
    with Fleet(hosts={"web1": []}) as one, Fleet(hosts={"web1": []}) as two:
        assert one.addresses["web1"] != two.addresses["web1"]
        one.kill("web1")
        assert two.run("web1", "hostname").stdout == "web1\n"


def test_fleet_of_a_killed_owner_is_cleared_by_the_next() -> None:
    """Given an owner that died by SIGKILL, its hosts run on until the next fleet starts; then no trace is left."""
    code = (
        "import signal; from bot.fleet import Fleet\n"
        "with Fleet(hosts={'web1': []}) as fleet:\n    print(fleet.name, flush=True); signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as owner:
        assert owner.stdout
        name = owner.stdout.readline().strip()
        owner.send_signal(signal.SIGKILL)
    assert name

    with Fleet(hosts={"db1": []}):
        assert eventually(lambda: not traces(name))


def test_a_host_that_can_not_boot_is_an_error_that_leaves_nothing(tmp_path: Path) -> None:
    """Given a shared tree without an init, starting fails with the console's words and leaves no trace."""
    (tmp_path / rootfs.stamp() / "usr").mkdir(parents=True)
    fleet = Fleet(hosts={"web1": []}, cache=tmp_path)

    with pytest.raises(FleetBroken, match="web1 does not answer"):
        fleet.up()
    assert traces(fleet.name) == []


def test_without_root_the_sentence_says_how() -> None:
    """Given another user than root, the error says what to run."""
    os.seteuid(65534)
    try:
        with pytest.raises(FleetBroken, match="Run it as root"):
            Fleet(hosts={"web1": []}).up()
    finally:
        os.seteuid(0)


def test_a_missing_tool_is_an_error_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given root without the tools, the fleet fails, and the error says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(FleetBroken, match=r"apt-get install .*mmdebstrap .*systemd-container"):
        Fleet(hosts={"web1": []}).up()
