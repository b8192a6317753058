"""A whole installation in processes (serve, relay, workers, Redis) beside a strict fake Slack with real limits."""

import contextlib
import json
import os
import signal
import time
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any

from tests.e2e import processes
from tests.e2e.place import Place, free_port, http
from tests.fake_slack import FakeSlack, Message

POLICY = """
roles:
  operator:
    members: ["slack:U1"]
    may: [{runbooks: ["*"], environments: [local]}]
"""
QUICK = [{"name": f"Step {number}", "ansible.builtin.debug": {"msg": f"step {number}"}} for number in range(1, 4)]
HALF = [{"name": "Fail", "ansible.builtin.fail": {"msg": "no <!channel> &"}, "when": "inventory_hostname == 'web2'"}]
WAIT = [
    {"name": "Begin", "ansible.builtin.debug": {"msg": "begun"}},
    {
        "name": "Wait for a file",
        "ansible.builtin.wait_for": {"path": "{{ file }}", "timeout": 120, "sleep": 1},
        "run_once": True,
    },
]


def _uneven(name: str, file: str) -> dict[str, Any]:
    """A task that fails on web1 after a second, and on the other hosts waits for a file."""
    path = f"{{{{ '/no/such/file' if inventory_hostname == 'web1' else {file} }}}}"
    seconds = "{{ 1 if inventory_hostname == 'web1' else 120 }}"
    return {"name": name, "ansible.builtin.wait_for": {"path": path, "timeout": seconds, "sleep": 1}}


MENDED = [
    {
        "block": [_uneven("Try", "first")],
        "rescue": [{"name": "Take it up", "ansible.builtin.debug": {"msg": "taken up"}}],
    },
    _uneven("Try again", "second"),
]


ALERT_TOKEN = "t0ken-of-alertmanager"


def key_of(message: Message) -> str:
    """The key in the metadata of a message (`+1`: posted anew, in another place), or the name of its file."""
    if message.files:
        return message.files[0].name
    return str((message.metadata or {}).get("event_payload", {}).get("key", "")).partition("+")[0]


