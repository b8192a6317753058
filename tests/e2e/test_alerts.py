"""Alerts in a storm in which every process is killed: none is lost, none is doubled, and people see what happened."""

import json
import os
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from threading import Condition, Thread
from typing import Any

import pytest

from tests.e2e import processes
from tests.e2e.place import Place
from tests.fake_slack import FakeSlack
from tests.slack.town import key_of

POLICY = """
slack: {teams: [T0HOME]}
roles:
  everybody: {members: ["terminal:*", "rule:Storm/*"], may: [{runbooks: ["*"], environments: ["*"]}]}
alerts:
  alertmanager: {auth: {type: bearer, secret_env: ALERT_TOKEN}}
  cards: ["slack:C0OPS", "terminal:ops"]
"""
RULEBOOK = """
- name: Storm
  hosts: all
  sources:
    - beats: {number: 20}
  rules:
    - name: mend
      condition: event.alert.status == "firing" and event.alert.source == "alertmanager"
      throttle: {once_within: 2 hours, group_by_attributes: [event.alert.service]}
      action:
        run_runbook: {runbook: mend, environment: local, limit: "{{ event.alert.host }}"}
"""
BEATS = """
import asyncio, pathlib

async def main(queue, args):
    for number in range(args["number"]):
        while number == args["number"] // 2 and not pathlib.Path("go").exists():
            await asyncio.sleep(0.1)
        alert = {"subject": f"beat-{number}", "title": "Beats", "status": "firing", "service": "sensed"}
        await queue.put({"alert": alert})
"""
MEND = [{"name": "Mend it", "ansible.builtin.command": "sleep 3"}]
HOSTS = ("web1", "web2", "web3", "db1", "db2")
"""Each has a service of its own, and its alerts come one service after the other."""
CHANNEL = "C0OPS"
ALERTS, BEATS_SENT, SENDERS = 500, 20, 4
EACH = ALERTS // len(HOSTS)
KILLS = ((30, "sense"), (EACH + 1, "serve"), (2 * EACH + 1, "relay"), (3 * EACH + 1, "redis"), (4 * EACH + 1, "worker"))
"""After so many alerts, which for the relay and Redis is when a rule has just been told of a new service."""
SENT, SENSED = (f"alerts WHERE source {how} 'alertmanager'" for how in ("=", "!="))


