"""The door of an app with a public URL: something to tell enters, a signed POST leaves, its answer comes back."""

import http.client
import json
import socket
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.fake_slack.to_app.delivery import ACK, Attempt, Outgoing
from tests.fake_slack.to_app.forged import FORM, JSON
from tests.fake_slack.to_app.signing import signed


def encoded(outgoing: Outgoing) -> tuple[bytes, str]:
    """Body and content type: commands are forms, interactions forms with a field `payload`, events JSON."""
    if outgoing.kind == "events_api":
        return json.dumps(outgoing.payload).encode(), JSON
    fields: dict[str, Any] = outgoing.payload
    if outgoing.kind == "interactive":
        fields = {"payload": json.dumps(outgoing.payload)}
    return urlencode(fields).encode(), FORM


def post(url: str, body: bytes, headers: dict[str, str], *, timeout: float = ACK) -> Attempt:
    """One POST, given up after `timeout` seconds."""
    parts = urlsplit(url)
    start = time.monotonic()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    try:
        connection.request("POST", parts.path or "/", body=body, headers=headers)
        response = connection.getresponse()
        read = response.read()
        seen = {name.lower(): value for name, value in response.getheaders()}
        return Attempt(seconds=time.monotonic() - start, status=response.status, body=read, headers=seen)
    except TimeoutError:
        return Attempt(seconds=time.monotonic() - start, error="http_timeout")
    except (OSError, http.client.HTTPException, socket.gaierror):
        return Attempt(seconds=time.monotonic() - start, error="connection_failed")
    finally:
        connection.close()


class HttpDoor:
    """Where the app listens; `last` is (body, headers) of the newest request, to be sent again by tests of replay."""

    def __init__(self, url: str, secret: str) -> None:
        self.url, self.secret = url, secret

    def wire(self, outgoing: Outgoing, number: int, reason: str) -> tuple[bytes, dict[str, str]]:
        """The request that tells it."""
        body, kind = encoded(outgoing)
        headers = signed(self.secret, body, kind)
        if number:
            headers |= {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
        return body, headers

    def attempt(self, outgoing: Outgoing, number: int, reason: str) -> Attempt:
        """Tell the app."""
        return post(self.url, *self.wire(outgoing, number, reason))
