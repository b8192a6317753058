"""Ansible that waits loaded: what a run does, says and leaves is the same as when Ansible is started anew for it."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.engine.processes import RunProcesses
from bot.engine.real import AnsibleEngine
from bot.model.status import RunStatus
from tests.engine.warm_world import Warm, line, until
from tests.engine.world import Project, Recorder, a_plan

pytestmark = pytest.mark.xdist_group("engine-warm")

_LOOK = """
import json, os, sys
from ansible.plugins.callback import CallbackBase

class CallbackModule(CallbackBase):
    CALLBACK_VERSION, CALLBACK_TYPE, CALLBACK_NAME = 2.0, "aggregate", "look"

    def v2_playbook_on_start(self, playbook):
        umask = os.umask(0o077)
        os.umask(umask)
        own = {"SIGNALBOX_RUN", "ANSIBLE_LOCAL_TEMP", "ANSIBLE_SSH_CONTROL_PATH_DIR", "AWX_ISOLATED_DATA_DIR", "TMPDIR"}
        seen = {
            "argv": [os.path.basename(one) for one in sys.argv],
            "path": sys.path,
            "folder": os.getcwd(),
            "umask": umask,
            "files": len(os.listdir("/proc/self/fd")),
            "terminal": [os.isatty(number) for number in range(3)],
            "in front": os.tcgetpgrp(0) == os.getpgrp(),
            "session": os.getsid(0) == os.getpid(),
            "hang-up": os.read(os.open("/proc/self/status", os.O_RDONLY), 9000).decode().split("SigIgn:")[1].split()[0],
            "environment": {name: value for name, value in os.environ.items() if name not in own},
            "bot": [name for name in sys.modules if name.split(".")[0] == "bot"],
        }
        with open(os.path.join(os.getcwd(), "seen.json"), "w") as file:
            json.dump(seen, file)
"""
_OPTIONS = """
DOCUMENTATION = '''
name: local
short_description: ours
description: ours
author: us
options:
  colour: {description: one of ours, default: %s, env: [{name: COLOUR}]}
'''
import importlib.util, os
from ansible.plugins import connection
found = importlib.util.spec_from_file_location("theirs", os.path.join(connection.__path__[0], "local.py"))
theirs = importlib.util.module_from_spec(found)
found.loader.exec_module(theirs)

class Connection(theirs.Connection):
    def exec_command(self, *arguments, **options):
        rc, out, err = super().exec_command(*arguments, **options)
        return rc, out.replace(b"WHICH", self.get_option("colour").encode()), err
"""
_DEBUG = """
from ansible.plugins.action import ActionBase

class ActionModule(ActionBase):
    def run(self, tmp=None, task_vars=None):
        return {"msg": "%s", "_ansible_verbose_always": True}
"""
_MODULE = """
from ansible.module_utils.basic import AnsibleModule
module = AnsibleModule(argument_spec={"word": {"required": True}})
module.exit_json(changed=True, msg=module.params["word"] + " there")
"""
NAP = f"61.{os.getpid()}"
"""Seconds, like no other process on this machine has them in its command line."""

SAY_WHICH: dict[str, Any] = {"ansible.builtin.shell": "echo WHICH", "register": "said"}
SHOW: dict[str, Any] = {"ansible.builtin.debug": {"msg": "{{ said.stdout }}"}}


def told(recorder: Recorder) -> list[tuple[str, str | None, str | None, str, str]]:
    """What a run reported, without times, and names that are made for it."""
    return [
        (event.kind, event.host, event.task, event.message, json.dumps(event.data.get("changed")))
        for event in recorder.events
    ]


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """One project with a warm engine for all tests that change nothing of it."""
    root = tmp_path_factory.mktemp("warm")
    (root / "project").mkdir()
    made = _project(root)
    made.heat()
    yield made
    made.engine.cool_down()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Warm]:
    """A project of one's own, not heated yet."""
    (tmp_path / "project").mkdir()
    made = _project(tmp_path)
    yield made
    made.engine.cool_down()


