"""What every call must bring: a token with scopes, known methods, required arguments of the right types."""

import json
import urllib.request
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.fake_slack import FakeSlack
from tests.fake_slack.conftest import web
from tests.fake_slack.specs import specs


def refused(call: Any, *args: Any, **named: Any) -> dict[str, Any]:
    """The body of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as refusal:
        call(*args, **named)
    return dict(refusal.value.response.data)


def posted(slack: FakeSlack, method: str, body: bytes, kind: str, token: str | None = None) -> dict[str, Any]:
    """A call made by hand, to say what slack_sdk would not."""
    headers = {"Content-Type": kind, "Authorization": f"Bearer {token or slack.bot_token}"}
    with urllib.request.urlopen(urllib.request.Request(slack.api_url + method, body, headers)) as answer:
        return json.loads(answer.read())


def test_every_method_of_the_specs_is_answered(slack: FakeSlack, client: WebClient) -> None:
    """Given all specs, when each method is called with nothing, then none is unknown and none breaks the fake."""
    slack.rates.enforced = False
    ask_for_nothing = {"auth.test", "bots.info", "team.info", "usergroups.list", "users.list"}
    for method in ask_for_nothing:
        assert client.api_call(method)["ok"]
    errors = {refused(client.api_call, method, json={})["error"] for method in set(specs()) - ask_for_nothing}
    assert errors <= {"invalid_arguments", "not_allowed_token_type", "users_list_not_supplied", "missing_scope"}
    assert slack.violations == []


def test_an_unknown_method_is_refused(client: WebClient) -> None:
    """Given a method that Slack does not have, when it is called, then it is unknown and named."""
    assert refused(client.api_call, "chat.shout")["req_method"] == "chat.shout"


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-other", "invalid_auth")])
def test_a_token_is_needed(slack: FakeSlack, token: str, error: str) -> None:
    """Given no token or a strange one, when anything is called, then Slack says which of both it was."""
    client = WebClient(token=token, base_url=slack.api_url, retry_handlers=[])
    assert refused(client.auth_test)["error"] == error


@pytest.mark.parametrize("error", ["token_revoked", "account_inactive"])
def test_a_token_in_trouble_does_nothing(slack: FakeSlack, client: WebClient, error: str) -> None:
    """Given a revoked token, when a message is posted, then that is the answer and nothing stands in the channel."""
    slack.tokens.trouble(slack.bot_token, error)
    assert refused(client.chat_postMessage, channel="C1", text="hello")["error"] == error
    assert slack.messages() == []


def test_a_missing_scope_is_named() -> None:
    """Given a token without chat:write, when it posts, then Slack says what is needed and what there is."""
    with FakeSlack(scopes=("commands", "users:read")) as slack:
        answer = refused(web(slack).chat_postMessage, channel="C1", text="hello")
    assert (answer["error"], answer["needed"]) == ("missing_scope", "chat:write")
    assert answer["provided"] == "commands,users:read"


def test_history_needs_the_scope_of_the_kind_of_channel() -> None:
    """Given channels:history only, when a private channel is read, then groups:history is missing."""
    with FakeSlack(scopes=("channels:history",)) as slack:
        private = slack.workspace.add_channel("secret", kind="group")
        assert web(slack).conversations_history(channel="C1")["ok"]
        assert refused(web(slack).conversations_history, channel=private.id)["needed"] == "groups:history"


def test_a_missing_argument_is_named(slack: FakeSlack, client: WebClient) -> None:
    """Given no channel, when a message is posted, then the missing field is in response_metadata."""
    answer = refused(client.api_call, "chat.postMessage", json={"text": "hello"})
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]
    assert slack.violations == []


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("chat.postMessage", {"channel": 7, "text": "x"}),
        ("chat.postMessage", {"channel": "C1", "text": "x", "unfurl_links": "perhaps"}),
        ("conversations.history", {"channel": "C1", "limit": "many"}),
    ],
)
def test_types_of_arguments_are_checked(slack: FakeSlack, method: str, body: dict[str, Any]) -> None:
    """Given an argument of another type, when the method is called, then it is refused and the place is named."""
    answer = posted(slack, method, json.dumps(body).encode(), "application/json; charset=utf-8")
    assert answer["error"] == "invalid_arguments"
    assert "json-pointer" in answer["response_metadata"]["messages"][0]


def test_forms_and_json_say_the_same(slack: FakeSlack, client: WebClient) -> None:
    """Given one message as a form and one as JSON, when both are posted, then both stand there alike."""
    blocks = [{"type": "divider", "block_id": "line"}]
    client.api_call("chat.postMessage", json={"channel": "C1", "text": "same", "blocks": blocks})
    client.api_call("chat.postMessage", data={"channel": "C1", "text": "same", "blocks": json.dumps(blocks)})
    first, second = slack.messages()
    assert (first.text, first.blocks) == (second.text, second.blocks) == ("same", blocks)


@pytest.mark.parametrize(
    ("kind", "body", "error"),
    [
        ("application/json", b"{", "invalid_json"),
        ("application/json", b"[]", "json_not_object"),
        ("text/xml", b"<a/>", "invalid_post_type"),
        ("application/x-www-form-urlencoded", b"\xff", "invalid_charset"),
    ],
)
def test_bodies_that_are_none_are_refused(slack: FakeSlack, kind: str, body: bytes, error: str) -> None:
    """Given a body that cannot be read, when it is posted, then Slack says why."""
    assert posted(slack, "chat.postMessage", body, kind)["error"] == error


def test_json_is_not_read_where_the_method_takes_forms_only(slack: FakeSlack) -> None:
    """Given a method without JSON, when it is called with JSON, then its arguments are missing."""
    answer = posted(slack, "files.getUploadURLExternal", b'{"length": 3, "filename": "a"}', "application/json")
    assert answer["error"] == "invalid_arguments"


def test_an_argument_that_does_not_exist_is_a_violation(slack: FakeSlack, client: WebClient) -> None:
    """Given a misspelled argument, when the call is made, then Slack takes it and the test learns of it."""
    client.api_call("chat.postMessage", json={"channel": "C1", "text": "x", "tread_ts": "1.2"})
    assert "tread_ts" in slack.violations.of("unknown_argument")[0].detail


def test_calls_are_counted_without_the_token(slack: FakeSlack, client: WebClient) -> None:
    """Given two calls, when the record is read, then it has their arguments and outcome and no token."""
    client.chat_postMessage(channel="C1", text="x")
    refused(client.chat_postMessage, channel="C9", text="x")
    assert [(seen.done, seen.error) for seen in slack.calls_of("chat.postMessage")] == [
        (True, ""),
        (False, "channel_not_found"),
    ]
    assert slack.bot_token not in repr(slack.calls)


def test_socket_mode_needs_the_other_token(slack: FakeSlack, client: WebClient) -> None:
    """Given both tokens, when a connection is asked for, then only the app's token gets an address."""
    assert refused(client.apps_connections_open, app_token=slack.bot_token)["error"] == "not_allowed_token_type"
    assert client.apps_connections_open(app_token=slack.app_token)["url"].startswith("ws://127.0.0.1:")
