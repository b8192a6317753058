"""`POST /alerts/<source>`: what monitoring systems send enters; 200 leaves when it is stored in SQL."""

from collections.abc import Callable

import structlog
from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import RequestEntityTooLarge

from bot.alerts import LONGEST_BODY
from bot.errors import Misconfigured, Unavailable
from bot.flows.alert import Cause, TakeAlerts, TurnedAway

_log = structlog.get_logger(__name__)

STATUS = {
    Cause.UNKNOWN_SOURCE: 404,
    Cause.MISSING: 401,
    Cause.WRONG: 403,
    Cause.STALE: 403,
    Cause.NO_SECRET: 403,
    Cause.REPLAYED: 403,
    Cause.TOO_LARGE: 413,
    Cause.NOT_JSON: 415,
    Cause.UNREADABLE: 400,
}
UNSIGNED = 400
"""What senders that sign expect where the signature is missing."""
_SCHEMES = {"basic": 'Basic realm="alerts"', "bearer": "Bearer"}


def alert_pages(take: Callable[[], TakeAlerts]) -> Blueprint:
    """The page; a sender is asked to come again (503) when SQL or the policy cannot be used."""
    pages = Blueprint("alerts", __name__)

    @pages.post("/alerts/<source>")
    def alerts(source: str) -> Response:
        try:
            batch = take().handle(source, dict(request.headers), _body(), as_json=_is_json())
        except TurnedAway as refusal:
            return _refused(refusal)
        except (Unavailable, Misconfigured) as error:
            _log.warning("alerts cannot be taken", why=error.what)
            return _said("Alerts cannot be stored right now; send it again.", 503)
        return jsonify(stored=len(batch.alerts), passed_over=batch.passed_over, truncated=batch.truncated)

    return pages


def _body() -> bytes | None:
    """The raw body; None when it is too long, whether or not the request says how long it is."""
    request.max_content_length = LONGEST_BODY + 1  # no more than this is read
    try:
        body = request.get_data(cache=False, parse_form_data=False)
    except RequestEntityTooLarge:
        return None
    return body if len(body) <= LONGEST_BODY else None


def _is_json() -> bool:
    """Whether it says so, or says nothing."""
    plain = request.headers.get("Content-Encoding", "identity").lower() == "identity"
    return plain and (request.is_json or not request.mimetype)


def _refused(refusal: TurnedAway) -> Response:
    if refusal.cause is Cause.MISSING and refusal.scheme == "hmac":
        return _said(refusal.what, UNSIGNED)
    answer = _said(refusal.what, STATUS[refusal.cause])
    if answer.status_code == 401 and refusal.scheme in _SCHEMES:  # noqa: PLR2004 (HTTP's own)
        answer.headers["WWW-Authenticate"] = _SCHEMES[refusal.scheme]
    return answer


def _said(text: str, status: int) -> Response:
    return Response(f"{text}\n", status, mimetype="text/plain")
