"""Faults on demand: each does what it says, as often as it says, to the method it says."""

import threading
from http.client import RemoteDisconnected
from urllib.error import URLError

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.fake_slack import FakeSlack, ManualClock


def post(client: WebClient, text: str = "x") -> str:
    """Post, and say how it went: ok, an error's code, an HTTP status, or dropped."""
    try:
        client.chat_postMessage(channel="C1", text=text)
    except SlackApiError as error:
        status = error.response.status_code
        return str(status) if status != 200 else error.response["error"]
    except (RemoteDisconnected, URLError, ConnectionError):
        return "dropped"
    return "ok"


@pytest.mark.parametrize(
    ("kind", "seen", "stands"),
    [
        ("5xx", "503", 0),
        ("5xx_after", "503", 1),
        ("drop_before", "dropped", 0),
        ("drop_after_accept", "dropped", 1),
        ("429", "429", 0),
        ("ratelimited", "ratelimited", 0),
        ("error", "internal_error", 0),
    ],
)
def test_a_fault_strikes_once(
    slack: FakeSlack, client: WebClient, clock: ManualClock, *, kind: str, seen: str, stands: int
) -> None:
    """Given one fault, when two messages are posted, then the first meets it and the second does not."""
    fault = slack.faults.add(method="chat.postMessage", kind=kind, times=1)
    assert post(client) == seen
    assert len(slack.messages()) == stands
    clock.advance(1)
    assert post(client) == "ok"
    assert fault.hits == 1
    assert [call.fault for call in slack.calls] == [kind, ""]


def test_an_error_of_choice(slack: FakeSlack, client: WebClient) -> None:
    """Given an error that a workspace may have, when it is asked for, then it is the answer."""
    slack.faults.add(method="chat.*", kind="error", error="restricted_action", times=1)
    assert post(client) == "restricted_action"


def test_a_fault_every_few_seconds(slack: FakeSlack, client: WebClient, clock: ManualClock) -> None:
    """Given a fault every five seconds, when a post is made each second, then each fifth meets it."""
    slack.faults.add(kind="5xx", every=5)
    found = []
    for _ in range(11):
        found.append(post(client))
        clock.advance(1)
    assert [index for index, outcome in enumerate(found) if outcome == "503"] == [5, 10]


def test_a_fault_may_be_narrowed_and_removed(slack: FakeSlack, client: WebClient) -> None:
    """Given a fault for one text, when it is posted and the fault removed, then only that one post met it."""
    fault = slack.faults.add(kind="5xx", where={"text": "bad"})
    assert (post(client, "good"), post(client, "bad")) == ("ok", "503")
    fault.remove()
    assert post(client, "bad") == "ok"


def test_a_kind_that_does_not_exist_is_refused(slack: FakeSlack) -> None:
    """Given a misspelled kind, when the fault is set, then that fails at once."""
    with pytest.raises(ValueError, match="no kind of fault"):
        slack.faults.add(kind="explode")


def test_slow_answers_come_after_quick_ones(slack: FakeSlack, client: WebClient) -> None:
    """Given a slow first post, when a second is made meanwhile, then both stand there in the order they were read."""
    slack.faults.add(kind="slow", delay=0.3, times=1, where={"text": "first"})
    finished: list[str] = []

    def one(text: str) -> None:
        client.chat_postMessage(channel="C1", text=text)
        finished.append(text)

    slow = threading.Thread(target=one, args=("first",))
    slow.start()
    while not slack.messages():
        threading.Event().wait(0.005)
    one("second")
    slow.join()
    assert finished == ["second", "first"]
    assert [message.text for message in slack.messages()] == ["first", "second"]


def test_calls_may_be_carried_out_in_another_order(slack: FakeSlack, client: WebClient) -> None:
    """Given a first post that is held up on its way, when a second is made meanwhile, then that one comes first."""
    held = slack.faults.add(kind="slow_before", delay=0.5, times=1, where={"text": "first"})
    slow = threading.Thread(target=post, args=(client, "first"))
    slow.start()
    while not held.hits:
        threading.Event().wait(0.005)
    assert post(client, "second") == "ok"
    slow.join()
    assert [message.text for message in slack.messages()] == ["second", "first"]


def test_it_may_stop_and_start_again_and_remembers(slack: FakeSlack, client: WebClient) -> None:
    """Given a message, when Slack is gone and comes back, then it has the same address and the message still."""
    assert post(client) == "ok"
    slack.stop()
    assert post(client) == "dropped"
    slack.start()
    assert post(client) == "ok"
    assert len(slack.messages()) == 2
