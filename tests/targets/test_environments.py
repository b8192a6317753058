"""Inventories as people keep them: files, directories, scripts, plugins, vaults; whole, changed and broken."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import BadTarget, ProjectBroken, UnknownName
from bot.targets import Inventories, ansible_door, apart

from .conftest import FLEET, Project

JSON = '{"web": {"hosts": ["s1", "s2"]}, "_meta": {"hostvars": {"s1": {"ansible_host": "192.0.2.9"}}}}'


def until(answer: Callable[[], object], expected: object) -> None:
    """Ask until the answer is `expected`; the test's own time limit ends the asking."""
    while answer() != expected:
        time.sleep(0.02)


def broken(inventories: Inventories, name: str) -> str:
    """The sentence that says why the environment cannot be read."""
    with pytest.raises(ProjectBroken) as caught:
        inventories.resolve(name, None)
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert inventories.describe(name).problem == sentence
    return sentence


def test_environments_are_directories_and_files(project: Project) -> None:
    """Names come from inventories/, without variables, hidden files and names that chat could not say."""
    for name in (
        "prod.yml",
        "dev.ini",
        "old.yaml",
        "notes.md",
        "group_vars/all.yml",
        ".git/x",
        "two words/h",
        "lab.yml",
    ):
        project.write(f"inventories/{name}", "x:\n")
    assert project.inventories().names() == ("dev", "lab", "old", "prod")


def test_variables_are_beside_the_hosts(project: Project) -> None:
    """The folder of an environment is its directory, that of a file's is around it; one to come has its own already."""
    project.write("inventories/prod.yml", "x:\n")
    inventories, all_of_them = project.inventories(), project.root / "inventories"
    found = [inventories.folder(name) for name in ("lab", "prod", "soon")]
    assert found == [all_of_them / "lab", all_of_them, all_of_them / "soon"]


def test_a_project_without_inventories_has_no_environments(tmp_path: Path) -> None:
    """Nothing there is an answer, and asking for one says so."""
    inventories = Inventories(tmp_path)
    assert inventories.names() == ()
    with pytest.raises(UnknownName, match="none"):
        inventories.resolve("lab", None)


def test_an_environment_at_a_glance(lab: Inventories) -> None:
    """Hosts and groups are counted, empty groups said, the built-in ones left out."""
    seen = lab.describe("lab")
    assert (seen.name, seen.host_count, seen.problem) == ("lab", 5, "")
    assert seen.groups == (("db", 2), ("dc1", 3), ("dc2", 2), ("site", 5), ("spare", 0), ("web", 3))
    assert seen.age_seconds >= 0


def test_the_groups_of_hosts(lab: Inventories) -> None:
    """Each host has its own groups and their parents; an unknown one has none."""
    assert lab.groups_of("lab", ["web1", "nope"]) == {"web1": ("dc1", "site", "web"), "nope": ()}


@pytest.mark.parametrize("name", ["lab.ini", "lab.yml"])
@pytest.mark.usefixtures("here")
def test_a_file_is_an_environment_too(project: Project, name: str) -> None:
    """A single file with group_vars beside it works as a directory does."""
    (project.root / "inventories/lab/hosts.yml").unlink()
    (project.root / "inventories/lab").rmdir()
    project.write(f"inventories/{name}", "[web]\nw1\n" if name.endswith("ini") else "web: {hosts: {w1: {}}}\n")
    inventories = project.inventories()
    before = inventories.resolve("lab", "web")
    assert before.hosts == ("w1",)
    project.write("inventories/group_vars/web.yml", "ansible_port: 2222\n")
    assert inventories.resolve("lab", "web").fingerprint != before.fingerprint


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("hosts.yml", FLEET.replace("192.0.2.1}", "192.0.2.77}")),
        ("group_vars/web.yml", "ansible_user: other\n"),
        ("group_vars/all/reach.yml", "ansible_port: 2222\n"),
        ("host_vars/web1.yml", "ansible_connection: local\n"),
        ("host_vars/web1.yml", "ansible_ssh_host: 192.0.2.77\n"),
    ],
)
def test_the_fingerprint_knows_how_hosts_are_reached(project: Project, lab: Inventories, file: str, text: str) -> None:
    """Address, port, user and connection count, wherever they are written; files that are new are seen."""
    before = lab.resolve("lab", "web1")
    project.write(f"inventories/lab/{file}", text)
    after = lab.resolve("lab", "web1")
    assert after.hosts == before.hosts
    assert after.fingerprint != before.fingerprint
    assert lab.resolve("lab", "web1", fresh=True).fingerprint == after.fingerprint