def _project(root: Path) -> Warm:
    project = Project(root / "project", root / "home")
    project.hosts("web1", "web2")
    project.write("ansible.cfg", "[defaults]\ncallback_plugins = looks\ncallbacks_enabled = look\n")
    project.write("looks/look.py", _LOOK)
    project.write("library/ours.py", _MODULE)
    return Warm(project)


def _debug(**arguments: Any) -> dict[str, Any]:
    return {"ansible.builtin.debug": arguments}


TALES: dict[str, Any] = {
    "well": [{"ansible.builtin.command": "echo hello", "register": "out"}, _debug(var="out.stdout")],
    "fails": [{"ansible.builtin.command": "false"}],
    "rescued": [{"block": [{"ansible.builtin.fail": {"msg": "no"}}], "rescue": [_debug(msg="yes")]}],
    "loops": [{**_debug(msg="{{ item }}"), "loop": [1, 2]}],
    "facts": [{"ansible.builtin.setup": {"gather_subset": ["!all"]}}, _debug(var="ansible_user_id")],
    "undefined": [_debug(msg="{{ nobody }}")],
    "no module": [{"ansible.builtin.nothing": {}}],
    "no role": [{"ansible.builtin.include_role": {"name": "missing"}}],
    "a template": [{"ansible.builtin.copy": {"content": "{{ 1 + 1 }}\n", "dest": "/dev/null"}, "check_mode": True}],
    "ad hoc": {"module": "ansible.builtin.command", "module_args": {"argv": ["echo", "hello"]}},
    "ad hoc, fails": {"module": "ansible.builtin.file", "module_args": {"path": "/nowhere/at/all", "state": "file"}},
    "ad hoc, of the project": {"module": "ours", "module_args": {"word": "hello"}},
    "lookups": [_debug(msg="{{ lookup('env', 'HOME') }} {{ query('sequence', 'end=2') | sum }}")],
}


@pytest.mark.parametrize("tasks", TALES.values(), ids=TALES)
def test_a_run_is_the_same_warm_and_cold(warm: Warm, tasks: Any) -> None:
    """Given a playbook or an ad-hoc call, when it runs warm and cold, then what is told and its end are the same."""
    plan = tasks if isinstance(tasks, dict) else {"tasks": tasks}
    cold, hot = warm.run(**plan, cold=True), warm.run(**plan)
    assert warm.starts[-1]
    assert told(hot)
    assert told(hot) == told(cold)
    assert hot.outcome == cold.outcome


def test_the_process_is_the_same_warm_and_cold(warm: Warm) -> None:
    """Given a look at ansible-playbook from inside, when it runs warm and cold, then it sees the same around it."""
    seen = []
    for cold in (True, False):
        warm.run(TALES["well"], cold=cold)
        seen.append(json.loads((warm.project.root / "seen.json").read_text()))
    assert warm.starts[-1]
    assert seen[0] == seen[1]
    assert seen[0]["terminal"] == [True] * 3


def test_nothing_of_a_run_is_left_for_the_next(warm: Warm) -> None:
    """Given a run that sets facts and leaves a folder, when another comes, then it finds nothing of that."""
    warm.run([{"ansible.builtin.set_fact": {"mine": "left", "cacheable": True}}])
    after = warm.run([{"ansible.builtin.debug": {"msg": "{{ mine | default('nothing') }}"}}])
    assert [event.message for event in after.of("runner_on_ok")] == ["nothing"]


def test_runs_at_once(warm: Warm) -> None:
    """Given four runs at once, when they end, then each told its own story, all of them warm."""
    names = [warm.project.write(f"playbooks/p{n}.yml", [_saying(f"number {n}")]) for n in range(4)]
    found: dict[int, list[str]] = {}

    def one(number: int) -> None:
        recorder = warm.run(f"playbooks/p{number}.yml")
        found[number] = [event.message for event in recorder.of("runner_on_ok")]

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(names))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [f"number {number}"] for number in range(4)}
    assert warm.starts[-4:] == [True] * 4


