"""What an interaction hands to the app: triggers, response URLs and tickets, each with its life and number of uses."""

import threading
from dataclasses import dataclass

from tests.fake_slack.clock import Clock
from tests.fake_slack.errors import ApiError
from tests.fake_slack.ids import Ids

TRIGGER_LIFE, URL_LIFE = 3.0, 1800.0  # seconds
URL_USES = 5


@dataclass(kw_only=True)
class Trigger:
    """Lets the app open a view before this person."""

    user: str
    made: float
    used: bool = False


@dataclass(kw_only=True)
class ResponseUrl:
    """Lets the app answer where it was asked; `source` is the ts of the message that the button stood on."""

    user: str
    channel: str
    made: float
    source: str = ""
    uses: int = 0


class Interactions:
    """All that was handed out in one workspace."""

    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock, self._ids = clock, ids
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}
        self._tickets: set[str] = set()
        self._lock = threading.Lock()

    def new_trigger(self, user: str) -> str:
        """A trigger id for something this person did just now."""
        name = f"{self._ids.new('')}.{self._ids.new('')}.{self._ids.new('x')}"
        self._triggers[name] = Trigger(user=user, made=self._clock.now())
        return name

    def use_trigger(self, name: str) -> str:
        """The person before whom a view may open; raises `invalid_`, `expired_` or `exchanged_trigger_id`."""
        with self._lock:
            trigger = self._triggers.get(name)
            if trigger is None:
                raise ApiError("invalid_trigger_id")
            if trigger.used:
                raise ApiError("exchanged_trigger_id")
            if self._clock.now() - trigger.made > TRIGGER_LIFE:
                raise ApiError("expired_trigger_id")
            trigger.used = True
            return trigger.user

    def new_url(self, user: str, channel: str, source: str = "") -> str:
        """The last part of a response URL."""
        name = self._ids.new("r")
        self._urls[name] = ResponseUrl(user=user, channel=channel, made=self._clock.now(), source=source)
        return name

    def use_url(self, name: str) -> ResponseUrl:
        """The place that may be answered in; raises `no_such_url`, `expired_url`, `used_url`."""
        with self._lock:
            url = self._urls.get(name)
            if url is None:
                raise ApiError("no_such_url")
            if self._clock.now() - url.made > URL_LIFE:
                raise ApiError("expired_url")
            url.uses += 1
            if url.uses > URL_USES:
                raise ApiError("used_url")
            return url

    def new_ticket(self) -> str:
        """A ticket for one connection of Socket Mode."""
        ticket = self._ids.new("ticket")
        self._tickets.add(ticket)
        return ticket

    def use_ticket(self, ticket: str) -> bool:
        """Whether the ticket opens a connection; it does once."""
        with self._lock:
            known = ticket in self._tickets
            self._tickets.discard(ticket)
            return known
