"""What comes to `POST /slack/events`: from Slack it is taken, from anybody else nothing happens."""

import json
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.chat.slack import inbox
from bot.entrypoints.slack_door import SlackDoor
from bot.errors import Unavailable
from tests.fake_slack import forged, not_text, signed
from tests.fake_slack.to_app.forged import FORM, JSON
from tests.fake_slack.to_app.http_door import post
from tests.queue.redis_server import RedisServer
from tests.slack.desk import Desk

COMMAND = urlencode(
    {"command": "/ansible", "text": "run ping in lab", "trigger_id": "1.2.x", "team_id": "T0HOME", "user_id": "U1"}
).encode()
WRONG = sorted(forged("secret", COMMAND))


def nothing_happened(desk: Desk) -> bool:
    """Whether nothing was stored, queued or said."""
    return desk.done() and not desk.runs() and not desk.slack.messages()


@pytest.mark.parametrize("name", WRONG)
def test_whoever_is_not_slack_gets_401_and_no_work(quiet_desk: Desk, name: str) -> None:
    """Unsigned, signed wrongly, too old, with a timestamp that is no number: 401, and nothing is even stored."""
    quiet_desk.start(talkers=0)
    attempt = quiet_desk.slack.app.raw(*forged(quiet_desk.slack.signing_secret, COMMAND)[name])
    assert (attempt.status, attempt.body) == (401, b"")
    assert nothing_happened(quiet_desk)


def test_a_signed_body_that_is_no_text_gets_401(desk: Desk) -> None:
    """Slack signs UTF-8 only."""
    assert desk.slack.app.raw(*not_text(desk.slack.signing_secret)).status == 401
    assert nothing_happened(desk)


def test_without_a_signing_secret_nobody_comes_in(quiet_desk: Desk) -> None:
    """An empty secret signs for everybody, so it signs for nobody."""
    from flask import Flask

    from bot.entrypoints.slack_http import slack_pages

    flask = Flask("open")
    flask.register_blueprint(slack_pages(lambda: quiet_desk.parts.door, ""))
    answer = flask.test_client().post("/slack/events", data=COMMAND, headers=signed("", COMMAND, FORM))
    assert answer.status_code == 401


def test_a_replayed_request_gets_401_and_does_nothing_again(desk: Desk) -> None:
    """Somebody who has overheard a request sends it again, to the byte."""
    delivery = desk.slack.person().slash("/ansible", "run ping in lab")
    assert delivery.status == 200
    desk.run()
    assert [desk.slack.app.again(delivery).status for _ in range(3)] == [401, 401, 401]
    desk.settle()
    assert len(desk.runs()) == 1


def test_what_slack_tells_again_is_acknowledged_and_acts_once(desk: Desk) -> None:
    """A retry of Slack's is signed anew: 200, so that it stops, and no second run."""
    outgoing = desk.slack.person().slash("/ansible", "run ping in lab").outgoing
    body = urlencode(outgoing.payload).encode()
    for number in range(1, 4):
        timestamp = str(int(desk.slack.clock.now()) - number)
        headers = signed(desk.slack.signing_secret, body, FORM, timestamp=timestamp)
        attempt = desk.slack.app.raw(body, headers | {"X-Slack-Retry-Num": str(number)})
        assert attempt.status == 200
    desk.settle()
    assert len(desk.runs()) == 1


@pytest.mark.parametrize("chunked", [False, True])
def test_a_huge_request_is_turned_away(desk: Desk, chunked: bool) -> None:
    """413 before anything is read, whether or not the request says how long it is."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", int(desk.url.split(":")[2].split("/")[0]), timeout=60)
    body: Any = (b"x" * 50_000 for _ in range(40)) if chunked else b"x" * 1_000_001
    try:
        connection.request("POST", "/slack/events", body=body, encode_chunked=chunked)
        assert connection.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # closed while we were still sending: turned away too
    finally:
        connection.close()
    assert nothing_happened(desk)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", JSON),
        (b"[]", JSON),
        (b"[" * 100_000, JSON),
        (b"payload=%7B", FORM),
        (b"payload=%5B%5D", FORM),
        (urlencode({f"f{number}": "x" for number in range(200)}).encode(), FORM),
    ],
)
def test_signed_nonsense_gets_400(desk: Desk, body: bytes, kind: str) -> None:
    """What is signed and still nothing that Slack sends is the sender's mistake, not ours."""
    assert desk.slack.app.raw(body, signed(desk.slack.signing_secret, body, kind)).status == 400


