"""All connections of Socket Mode: what is to be told enters, goes to each in turn, and is told again if lost."""

import json
import socket
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tests.fake_slack.reply import Request
from tests.fake_slack.socket_mode.connection import Connection, Waiting
from tests.fake_slack.socket_mode.frames import Gone, Wire, accept
from tests.fake_slack.to_app.delivery import ACK, Attempt, Outgoing

if TYPE_CHECKING:
    from tests.fake_slack.slack import FakeSlack


class Hub:
    """The door of an app that connects to Slack."""

    def __init__(self, slack: "FakeSlack") -> None:
        self._slack = slack
        self.connections: list[Connection] = []
        self._turn = 0
        self._changed = threading.Condition()

    def serve(self, request: Request, sock: socket.socket) -> None:
        """Speak WebSocket on this connection until it ends; a ticket that is none gets 403."""
        ticket = parse_qs(request.query).get("ticket", [""])[0]
        if not self._slack.interactions.use_ticket(ticket):
            sock.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        sock.sendall(accept(request.headers.get("sec-websocket-key", "")))
        connection = Connection(Wire(sock), self._slack.ids.new("conn"), self._late)
        try:
            self._hello(connection)
            connection.read()
        except Gone:
            pass
        finally:
            self._forget(connection)

    def wait_for(self, count: int, timeout: float = 60.0) -> None:
        """Return when so many connections are open; raises AssertionError when they do not come."""
        with self._changed:
            there = self._changed.wait_for(lambda: len(self.ready()) >= count, timeout)
        assert there, f"{len(self.ready())} connections instead of {count}"

    def ready(self) -> list[Connection]:
        """The connections that may be used."""
        return [connection for connection in self.connections if connection.open and not connection.draining]

    def attempt(self, outgoing: Outgoing, number: int, reason: str) -> Attempt:
        """Tell the app by the next connection, and wait three seconds for its acknowledgement."""
        start = time.monotonic()
        envelope = self._envelope(outgoing, number, reason)
        connection = self._next(start)
        if connection is None:
            return Attempt(seconds=time.monotonic() - start, error="not_connected")
        try:
            waiting = connection.deliver(envelope)
        except Gone:
            return Attempt(seconds=time.monotonic() - start, error="connection_closed")
        waiting.acked.wait(max(0.0, start + ACK - time.monotonic()))
        return _attempt(waiting, time.monotonic() - start)

    def everywhere(self, outgoing: Outgoing) -> list[Attempt]:
        """Tell the app the same envelope by every connection, as it may happen around a refresh."""
        envelope, start = self._envelope(outgoing, 0, ""), time.monotonic()
        waiting = [connection.deliver(envelope) for connection in self.ready()]
        for each in waiting:
            each.acked.wait(max(0.0, start + ACK - time.monotonic()))
        return [_attempt(each, time.monotonic() - start) for each in waiting]

    def refresh(self, connection: Connection, *, warn: bool = False, close_after: float | None = 10.0) -> None:
        """Say that the connection ends, as Slack does now and then, and end it after so many seconds (None: never).

        With `warn` a warning comes first; slack_sdk's client makes a new connection at each of the two messages.
        """
        if warn:
            self.disconnect(connection, "warning")
        self.disconnect(connection, "refresh_requested")
        connection.draining = True
        if close_after is not None:
            timer = threading.Timer(close_after, connection.close)
            timer.daemon = True
            timer.start()

    def disconnect(self, connection: Connection, reason: str) -> None:
        """Send a `disconnect` message: `warning`, `refresh_requested` or `link_disabled`."""
        connection.send({"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}})

    def close(self, *, politely: bool = True) -> None:
        """End all connections."""
        for connection in list(self.connections):
            connection.close(politely=politely)

    def _hello(self, connection: Connection) -> None:
        count = len(self.connections) + 1
        debug = {"host": "fake", "build_number": 1, "approximate_connection_time": 3600}
        app = {"app_id": self._slack.workspace.app}
        connection.send({"type": "hello", "num_connections": count, "debug_info": debug, "connection_info": app})
        with self._changed:
            self.connections.append(connection)
            self._changed.notify_all()

    def _forget(self, connection: Connection) -> None:
        with self._changed:
            self.connections[:] = [other for other in self.connections if other is not connection]
            self._changed.notify_all()

    def _next(self, start: float) -> Connection | None:
        """The connection whose turn it is; None when none comes within the time of an acknowledgement."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self.ready()), max(0.0, start + ACK - time.monotonic()))
            ready = self.ready()
            if not ready:
                return None
            self._turn += 1
            return ready[self._turn % len(ready)]

    def _envelope(self, outgoing: Outgoing, number: int, reason: str) -> dict[str, Any]:
        envelope: dict[str, Any] = {
            "envelope_id": self._slack.ids.new("envelope-"),
            "type": outgoing.kind,
            "payload": outgoing.payload,
            "accepts_response_payload": outgoing.kind != "events_api",
        }
        if outgoing.kind == "events_api":
            envelope |= {"retry_attempt": number, "retry_reason": reason}
        return envelope

    def _late(self, detail: str) -> None:
        self._slack.violate("late_ack", detail)


def _attempt(waiting: Waiting, seconds: float) -> Attempt:
    if waiting.lost:
        return Attempt(seconds=seconds, error="connection_closed")
    if not waiting.acked.is_set():
        waiting.expired = True
        return Attempt(seconds=seconds, error="timeout")
    body = b"" if waiting.payload is None else json.dumps(waiting.payload).encode()
    return Attempt(seconds=seconds, status=200, body=body)
