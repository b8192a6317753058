"""Slack's Socket Mode: envelopes enter over WebSockets that we open; acknowledgements leave the same way.

Two connections with staggered starts: slack_sdk's client reads nothing for about three seconds while it renews one.
"""

import threading
from collections.abc import Callable

import structlog
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.chat.slack.incoming import from_command, from_event, from_interaction
from bot.entrypoints.slack_door import SlackDoor
from bot.errors import Unavailable
from bot.model.incoming import Incoming

_log = structlog.get_logger(__name__)

CONNECTIONS = 2
STAGGER_SECONDS = 5.0
RETRY_SECONDS = 5.0
PING_SECONDS = 2.0
"""A connection that answers no ping is given up after four of them."""

_READERS = {"slash_commands": from_command, "interactive": from_interaction, "events_api": from_event}


class SocketDoor:
    """Keeps the connections open, and hands what comes to the same door as HTTP does."""

    def __init__(self, door: Callable[[], SlackDoor], *, app_token: str, api_url: str) -> None:
        self._door = door
        self._app_token = app_token
        self._api_url = api_url
        self._clients: list[SocketModeClient] = []

    def run(self, stop: threading.Event) -> None:
        """Connect, and stay connected until `stop` is set."""
        for number in range(CONNECTIONS):
            if stop.wait(STAGGER_SECONDS if number else 0):
                break
            self._connect(stop)
        stop.wait()
        # Each takes two seconds and more.
        closing = [threading.Thread(target=_close, args=(client,)) for client in self._clients]
        for thread in closing:
            thread.start()
        for thread in closing:
            thread.join()

    def _connect(self, stop: threading.Event) -> None:
        """Once connected, slack_sdk's client connects again by itself."""
        web = WebClient(base_url=self._api_url, retry_handlers=[])
        client = SocketModeClient(app_token=self._app_token, web_client=web, ping_interval=PING_SECONDS)
        client.socket_mode_request_listeners.append(self._received)
        while not stop.is_set():
            try:
                client.connect()
            except Exception as error:  # noqa: BLE001 (whatever keeps us from connecting may pass)
                _log.warning("Socket Mode does not connect", error=type(error).__name__)
                stop.wait(RETRY_SECONDS)
            else:
                self._clients.append(client)
                return

    def _received(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        """Acknowledge what is stored; what could not be is delivered again by Slack."""
        reader = _READERS.get(request.type)
        incoming: Incoming | None = reader(request.payload) if reader else None
        try:
            answer = self._door().receive(incoming) if incoming is not None else None
        except Unavailable as error:
            _log.warning("not acknowledged", why=error.what)
            return
        payload = dict(answer) if answer is not None else None
        client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=payload))


def _close(client: SocketModeClient) -> None:
    """End a connection; slack_sdk's client may lose its socket in the same moment, and is at an end too then."""
    try:
        client.close()
    except Exception as error:  # noqa: BLE001 (nothing comes after it)
        _log.warning("Socket Mode was not closed", error=type(error).__name__)