@pytest.mark.parametrize("body", [b"", b"{}", b'{"type": "event_callback"}', b'{"type": "event_callback", "event": 7}'])
def test_what_does_not_concern_us_is_acknowledged(desk: Desk, body: bytes) -> None:
    """Slack shall not tell it again."""
    kind = JSON if body else FORM
    assert desk.slack.app.raw(body, signed(desk.slack.signing_secret, body, kind)).status == 200
    assert nothing_happened(desk)


def test_slack_may_ask_whether_we_are_there(desk: Desk) -> None:
    """The check of the address is answered with its challenge, the check of the certificate with 200."""
    assert desk.slack.events.url_verification("abc").body == b"abc"
    assert desk.slack.events.ssl_check().status == 200


def test_when_redis_is_away_slack_is_asked_to_come_again(quiet_desk: Desk, redis_server: RedisServer) -> None:
    """503 while nothing can be stored; told again it is done once, though the signature is the same."""
    quiet_desk.start()
    redis_server.stop()
    headers = signed(quiet_desk.slack.signing_secret, COMMAND, FORM)
    assert quiet_desk.slack.app.raw(COMMAND, headers).status == 503
    redis_server.start()
    assert quiet_desk.slack.app.raw(COMMAND, headers).status == 200
    assert quiet_desk.run().plan.runbook == "ping"


def test_when_too_much_waits_slack_is_asked_to_come_again(quiet_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 while the inbox is full; told again it is done once, though the signature is the same."""
    quiet_desk.start()
    headers = signed(quiet_desk.slack.signing_secret, COMMAND, FORM)
    with monkeypatch.context() as full:
        full.setattr(inbox, "MOST", 0)
        assert quiet_desk.slack.app.raw(COMMAND, headers).status == 503
    assert quiet_desk.slack.app.raw(COMMAND, headers).status == 200
    assert quiet_desk.run().plan.runbook == "ping"


def test_a_request_that_fails_may_come_again(quiet_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signature counts as seen only when the request was dealt with."""
    quiet_desk.start()
    receive: Callable[..., Any] = SlackDoor.receive

    def fails(*_: Any) -> None:
        raise Unavailable("Not now.")

    headers = signed(quiet_desk.slack.signing_secret, COMMAND, FORM)
    monkeypatch.setattr(SlackDoor, "receive", fails)
    assert quiet_desk.slack.app.raw(COMMAND, headers).status == 503
    monkeypatch.setattr(SlackDoor, "receive", receive)
    assert quiet_desk.slack.app.raw(COMMAND, headers).status == 200


def test_no_acknowledgement_waits_for_slack(quiet_desk: Desk) -> None:
    """With Slack's API hanging from the very first call, a command is acknowledged all the same."""
    quiet_desk.slack.faults.add(method="*", kind="slow_before", delay=8.0)
    quiet_desk.start()
    person = quiet_desk.slack.person()
    assert person.slash("/ansible", "run").acked
    assert person.slash("/ansible", "runbooks").acked
    quiet_desk.slack.faults.clear()
    assert quiet_desk.slack.violations == []


def test_fifty_at_once_are_acknowledged(desk: Desk) -> None:
    """Fifty people ask at the same moment, and each gets an answer."""
    bodies = [
        COMMAND.replace(b"1.2.x", str(number).encode()).replace(b"run+ping+in+lab", b"runs") for number in range(50)
    ]
    answered: list[int] = []

    def ask(body: bytes) -> None:
        attempt = post(desk.url, body, signed(desk.slack.signing_secret, body, FORM))
        answered.append(attempt.status)

    threads = [threading.Thread(target=ask, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answered == [200] * 50


def test_events_that_are_not_ours_leave_nothing(desk: Desk) -> None:
    """A message of another bot, and one that was edited, ask for nothing."""
    for inner in ({"bot_id": "B9"}, {"subtype": "message_changed"}, {"channel_type": "channel"}):
        said = {"type": "message", "user": "U1", "text": "run ping", "channel": "D1", "channel_type": "im", "ts": "1.2"}
        assert desk.slack.events.send(said | inner).acked
    assert nothing_happened(desk)
    assert json.dumps(desk.runs()) == "[]"
