"""A method of Slack's API and its arguments enter; Slack's answer leaves, or one error of the tree in trouble.py.

slack_sdk never retries here: it would post twice when the connection drops after Slack has read the request, and sleep
in the caller's thread. What urllib wraps in URLError went wrong before the whole request was handed over, so nothing
happened; whatever goes wrong afterwards may have happened.
"""

import json
import logging
import math
import time
import urllib.request
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from slack_sdk.errors import SlackApiError

from bot.chat.slack.refusals import UNTOLD_SECONDS, is_code, rate_limited, trouble, unknown_outcome
from bot.chat.slack.trouble import FilesRefused, NotSent, SlackTrouble
from bot.chat.slack.web import Web, opener
from bot.chat.text import line
from bot.errors import Misconfigured

SLACK = "https://slack.com/api/"
TIMEOUT_SECONDS = 10
UPLOAD = "files.send"
"""What the sending of a file's bytes is called where other calls have the name of a method."""

FORM_ONLY = frozenset(
    {
        "bots.info",
        "chat.getPermalink",
        "conversations.info",
        "conversations.replies",
        "files.getUploadURLExternal",
        "usergroups.list",
        "usergroups.users.list",
        "users.info",
        "users.list",
        "users.lookupByEmail",
    }
)
"""Methods that read no JSON."""

_TOO_MANY = 429
_OK = 200
_DETAILS = 5


class SlackApi(Protocol):
    """Slack's web API; every call raises SlackTrouble only."""

    def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Slack's answer, whose `ok` is true. Values are plain: strings, numbers, booleans, lists, mappings."""

    def send_file(self, url: str, content: bytes) -> None:
        """Send a file's bytes to the address that `files.getUploadURLExternal` answered."""


class SlackClient:
    """SlackApi over HTTP; `timeout` (s) holds for each wait on the network. Misconfigured for a wrong `base_url`."""

    def __init__(self, token: str, *, base_url: str = SLACK, timeout: int = TIMEOUT_SECONDS) -> None:
        if not _is_web(base_url):
            raise Misconfigured("SLACK_API_URL is no web address.", f"Leave it out for Slack's own, {SLACK}.")
        self._timeout = timeout
        self._web = Web(token, base_url=base_url, timeout=timeout, retry_handlers=[], logger=_silent())

    def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make the call once; TypeError for arguments that are not plain."""
        body = _body(method, arguments)
        try:
            answer = self._web.api_call(method, **body)
        except SlackApiError as error:
            raise _judged(method, error.response) from None  # its text holds the whole answer
        except URLError as error:
            raise _not_sent(method, error) from None
        except Exception as error:  # noqa: BLE001  # slack_sdk's readers raise whatever a strange answer makes them
            raise _after_sending(method, error) from None
        return dict(answer.data) if isinstance(answer.data, dict) else {}

    def send_file(self, url: str, content: bytes) -> None:
        """Send the bytes once; the token stays here, the address alone is the right to write there."""
        if not _is_web(url):
            raise FilesRefused("Slack named no web address for the file.", "Try again.", method=UPLOAD)
        headers = {"Content-Type": "application/octet-stream"}
        request = urllib.request.Request(url, data=content, headers=headers, method="POST")  # noqa: S310  # _is_web
        try:
            with opener().open(request, timeout=self._timeout) as answer:
                answer.read()
        except HTTPError as error:
            with error:
                raise _by_status(UPLOAD, error.code, error.headers) from None
        except URLError as error:
            raise _not_sent(UPLOAD, error) from None
        except (OSError, HTTPException) as error:
            raise unknown_outcome(UPLOAD, type(error).__name__) from None


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"https", "http"} and bool(parts.hostname)
    except ValueError:
        return False


def _silent() -> logging.Logger:
    """A logger that says nothing: slack_sdk logs whole messages, and builds their text even when nobody listens."""
    logger = logging.getLogger("signalbox.slack_sdk")
    logger.setLevel(logging.CRITICAL + 1)
    return logger


def _body(method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in arguments.items() if value is not None}
    if method in FORM_ONLY or not given:
        return {"params": {name: _plain(value) for name, value in given.items()}}
    json.dumps(given)  # what cannot be sent is said here, where it cannot be taken for trouble with Slack
    return {"json": given}


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else json.dumps(value)


def _judged(method: str, response: Any) -> SlackTrouble:
    """The error for an answer that is not `ok`."""
    status, data = response.status_code, response.data
    said = data if isinstance(data, dict) else {}
    code = said.get("error")
    if status == _TOO_MANY or not is_code(code) or status >= 500:  # noqa: PLR2004  # every server error
        return _by_status(method, status, response.headers)
    error = trouble(method, str(code), needed=said.get("needed"), details=_details(said))
    if error.code in {"ratelimited", "rate_limited"}:
        return rate_limited(method, retry_after(response.headers), error.code)
    return error


def _details(said: Mapping[str, Any]) -> tuple[str, ...]:
    """What Slack says about it besides the code, for the log."""
    metadata = said.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, dict) else None
    return tuple(line(str(message), 200) for message in messages[:_DETAILS]) if isinstance(messages, list) else ()


def _by_status(method: str, status: int, headers: Any) -> SlackTrouble:
    """The error for an answer whose body says nothing; only a 4xx says for certain that nothing was done."""
    if status == _TOO_MANY:
        return rate_limited(method, retry_after(headers))
    refused = 400 <= status < 500 and status != 408  # noqa: PLR2004  # 408: a request timeout says nothing certain
    return trouble(method, f"http_{status}") if refused else unknown_outcome(method, f"HTTP {status}")


def _not_sent(method: str, error: URLError) -> NotSent:
    reason = type(error.reason).__name__ if isinstance(error.reason, Exception) else "no connection"
    what = f"Slack was not reached ({reason})."
    return NotSent(what, "Check the network; it is tried again.", method=method, code=reason)


def _after_sending(method: str, error: BaseException) -> SlackTrouble:
    """The error for an answer that could not be read; its status counts where there was one."""
    met = error.__context__
    if isinstance(met, HTTPError):
        return _by_status(method, met.code, met.headers)
    return unknown_outcome(method, type(error).__name__)


def retry_after(headers: Mapping[str, Any]) -> float:
    """Seconds that `Retry-After` asks for, be it a number (whole or not) or a date; a default when it says nothing."""
    said = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    text = str(said[0] if isinstance(said, list) and said else said).strip()
    try:
        seconds = float(text)
    except ValueError:
        seconds = _until(text)
    return seconds if math.isfinite(seconds) and seconds > 0 else UNTOLD_SECONDS


def _until(text: str) -> float:
    try:
        return parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, OverflowError):
        return math.nan
