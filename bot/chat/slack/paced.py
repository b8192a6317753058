"""Calls of one caller enter; they leave for Slack one by one, each when the budget lets it go."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from bot.chat.slack.budget import Priority, Rates
from bot.chat.slack.client import UPLOAD, SlackApi
from bot.chat.slack.refusals import rate_limited
from bot.chat.slack.trouble import RateLimited

_T = TypeVar("_T")


class PacedApi:
    """SlackApi that draws on the budget of `team` for `key`, and tells the budget when Slack says 429.

    It waits up to `patience` (s) for its turn, else raises RateLimited with the seconds that are left, as it does for
    a 429 of Slack's. Unavailable when the budget does not answer: then nothing was sent.
    """

    def __init__(
        self,
        api: SlackApi,
        budget: Rates,
        team: str,
        *,
        key: str = "",
        priority: Priority = Priority.NORMAL,
        patience: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._api = api
        self._budget = budget
        self._team = team
        self._key = key
        self._priority = priority
        self._patience = patience
        self._sleep = sleep

    def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make the call when its turn comes."""
        channel = arguments.get("channel")
        return self._in_turn(method, channel, lambda: self._api.call(method, arguments))

    def send_file(self, url: str, content: bytes) -> None:
        """Send the bytes when their turn comes."""
        self._in_turn(UPLOAD, None, lambda: self._api.send_file(url, content))

    def _in_turn(self, method: str, channel: str | None, make: Callable[[], _T]) -> _T:
        self._wait(method, channel)
        try:
            return make()
        except RateLimited as error:
            self._budget.punish(method, self._team, error.seconds)
            raise

    def _wait(self, method: str, channel: str | None) -> None:
        left = self._patience
        while seconds := self._budget.take(method, self._team, channel, key=self._key, priority=self._priority):
            if seconds > left:
                raise rate_limited(method, seconds)
            self._sleep(seconds)
            left -= seconds