def _saying(text: str) -> dict[str, Any]:
    return {"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.debug": {"msg": text}}]}


def test_a_canceled_run_leaves_no_process(warm: Warm) -> None:
    """Given a warm run in a task, when it is canceled, then it ends as such, and nothing of it runs on."""
    marker = warm.project.root / "begun"
    tasks = [{"ansible.builtin.shell": f"touch {marker}; sleep {NAP}"}]
    recorder = warm.run(tasks, cancel=marker.exists)
    assert recorder.outcome is not None
    assert recorder.outcome.status is RunStatus.CANCELED
    assert warm.starts[-1]
    assert not napping()


def napping() -> list[psutil.Process]:
    """What a host still does that was told to sleep."""
    return [process for process in psutil.process_iter() if NAP in " ".join(line(process))]


def test_another_configuration_is_never_served(own: Warm) -> None:
    """Given a warm engine, when ansible.cfg or a variable changes, then the next run has it, and starts anew."""
    shown = [_debug(msg="{{ lookup('config', 'DEFAULT_FORKS') }}")]
    own.heat()
    assert [event.message for event in own.run(shown).of("runner_on_ok")] == ["5"]
    own.project.write("ansible.cfg", "[defaults]\nforks = 7\n")
    assert [event.message for event in own.run(shown).of("runner_on_ok")] == ["7"]
    own.heat()
    assert [event.message for event in own.run(shown).of("runner_on_ok")] == ["7"]
    assert own.starts == [True, False, True]


