"""Calls to Slack enter and go on as they are; how each came out is told to whoever counts."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from bot.chat.slack.client import UPLOAD, SlackApi
from bot.chat.slack.trouble import NotSent, RateLimited, SlackTrouble, UnknownOutcome

_T = TypeVar("_T")
OK = "ok"
OUTCOMES: tuple[tuple[type[SlackTrouble], str], ...] = (
    (RateLimited, "rate_limited"),
    (NotSent, "not_sent"),
    (UnknownOutcome, "unknown"),
    (SlackTrouble, "refused"),
)
"""The first class that fits says what the outcome is called; RateLimited is Slack's 429."""


class CountedApi:
    """SlackApi that tells `note` method and outcome of every call that was made."""

    def __init__(self, api: SlackApi, note: Callable[[str, str], None]) -> None:
        self._api = api
        self._note = note

    def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make the call."""
        return self._counted(method, lambda: self._api.call(method, arguments))

    def send_file(self, url: str, content: bytes) -> None:
        """Send the bytes."""
        self._counted(UPLOAD, lambda: self._api.send_file(url, content))

    def _counted(self, method: str, make: Callable[[], _T]) -> _T:
        try:
            made = make()
        except SlackTrouble as error:
            self._note(method, next(name for kind, name in OUTCOMES if isinstance(error, kind)))
            raise
        self._note(method, OK)
        return made
