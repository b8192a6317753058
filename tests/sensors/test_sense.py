"""`python -m bot sense` with real processes and a real Redis: events come, who dies comes back, nothing is left."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from bot.sensors.inbox import KEY
from bot.settings import Settings
from tests.e2e import processes
from tests.queue.redis_server import RedisServer

from .plugins import plugin

ROOT = Path(__file__).resolve().parents[2]
COUNTS = """
async def main(queue, args):
    for i in range(args["limit"]):
        await queue.put({"i": i})
"""
GOES_ON = """
import asyncio, os
async def main(queue, args):
    await queue.put({"pid": os.getpid(), "secrets": [name for name in os.environ if name in args["names"]]})
    while True:
        await asyncio.sleep(60)
"""
BOOK = """
- name: town
  hosts: all
  sources:
    - counts: {limit: 3}
    - goes_on: {names: [REDIS_URL, SLACK_BOT_TOKEN, SIGNALBOX_KEY, DATABASE_URL]}
    - not_there: {}
  rules:
    - name: none
      condition: event.i == 1
      action: {none: }
"""


TAKES = """
import asyncio
async def main(queue, args):
    await queue.put({"got": args, "url": f"https://x/?token={args['token']}"})
    while True:
        await asyncio.sleep(60)
"""
WITH_VARIABLES = """
- name: town
  hosts: all
  sources:
    - takes: {port: "{{ port }}", token: "{{ token }}", text: "{{ token }} at {{ port }}"}
      filters:
        - adds: {more: "{{ vars.hosts }}"}
    - takes: {token: "{{ nowhere }}"}
  rules:
    - name: none
      condition: event.i == 1
      action: {none: }
"""
SECRET = "s3cret-of-a-hook"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with three sources: one that ends, one that goes on, one that is not there."""
    plugin(tmp_path, "counts", COUNTS)
    plugin(tmp_path, "goes_on", GOES_ON)
    (tmp_path / "rulebooks").mkdir()
    (tmp_path / "rulebooks/town.yml").write_text(BOOK)
    return tmp_path


@pytest.fixture
def varied(project: Path) -> Path:
    """A project whose sources take variables, one of them from the environment."""
    plugin(project, "takes", TAKES)
    plugin(project, "adds", "def main(event, more):\n    return {**event, 'more': more}\n", "event_filter")
    (project / "rulebooks/town.yml").write_text(WITH_VARIABLES)
    (project / "signalbox.yml").write_text("vars: {port: 5000, hosts: [a, b], token: {env: HOOK_TOKEN}}\n")
    return project


@pytest.fixture
def sense(project: Path, client: redis.Redis, server: RedisServer) -> Iterator["subprocess.Popen[bytes]"]:
    """The process, which writes to `log`."""
    assert client.ping()
    names = {str(field.alias) for field in Settings.model_fields.values()}
    environment = {name: value for name, value in os.environ.items() if name not in names}
    environment |= {"SIGNALBOX_PROJECT": str(project), "SIGNALBOX_HOME": str(project / "home")}
    environment |= {"SLACK_BOT_TOKEN": "xoxb-1", "SIGNALBOX_KEY": "k", "DATABASE_URL": "sqlite:///x"}
    environment |= {"REDIS_URL": f"unix://{server.socket}", "PYTHONPATH": str(ROOT), "HOOK_TOKEN": SECRET}
    with (project / "log").open("wb") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "bot", "sense"], env=environment, cwd=project, stdout=log, stderr=log
        )
    yield started
    started.kill()
    started.wait()
    processes.kill_all(project)


def test_sources_run_and_come_back(project: Path, client: redis.Redis, sense: "subprocess.Popen[bytes]") -> None:
    """Given three sources, when one is killed and the rulebook changes, then it comes back, and nothing is left."""

    def events() -> list[dict[str, Any]]:
        """Those that wait, in their order; read without touching them, for sensors put in more meanwhile."""
        kept: Any = client.lrange(KEY, 0, -1)
        found = [json.loads(text) for text in kept]
        assert {each["ruleset"] for each in found} <= {"town"}
        return [each["event"] for each in found]

    def began() -> list[int]:
        return [event["pid"] for event in events() if "pid" in event]

    processes.until(lambda: len(events()) == 4, what="the events of both sources")
    assert [event["i"] for event in events() if "i" in event] == [0, 1, 2]
    assert [event["secrets"] for event in events() if "pid" in event] == [[]]
    os.kill(began()[0], signal.SIGKILL)
    processes.until(lambda: len(began()) == 2, what="the one that was killed to come back")
    assert len([event for event in events() if "i" in event]) == 3  # what has ended is not started again
    assert b"There is no event_source 'not_there'" in (project / "log").read_bytes()
    (project / "rulebooks/town.yml").write_text(BOOK.replace("    - counts: {limit: 3}\n", ""))
    processes.until(lambda: len(began()) == 3, what="the sources of the changed rulebook")
    sense.terminate()
    assert sense.wait(20) == 0
    assert processes.await_none(project) == []


@pytest.mark.usefixtures("varied", "sense")
def test_arguments_take_variables_as_data(project: Path, client: redis.Redis) -> None:
    """Given variables of the file and of the environment, when sources start, then they have them; no secret shows."""

    def events() -> list[dict[str, Any]]:
        kept: Any = client.lrange(KEY, 0, -1)
        return [json.loads(text)["event"] for text in kept]

    processes.until(events, what="the event of the source")
    (event,) = events()
    assert event["got"] == {"port": 5000, "token": "***", "text": "*** at 5000"}
    assert (event["url"], event["more"]) == ("https://x/?token=***", ["a", "b"])
    cannot = b"cannot be filled in: There is nothing at nowhere."
    processes.until(lambda: cannot in (project / "log").read_bytes(), what="the source without a value")
    assert SECRET.encode() not in (project / "log").read_bytes()
    assert not any(SECRET in processes.command(pid) for pid in processes.of(project))
    (project / "signalbox.yml").write_text("vars: {port: 5001, hosts: [], token: {env: HOOK_TOKEN}}\n")
    processes.until(lambda: [each["got"]["port"] for each in events()][-1] == 5001, what="the changed variable")
