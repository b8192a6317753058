"""What `serve` is made of, in this process: a strict fake Slack on one side, a real Redis and SQL on the other.

Nobody carries out the runs: what becomes of a request stands in SQL, and what people are told on their screens.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import redis
from flask import Flask
from werkzeug.serving import make_server

from bot.app import App
from bot.app_slack import SlackApp
from bot.entrypoints.slack_door import Talker
from bot.entrypoints.slack_http import slack_pages
from bot.model.run import Run
from bot.settings import Settings
from tests.fake_slack import FakeSlack, Message, View
from tests.fake_slack.to_app.elements import initial
from tests.flows.world import LAB, PLAYBOOK, RUNBOOKS

T = TypeVar("T")
POLICY = """
roles:
  operator:
    members: ["slack:U1"]
    may: [{runbooks: ["*"], environments: [lab]}]
"""


def until(look: Callable[[], T], what: str, seconds: float = 60.0) -> T:
    """What `look` returns as soon as it is true; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not seen within {seconds:g} s: {what}"
        time.sleep(0.01)
    return seen


class Desk:
    """One `serve` with a project of its own; `U1` may run everything in the environment lab, nobody else anything."""

    def __init__(self, root: Path, redis_socket: Path, slack: FakeSlack) -> None:
        self.root, self.slack = root, slack
        self.project = root / "project"
        self.write("inventories/lab/hosts.yml", LAB)
        self.write("playbooks/site.yml", PLAYBOOK)
        for name, body in RUNBOOKS.items():
            self.runbook(name, body)
        self.policy(POLICY)
        self.redis = redis.Redis(unix_socket_path=str(redis_socket))
        self.app = App(self._settings(redis_socket))
        self.app.ledger.installation()
        self._stop, self._threads = threading.Event(), [threading.Thread(target=self._nothing)]
        self._server = make_server("127.0.0.1", 0, self._web(), threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}/slack/events"

    def _settings(self, redis_socket: Path) -> Settings:
        said: dict[str, Any] = {
            "REDIS_URL": f"unix://{redis_socket}",
            "DATABASE_URL": "",
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "SLACK_API_URL": self.slack.api_url,
            "SIGNALBOX_PROJECT": self.project,
            "SIGNALBOX_HOME": self.root / "home",
        }
        return Settings(_env_file=None, **said)

    def _nothing(self) -> None:
        return

    @property
    def parts(self) -> SlackApp:
        """What is wired for Slack."""
        assert self.app.slack is not None
        return self.app.slack

    def _web(self) -> Flask:
        flask = Flask("desk")
        flask.register_blueprint(slack_pages(lambda: self.parts.door, self.slack.signing_secret))
        return flask

    # its life

    def start(self, talkers: int = 2) -> None:
        """Listen; with so many talkers."""
        self.parts.form.warm()
        self._threads = [threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})]
        for number in range(talkers):
            talker = Talker(inbox=self.parts.inbox(f"t{number}"), talk=lambda: self.parts.talk, take_ms=50)
            self._threads.append(threading.Thread(target=talker.run, args=(self._stop,)))
        for thread in self._threads:
            thread.start()
        self.slack.connect(self.url)

    def close(self) -> None:
        """End everything."""
        self._stop.set()
        if any(thread.is_alive() for thread in self._threads):
            self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(20)
        self.app.ledger.close()
        self.app.redis.close()
        self.redis.close()

    # what is in it

    def write(self, name: str, text: str) -> Path:
        """A file of the project."""
        path = self.project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def runbook(self, name: str, body: str) -> None:
        """A runbook of the one playbook."""
        lines = [line.removeprefix("        ") for line in body.strip("\n").splitlines()]
        head = f"id: {name}\nsummary: The {name} of it\nplaybook: site.yml\n"
        self.write(f"playbooks/{name}.runbook.yml", head + "\n".join(lines) + "\n")

    @property
    def policy_file(self) -> Path:
        """The policy of the place."""
        return self.project / "signalbox.yml"

    def policy(self, text: str) -> None:
        """What is in it."""
        self.policy_file.parent.mkdir(parents=True, exist_ok=True)
        self.policy_file.write_text(text)

    def runs(self) -> list[Run]:
        """All runs, oldest first."""
        return self.app.ledger.find("all", last=100)[::-1]

    def run(self, count: int = 1) -> Run:
        """The newest run, when there are so many."""
        until(lambda: len(self.runs()) >= count, f"run {count}")
        self.settle()  # a run is stored before it is queued
        return self.runs()[count - 1]

    def done(self) -> bool:
        """Whether everything that came in was dealt with."""
        return self.redis.xlen("signalbox:slack:inbox") == 0

    def settle(self) -> None:
        """Wait until everything that came in was dealt with."""
        until(self.done, "an empty inbox")

    # what people see

    def told(self, user: str = "U1", channel: str = "C1") -> list[Message]:
        """What the bot showed this person alone, and what it posted, when everything was dealt with."""
        self.settle()
        bot = self.slack.workspace.bot_user
        return [message for message in self.slack.person(user).sees(channel) if message.user == bot]

    def said(self, user: str = "U1", channel: str = "C1") -> str:
        """The text of all that."""
        return "\n".join(message.text for message in self.told(user, channel))

    def direct(self, user: str = "U1") -> str:
        """What the bot wrote to this person alone in direct messages."""
        return self.said(user, self.slack.workspace.direct(user).id)

    def press(self, view: View, action: str, chosen: Any, user: str = "U1") -> None:
        """Choose in a form; Slack tells what else stands in it, whether or not anybody has touched it."""
        person = self.slack.person(user)
        person.fill(view, **{action: chosen})
        for block in view.body["blocks"]:
            first = initial(block["element"]) if block["type"] == "input" else None
            if first is not None:
                view.state.setdefault(block["block_id"], {}).setdefault(block["element"]["action_id"], first)
        person.press(view, action, chosen)

    def modal(self, user: str = "U1", after: View | None = None, revision: int = 0) -> View:
        """The form before a person; another one than `after`, changed so many times."""
        person = self.slack.person(user)

        def look() -> View | None:
            view = person.modal()
            fresh = view is not None and (after is None or view.id != after.id)
            return view if view is not None and fresh and len(view.revisions) >= revision else None

        found = until(look, "a form")
        assert found is not None
        return found
