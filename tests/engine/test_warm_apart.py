"""What is a run's own: its surroundings are the caller's and not the server's, and nothing of it reaches the next."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.engine.command import ansible_playbook
from bot.engine.environment import allowed
from bot.engine.launch import surroundings
from bot.engine.private import private_dir
from bot.engine.processes import RunProcesses
from bot.engine.warm.key import OWN
from bot.engine.warm.warmer import SHIM, address
from bot.model.run import Plan
from bot.model.status import RunStatus
from tests.engine.memory import holds
from tests.engine.warm_world import Warm, line, until
from tests.engine.world import Project, Recorder, a_plan

pytestmark = pytest.mark.xdist_group("engine-warm")

_LOOK = """
import json, os, re, sys, tempfile
from ansible import constants
from ansible.plugins.callback import CallbackBase
from ansible.utils import vars as ansible_vars

def text(path):
    with open(path, "rb") as file:
        return os.fsdecode(file.read())

def files():
    found = {}
    for number in sorted(os.listdir("/proc/self/fd"), key=int):
        try:
            flags = re.search("flags:\\\\s+(\\\\d+)", text("/proc/self/fdinfo/" + number))[1]
            found[number] = [re.sub("[0-9]{3,}", "N", os.readlink("/proc/self/fd/" + number)), flags]
        except OSError:
            pass  # the one that listed them
    return found

class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "aggregate", "look"

    def v2_playbook_on_start(self, playbook):
        umask = os.umask(0o077)
        os.umask(umask)
        status = text("/proc/self/status")
        here = os.stat(".")
        seen = {
            "argv": [os.path.basename(one) for one in sys.argv],
            "path": sys.path,
            "folder": [os.getcwd(), here.st_dev, here.st_ino],
            "umask": umask,
            "files": files(),
            "signals": re.findall("Sig(?:Ign|Blk|Cgt):\\\\s+(\\\\w+)", status),
            "session": os.getsid(0) == os.getpid(),
            "group": os.getpgid(0) == os.getpid(),
            "environment": dict(os.environ),
            "temporary": tempfile.gettempdir(),
            "local": os.path.dirname(constants.DEFAULT_LOCAL_TMP),
            "ids": [ansible_vars.random_int, ansible_vars.cur_id],
            "mark": [one for one in text("/proc/self/environ").split("\\0") if one.startswith("SIGNALBOX_RUN=")],
            "bot": [name for name in sys.modules if name.split(".")[0] == "bot"],
        }
        with open(os.environ["SEEN"] if "SEEN" in os.environ else "seen.json", "w") as file:
            json.dump(seen, file)
"""
_EARLY = """
DOCUMENTATION = "{name: early, short_description: early, description: [early], options: {}}"
import json, signal
from ansible.plugins.inventory import BaseInventoryPlugin

class InventoryModule(BaseInventoryPlugin):
    NAME = "early"

    def verify_file(self, path):
        with open("signals.json", "w") as file:  # before Ansible has handlers of its own
            json.dump({each.name: str(signal.getsignal(each)).split(" at ")[0] for each in signal.valid_signals()
                       if isinstance(each, signal.Signals)}, file)
        return False
