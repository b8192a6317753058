"""Why Ansible was started anew: each reason brought about for real, and told by log, metric and doctor."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from bot.app import App
from bot.app_worker import WorkerApp
from bot.engine import Cold
from bot.engine.command import ansible_playbook
from bot.engine.warm import key
from bot.metrics import MemoryCounters
from bot.settings import Settings
from tests.docs.pages import code, rows
from tests.engine.warm_world import Warm, until
from tests.engine.world import Project

pytestmark = pytest.mark.xdist_group("engine-warm")

TASKS = [{"ansible.builtin.debug": {"msg": "hello"}}]
METRIC = "signalbox_engine_starts_total"


class Worker(Warm):
    """A worker with its own settings and counters, but for Redis; `patch` undoes what a reason changes."""

    def __init__(self, project: Project, patch: pytest.MonkeyPatch, **more: Any) -> None:
        super().__init__(project)
        self.patch = patch
        self.settings = Settings(SIGNALBOX_PROJECT=project.root, SIGNALBOX_HOME=project.home, **more)
        self.counters = MemoryCounters()
        self.app = _worker_app(self.settings, self.counters)
        self.engine = self.app._engine

    def doctor(self) -> str:
        """The line of `doctor` and `/healthz` about the engine, which is never a failure."""
        (finding,) = [each for each in App(self.settings).health.services() if each.name == "engine"]
        assert finding.ok
        return finding.what

    def counted(self) -> dict[tuple[str, ...], float]:
        """The metric, by its labels."""
        return {labels[1:]: value for labels, value in self.counters.totals().items() if labels[0] == METRIC}


def _worker_app(settings: Settings, counters: MemoryCounters) -> WorkerApp:
    stations = dict.fromkeys(("catalog", "inventories", "policy", "queue", "stops", "stream"), cast(Any, None))
    return WorkerApp(settings=settings, counters=counters, **stations)


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A worker that has just started."""
    (tmp_path / "project").mkdir()
    project = Project(tmp_path / "project", tmp_path / "home")
    project.hosts("web1")
    project.write("ansible.cfg", "[defaults]\nforks = 5\n")
    made = Worker(project, monkeypatch)
    yield made
    made.engine.cool_down()


def _off(worker: Worker) -> None:
    worker.app = _worker_app(worker.settings.model_copy(update={"warm": False}), worker.counters)
    worker.engine = worker.app._engine
    worker.engine.keep_warm()


def _starting(worker: Worker) -> None:
    worker.engine.keep_warm()
    worker.servers()[0].suspend()  # for as long as it takes


def _configuration(worker: Worker) -> None:
    worker.heat()
    worker.project.write("ansible.cfg", "[defaults]\nforks = 7\n")


def _unreadable(worker: Worker) -> None:
    worker.heat()
    (worker.project.root / "ansible.cfg").write_bytes(b"")
    worker.patch.setattr(key, "config_file", lambda *_: Path("/proc/self/mem"))  # even root gets an error here


def _ansible(worker: Worker) -> None:
    worker.heat()
    worker.patch.setattr(key, "_release", lambda: another_ansible(worker.project.root.parent))


def another_ansible(folder: Path) -> Path:
    """A folder of packages with another release of Ansible, as far as a key looks."""
    release = folder / "site-packages" / "ansible" / "release.py"
    release.parent.mkdir(parents=True)
    release.write_text("__version__ = '2.99'\n")
    return release


def _other_program(worker: Worker) -> None:
    worker.heat()
    real = ansible_playbook().read_text().splitlines()
    text = f"{real[0]}\nimport os, sys\nos.execv({str(ansible_playbook())!r}, sys.argv)\n"
    worker.patch.setattr("bot.engine.real.ansible_playbook", lambda: program(worker.project.root.parent, text))


def _interpreter(worker: Worker) -> None:
    worker.heat()
    first, rest = ansible_playbook().read_text().split("\n", 1)
    text = f"#!/usr/bin/env {first.removeprefix('#!')}\n{rest}"
    worker.patch.setattr("bot.engine.real.ansible_playbook", lambda: program(worker.project.root.parent, text))


def program(folder: Path, text: str) -> Path:
    """An ansible-playbook of one's own."""
    path = folder / "ansible-playbook"
    path.write_text(text)
    path.chmod(0o755)
    return path


def _self_test(worker: Worker) -> None:
    worker.project.write("ansible.cfg", "[defaults]\nstrategy = nowhere\n")
    worker.engine.keep_warm()
    until(lambda: not worker.servers(), "the end of the server")


def _gone(worker: Worker) -> None:
    worker.heat()
    worker.servers()[0].kill()


def _no_answer(worker: Worker) -> None:
    worker.heat()
    worker.servers()[0].suspend()


REASONS: dict[str, tuple[Cold, Callable[[Worker], None]]] = {
    "off": (Cold.OFF, _off),
    "starting": (Cold.STARTING, _starting),
    "configuration": (Cold.CONFIGURATION, _configuration),
    "unreadable": (Cold.CONFIGURATION, _unreadable),
    "ansible": (Cold.ANSIBLE, _ansible),
    "other program": (Cold.ANSIBLE, _other_program),
    "interpreter": (Cold.INTERPRETER, _interpreter),
    "self-test": (Cold.SELF_TEST, _self_test),
    "gone": (Cold.GONE, _gone),
    "no answer": (Cold.NO_ANSWER, _no_answer),
}


