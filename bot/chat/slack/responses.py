"""An answer to something somebody did enters; it leaves to the address that Slack gave with it (`response_url`).

Five times in half an hour, then Slack takes no more. The address comes in with a signed request, and still only one of
Slack's own is ever called.
"""

import json
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from bot.chat.slack.message import Message
from bot.chat.slack.refusals import trouble, unknown_outcome
from bot.chat.slack.web import opener

METHOD = "response_url"
TIMEOUT_SECONDS = 10
SLACK_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})


class Responses:
    """Sends answers; `api_url` is where Slack's API is: answers may go to that host too, as where it is a fake."""

    def __init__(self, api_url: str) -> None:
        self._hosts = SLACK_HOSTS | {urlsplit(api_url).hostname or ""}

    def send(self, url: str, message: Message, *, replace: bool = False) -> None:
        """Show the message to whoever did it; with `replace` in place of the message they did it on.

        Raises SlackTrouble.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"https", "http"} or parts.hostname not in self._hosts:
            raise trouble(METHOD, "no_address_of_slack")
        content: dict[str, Any] = {"text": message.text, "blocks": [dict(block) for block in message.blocks] or None}
        content |= {"replace_original": True} if replace else {"response_type": "ephemeral", "replace_original": False}
        body = json.dumps({name: value for name, value in content.items() if value is not None}).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 (checked above)
        try:
            with opener().open(request, timeout=TIMEOUT_SECONDS) as answer:
                answer.read()
        except HTTPError as error:
            with error:
                raise trouble(METHOD, f"http_{error.code}") from None
        except (URLError, OSError, HTTPException) as error:
            raise unknown_outcome(METHOD, type(error).__name__) from None
