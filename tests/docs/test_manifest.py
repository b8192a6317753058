"""The app manifest is one that Slack takes, and says exactly what the bot handles, calls and may do."""

import json
import re
from typing import Any
from unittest.mock import sentinel
from urllib.parse import urlsplit

import pytest
from flask import Flask
from pydantic import ValidationError

from bot.chat.slack import incoming
from bot.chat.slack.client import SlackClient
from bot.chat.slack.posting import Posting, who_am_i
from bot.chat.slack.replies import text_message
from bot.commands import parse
from bot.entrypoints.slack_http import slack_pages
from bot.flows.slack.talk import Talk
from bot.model.command import Vocabulary
from bot.model.incoming import Incoming, IncomingKind
from tests.docs.manifest import Manifest, manifest
from tests.docs.pages import ROOT, text
from tests.docs.slack_methods import called_methods, sentences
from tests.fake_slack import FakeSlack
from tests.fake_slack.specs import specs

PATH = "docs/slack-manifest.yml"

EVERY_KIND = {"conversations.history", "conversations.replies"}
"""Asked for in whatever conversation the bot is: their spec names one scope for each kind, and all are needed."""
ONE_OF = {"conversations.open": "im:write"}
"""Their spec names several scopes, and for how we call it (one person's direct messages) this one is enough."""
EVENT_SCOPES = {
    "app_home_opened": set(),
    "app_mention": {"app_mentions:read"},
    "message.im": {"im:history"},
    "reaction_added": {"reactions:read"},
    "subteam_members_changed": {"usergroups:read"},
}
"""What an event needs, from Slack's list of events (github: slack-ruby/slack-api-ref, docs.slack.dev/events)."""
COMMANDS = "commands"
"""The scope for slash commands and shortcuts."""
SHORTCUTS = {"global": "shortcut", "message": "message_action"}
"""How a shortcut of each type arrives, as in tests/fake_slack/payloads."""


@pytest.fixture(scope="module")
def app() -> Manifest:
    """The manifest as it stands in the docs."""
    return manifest(text(PATH))


def test_slack_takes_the_manifest(app: Manifest) -> None:
    """Given the manifest, when it is held to Slack's schema, then it fits, and asks for a bot with a home."""
    assert app.features.app_home.home_tab_enabled
    assert app.features.app_home.messages_tab_enabled
    assert not app.features.app_home.messages_tab_read_only_enabled
    assert app.settings.interactivity.is_enabled


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("name: Run a runbook\n", f"name: {'r' * 25}\n"),
        ("type: message", "type: message_action"),
        ("command: /ansible", "command: ansible"),
        ("is_enabled: true", "is_enabled: 'yes'"),
        ("  bot_user:\n", "  bot_users:\n"),
        ("url: https://signalbox.example.com", "url: signalbox.example.com"),
        ("    request_url: https://signalbox.example.com/slack/events\n", ""),
        ("- app_mention\n", "- app_mention\n      - app_mention\n"),
    ],
)
def test_slack_would_not_take_it_otherwise(written: str, instead: str) -> None:
    """Given the manifest with a mistake, when it is held to Slack's schema, then it does not fit."""
    assert written in text(PATH)
    with pytest.raises(ValidationError):
        manifest(text(PATH).replace(written, instead))


def _needed(method: str) -> set[str]:
    scopes = set(specs()[method].scopes)
    if method in EVERY_KIND:
        return scopes
    if method in ONE_OF:
        assert ONE_OF[method] in scopes
        return {ONE_OF[method]}
    assert len(scopes) <= 1, f"say which scope of {method} is needed"
    return scopes


def test_the_bot_may_do_what_it_does_and_no_more(app: Manifest) -> None:
    """Given the methods that the code calls and the events it gets, when scopes are counted, then none is over."""
    methods = {scope for method in called_methods() for scope in _needed(method)}
    events = {scope for event in app.settings.event_subscriptions.bot_events for scope in EVENT_SCOPES[event]}
    assert set(app.oauth_config.scopes.bot) == methods | events | {COMMANDS}


def test_the_methods_of_the_code_are_found() -> None:
    """Given the code, when its calls are looked for, then those are there without which nothing would work."""
    assert {"auth.test", "chat.postMessage", "chat.update", "views.open", "users.info"} <= called_methods()