def test_the_fingerprint_of_the_same_hosts_is_the_same(project: Project, lab: Inventories) -> None:
    """Other variables, other hosts and another way to name them change nothing."""
    before = lab.resolve("lab", "web1,web2")
    project.write("inventories/lab/group_vars/web.yml", "color: blue\n")
    project.write("inventories/lab/more.yml", "all: {hosts: {new: {}}}\n")
    assert lab.resolve("lab", "web:!web3").fingerprint == before.fingerprint
    assert lab.resolve("lab", "web").fingerprint != before.fingerprint


def test_changes_are_seen_without_a_restart(project: Project, lab: Inventories) -> None:
    """A host that is added, a file that breaks, is mended or removed: all seen at the next question."""
    assert len(lab.resolve("lab", None).hosts) == 5
    extra = project.write("inventories/lab/more.ini", "[web]\nweb9\n")
    assert "web9" in lab.resolve("lab", "web").hosts
    extra.write_text("[web\n")
    assert "more.ini" in broken(lab, "lab")
    extra.unlink()
    assert len(lab.resolve("lab", None).hosts) == 5


def test_the_same_files_are_not_read_again(lab: Inventories, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that have not changed say what they said, also when it has to be fresh."""
    lab.resolve("lab", "web")
    reads: list[Path] = []
    original = ansible_door.load
    monkeypatch.setattr(ansible_door, "load", lambda source, root: (reads.append(source), original(source, root))[1])
    lab.resolve("lab", "db")
    lab.resolve("lab", "db", fresh=True)
    assert reads == []


@pytest.mark.usefixtures("here")
def test_both_ways_of_reading_give_the_same(project: Project) -> None:
    """What this process reads and what a process of its own reads is one and the same snapshot."""
    project.write("inventories/lab/group_vars/web.yml", "ansible_port: 2222\n")
    source = project.root / "inventories/lab"
    own = ansible_door.load(source, project.root)
    assert apart.load_apart(source, project.root, 60) == own
    assert list(own.hosts) == ["web1", "web2", "web3", "db1", "db2"]
    assert own.hosts["web1"][0] == "192.0.2.1"


def test_a_script_is_an_inventory(project: Project) -> None:
    """An executable that prints JSON is run, and again only when its time is over or `fresh` is asked for."""
    project.script("inventories/dyn/list.sh", f"echo ran >> {project.root}/runs\necho '{JSON}'\n")
    inventories = project.inventories(cache_seconds=3600)
    assert inventories.resolve("dyn", "web").hosts == ("s1", "s2")
    inventories.resolve("dyn", "s1")
    runs = project.root / "runs"
    assert runs.read_text() == "ran\n"
    inventories.resolve("dyn", "s1", fresh=True)
    assert runs.read_text() == "ran\n" * 2
    eager = project.inventories(cache_seconds=0)
    eager.resolve("dyn", "s1")
    eager.resolve("dyn", "s1")
    assert runs.read_text() == "ran\n" * 4


def test_scripts_do_not_get_the_bots_secrets(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """A script of the project sees the environment, without the bot's own tokens and addresses."""
    for name in ("SLACK_BOT_TOKEN", "REDIS_URL", "DATABASE_URL", "SIGNALBOX_KEY", "CLOUD_TOKEN"):
        monkeypatch.setenv(name, "hunter2")
    project.script("inventories/dyn/list.sh", f"env > {project.root}/seen\necho '{JSON}'\n")
    project.inventories().resolve("dyn", None)
    seen = {line for line in (project.root / "seen").read_text().splitlines() if "hunter2" in line}
    assert seen == {"CLOUD_TOKEN=hunter2"}


def test_nothing_of_the_project_takes_the_place_of_a_library(project: Project) -> None:
    """A module in the project's directory that is called like one of ours, or of Python's, is not imported."""
    for name in ("json.py", "yaml.py", "bot/__init__.py"):
        project.write(name, "raise SystemExit('hijacked')\n")
    project.script("inventories/dyn/list.sh", f"echo '{JSON}'\n")
    assert project.inventories().resolve("dyn", None).hosts == ("s1", "s2")


def test_inventory_plugins_work(project: Project) -> None:
    """Ansible's constructed plugin makes groups of variables."""
    project.write("inventories/built/1.yml", "all: {hosts: {h1: {rack: a}, h2: {rack: b}}}\n")
    project.write(
        "inventories/built/2.yml", "plugin: ansible.builtin.constructed\nkeyed_groups: [{key: rack, prefix: rack}]\n"
    )
    assert project.inventories().resolve("built", "rack_b").hosts == ("h2",)


def test_the_projects_own_configuration_counts(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ansible.cfg other than the one this process was started with is honored, vault password included."""
    monkeypatch.delenv("ANSIBLE_CONFIG", raising=False)
    project.write("ansible.cfg", "[defaults]\nvault_password_file = .vault\n")
    password = project.write(".vault", "correct horse\n", mode=0o600)
    secret = project.write("inventories/lab/group_vars/all.yml", "ansible_user: hidden\n")
    tool = str(Path(sys.executable).with_name("ansible-vault"))
    subprocess.run(
        [tool, "encrypt", "--vault-password-file", str(password), str(secret)], check=True, capture_output=True
    )
    assert project.inventories().resolve("lab", "web1").hosts == ("web1",)
    password.write_text("battery staple\n")
    assert "ecrypt" in broken(project.inventories(), "lab")
    password.unlink()
    assert "vault password file" in broken(project.inventories(), "lab")


def test_a_vaulted_file_without_a_password_is_a_sentence(project: Project, lab: Inventories) -> None:
    """The reason is said, the ciphertext is not."""
    project.write("inventories/lab/group_vars/all.yml", "$ANSIBLE_VAULT;1.1;AES256\n31323334\n")
    sentence = broken(lab, "lab")
    assert "vault" in sentence
    assert "31323334" not in sentence


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("hosts.yml", "all:\n  hosts:\n    a: [\n", "hosts.yml:"),
        ("hosts.yml", "all: {hosts: {a: 1}}\n", "dictionary"),
        ("hosts.ini", "[web\nh1\n", "hosts.ini"),
        ("x.yml", "plugin: no.such.plugin\n", "no.such.plugin"),
        ("x.sh", "echo one >&2; echo the cloud is down >&2; exit 1", "non-zero exit code 1 (the cloud is down)"),
        ("x.sh", "echo not json", "JSON"),
        ("x.sh", 'echo \'{"web": {"hosts": 5}}\'', "hosts"),
        ("x.sh", "kill -9 $PPID", "reader ended"),
    ],
)
def test_a_broken_inventory_is_one_sentence(
    project: Project, capfd: pytest.CaptureFixture[str], file: str, text: str, reason: str
) -> None:
    """The reason is named with its file, nothing of Ansible's own output reaches the terminal."""
    write = project.script if file.endswith(".sh") else project.write
    write(f"inventories/bad/{file}", text)
    project.write("inventories/bad/good.ini", "[web]\nok1\n")
    sentence = broken(project.inventories(), "bad")
    assert reason in sentence
    assert str(project.root) not in sentence
    assert capfd.readouterr() == ("", "")


def test_other_environments_go_on_while_one_is_broken(project: Project, lab: Inventories) -> None:
    """A broken inventory is its own problem only."""
    project.write("inventories/bad/hosts.yml", "all: [\n")
    broken(lab, "bad")
    assert lab.resolve("lab", "web1").hosts == ("web1",)


def test_an_empty_environment_has_no_hosts(project: Project, lab: Inventories) -> None:
    """A directory with nothing in it is a problem; an inventory without hosts can be described, and nothing can run."""
    (project.root / "inventories/empty").mkdir()
    assert "has no inventory in it" in broken(lab, "empty")
    project.write("inventories/empty/hosts", "[web]\n")
    assert lab.describe("empty").host_count == 0
    with pytest.raises(BadTarget, match="has no hosts"):
        lab.resolve("empty", None)
    with pytest.raises(BadTarget):
        lab.resolve("empty", "localhost")


def test_what_a_broken_script_says_is_told_without_secrets(project: Project) -> None:
    """Given a script that fails and prints a token on its way, then the refusal quotes it without the token."""
    project.script("inventories/dyn/list.sh", "echo 'no answer, token=Zq81kd93kx of cloud' >&2\nexit 3\n")
    problem = project.inventories().describe("dyn").problem
    assert "no answer, token=*** of cloud" in problem
    assert "Zq81" not in problem


def test_a_script_that_hangs_is_ended(project: Project) -> None:
    """After its time the script and what it started are gone, and the sentence says how long it was given."""
    began = project.root / "pids"
    project.script("inventories/slow/x.sh", f"sleep 1000 &\necho $$ $! > {began}\nwait\n")
    for seconds in (3, 12, 48):  # a busy machine may need longer until the script is running at all
        assert f"longer than {seconds} seconds" in broken(project.inventories(load_seconds=seconds), "slow")
        if began.exists():
            break
    for pid in began.read_text().split():
        until(lambda pid=pid: _alive(int(pid)), False)


def _alive(pid: int) -> bool:
    """Whether the process still runs; one that ended and was not collected yet does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_pipe_in_an_inventory_does_not_hang_the_bot(project: Project) -> None:
    """What is no file is read by a process that can be ended."""
    os.mkfifo(project.root / "inventories/lab/pipe.yml")
    assert "longer than 3 seconds" in broken(project.inventories(load_seconds=3), "lab")


def test_completion_never_waits(project: Project) -> None:
    """Names come from the last reading; the first question starts one in the background."""
    gate = project.root / "gate"
    os.mkfifo(gate)
    project.script("inventories/slow/x.sh", f"cat {gate} > /dev/null\necho '{JSON}'\n")
    inventories = project.inventories()
    assert inventories.known_names("slow") == ()
    assert inventories.known_names("slow") == ()
    gate.open("w").close()
    until(lambda: set(inventories.known_names("slow")), {"s1", "s2", "web", "all", "ungrouped"})
    assert inventories.known_names("nowhere") == ()


def test_many_threads_may_ask(lab: Inventories) -> None:
    """Answers do not mix when eight threads ask for different limits."""
    wrong: list[object] = []

    def ask(limit: str, hosts: tuple[str, ...]) -> None:
        wrong.extend(found for _ in range(30) if (found := lab.resolve("lab", limit).hosts) != hosts)

    asked = [("web1", ("web1",)), ("db", ("db1", "db2")), ("web:&dc2", ("web2",)), ("~db.", ("db1", "db2"))] * 2
    threads = [threading.Thread(target=ask, args=one) for one in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_importing_the_room_does_not_import_ansible() -> None:
    """Ansible's settings freeze at its import, so that waits for the first use."""
    code = "import sys, bot.targets; sys.exit('ansible' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    assert subprocess.run([sys.executable, "-c", code], check=False, env=environment).returncode == 0


def test_our_own_signals_are_left_alone(lab: Inventories) -> None:
    """Reading an inventory installs no signal handler in the bot."""
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    lab.resolve("lab", None, fresh=True)
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
