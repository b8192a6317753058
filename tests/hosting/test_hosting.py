"""Environments come up and go down, with real commands and in memory; nothing of a command outlives its end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from bot.errors import CouldNotRun
from bot.hosting import Canceled, Hosting, MemoryHosting, ProcessHosting, TimedOut
from bot.hosting.commands import commands
from bot.hosting.lines import VagrantLines
from bot.model.provider import MachineReport, Provider, Wish

SCRIPT = Path(__file__).with_name("logical_hosts.py")
STUBBORN = """
import json, os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, 1); time.sleep(600)"])
print(json.dumps({"host": "web1", "state": "starting", "message": f"{os.getpid()} {child.pid}"}), flush=True)
time.sleep(600)
"""


def logical(folder: Path) -> Provider:
    """A provider whose machines are files in a folder."""
    said = {
        verb: (sys.executable, str(SCRIPT), str(folder), verb)
        for verb in ("create", "list", "destroy", "snapshot", "restore")
    }
    return Provider(kind="command", **said)


def stubborn() -> Provider:
    """A provider whose command and child do not want to end."""
    command = (sys.executable, "-c", STUBBORN)
    return Provider(kind="command", create=command, list=command, destroy=command)


def wish(verb: str, *machines: str, name: str = "", timeout: int = 60) -> Wish:
    """A wish for the lab."""
    return Wish(verb=verb, environment="lab", machines=machines, name=name, timeout=timeout)


@pytest.fixture(params=["real", "memory"])
def hosting(request: pytest.FixtureRequest, tmp_path: Path) -> Hosting:
    """Both of them."""
    return ProcessHosting(tmp_path, tmp_path) if request.param == "real" else MemoryHosting()


def states(hosting: Hosting, provider: Provider, asked: Wish) -> dict[str, str]:
    """The last state of each machine that was told."""
    told: list[MachineReport] = []
    hosting.carry_out(provider, asked, told.append, lambda: False)
    return {report.host: report.state for report in told}


def test_machines_come_up(hosting: Hosting, tmp_path: Path) -> None:
    """Given nothing, when all come up, or one, then those run and are told of."""
    assert states(hosting, logical(tmp_path / "hosts"), wish("up", "web2")) == {"web2": "running"}
    assert states(hosting, logical(tmp_path / "hosts"), wish("up")) == {"web1": "running", "web2": "running"}


def test_a_snapshot_that_is_not_there(hosting: Hosting, tmp_path: Path) -> None:
    """Given no snapshot, when it is restored, then a sentence says so; once it is saved it can be."""
    provider = logical(tmp_path / "hosts")
    states(hosting, provider, wish("up"))
    with pytest.raises(CouldNotRun, match="no snapshot clean"):
        states(hosting, provider, wish("restore", name="clean"))
    states(hosting, provider, wish("snapshot", name="clean"))
    assert states(hosting, provider, wish("restore", name="clean")) == {"web1": "running", "web2": "running"}


@pytest.mark.parametrize("name", ["--all", "-f", "a b", "../x", "", "web1;id", "x" * 101, "web1\n"])
def test_what_is_no_name_starts_nothing(hosting: Hosting, tmp_path: Path, name: str) -> None:
    """Given a name that a command could misread, when it is asked for, then nothing is started."""
    with pytest.raises(CouldNotRun, match="is no name"):
        states(hosting, logical(tmp_path / "hosts"), wish("up", "web1", name))
    assert not (tmp_path / "hosts").exists()


def test_who_cancels_before_it_begins(hosting: Hosting, tmp_path: Path) -> None:
    """Given somebody who cancels, when it would begin, then it is canceled."""
    with pytest.raises(Canceled):
        hosting.carry_out(logical(tmp_path / "hosts"), wish("up"), lambda _report: None, lambda: True)


def test_a_missing_program_is_said(tmp_path: Path) -> None:
    """Given a command that is not there, when it is to be carried out, then that is why it fails."""
    provider = Provider(kind="command", create=("/nowhere/create",), list=("true",), destroy=("true",))
    with pytest.raises(CouldNotRun):
        states(ProcessHosting(tmp_path, tmp_path), provider, wish("up"))


@pytest.mark.parametrize(("timeout", "error"), [(60, Canceled), (1, TimedOut)])
def test_nothing_of_a_command_is_left(tmp_path: Path, timeout: int, error: type[Exception]) -> None:
    """Given a command and a child that ignore SIGTERM, when it is ended, then both are gone."""
    told: list[MachineReport] = []
    hosting = ProcessHosting(tmp_path, tmp_path, grace=0.2)
    with pytest.raises(error):
        hosting.carry_out(stubborn(), wish("up", timeout=timeout), told.append, lambda: timeout == 60 and bool(told))
    assert gone(told[0].message)


def test_nothing_of_a_command_outlives_a_killed_worker(tmp_path: Path) -> None:
    """Given a worker that brings machines up, when SIGKILL comes, then its command and that one's child end."""
    code = (
        "import sys; from pathlib import Path; from bot.hosting import ProcessHosting\n"
        "from tests.hosting.test_hosting import stubborn, wish\n"
        f"hosting = ProcessHosting(Path({str(tmp_path)!r}), Path({str(tmp_path)!r}), grace=0.2)\n"
        "hosting.carry_out(stubborn(), wish('up'), lambda one: print(one.message, flush=True), lambda: False)\n"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    with worker.stdout:
        pids = worker.stdout.readline()
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    assert pids.strip()
    assert eventually(lambda: gone(pids))


def test_a_command_sees_no_secret_of_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given secrets in the worker's environment, when a command tells what it sees, then only what is kept is there."""
    for name in ("REDIS_URL", "SLACK_BOT_TOKEN", "CLOUD_TOKEN"):
        monkeypatch.setenv(name, "s3cret")
    show = "import json, os; print(json.dumps({'host': 'web1', 'state': 'running', 'message': ' '.join(os.environ)}))"
    command = (sys.executable, "-c", show)
    provider = Provider(kind="command", create=command, list=command, destroy=command, keep=("CLOUD_*",))
    told: list[MachineReport] = []
    ProcessHosting(tmp_path, tmp_path).carry_out(provider, wish("status"), told.append, lambda: False)
    seen = set(told[0].message.split())
    assert "CLOUD_TOKEN" in seen
    assert not seen & {"REDIS_URL", "SLACK_BOT_TOKEN"}


def test_vagrants_words() -> None:
    """Given what Vagrant writes for machines, when it is read, then states and the error are its own."""
    told: list[MachineReport] = []
    lines = VagrantLines(told.append)
    lines.hear("1,web1,metadata,provider,libvirt")
    lines.hear("1,web1,ui,info,Bringing up%!(VAGRANT_COMMA) at last")
    lines.hear("2,web1,state,running")
    lines.hear("2,web2,state,not_created")
    lines.hear("3,,error-exit,Vagrant::Errors::BoxNotFound,The box\\nis missing.")
    assert [(one.host, one.state) for one in told] == [("web1", "starting"), ("web1", "running"), ("web2", "stopped")]
    assert told[0].message == "Bringing up, at last"
    assert lines.error == "The box is missing."


def test_vagrants_commands() -> None:
    """Given wishes, when Vagrant is to grant them, then these are the arguments."""
    vagrant = Provider(kind="vagrant")
    assert commands(vagrant, wish("down", "web1")) == (("vagrant", "destroy", "-f", "web1", "--machine-readable"),)
    assert commands(vagrant, wish("restore", "a", "b", name="clean")) == (
        ("vagrant", "snapshot", "restore", "a", "clean", "--machine-readable"),
        ("vagrant", "snapshot", "restore", "b", "clean", "--machine-readable"),
    )


def gone(pids: str) -> bool:
    """Whether none of the processes runs."""
    return not any(_runs(int(pid)) for pid in pids.split())


def eventually(true: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether it becomes true in time."""
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return true()


def _runs(pid: int) -> bool:
    try:
        return os.getpid() != pid and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