"""
EVENTS = "AWX_ISOLATED_DATA_DIR"
HELLO = [{"ansible.builtin.debug": {"msg": "hello"}}]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Warm]:
    """A project with an engine, heated, whose runs tell what they see around them."""
    (tmp_path / "project").mkdir()
    project = Project(tmp_path / "project", tmp_path / "home")
    project.hosts("web1")
    project.write(
        "ansible.cfg",
        "[defaults]\ncallback_plugins = looks\ncallbacks_enabled = look\ninventory_plugins = sources\n"
        "[inventory]\nenable_plugins = early, yaml\n",
    )
    project.write("looks/look.py", _LOOK)
    project.write("sources/early.py", _EARLY)
    project.playbook(HELLO)
    made = Warm(project)
    made.heat()
    yield made
    made.engine.cool_down()


class Call:
    """A call of the shim, as the runner might make it, with surroundings that the server does not have."""

    def __init__(self, warm: Warm) -> None:
        self.project = warm.project
        with private_dir(warm.project.home, 0) as private:
            self.environment = surroundings(allowed(os.environ), self.project.root, private)
        self.server = address(warm.project.home, self.environment, self.project.root, ansible_playbook())
        self.note = self.project.root.parent / "note"
        self.environment[EVENTS] = str(self.project.root.parent / "events")
        Path(self.environment[EVENTS]).mkdir()

    def seen(self, *, warm: bool, without: frozenset[str] = frozenset(), **more: str) -> dict[str, Any]:
        """What the run saw; `more` are variables, `without` those that it has not."""
        self.note.unlink(missing_ok=True)
        server = str(self.server) if warm else str(self.server.with_name("nobody.sock"))
        shim = [sys.executable, "-I", "-S", str(SHIM), server, str(self.note), str(ansible_playbook())]
        given = ["--inventory", "inventories/local", "playbooks/play.yml"]
        environment = {name: value for name, value in self.environment.items() if name not in without}
        (self.project.root.parent / "in").write_text("")
        with (self.project.root.parent / "in").open() as file, (self.project.root.parent / "out").open("a") as out:
            subprocess.run(
                ["env", "--default-signal", "--ignore-signal=HUP", "--ignore-signal=QUIT", *shim, *given],
                cwd=self.project.root,
                env={**environment, **more},
                stdin=file,
                stdout=out,
                stderr=out,
                umask=0o037,
                start_new_session=True,
                check=True,
                timeout=120,
            )
        assert self.note.exists() is not warm, self.note.exists() and self.note.read_text()
        seen: dict[str, Any] = json.loads((self.project.root / "seen.json").read_text())
        return {**seen, "early": json.loads((self.project.root / "signals.json").read_text())}


def test_the_surroundings_are_those_of_the_caller(own: Warm) -> None:
    """Given a caller with surroundings unlike the server's, when he calls warm and cold, then the run sees the same."""
    places = {name: str(own.project.root.parent / name) for name in OWN - {EVENTS}}
    for place in places.values():
        Path(place).mkdir()
    call = Call(own)
    cold, warm = (call.seen(warm=warm, **places) for warm in (False, True))
    ids = [seen.pop("ids") for seen in (cold, warm)]
    assert ids[0][1] == ids[1][1]
    assert {name: warm[name] for name in cold} == cold
    assert warm["umask"] == 0o037
    assert warm["temporary"] == places["TMPDIR"]
    assert warm["local"] == places["ANSIBLE_LOCAL_TEMP"]
    assert warm["mark"] == [f"SIGNALBOX_RUN={places['SIGNALBOX_RUN']}"]
    ignored = int(warm["signals"][1], 16)
    assert all(ignored >> (number - 1) & 1 for number in (signal.SIGHUP, signal.SIGQUIT))
    assert not any(ignored >> (number - 1) & 1 for number in (signal.SIGTERM, signal.SIGINT))


def test_what_the_caller_has_not_the_run_has_not(own: Warm) -> None:
    """Given a caller without the variables that the server has a value of, when he calls, then the run has none."""
    call = Call(own)
    own_set = OWN - {EVENTS}
    cold, warm = (call.seen(warm=warm, without=own_set) for warm in (False, True))
    assert warm["environment"] == cold["environment"]
    assert not own_set & set(warm["environment"])
    assert warm["local"] == cold["local"]


def test_two_runs_have_not_the_same_names(own: Warm) -> None:
    """Given one server, when two runs come, then what Ansible makes up for itself is not the same in both."""
    call = Call(own)
    first, second = (call.seen(warm=True)["ids"][0] for _ in range(2))
    assert first != second


def test_what_is_the_servers_stays(own: Warm) -> None:
    """Given a server with a folder for what is temporary, when a run has ended, then that folder is still there."""
    before = list((own.project.home / "warm" / "tmp").iterdir())
    Call(own).seen(warm=True)
    assert before
    assert list((own.project.home / "warm" / "tmp").iterdir()) == before


