"""`POST /slack/events`: Slack's commands, interactions and events enter, signed; acknowledgements leave."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from bot.chat.slack.incoming import from_command, from_event, from_interaction
from bot.chat.slack.signature import signed_by_slack
from bot.entrypoints.slack_door import SlackDoor
from bot.errors import Unavailable
from bot.model.incoming import Incoming

_log = structlog.get_logger(__name__)

MAX_BYTES = 1_000_000


def slack_pages(door: Callable[[], SlackDoor], secret: str) -> Blueprint:
    """The page; without a signing secret every request is refused."""
    pages = Blueprint("slack", __name__)

    @pages.post("/slack/events")
    def events() -> Response:
        body = _body()
        if body is None:
            return Response(status=413)
        headers = request.headers
        timestamp, signature = headers.get("X-Slack-Request-Timestamp"), headers.get("X-Slack-Signature", "")
        if not signed_by_slack(secret, body, timestamp, signature, time.time()) or not _is_text(body):
            return Response(status=401)
        return _signed(door, body, headers.get("Content-Type", ""), signature)

    return pages


def _body() -> bytes | None:
    """The raw body; None when it is too long, whether or not the request says how long it is."""
    request.max_content_length = MAX_BYTES + 1  # no more than this is read
    try:
        body = request.get_data(cache=False, parse_form_data=False)
    except RequestEntityTooLarge:
        return None
    return body if len(body) <= MAX_BYTES else None


def _is_text(body: bytes) -> bool:
    """Slack signs text only."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _signed(door: Callable[[], SlackDoor], body: bytes, content_type: str, signature: str) -> Response:
    """A request of Slack's: 200 as soon as it is stored, 503 when it could not be, so that it comes again."""
    try:
        said = _parsed(body, content_type)
        incoming = _incoming(said)
    except (ValueError, RecursionError):
        return Response("This is nothing that Slack sends.", 400, mimetype="text/plain")
    if said.get("type") == "url_verification":
        return Response(str(said.get("challenge", "")), mimetype="text/plain")
    if incoming is None:  # `ssl_check`, or an event that is none of ours
        return Response(status=200)
    try:
        return _once(door(), incoming, signature)
    except Unavailable as error:
        _log.warning("not acknowledged", why=error.what)
        return Response(status=503)


def _once(door: SlackDoor, incoming: Incoming, signature: str) -> Response:
    """Slack signs each of its tries anew: the same signature again is somebody else's."""
    if not door.inbox.first(signature):
        return Response(status=401)
    try:
        answer = door.receive(incoming)
    except Exception:
        door.inbox.forget(signature)
        raise
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
