"""`python -m tests.screenshots`: runs the bot against a fake Slack, and writes docs/images/slack-*.png."""

import copy
import json
import sys
import tempfile
from pathlib import Path

from tests.fake_slack import FakeSlack
from tests.fake_slack.page import document, message_html
from tests.fake_slack.page.forms import modal_html
from tests.fake_slack.state import Message
from tests.screenshots.camera import picture
from tests.screenshots.project import ROOT
from tests.screenshots.stack import CHANNEL, bot, card, modal, thread

FOLDER = ROOT / "docs" / "images"
MOST_BYTES = 60_000


def main() -> int:
    """1 when a picture became too large for the docs; it is written all the same."""
    with (
        tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder,
        FakeSlack() as slack,
        bot(slack, Path(folder)),
    ):
        pages = {
            "running": _running(slack),
            "failed": _failed(slack),
            "finished": _finished(slack),
            "many": _many(slack),
            "form": _form(slack),
        }
        wrong = [str(violation) for violation in slack.violations]
    FOLDER.mkdir(exist_ok=True)
    sizes = {name: picture(html, FOLDER / f"slack-{name}.png") for name, html in pages.items()}
    print("\n".join(f"docs/images/slack-{name}.png  {size} bytes" for name, size in sizes.items()))
    print("\n".join(wrong), file=sys.stderr)
    return int(max(sizes.values()) > MOST_BYTES or bool(wrong))


def _running(slack: FakeSlack) -> str:
    """A run with some hosts through the task and others not; it is then canceled from its card."""
    person = slack.person("U1")
    person.slash("/ansible", "run slow on web in staging seconds=6 steps=3 jitter=100", CHANNEL)
    shown = card(slack, 1, "[2-5] of 6 hosts through it")
    person.press(card(slack, 1), "run_cancel")
    card(slack, 1, "canceled")
    return _page(slack, shown)


def _failed(slack: FakeSlack) -> str:
    """A run that failed on two hosts, and what stands in its thread."""
    slack.person("U1").slash("/ansible", "run failing on web in staging how=command every=3", CHANNEL)
    shown = card(slack, 2, r"\*failed\* after")
    return _page(slack, shown, *thread(slack, shown))


def _finished(slack: FakeSlack) -> str:
    """A run that went well, asked for by its phrase."""
    slack.person("U1").mention("how is db in staging", CHANNEL)
    return _page(slack, card(slack, 3, r"\*successful\* after"))


def _many(slack: FakeSlack) -> str:
    """A run on 300 hosts, of which a few failed."""
    slack.person("U1").slash("/ansible", "run certificates in fleet", CHANNEL)
    return _page(slack, card(slack, 4, r"\*failed\* after"))


def _form(slack: FakeSlack) -> str:
    """The form, filled in as far as the preview of hosts."""
    person = slack.person("U1")
    person.slash("/ansible", "run", CHANNEL)
    person.press(modal(slack, "form_runbook"), "form_runbook", "restart-service")
    person.press(modal(slack, "form_environment"), "form_environment", "staging")
    view = modal(slack, "form_hosts", "staging")
    person.press(view, "form_pattern", "web:!web3")
    return document("Form", modal_html(modal(slack, "5 hosts"), "U1"))


def _page(slack: FakeSlack, top: Message, *below: Message) -> str:
    """A message with its thread as a page."""
    inner = "".join(_drawn(slack, message) for message in below)
    return document("Slack", _drawn(slack, top, f'<div class="thread">{inner}</div>' if inner else ""))


def _drawn(slack: FakeSlack, message: Message, replies: str = "") -> str:
    """A message; people are named, as Slack names them."""
    users, shown = slack.workspace.users, copy.deepcopy(message)
    told = json.dumps(shown.blocks)
    for user in users.values():
        told = told.replace(f"<@{user.id}>", f"<@{user.id}|@{user.name}>")
    shown.blocks = json.loads(told)
    return message_html(shown, users[shown.user], replies=replies)


if __name__ == "__main__":
    sys.exit(main())