def test_the_scopes_are_enough_for_a_conversation(app: Manifest) -> None:
    """Given a Slack that grants what the manifest says, when the bot posts, looks up, uploads, then all of it works."""
    with FakeSlack(scopes=tuple(app.oauth_config.scopes.bot)) as slack:
        api = SlackClient(slack.bot_token, base_url=slack.api_url)
        posting = Posting(api, who_am_i(api))
        opened = api.call("conversations.open", {"users": "U1"})["channel"]["id"]
        for channel in ("C1", opened):
            ts = posting.post(channel, text_message("hello"), key="k")
            posting.update(channel, ts, text_message("hello again"))
            assert posting.find(channel, "k") == ts
            assert posting.upload(channel, ts, "run-1.log", "all of it\n")
            assert posting.find(channel, "no such", thread=ts) is None
        posting.whisper("C1", "U1", text_message("psst"))
        assert api.call("users.info", {"user": "U1"})["user"]["id"] == "U1"


def _event(name: str) -> dict[str, Any]:
    kind, _, where = name.partition(".")
    about = {"user": "U1", "channel": "D1", "text": "help", "ts": "1.2", "tab": "home", "subteam_id": "S1"}
    about |= {"reaction": "pushpin", "item": {"type": "message", "channel": "C1", "ts": "1.2"}}
    return {"event_id": "Ev1", "team_id": "T1", "event": {"type": kind, "channel_type": where, **about}}


def _handled(found: Incoming | None) -> bool:
    return found is not None and found.kind in {IncomingKind.GROUP_CHANGED, IncomingKind.REACTION, *_deeds()}


def _deeds() -> set[IncomingKind]:
    """What the flow of a conversation acts on."""
    return set(Talk(**dict.fromkeys(Talk.__dataclass_fields__, sentinel))._deeds())


def test_every_event_is_handled_and_every_handled_one_is_asked_for(app: Manifest) -> None:
    """Given the events of the manifest, when each arrives, then something is done; and no other could be handled."""
    events = app.settings.event_subscriptions.bot_events
    assert [name for name in events if not _handled(incoming.from_event(_event(name)))] == []
    assert {name.partition(".")[0] for name in events} == set(incoming._EVENTS)


def _payload(name: str) -> dict[str, Any]:
    (path,) = (ROOT / "tests/fake_slack/payloads").glob(f"*{name}*.json")
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def test_every_shortcut_is_handled_and_every_handled_one_is_there(app: Manifest) -> None:
    """Given the shortcuts of the manifest, when each is used, then something is done; and both types are there."""
    for shortcut in app.features.shortcuts:
        used = _payload(f"{shortcut.type}_shortcut") | {"callback_id": shortcut.callback_id}
        assert used["type"] == SHORTCUTS[shortcut.type]
        found = incoming.from_interaction(used)
        assert found is not None
        assert found.action == shortcut.callback_id
        assert _handled(found)
    there = {SHORTCUTS[shortcut.type] for shortcut in app.features.shortcuts}
    assert there == set(incoming._INTERACTIONS) & set(SHORTCUTS.values())


def test_forms_and_menus_reach_the_bot(app: Manifest) -> None:
    """Given what people press, send in and search, when the bot handles it, then the manifest sends it there."""
    others = set(incoming._INTERACTIONS) - set(SHORTCUTS.values())
    assert others == {"block_actions", "view_submission", "block_suggestion"}
    assert app.settings.interactivity.request_url
    assert app.settings.interactivity.message_menu_options_url


def test_the_command_is_the_one_that_the_bot_speaks_of(app: Manifest) -> None:
    """Given the bot's sentences, when they name slash commands, then those are the manifest's, or Slack's `/invite`."""
    named = {name for said in sentences() for name in re.findall(r"`(/[a-z]+) [a-z@{]", said)}
    assert named == {command.command for command in app.features.slash_commands} | {"/invite"}
    invited = {name for said in sentences() for name in re.findall(r"/invite @(\w+)", said)}
    assert invited == {app.features.bot_user.display_name}


def test_the_hint_of_the_command_works(app: Manifest) -> None:
    """Given the hint beside the command, when its parts are said, then each is understood."""
    (command,) = app.features.slash_commands
    vocabulary = Vocabulary(runbooks=("ping",), environments=("local",))
    assert [part for part in str(command.usage_hint).split(" | ") if not parse(part, vocabulary)] == []
    typed = {"command": command.command, "text": "help", "user_id": "U1", "trigger_id": "1.2"}
    assert _handled(incoming.from_command(typed))


def test_every_url_is_a_door_of_serve(app: Manifest) -> None:
    """Given the URLs of the manifest, when the web application is asked, then it takes a POST at each."""
    flask = Flask("test")
    flask.register_blueprint(slack_pages(lambda: None, "secret"))  # type: ignore[arg-type, return-value]
    doors = {rule.rule for rule in flask.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert {urlsplit(url).path for url in app.urls()} <= doors
    assert len(app.urls()) == 4
