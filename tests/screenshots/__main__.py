"""`python -m tests.screenshots`: runs the bot against a fake Slack, and writes docs/images/slack-*.png."""

import copy
import json
import sys
import tempfile
from collections.abc import Iterator
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
Pages = Iterator[tuple[str, str]]


def main() -> int:
    """1 when a picture became too large for the docs, or the bot did what Slack does not take; all are written."""
    with (
        tempfile.TemporaryDirectory(prefix="sb-", dir="/tmp") as folder,
        FakeSlack() as slack,
        bot(slack, Path(folder)),
    ):
        pages = {name: html for story in STORIES for name, html in story(slack)}
        wrong = [str(violation) for violation in slack.violations]
    FOLDER.mkdir(exist_ok=True)
    sizes = {name: picture(html, FOLDER / f"slack-{name}.png") for name, html in pages.items()}
    print("\n".join(f"docs/images/slack-{name}.png  {size} bytes" for name, size in sizes.items()))
    print("\n".join(wrong), file=sys.stderr)
    return int(max(sizes.values()) > MOST_BYTES or bool(wrong))


def _running(slack: FakeSlack) -> Pages:
    """A run with some hosts through a step and others not; it is then canceled from its card."""
    person = slack.person("U1")
    person.slash("/ansible", "run slow on web in staging seconds=6 steps=3 jitter=100", CHANNEL)
    yield "running", _page(slack, card(slack, 1, "Task [3-9] .*[2-5] of 6 hosts through it"))
    person.press(card(slack, 1), "run_cancel")
    card(slack, 1, "canceled")


def _failed(slack: FakeSlack) -> Pages:
    """A run that failed on two hosts; then what stands in its thread."""
    slack.person("U1").slash("/ansible", "run failing on web in staging how=command every=3", CHANNEL)
    shown = card(slack, 2, r"\*failed\* after")
    yield "failed", _page(slack, shown)
    yield "thread", _page(slack, *thread(slack, shown))


def _finished(slack: FakeSlack) -> Pages:
    """A run that went well, asked for by its phrase."""
    slack.person("U1").mention("how is db in staging", CHANNEL)
    yield "finished", _page(slack, card(slack, 3, r"\*successful\* after"))


def _many(slack: FakeSlack) -> Pages:
    """A run on 300 hosts, of which a few failed."""
    slack.person("U1").slash("/ansible", "run certificates in fleet", CHANNEL)
    yield "many", _page(slack, card(slack, 4, r"\*failed\* after"))


def _approval(slack: FakeSlack) -> Pages:
    """A run that waits for somebody else's yes, with all that they should know."""
    slack.person("U1").slash("/ansible", "run clear-cache on web in prod", CHANNEL)
    yield "approval", _page(slack, card(slack, 5, "Approve"))


def _form(slack: FakeSlack) -> Pages:
    """The form, filled in as far as the preview of hosts."""
    person = slack.person("U1")
    person.slash("/ansible", "run", CHANNEL)
    seen = "form_runbook"
    for action, chosen, shown in (
        ("form_runbook", "restart-service", "form_environment"),
        ("form_environment", "staging", "8 hosts"),
        ("form_pattern", "web:!web3", "5 hosts"),
    ):
        view = person.fill(modal(slack, seen), **{action: chosen})
        person.press(view, action, chosen)
        seen = shown
    yield "form", document("Form", modal_html(modal(slack, seen), "U1"))


STORIES = (_running, _failed, _finished, _many, _approval, _form)


def _page(slack: FakeSlack, *messages: Message) -> str:
    """Messages as a page."""
    return document("Slack", "".join(_drawn(slack, message) for message in messages))


def _drawn(slack: FakeSlack, message: Message) -> str:
    """A message; people are named, as Slack names them."""
    users, shown = slack.workspace.users, copy.deepcopy(message)
    told = json.dumps(shown.blocks)
    for user in users.values():
        told = told.replace(f"<@{user.id}>", f"<@{user.id}|@{user.name}>")
    shown.blocks = json.loads(told)
    return message_html(shown, users[shown.user])


if __name__ == "__main__":
    sys.exit(main())
