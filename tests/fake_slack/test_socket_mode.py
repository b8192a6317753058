"""Socket Mode with slack_sdk's own client: envelopes by turns, acks, refreshes; what was lost is told again."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from tests.fake_slack import FakeSlack

Answer = Callable[[SocketModeRequest], dict[str, Any] | None]


class Listener:
    """One connection of the app: `requests` came in, `acks` says whether and with what they are acknowledged."""

    def __init__(self, slack: FakeSlack) -> None:
        self.requests: list[SocketModeRequest] = []
        self.answer: dict[str, Any] | None = None
        self.silent = False
        web = WebClient(token=slack.bot_token, base_url=slack.api_url)
        self.client = SocketModeClient(app_token=slack.app_token, web_client=web, auto_reconnect_enabled=False)
        self.client.socket_mode_request_listeners.append(self._told)
        # A refresh makes this client connect anew by itself; here each Listener stays one connection.
        self.client.connect_to_new_endpoint = lambda *_, **__: None
        self.client.connect()

    def close(self) -> None:
        """End the client; its `close` may trip over a connection that Slack ends in the same moment."""
        with suppress(AttributeError):
            self.client.close()

    def _told(self, client: SocketModeClient, request: SocketModeRequest) -> None:
        self.requests.append(request)
        if not self.silent:
            client.send_socket_mode_response(SocketModeResponse(request.envelope_id, self.answer))


@contextmanager
def listening(slack: FakeSlack, count: int) -> Iterator[list[Listener]]:
    """So many connections of the app."""
    with ExitStack() as stack:
        found = []
        for _ in range(count):
            listener = Listener(slack)
            stack.callback(listener.close)
            found.append(listener)
        stack.callback(slack.socket.close, politely=False)  # first: slack_sdk's client needs three seconds to hang up
        slack.connect()
        slack.socket.wait_for(count)
        yield found


def test_a_command_comes_in_an_envelope(slack: FakeSlack) -> None:
    """Given one connection, when ada types a command, then it comes as slash_commands and is acknowledged."""
    with listening(slack, 1) as (app,):
        delivery = slack.person().slash("/ansible", "help")
        assert delivery.acked
        assert [(request.type, request.payload["text"]) for request in app.requests] == [("slash_commands", "help")]
    assert slack.violations == []


def test_connections_take_turns(slack: FakeSlack) -> None:
    """Given two connections, when four commands are typed, then each gets two."""
    with listening(slack, 2) as apps:
        for _ in range(4):
            slack.person().slash("/ansible")
        assert [len(app.requests) for app in apps] == [2, 2]


def test_the_acknowledgement_may_say_something(slack: FakeSlack) -> None:
    """Given an app that answers in its acknowledgement, when ada types a command, then she sees the answer."""
    with listening(slack, 1) as (app,):
        app.answer = {"text": "at your service"}
        slack.person().slash("/ansible")
        assert [message.text for message in slack.person().sees()] == ["at your service"]


def test_events_say_how_often_they_were_told(slack: FakeSlack) -> None:
    """Given one connection, when the bot is mentioned, then the envelope is an event at its first attempt."""
    with listening(slack, 1) as (app,):
        slack.person().mention("help")
        (request,) = app.requests
        assert (request.type, request.retry_attempt) == ("events_api", 0)


def test_what_was_lost_with_a_connection_is_told_by_another(slack: FakeSlack) -> None:
    """Given two connections, when one ends before it acknowledged, then the other is told the same."""
    with listening(slack, 2) as apps:
        for app in apps:
            app.silent = True
        thread = threading.Thread(target=slack.person().mention, args=("help",))
        thread.start()
        while not any(app.requests for app in apps):
            threading.Event().wait(0.005)
        told, other = sorted(apps, key=lambda app: not app.requests)
        other.silent = False
        next(connection for connection in slack.socket.connections if connection.pending).close(politely=False)
        thread.join()
        ids = [app.requests[0].payload["event_id"] for app in (told, other)]
        assert ids[0] == ids[1]
        assert other.requests[0].retry_attempt == 1
        assert slack.app.deliveries[-1].acked


def test_silence_is_a_late_acknowledgement(slack: FakeSlack) -> None:
    """Given an app that does not acknowledge, when a command is typed, then three seconds later that is noted."""
    with listening(slack, 1) as (app,):
        app.silent = True
        assert not slack.person().slash("/ansible").acked
        app.client.send_socket_mode_response(SocketModeResponse(app.requests[0].envelope_id))
        while len(slack.violations) < 2:
            threading.Event().wait(0.005)
    assert [violation.kind for violation in slack.violations] == ["late_ack", "late_ack"]


def test_a_refresh_takes_a_connection_out_of_turn(slack: FakeSlack) -> None:
    """Given two connections, when Slack refreshes one, then everything new goes to the other, and the one ends."""
    with listening(slack, 2) as apps:
        slack.socket.refresh(slack.socket.connections[0], close_after=0)
        for _ in range(3):
            slack.person().slash("/ansible")
        assert sorted(len(app.requests) for app in apps) == [0, 3]
        while len(slack.socket.connections) > 1:
            threading.Event().wait(0.005)
    assert slack.violations == []


def test_the_same_envelope_may_come_by_every_connection(slack: FakeSlack) -> None:
    """Given two connections, when an event comes by both, then both are told the same envelope."""
    with listening(slack, 2) as apps:
        message = slack.person().say("hello")
        outgoing = slack.events.outgoing({"type": "message", "channel": "C1", "ts": message.ts})
        assert [attempt.acked for attempt in slack.socket.everywhere(outgoing)] == [True, True]
        assert len({app.requests[0].envelope_id for app in apps}) == 1


def test_large_envelopes_come_whole(slack: FakeSlack) -> None:
    """Given texts around the sizes where frames change, when they are sent, then the app reads them as they were."""
    with listening(slack, 1) as (app,):
        texts = ["é" * size for size in (10, 125, 126, 65_535, 70_000)]
        for text in texts:
            slack.person().slash("/ansible", text)
        assert [request.payload["text"] for request in app.requests] == texts


def test_a_ticket_opens_one_connection(slack: FakeSlack, client: WebClient) -> None:
    """Given an address, when it is used twice, then the second time Slack refuses the connection."""
    address = urlsplit(client.apps_connections_open(app_token=slack.app_token)["url"])
    asking = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    statuses = []
    for _ in range(2):
        connection = HTTPConnection(address.hostname or "", address.port, timeout=60)
        connection.request("GET", f"{address.path}?{address.query}", headers=asking)
        with connection.getresponse() as answer:
            statuses.append(answer.status)
        connection.close()
    assert statuses == [101, 403]
