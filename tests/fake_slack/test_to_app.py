"""What the app is told over HTTP: real bodies, signed; acks measured; events told again; response URLs counted."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier

from tests.fake_slack import FakeSlack, ManualClock, forged, not_text
from tests.fake_slack.app import App, running
from tests.fake_slack.reply import Reply, text_reply
from tests.fake_slack.test_blocks import actions, button, menu, options, said, section


@pytest.fixture
def app(slack: FakeSlack) -> Iterator[App]:
    """An app that Slack tells things over HTTP."""
    with running(slack.signing_secret) as listening:
        slack.connect(listening.url)
        yield listening


def respond(url: str, **body: Any) -> tuple[int, str]:
    """Use a response URL: status and body of the answer."""
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def test_a_command_comes_as_a_form(slack: FakeSlack, app: App) -> None:
    """Given ada in #ops, when she types a command, then the app is told command, text, place and person."""
    delivery = slack.person().slash("/ansible", "run ping & <more>")
    told = app.told[0]
    assert (told["command"], told["text"]) == ("/ansible", "run ping & <more>")
    assert (told["team_id"], told["channel_id"], told["user_id"]) == (slack.workspace.team, "C1", "U1")
    assert app.headers[0]["content-type"] == "application/x-www-form-urlencoded"
    assert delivery.acked
    assert slack.violations == []


def test_what_the_acknowledgement_says_is_seen_by_the_asker(slack: FakeSlack, app: App) -> None:
    """Given an app that answers at once, when ada asks, then she sees it and ben does not; in_channel both do."""
    app.answers.append(text_reply("only you"))
    slack.person("U1").slash("/ansible")
    app.will_say({"response_type": "in_channel", "text": "all of you"})
    slack.person("U1").slash("/ansible")
    assert [m.text for m in slack.person("U1").sees()] == ["only you", "all of you"]
    assert [m.text for m in slack.person("U2").sees()] == ["all of you"]