@pytest.mark.parametrize(("reason", "bring_about"), REASONS.values(), ids=REASONS)
def test_the_reason_is_told_everywhere(worker: Worker, reason: Cold, bring_about: Callable[[Worker], None]) -> None:
    """Given something that is amiss, when a run comes, then it happens, and log, metric and doctor say the reason."""
    bring_about(worker)
    with capture_logs() as logs:
        recorder = worker.run(TASKS)
    if reason is not Cold.SELF_TEST:  # with what makes that fail, nothing runs at all
        assert [event.message for event in recorder.of("runner_on_ok")] == ["hello"]
    (line,) = [line for line in logs if line["event"] == "Ansible was started anew"]
    assert (line["reason"], line["why"].startswith(reason.sentence)) == (reason.value, True)
    assert worker.counted() == {("cold", reason.value): 1}
    assert worker.doctor() == f"not loaded, a run starts Ansible anew: {reason.sentence}"


def test_every_reason_is_brought_about() -> None:
    """Given the reasons there are, when those of the test above and of the page are looked at, then none is missing."""
    assert {reason for reason, _ in REASONS.values()} == set(Cold)
    told = [code(cells[0])[0] for cells in rows("docs/engine.md", "Why a run was cold")[1:]]
    assert told == [reason.value for reason in Cold]
    assert len({reason.sentence for reason in Cold}) == len(Cold)


def test_where_no_worker_has_been_nothing_is_known(worker: Worker) -> None:
    """Given a home in which no worker has been, when doctor looks, then it says neither loaded nor not."""
    assert worker.doctor() == "not known, no worker has been in this home"


def test_a_warm_run_has_no_reason(worker: Worker) -> None:
    """Given a server, when a run comes, then there is no line in the log, and metric and doctor know of no reason."""
    worker.heat()
    with capture_logs() as logs:
        worker.run(TASKS)
    assert not [line for line in logs if line["event"] == "Ansible was started anew"]
    assert worker.counted() == {("warm", ""): 1}
    assert worker.doctor() == "loaded, 1 runs so far"


def test_the_reason_is_gone_when_it_no_longer_holds(worker: Worker) -> None:
    """Given a run that was cold, when Ansible has been loaded for the next, then doctor no longer says why."""
    _configuration(worker)
    worker.run(TASKS)
    assert Cold.CONFIGURATION.sentence in worker.doctor()
    worker.heat()
    assert worker.doctor() == "loaded, 0 runs so far"
    worker.servers()[0].suspend()
    worker.run(TASKS)
    assert Cold.NO_ANSWER.sentence in worker.doctor()
    worker.servers()[0].resume()
    assert worker.doctor().startswith("loaded, ")


def test_a_server_for_others_is_none_for_these_runs(worker: Worker) -> None:
    """Given another worker's server, when it is of no use for the latest run, then doctor does not say loaded."""
    worker.heat()
    worker.patch.setenv("ANSIBLE_FORKS", "9")
    worker.run(TASKS)
    assert len(worker.sockets()) == 1
    assert Cold.CONFIGURATION.sentence in worker.doctor()


def test_a_server_that_refuses_says_why(worker: Worker) -> None:
    """Given a server under the name of another configuration, when a run comes, then its refusal is what is told."""
    worker.heat()
    (socket,) = worker.sockets()
    worker.project.write("ansible.cfg", "[defaults]\nforks = 7\n")
    worker.run(TASKS)
    wanted = json.loads((socket.parent / "latest.json").read_text())["server"]
    (socket.parent / wanted).symlink_to(socket)
    worker.run(TASKS)
    assert worker.counted() == {("cold", "configuration"): 2}
    assert Cold.CONFIGURATION.sentence in worker.doctor()


def test_what_failed_the_self_test_is_in_the_log(worker: Worker) -> None:
    """Given a configuration with which nothing runs, when it is tried, then the log says it in Ansible's words."""
    worker.patch.setenv("ANSIBLE_GALAXY_TOKEN", "nowhere-to-be-seen")
    worker.project.write("ansible.cfg", "[defaults]\nstrategy = nowhere-to-be-seen\n")
    with capture_logs() as logs:
        until(lambda: worker.engine.keep_warm() or bool(logs), "the end of the server")
        worker.run(TASKS)
    said = [line["why"] for line in logs]
    assert len(said) == 2
    assert all("Invalid play strategy specified" in each for each in said)
    assert "nowhere-to-be-seen" not in json.dumps(logs)
    assert "nowhere-to-be-seen" not in worker.doctor()


def test_a_server_that_can_not_load_ansible_says_so(worker: Worker) -> None:
    """Given packages with which Ansible can't be loaded, when a server tries, then that is a failed self-test."""
    broken = worker.project.root.parent / "broken"
    shutil.copytree(Path(__file__).parents[2] / "bot", broken / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    (broken / "bot/engine/warm/preload.py").write_text("def preload():\n    raise AttributeError('_private')\n")
    worker.patch.setattr("bot.engine.warm.warmer._ROOT", broken)
    worker.engine.keep_warm()
    until(lambda: not worker.servers(), "the end of the server")
    worker.run(TASKS)
    assert worker.counted() == {("cold", "self_test"): 1}
    assert Cold.SELF_TEST.sentence in worker.doctor()


@pytest.mark.parametrize("word", ["", "start", "It is another ansible-playbook."])
def test_a_word_that_nobody_knows_ends_no_run(word: str) -> None:
    """Given half a word, or one of another version, when it is read, then there was no server, and that is all."""
    assert Cold(word) is Cold.GONE
