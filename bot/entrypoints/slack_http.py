"""`POST /slack/events`: Slack's commands, interactions and events enter, signed; acknowledgements leave."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, Response, request

from bot.chat.slack.incoming import from_command, from_event, from_interaction
from bot.chat.slack.signature import signed_by_slack
from bot.entrypoints.slack_door import SlackDoor
from bot.errors import Unavailable
from bot.model.incoming import Incoming

MAX_BYTES = 1_000_000


def slack_pages(door: Callable[[], SlackDoor], secret: str) -> Blueprint:
    """The page; without a signing secret every request is refused."""
    pages = Blueprint("slack", __name__)

    @pages.post("/slack/events")
    def events() -> Response:
        if (request.content_length or 0) > MAX_BYTES:
            return Response(status=413)
        body = request.get_data(cache=False, parse_form_data=False)
        headers = request.headers
        timestamp, signature = headers.get("X-Slack-Request-Timestamp"), headers.get("X-Slack-Signature")
        if not signed_by_slack(secret, body, timestamp, signature, time.time()):
            return Response(status=401)
        return _signed(door, body, headers.get("Content-Type", ""))

    return pages


def _signed(door: Callable[[], SlackDoor], body: bytes, content_type: str) -> Response:
    """A request of Slack's: 200 as soon as it is stored, 503 when it could not be, so that it comes again."""
    try:
        said = _parsed(body, content_type)
    except (ValueError, RecursionError):
        return Response("This is nothing that Slack sends.", 400, mimetype="text/plain")
    if said.get("type") == "url_verification":
        return Response(str(said.get("challenge", "")), mimetype="text/plain")
    incoming = _incoming(said)
    if incoming is None:  # `ssl_check`, or an event that is none of ours
        return Response(status=200)
    try:
        answer = door().receive(incoming)
    except Unavailable:
        return Response(status=503)
    if answer is None:
        return Response(status=200)
    return Response(json.dumps(answer), mimetype="application/json")


def _parsed(body: bytes, content_type: str) -> dict[str, Any]:
    """JSON for events; a form for commands; a form whose `payload` is JSON for interactions."""
    text = body.decode("utf-8")
    if content_type.startswith("application/json"):
        said = json.loads(text)
    else:
        form = {name: values[0] for name, values in parse_qs(text, keep_blank_values=True, max_num_fields=100).items()}
        said = json.loads(form["payload"]) if "payload" in form else form
    if not isinstance(said, dict):
        raise ValueError("no object")  # noqa: TRY004 (a wrong value from outside)
    return said


def _incoming(said: dict[str, Any]) -> Incoming | None:
    if "command" in said:
        return from_command(said)
    return from_event(said) if said.get("type") == "event_callback" else from_interaction(said)