def send(url: str, number: int) -> bool:
    """Whether the alert of that number was answered 200."""
    host = HOSTS[number // EACH]
    labels = {"alertname": "Errors", "service": f"service of {host}", "host": host}
    alert = {"status": "firing", "labels": labels, "fingerprint": f"f{number}"}
    headers = {"Authorization": "Bearer t0ken", "Content-Type": "application/json"}
    body = json.dumps({"version": "4", "alerts": [alert]}).encode()
    request = urllib.request.Request(f"{url}/alerts/alertmanager", data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class Gate:
    """Lets alerts through up to a number."""

    def __init__(self) -> None:
        self._upto = 0
        self._moved = Condition()

    def let(self, upto: int) -> None:
        """All below that number may come."""
        with self._moved:
            self._upto = upto
            self._moved.notify_all()

    def pass_(self, number: int) -> None:
        """Wait until that one may."""
        with self._moved:
            self._moved.wait_for(lambda: number < self._upto)


class Sender(Thread):
    """Sends its alerts as monitoring systems do: again, until each was answered 200."""

    def __init__(self, url: str, first: int, gate: Gate) -> None:
        super().__init__(daemon=True)
        self.url, self.first, self.gate = url, first, gate
        self.again = 0

    def run(self) -> None:
        """One after the other."""
        for number in range(self.first, ALERTS, SENDERS):
            self.gate.pass_(number)
            while not send(self.url, number):
                self.again += 1


def mending(place: Place) -> list[int]:
    """What the hosts of runs do now."""
    return [pid for pid in processes.of(place.home / "runs") if processes.command(pid).startswith("sleep")]


def killed(place: Place, name: str) -> None:
    """SIGKILL for each process of one kind."""
    redis = [pid for pid in processes.of(place.home) if "redis-server" in processes.command(pid)]
    found = redis if name == "redis" else processes.named(place.root, "-m", "bot", name)
    assert found, f"no {name} is there"
    for pid in found:
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def slack(place: Place) -> Iterator[FakeSlack]:
    """A Slack that the place knows, and all that the storm needs in the place."""
    with FakeSlack() as made:
        place.extra = {
            "ALERT_TOKEN": "t0ken",
            "SLACK_BOT_TOKEN": made.bot_token,
            "SLACK_SIGNING_SECRET": made.signing_secret,
            "SLACK_API_URL": made.api_url,
        }
        made.workspace.add_channel("storm", id=CHANNEL)
        place.write("signalbox.yml", POLICY)
        place.write("rulebooks/storm.yml", RULEBOOK)
        place.write("extensions/eda/plugins/event_source/beats.py", BEATS)
        place.playbook("mend", MEND, safety={"automation": "safe"})
        place.commit()
        yield made


def through(place: Place, url: str) -> int:
    """The storm, with each process killed in it; how often something had to be sent again."""
    gate = Gate()
    senders = [Sender(url, first, gate) for first in range(SENDERS)]
    for sender in senders:
        sender.start()
    for number, name in KILLS:
        gate.let(number + EACH // 2)
        processes.until(lambda number=number: count(place, SENT) >= number, 60, f"alert {number}")
        if name == "sense":
            processes.until(lambda: count(place, SENSED) == BEATS_SENT // 2, 60, "half of what is sensed")
        if name == "worker":
            processes.until(lambda: mending(place), 60, "a run under way")
        killed(place, name)
    place.write("go", "the sensor may go on")
    gate.let(ALERTS)
    for sender in senders:
        sender.join(120)
        assert not sender.is_alive()
    return sum(sender.again for sender in senders)


def count(place: Place, sql: str) -> int:
    """How many rows there are."""
    return int(place.rows(f"SELECT count(*) AS n FROM {sql}")[0]["n"])


def settled(place: Place) -> None:
    """Wait until everything that follows from the storm is done."""
    waits = (
        "alert_news WHERE NOT ruled",
        "suggestions WHERE state IN ('starting', 'started')",
        "runs WHERE recapped_at IS NULL",
        "deliveries WHERE state = 'pending'",
    )
    for sql in waits:
        processes.until(lambda sql=sql: count(place, sql) == 0, 120, f"no {sql}")
    both = "incidents AS i JOIN incident_cards AS c ON c.incident_id = i.id AND c.shown = i.edition"
    processes.until(lambda: count(place, both) == 2 * count(place, "incidents"), 60, "both cards of each incident")


def cards(slack: FakeSlack, incidents: list[dict[str, Any]]) -> dict[str, list[str]]:
    """For each incident the texts of its cards in the channel."""
    posted = [(key_of(message), message.text) for message in slack.messages(CHANNEL)]
    return {
        row["service"]: [text for key, text in posted if key == f"incident:{row['id']}:{CHANNEL}"] for row in incidents
    }


def test_a_storm_in_which_everybody_is_killed(place: Place, slack: FakeSlack) -> None:
    """Given a storm, when each process is killed in it, then alerts, incidents, cards and runs are there once each."""
    with place.up() as url:
        assert through(place, url) > 0
        processes.until(lambda: count(place, "alerts") == ALERTS + BEATS_SENT, 60, "what the sensor said")
        settled(place)
        assert count(place, "(SELECT DISTINCT source, subject FROM alerts)") == ALERTS + BEATS_SENT
        assert count(place, "alert_news") == ALERTS + BEATS_SENT
        incidents = place.rows("SELECT id, service FROM incidents")
        services = [f"service of {host}" for host in HOSTS]
        assert sorted(row["service"] for row in incidents) == ["sensed", *sorted(services)]
        shown = cards(slack, incidents)
        assert {service: len(texts) for service, texts in shown.items()} == dict.fromkeys([*services, "sensed"], 1)
        assert all(f"{EACH} alerts fire" in shown[service][0] for service in services)
        assert f"{BEATS_SENT} alerts fire" in shown["sensed"][0]
        assert_runs_once_each(place)
        told = place.chat("alerts", f"incident {incidents[0]['id']} ack")
        assert (told.status, "Errors of service of web1" in told.out) == (0, True)
        with place.redis() as redis:
            assert redis.keys("signalbox:lines*") + redis.keys("signalbox:rules:sensed") == []
            assert [key for kind in ("alive", "places", "wave") for key in redis.keys(f"signalbox:run:*:{kind}")] == []
    assert slack.violations == []


def assert_runs_once_each(place: Place) -> None:
    """The rule asked once for each host; each run is over, once, those whose worker was killed as lost."""
    runs = place.rows("SELECT id, host, status FROM runs JOIN run_hosts ON run_id = id AND position IS NOT NULL")
    assert sorted(row["host"] for row in runs) == sorted(HOSTS)
    assert {row["status"] for row in runs} == {"successful", "lost"}
    assert count(place, "suggestions") == count(place, "(SELECT DISTINCT run_id FROM suggestions)") == len(HOSTS)
    for row in runs:
        assert count(place, f"automation_events WHERE run_id = {row['id']} AND status = '{row['status']}'") == 1