class Town:
    """One installation; every test asks in a channel of its own."""

    def __init__(self) -> None:
        self.slack = FakeSlack().start()
        self.place = Place()
        self.place.playbook("quick", QUICK)
        self.place.playbook("half", HALF)
        self.place.playbook("waiting", WAIT, parameters={"file": {"type": "str", "required": True}})
        files = {name: {"type": "str", "required": True} for name in ("first", "second")}
        self.place.playbook("mended", MENDED, parameters=files)
        self.place.write("signalbox.yml", POLICY)
        self.place.commit()
        self.place.extra = {
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "SLACK_API_URL": self.slack.api_url,
            "ALERT_TOKEN": ALERT_TOKEN,
        }
        self.url = ""
        self._files = 0

    @contextlib.contextmanager
    def up(self, env: Mapping[str, str] | None = None, *, http_door: bool = True) -> Iterator[str]:
        """`python -m bot up`, ready, and known to Slack."""
        port = free_port()
        with self.place.process("up", "--port", str(port), env=env) as started:
            self.url = f"http://127.0.0.1:{port}"

            def ready() -> bool:
                assert started.poll() is None, self.log()
                return http(f"{self.url}/healthz")[0] == 200

            processes.until(ready, 90, "healthz")
            self.slack.connect(f"{self.url}/slack/events" if http_door else None)
            yield self.url

    def close(self) -> None:
        """End everything."""
        self.slack.app.join()
        self.place.close()
        self.slack.stop()

    def log(self) -> str:
        """What the processes have logged."""
        return (self.place.root / "up.log").read_text(errors="replace")[-6000:]

    def kill(self, name: str) -> None:
        """SIGKILL for all processes of one kind: serve, relay, worker."""
        found = processes.named(self.place.root, name)
        assert found, f"no {name} is there"
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def pause(self, name: str) -> list[int]:
        """SIGSTOP for all processes of one kind, until `go_on`."""
        found = processes.named(self.place.root, name)
        for pid in found:
            os.kill(pid, signal.SIGSTOP)
        return found

    def file(self) -> str:
        """A file that is not there yet."""
        self._files += 1
        return str(self.place.root / f"go{self._files}")

    def alert(self, *alerts: Mapping[str, Any]) -> int:
        """What Alertmanager is answered when it sends these."""
        body = json.dumps({"version": "4", "alerts": alerts}).encode()
        headers = {"Authorization": f"Bearer {ALERT_TOKEN}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/alerts/alertmanager", data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)

    def incident(self, channel: str, **labels: str) -> Message:
        """The card of the incident that an alert with these labels opens."""
        sql = "SELECT coalesce(max(id), 0) AS id FROM incidents"
        number = int(self.place.rows(sql)[0]["id"]) + 1
        assert self.alert({"status": "firing", "labels": labels}) == 200
        return self.find(f"incident:{number}:{channel}", channel)

    def press(self, card: Message, action: str, user: str = "U1") -> int:
        """The number of the run that a button asks for."""
        before = self.newest()
        self.slack.person(user).press(card, action)
        return processes.until(lambda: self.newest() > before and self.newest(), 60, f"a run\n{self.log()}")

    # what is seen

    def channel(self) -> str:
        """A new channel with everybody in it."""
        return self.slack.workspace.add_channel(f"c{len(self.slack.workspace.channels)}").id

    def keys(self, channel: str | None) -> list[str]:
        """The keys of all that the bot posted in a channel, oldest first."""
        bot = self.slack.workspace.bot_user
        return [key_of(message) for message in self.slack.messages(channel) if message.user == bot]

    def thread(self, card: Message) -> list[str]:
        """What stands in the thread of a message, oldest first."""
        return [each.text for each in self.slack.messages(None) if each.thread_ts == card.ts != each.ts]

    def find(self, key: str, channel: str | None = None, seconds: float = 60) -> Message:
        """The message with this key, as soon as it is there."""

        def look() -> Message | None:
            return next((message for message in self.slack.messages(channel) if key_of(message) == key), None)

        found = processes.until(look, seconds, f"{key}; {self.keys(channel)}\n{self.log()}")
        assert found is not None
        return found

    def ask(self, text: str, channel: str, user: str = "U1") -> int:
        """Ask by a command for a run; its number."""
        before = self.newest()
        assert self.slack.person(user).slash("/ansible", text, channel=channel).acked

        def new() -> int:
            return self.newest() if self.newest() > before else 0

        return processes.until(new, 60, f"a run for {text!r}: {self.told(channel, user)}\n{self.log()}")

    def newest(self) -> int:
        """The number of the newest run; 0 when there is none."""
        return int(self.place.rows("SELECT coalesce(max(id), 0) AS id FROM runs")[0]["id"])

    def told(self, channel: str, user: str = "U1") -> list[str]:
        """What this person alone was shown in a channel."""
        return [message.text for message in self.slack.person(user).sees(channel) if message.viewer]

    def shows(self, run_id: int, word: str, seconds: float = 90, channel: str | None = None) -> Message:
        """The card of a run when it says a word."""
        card = self.find(f"card:{run_id}", channel, seconds)
        processes.until(lambda: word in card.text, seconds, f"{word!r} in {card.text!r}\n{self.log()}")
        return card

    def ended(self, run_id: int, word: str, seconds: float = 90, channel: str | None = None) -> Message:
        """The card of a run that has ended with this word; recap and log stand in its thread, all of it once."""
        self.find(f"run-{run_id}.log", channel, seconds)
        card = self.shows(run_id, word, seconds, channel)
        recap, log = self.find(f"recap:{run_id}", channel), self.find(f"run-{run_id}.log", channel)
        assert recap.thread_ts == log.thread_ts == (card.thread_ts or card.ts)
        keys = [key for key in self.keys(channel) if key in {f"card:{run_id}", f"recap:{run_id}", f"run-{run_id}.log"}]
        assert sorted(keys) == sorted(set(keys)), keys
        return card

    def health(self) -> tuple[int, str]:
        """What `/healthz` says."""
        return http(f"{self.url}/healthz")


def wait(seconds: float) -> None:
    """Let time pass in which something may go wrong."""
    time.sleep(seconds)


def actions(message: Message) -> list[str]:
    """The buttons of a message."""
    elements = [each for block in message.blocks for each in (*block.get("elements", []), block.get("accessory", {}))]
    return [each["action_id"] for each in elements if "action_id" in each]