def test_a_project_that_was_put_in_its_place(own: Warm) -> None:
    """Given a project whose folder was moved away, another in its place, when a run comes, then it is in that one."""
    call = Call(own)
    before = call.seen(warm=True)["folder"]
    aside = own.project.root.parent / "aside"
    own.project.root.rename(aside)
    subprocess.run(["cp", "-r", str(aside), str(own.project.root)], check=True)
    after = call.seen(warm=True)["folder"]
    assert after[0] == before[0]
    assert after[2] == own.project.root.stat().st_ino != before[2]


class Held:
    """A run that waits in its task, with a look at its processes."""

    def __init__(self, warm: Warm, word: str, **secrets: str) -> None:
        self.warm = warm
        self.begun, self.go = (warm.project.root.parent / f"{word}-{name}" for name in ("begun", "go"))
        tasks = [
            {"ansible.builtin.set_fact": {"mine": "{{ secret | default('') }}-fact", "cacheable": True}},
            {"ansible.builtin.debug": {"msg": "{{ hostvars | to_json }} {{ vars | to_json }}"}},
            {"ansible.builtin.shell": f"touch {self.begun}; until test -e {self.go}; do sleep 0.05; done"},
        ]
        warm.project.write(f"playbooks/{word}.yml", [{"hosts": "all", "gather_facts": False, "tasks": tasks}])
        self.recorder = Recorder()
        plan = a_plan(playbook=f"playbooks/{word}.yml", secret_names=tuple(secrets), timeout=200)
        self.thread = threading.Thread(target=self._carry_out, args=(plan, secrets))
        self.thread.start()
        until(self.begun.exists, "the task")

    def _carry_out(self, plan: Plan, secrets: Mapping[str, str]) -> None:
        self.recorder.outcome = self.warm.engine.carry_out(1, plan, secrets, self.recorder, lambda: False)

    def processes(self) -> list[psutil.Process]:
        """Those of Ansible: the run itself, and what it has forked for the task."""
        found = [process for run in self.runs() for process in RunProcesses(run.name).alive()]
        return [process for process in found if "bot.engine.warm.server" in " ".join(line(process))]

    def runs(self) -> list[Path]:
        """Its private folder."""
        return list((self.warm.project.home / "runs").iterdir())

    def end(self) -> Recorder:
        """Let it go on to its end."""
        self.go.touch()
        self.thread.join()
        assert self.recorder.outcome is not None
        assert self.recorder.outcome.status is RunStatus.SUCCESSFUL
        return self.recorder


def test_a_secret_is_not_in_the_memory_of_the_next_run(own: Warm) -> None:
    """Given a run with a secret, when another one comes to the same server, then it is nowhere in its processes."""
    secret, other = f"first{os.urandom(12).hex()}", f"second{os.urandom(12).hex()}"
    server = own.servers()[0]
    first = Held(own, "one", secret=secret)
    assert any(holds(process.pid, secret) for process in first.processes())
    assert not holds(server.pid, secret)
    beside = Held(own, "two", secret=other)
    assert not any(holds(process.pid, secret) and holds(process.pid, other) for process in beside.processes())
    first.end()
    beside.end()
    after = Held(own, "three")
    processes = after.processes()
    assert len(processes) >= 2
    for process in [server, *server.children(), *processes]:
        assert not holds(process.pid, secret)
        assert not holds(process.pid, other)
    for process in processes:
        for place in ("environ", "cmdline"):
            assert secret not in Path(f"/proc/{process.pid}/{place}").read_text()
        assert not [file for file in _files(process.pid) if "/runs/" in file and after.runs()[0].name not in file]
    said = " ".join(event.message for event in after.end().of("runner_on_ok"))
    assert '"mine": "-fact"' in said.replace("\\", "")
    assert secret not in said
    assert own.starts == [True] * 3


def _files(pid: int) -> list[str]:
    return [str(file.readlink()) for file in Path(f"/proc/{pid}/fd").iterdir()]