def test_a_variable_of_ansible_is_never_stale(own: Warm, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a warm engine, when a worker has another ANSIBLE_FORKS, then its run has that, and starts anew."""
    own.heat()
    monkeypatch.setenv("ANSIBLE_FORKS", "9")
    recorder = own.run([_debug(msg="{{ lookup('config', 'DEFAULT_FORKS') }}")])
    assert [event.message for event in recorder.of("runner_on_ok")] == ["9"]
    assert own.starts == [False]


def test_the_projects_own_plugins_come_first(own: Warm) -> None:
    """Given plugins of Ansible's own names in the project, when they change, then each run has them as they are."""
    own.project.write(
        "ansible.cfg", "[defaults]\naction_plugins = plugins/action\nconnection_plugins = plugins/connection\n"
    )
    own.heat()
    told_each = []
    for word in ("red", "blue"):
        own.project.write("plugins/action/debug.py", _DEBUG % word)
        own.project.write("plugins/connection/local.py", _OPTIONS % word)
        hot = own.run([SAY_WHICH, {"debug": {"msg": "x"}}, SHOW])
        assert told(hot) == told(own.run([SAY_WHICH, {"debug": {"msg": "x"}}, SHOW], cold=True))
        told_each.append([event.message for event in hot.of("runner_on_ok")])
    assert [messages[1] for messages in told_each] == ["red", "blue"]
    assert [messages[0].strip() for messages in told_each] == ["red", "blue"]
    assert own.starts == [True, True]


def test_what_has_moved_is_found_warm_and_cold(own: Warm) -> None:
    """Given a collection that says where its actions are, when that changes, then each run goes by what it says now."""
    place = "collections/ansible_collections/acme/tools"
    own.project.write("ansible.cfg", f"[defaults]\ncollections_path = {own.project.root / 'collections'}\n")
    own.project.write(f"{place}/galaxy.yml", {"namespace": "acme", "name": "tools", "version": "1.0.0"})
    own.heat()
    told_each = []
    for name in ("debug", "assert"):
        moved = {"redirect": f"ansible.builtin.{name}"}
        own.project.write(f"{place}/meta/runtime.yml", {"plugin_routing": {"action": {"say": moved}}})
        tasks: list[dict[str, Any]] = [{"acme.tools.say": {"msg": "x", "that": True}}, {"ansible.legacy.ping": {}}]
        hot, cold = own.run(tasks), own.run(tasks, cold=True)
        assert told(hot) == told(cold)
        assert hot.outcome == cold.outcome
        told_each.append(told(hot))
    assert told_each[0] != told_each[1]
    assert own.starts == [True, True]


def test_the_end_of_the_server_is_not_the_end_of_a_run(own: Warm) -> None:
    """Given a warm run, when the server is killed, then the run goes on to its end; the next starts Ansible anew."""
    own.heat()
    server, marker = own.servers()[0], own.project.root / "begun"
    slow = [{"ansible.builtin.shell": f"touch {marker}; sleep 1"}]

    def kill() -> None:
        until(marker.exists, "the task")
        server.kill()

    killer = threading.Thread(target=kill)
    killer.start()
    first, second = own.run(slow), own.run(slow)
    killer.join()
    assert first.outcome is not None
    assert second.outcome is not None
    assert (first.outcome.status, second.outcome.status) == (RunStatus.SUCCESSFUL, RunStatus.SUCCESSFUL)
    assert own.starts == [True, False]
    assert "loaded, " not in own.said().removeprefix("not loaded, ")


def test_a_server_that_hangs_is_not_waited_for(own: Warm) -> None:
    """Given a server that was stopped, when a run comes, then it starts anew, once, also when the server goes on."""
    own.heat()
    counted = own.project.root / "counted"
    own.servers()[0].suspend()
    recorder = own.run([{"ansible.builtin.shell": f"echo once >> {counted}"}])
    own.servers()[0].resume()
    assert recorder.outcome is not None
    assert recorder.outcome.status is RunStatus.SUCCESSFUL
    until(lambda: own.said().startswith("loaded, "), "the server to answer")
    assert counted.read_text() == "once\n"
    assert own.starts == [False]


@pytest.mark.parametrize("victim", ["shim.py", "keeper"])
def test_a_killed_part_ends_the_run_and_leaves_nothing(own: Warm, victim: str) -> None:
    """Given a warm run, when the shim or the keeper is killed, then the run has failed, and nothing of it runs on."""
    own.heat()
    marker = own.project.root / "begun"

    def kill() -> None:
        until(marker.exists, "the task")
        runs = [path.name for path in (own.project.home / "runs").iterdir()]
        marked = [process for name in runs for process in RunProcesses(name).alive()]
        shim = next(process for process in marked if "shim.py" in " ".join(process.cmdline()))
        keeper = next(process for process in own.servers()[0].children())
        os.kill((shim if victim == "shim.py" else keeper).pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    recorder = own.run([{"ansible.builtin.shell": f"touch {marker}; sleep {NAP}"}])
    killer.join()
    assert recorder.outcome is not None
    assert recorder.outcome.status not in {RunStatus.SUCCESSFUL, RunStatus.CANCELED}
    assert not napping()


def test_a_server_that_fails_its_rehearsal_serves_nobody(own: Warm) -> None:
    """Given a configuration with which nothing runs, when a server is started, then it leaves, and runs start anew."""
    own.project.write("ansible.cfg", "[defaults]\nstrategy = nowhere\n")
    own.engine.keep_warm()
    server = own.servers()[0]
    server.wait(60)
    assert own.sockets() == set()
    assert own.run(TALES["well"]).outcome is not None
    assert own.starts == [False]


def test_one_server_serves_all_workers_of_a_home(own: Warm) -> None:
    """Given a server, when another worker's engine is kept warm, then it uses that one, and outlives it."""
    own.heat()
    started: list[object] = []
    other: AnsibleEngine = own.project.engine(warm=True, started=started.append)
    other.keep_warm()
    assert len(own.servers()) == 1
    other.carry_out(2, a_plan(playbook=own.project.playbook(TALES["well"])), {}, Recorder(), lambda: False)
    assert started == [None]
    other.cool_down()
    assert own.servers()
