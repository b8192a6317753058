"""A tiny app for the fake's own tests: what Slack tells it enters, it notes that and acknowledges as it was told to."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from slack_sdk.signature import SignatureVerifier

from tests.fake_slack.reply import Reply, Request, json_reply, text_reply
from tests.fake_slack.web import Server


@dataclass(kw_only=True)
class App:
    """`told` are the payloads; `answers` what is answered (else an empty 200); each may wait `delay` seconds."""

    secret: str
    told: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[Reply] = field(default_factory=list)
    delay: float = 0.0
    url: str = ""

    def answer(self, request: Request) -> Reply:
        """What the app answers to a request."""
        stamp = request.headers.get("x-slack-request-timestamp", "")
        good = request.headers.get("x-slack-signature", "")
        if not SignatureVerifier(self.secret).is_valid(request.body.decode(), stamp, good):
            return text_reply("no", 401)
        payload = _payload(request)
        if "challenge" in payload:
            return text_reply(payload["challenge"])
        self.told.append(payload)
        self.headers.append(request.headers)
        time.sleep(self.delay)
        return self.answers.pop(0) if self.answers else Reply()

    def will_say(self, body: dict[str, Any]) -> None:
        """Answer the next request with this JSON."""
        self.answers.append(json_reply(body))


@contextmanager
def running(secret: str) -> Iterator[App]:
    """The app, serving on loopback."""
    app = App(secret=secret)
    server = Server(0, app.answer, lambda *_: None, print)
    app.url = f"http://127.0.0.1:{server.server_address[1]}/slack/events"
    try:
        yield app
    finally:
        server.close()


def _payload(request: Request) -> dict[str, Any]:
    if request.headers["content-type"].startswith("application/json"):
        return json.loads(request.body)
    form = {name: values[0] for name, values in parse_qs(request.body.decode(), keep_blank_values=True).items()}
    return json.loads(form["payload"]) if "payload" in form else form
