"""Socket Mode: the same flows without a public URL, over two connections that come and go."""

import gc
import threading
from collections.abc import Iterator

import pytest

from bot.entrypoints import slack_socket
from bot.entrypoints.slack_socket import SocketDoor
from tests.fake_slack import FakeSlack
from tests.slack.desk import Desk, until
from tests.slack.marked import CHANNEL, marks, shown_incident
from tests.slack.town import Town

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
"""slack_sdk leaves a socket open whose handshake takes longer than three seconds, as on a busy machine."""


@pytest.fixture
def connected(quiet_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk that has opened its two connections, one soon after the other."""
    monkeypatch.setattr(slack_socket, "STAGGER_SECONDS", 0.5)
    monkeypatch.setattr(slack_socket, "RETRY_SECONDS", 0.5)
    quiet_desk.start()
    slack, stop = quiet_desk.slack, threading.Event()
    door = SocketDoor(lambda: quiet_desk.parts.door, app_token=slack.app_token, api_url=slack.api_url)
    thread = threading.Thread(target=door.run, args=(stop,))
    thread.start()
    slack.connect()
    slack.socket.wait_for(2)
    try:
        yield quiet_desk
    finally:
        stop.set()
        thread.join(20)
        gc.collect()
        assert not thread.is_alive()


def test_two_connections_are_opened(connected: Desk) -> None:
    """While one is renewed the other one listens."""
    assert len(connected.slack.socket.ready()) == 2
    assert len(connected.slack.calls_of("apps.connections.open")) == 2


def test_everything_comes_this_way_too(connected: Desk) -> None:
    """A command, a mention, a form with its searches and its errors, a button: as over HTTP."""
    person = connected.slack.person()
    assert person.slash("/ansible", "run ping in lab").acked
    connected.run()
    assert person.mention("run ping on web1 in lab").acked
    assert connected.run(2).conversation.thread
    assert person.slash("/ansible", "run").acked
    view = connected.modal()
    connected.press(view, "form_runbook", "restart")
    view = connected.modal(revision=1)
    assert [each["value"] for each in person.suggest(view, "form_hosts", "db")] == ["db", "db1", "db2"]
    person.fill(view, form_environment="lab", form_pattern="nowhere")
    fields = [block for block in view.body["blocks"] if block.get("label", {}).get("text") == "service"]
    service = {"text": {"type": "plain_text", "text": "nginx"}, "value": "nginx"}
    state = {"type": "static_select", "selected_option": service}
    view.state[fields[0]["block_id"]] = {"form_value": state}
    assert person.submit(view).answer["response_action"] == "errors"
    assert person.submit(person.fill(view, form_pattern="db1")).answer == {"response_action": "clear"}
    assert connected.run(3).plan.target.hosts == ("db1",)
    assert connected.slack.violations == []


def test_a_reaction_comes_this_way_too(connected: Desk) -> None:
    """A message below the card of an incident is marked."""
    card = shown_incident(connected)
    message = connected.slack.person("U2").say("the disk is full", CHANNEL, card.ts)
    delivery = connected.slack.person("U1").react("pushpin", message)
    assert delivery is not None
    assert delivery.acked
    assert [event.text for event in marks(connected)] == ["the disk is full"]


def test_what_both_connections_deliver_acts_once(connected: Desk) -> None:
    """Around a refresh Slack may tell the same by both."""
    slack = connected.slack
    message = slack.person().say("<@U0BOT> run ping in lab")
    outgoing = slack.events.outgoing(
        {"type": "app_mention", "user": "U1", "text": message.text, "ts": message.ts, "channel": "C1", "team": "T0HOME"}
    )
    assert all(attempt.acked for attempt in slack.socket.everywhere(outgoing))
    connected.run()
    assert len(connected.runs()) == 1


def test_a_connection_that_slack_renews_costs_nothing(connected: Desk) -> None:
    """Commands go on while one connection after the other is replaced."""
    slack = connected.slack
    for first in slack.socket.ready():
        slack.socket.refresh(first, close_after=1.0)
        for _ in range(3):
            assert slack.person().slash("/ansible", "runs").acked
        slack.socket.wait_for(2, 30)
    assert slack.violations == []


def test_lost_connections_come_back(connected: Desk) -> None:
    """The network ends both without a word."""
    slack = connected.slack
    lost = slack.socket.ready()
    slack.socket.close(politely=False)
    until(lambda: [each for each in slack.socket.ready() if each not in lost], "a new connection", 60)
    assert slack.person().slash("/ansible", "run ping in lab").acked
    connected.run()


def test_a_slack_that_is_away_is_waited_for(quiet_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens at first; the connections are there when Slack is."""
    monkeypatch.setattr(slack_socket, "STAGGER_SECONDS", 0.1)
    monkeypatch.setattr(slack_socket, "RETRY_SECONDS", 0.2)
    slack, stop = quiet_desk.slack, threading.Event()
    assert isinstance(slack, FakeSlack)
    slack.stop()
    door = SocketDoor(lambda: quiet_desk.parts.door, app_token=slack.app_token, api_url=slack.api_url)
    thread = threading.Thread(target=door.run, args=(stop,))
    thread.start()
    try:
        slack.start()
        slack.socket.wait_for(2, 30)
    finally:
        stop.set()
        thread.join(20)


def test_what_cannot_be_stored_is_not_acknowledged(connected: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack tells an event again; then it is done, once."""
    from bot.chat.slack.inbox import Inbox
    from bot.errors import Unavailable

    put, tries = Inbox.put, [0]

    def away(self: Inbox, incoming: object) -> bool:
        tries[0] += 1
        if tries[0] == 1:
            raise Unavailable("Redis does not answer.")
        return put(self, incoming)  # type: ignore[arg-type]

    monkeypatch.setattr(Inbox, "put", away)
    delivery = connected.slack.person().mention("run ping in lab")
    assert [attempt.acked for attempt in delivery.attempts] == [False, True]
    connected.run()
    assert len(connected.runs()) == 1


def test_a_whole_run_without_a_public_url() -> None:
    """With all the processes: asked for, shown and ended, and nothing but an app token was set."""
    town = Town()
    try:
        with town.up(env={"SLACK_APP_TOKEN": town.slack.app_token, "SLACK_SIGNING_SECRET": ""}, http_door=False):
            town.slack.socket.wait_for(2, 60)
            here = town.channel()
            run = town.ask("run quick on web1 in local", here)
            card = town.ended(run, "successful", channel=here)
            town.slack.person("U1").press(card, "run_rerun")
            town.ended(run + 1, "successful", channel=here)
        assert town.slack.violations == []
    finally:
        town.close()