def test_a_button_tells_message_value_and_place(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a message with a button, when ben presses it, then the app is told which, where and who."""
    client.chat_postMessage(channel="C1", text="x", blocks=[actions(button(value="run-7"))])
    slack.person("U2").press(slack.messages()[0], "go")
    told = app.told[0]
    assert (told["type"], told["user"]["id"], told["channel"]["id"]) == ("block_actions", "U2", "C1")
    assert (told["actions"][0]["value"], told["message"]["ts"]) == ("run-7", slack.messages()[0].ts)


def test_a_menu_tells_the_option(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a menu, when ada chooses, then the app is told the option; what is not there cannot be chosen."""
    client.chat_postMessage(channel="C1", text="x", blocks=[menu(options=options(3))])
    (message,) = slack.messages()
    slack.person().press(message, "menu", "v2")
    assert app.told[0]["actions"][0]["selected_option"]["value"] == "v2"
    with pytest.raises(AssertionError, match="no option"):
        slack.person().press(message, "menu", "v9")


def test_nobody_presses_what_they_cannot_see(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given a message for ada, when ben presses its button, or ada one that is not there, then that is impossible."""
    client.chat_postEphemeral(channel="C1", user="U1", text="x", blocks=[actions(button())])
    (message,) = slack.person("U1").sees()
    with pytest.raises(AssertionError, match="does not see"):
        slack.person("U2").press(message, "go")
    with pytest.raises(AssertionError, match="nothing with action_id"):
        slack.person("U1").press(message, "other")
    slack.person("U1").press(message, "go")
    assert app.told[0]["container"]["is_ephemeral"] is True


def test_shortcuts_and_mentions(slack: FakeSlack, app: App) -> None:
    """Given a message, when a shortcut is chosen, the bot is mentioned in its thread, then the app is told of each."""
    ada = slack.person()
    message = ada.say("disk full on db1")
    ada.shortcut("ask")
    ada.message_shortcut("run_on", message)
    ada.mention("restart nginx", thread_ts=message.ts)
    ada.direct("help")
    first, second, third, fourth = app.told
    assert (first["type"], first["callback_id"]) == ("shortcut", "ask")
    assert (second["type"], second["message"]["text"]) == ("message_action", "disk full on db1")
    assert (third["event"]["type"], third["event"]["text"]) == ("app_mention", "<@U0BOT> restart nginx")
    assert third["event"]["thread_ts"] == message.ts
    assert (fourth["event"]["type"], fourth["event"]["channel_type"]) == ("message", "im")


def test_a_group_that_changes_is_told(slack: FakeSlack, app: App) -> None:
    """Given a group, when its members change, then the app is told who came and went."""
    group = slack.workspace.add_group("ops", ["U1"])
    slack.events.group_changed(group.id, ["U2"])
    event = app.told[0]["event"]
    assert (event["type"], event["added_users"], event["removed_users"]) == ("subteam_members_changed", ["U2"], ["U1"])


def test_slack_asks_for_the_challenge(slack: FakeSlack, app: App) -> None:
    """Given an app, when Slack verifies its URL, then the answer repeats the challenge."""
    assert slack.events.url_verification("abc").body == b"abc"
    assert slack.events.ssl_check().status == 200
    assert app.told[-1]["ssl_check"] == "1"


def test_events_are_told_again_until_acknowledged(slack: FakeSlack, app: App) -> None:
    """Given an app that fails twice, when an event happens, then it is told three times with number and reason."""
    app.answers += [Reply(status=500), Reply(status=500)]
    delivery = slack.person().mention("help")
    assert [attempt.status for attempt in delivery.attempts] == [500, 500, 200]
    assert [headers.get("x-slack-retry-num") for headers in app.headers] == [None, "1", "2"]
    assert app.headers[1]["x-slack-retry-reason"] == "http_error"
    assert len({told["event_id"] for told in app.told}) == 1
    assert [violation.kind for violation in slack.violations] == ["bad_ack", "bad_ack"]


def test_events_are_given_up_after_three_retries(slack: FakeSlack, app: App) -> None:
    """Given an app that always fails, when an event happens, then it is told four times; a command only once."""
    app.answers += [Reply(status=500)] * 5
    assert len(slack.person().mention("help").attempts) == 4
    assert len(slack.person().slash("/ansible").attempts) == 1


def test_an_app_may_decline_retries(slack: FakeSlack, app: App) -> None:
    """Given an app that fails and says no retry, when an event happens, then it is told once."""
    app.answers.append(Reply(status=500, headers={"X-Slack-No-Retry": "1"}))
    assert len(slack.person().mention("help").attempts) == 1


def test_a_late_acknowledgement_is_a_violation(slack: FakeSlack, app: App) -> None:
    """Given an app that takes longer than three seconds, when a command is typed, then Slack gives up."""
    app.delay = 3.3
    delivery = slack.person().slash("/ansible")
    assert not delivery.acked
    assert [violation.kind for violation in slack.violations] == ["late_ack"]


def test_things_may_come_in_another_order(slack: FakeSlack, app: App) -> None:
    """Given three commands held back, when they are released, then the app is told the last first."""
    slack.app.hold()
    for text in "abc":
        slack.person().slash("/ansible", text)
    assert app.told == []
    slack.app.release("reversed")
    assert [told["text"] for told in app.told] == ["c", "b", "a"]


def test_the_same_may_come_twice(slack: FakeSlack, app: App) -> None:
    """Given a command that was told, when it is told again, then body and signature are the same to the byte."""
    delivery = slack.person().slash("/ansible", "run ping")
    assert slack.app.again(delivery).status == 200
    assert app.told[0] == app.told[1]
    assert app.headers[0]["x-slack-signature"] == app.headers[1]["x-slack-signature"]


def test_many_may_be_told_at_once(slack: FakeSlack, app: App) -> None:
    """Given ten events, when they are told from threads, then all arrive and their times are measured."""
    inner = {"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}}
    threads = [slack.person().say(f"m{number}") for number in range(10)]
    for message in threads:
        slack.app.tell_soon(slack.events.outgoing({**inner, "event_ts": message.ts}))
    slack.app.join()
    assert len(app.told) == len(slack.app.acks) == 10


def test_signatures_are_slacks_and_forgeries_are_not(slack: FakeSlack) -> None:
    """Given slack_sdk's own verifier, when forgeries are shown to it, then none passes (some make it raise)."""
    verifier = SignatureVerifier(slack.signing_secret)
    passed = []
    for name, (body, headers) in forged(slack.signing_secret, b"command=%2Fansible").items():
        stamp, good = headers.get("X-Slack-Request-Timestamp", ""), headers.get("X-Slack-Signature", "")
        try:
            passed += [name] if verifier.is_valid(body, stamp, good) else []
        except (ValueError, TypeError, OverflowError):
            continue
    assert passed == []


def test_forgeries_can_be_sent(slack: FakeSlack, app: App) -> None:
    """Given a forged request, when it is sent to the app, then its answer comes back and nothing is noted."""
    assert slack.app.raw(*forged(slack.signing_secret, b"a=b")["other_secret"]).status == 401
    assert slack.app.raw(*not_text(slack.signing_secret)).error == "connection_failed"
    assert app.told == []
    assert slack.violations == []


def test_a_response_url_serves_five_times(slack: FakeSlack, app: App) -> None:
    """Given a command, when its response URL is used six times, then the sixth is refused and noted."""
    slack.person().slash("/ansible")
    url = app.told[0]["response_url"]
    assert [respond(url, text=str(number))[0] for number in range(6)] == [200] * 5 + [404]
    assert len(slack.person().sees()) == 5
    assert [violation.kind for violation in slack.violations] == ["response_url_overused"]


def test_a_response_url_lives_half_an_hour(slack: FakeSlack, app: App, clock: ManualClock) -> None:
    """Given a command, when thirty minutes and a moment pass, then its response URL is expired."""
    slack.person().slash("/ansible")
    clock.advance(1801)
    status, body = respond(app.told[0]["response_url"], text="late")
    assert (status, json.loads(body)["error"]) == (404, "expired_url")


def test_a_response_url_replaces_and_deletes_the_original(slack: FakeSlack, client: WebClient, app: App) -> None:
    """Given an ephemeral message with a button, when it is pressed, then the answer may replace it, and delete it."""
    client.chat_postEphemeral(channel="C1", user="U1", text="sure?", blocks=[actions(button())])
    ada = slack.person()
    ada.press(ada.sees()[0], "go")
    url = app.told[0]["response_url"]
    assert respond(url, replace_original=True, text="done") == (200, "ok")
    assert [message.text for message in ada.sees()] == ["done"]
    assert respond(url, delete_original=True)[0] == 200
    assert ada.sees() == []


def test_a_response_url_checks_what_it_is_given(slack: FakeSlack, app: App) -> None:
    """Given blocks that are too long, when they are sent to a response URL, then it refuses them."""
    slack.person().slash("/ansible")
    status, body = respond(app.told[0]["response_url"], text="x", blocks=[section(text=said(3001))])
    assert (status, json.loads(body)["error"]) == (400, "invalid_blocks")
