"""Tells the app and watches how it takes it: acks are measured, events told again, all held back where a test asks."""

import random
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from tests.fake_slack.to_app.delivery import Attempt, Delivery, Outgoing
from tests.fake_slack.to_app.http_door import HttpDoor, post

if TYPE_CHECKING:
    from tests.fake_slack.slack import FakeSlack

RETRIES = 3
SOON = (0.05, 0.2, 0.5)  # seconds before each retry; Slack itself takes a moment, a minute, five minutes


class Door(Protocol):
    """One way to the app."""

    def attempt(self, outgoing: Outgoing, number: int, reason: str) -> Attempt:
        """Tell the app once; `number` is 0 at first, `reason` why it is told again."""


class Sender:
    """All that goes to the app. `door` is set by `FakeSlack.connect`; `acks` are the seconds of every try."""

    def __init__(self, slack: "FakeSlack") -> None:
        self._slack = slack
        self.door: Door | None = None
        self.retry_after: tuple[float, ...] = SOON
        self.deliveries: list[Delivery] = []
        self._held: list[Delivery] | None = None
        self._threads: list[threading.Thread] = []

    @property
    def acks(self) -> list[float]:
        """How long each try took, in seconds, in the order of the deliveries."""
        return [attempt.seconds for delivery in self.deliveries for attempt in delivery.attempts]

    def tell(self, outgoing: Outgoing) -> Delivery:
        """Tell the app now, or later if things are held back."""
        delivery = Delivery(outgoing=outgoing)
        self.deliveries.append(delivery)
        if self._held is not None:
            self._held.append(delivery)
        else:
            self._tell(delivery)
        return delivery

    def tell_soon(self, outgoing: Outgoing) -> None:
        """Tell the app from another thread; `join` waits for all of these."""
        thread = threading.Thread(target=self.tell, args=(outgoing,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def join(self) -> None:
        """Wait until everything is told."""
        while self._threads:
            self._threads.pop().join()

    def hold(self) -> None:
        """Tell nothing from now on, until `release`."""
        self._held = []

    def release(self, order: str = "reversed", seed: int = 0) -> list[Delivery]:
        """Tell what was held: `reversed`, `shuffled` (by `seed`), or `same`."""
        held, self._held = list(self._held or []), None
        if order == "shuffled":
            random.Random(seed).shuffle(held)
        for delivery in reversed(held) if order == "reversed" else held:
            self._tell(delivery)
        return held

    def again(self, delivery: Delivery) -> Attempt:
        """Tell the same once more, as a duplicate; over HTTP to the byte, as somebody would who replays it."""
        if isinstance(self.door, HttpDoor) and delivery.wire is not None:
            return post(self.door.url, *delivery.wire)
        return self._door().attempt(delivery.outgoing, 1, "http_timeout")

    def raw(self, body: bytes, headers: dict[str, str]) -> Attempt:
        """POST anything to the app's URL; nothing is noted."""
        door = self._door()
        assert isinstance(door, HttpDoor), "the app has no URL: it is connected by Socket Mode"
        return post(door.url, body, headers)

    def _door(self) -> Door:
        assert self.door is not None, "connect the app first: slack.connect(url), or slack.connect() for Socket Mode"
        return self.door

    def _tell(self, delivery: Delivery) -> None:
        door, outgoing = self._door(), delivery.outgoing
        if isinstance(door, HttpDoor):
            delivery.wire = door.wire(outgoing, 0, "")
        reason = ""
        for number, wait in enumerate((0.0, *self.retry_after[:RETRIES])):
            time.sleep(wait)
            attempt = door.attempt(outgoing, number, reason)
            delivery.attempts.append(attempt)
            self._judge(outgoing, attempt)
            if attempt.acked or not self._told_again(outgoing, attempt):
                return
            reason = attempt.error or "http_error"

    def _told_again(self, outgoing: Outgoing, attempt: Attempt) -> bool:
        """Events are; of a connection that ended before the ack, everything is."""
        if "x-slack-no-retry" in attempt.headers:
            return False
        return outgoing.retriable or attempt.error == "connection_closed"

    def _judge(self, outgoing: Outgoing, attempt: Attempt) -> None:
        what = f"{_name(outgoing)}: {attempt.error or attempt.status} after {attempt.seconds:.2f} s"
        if attempt.error in ("timeout", "http_timeout"):
            self._slack.violate("late_ack", what)
        elif not attempt.error and not attempt.acked:
            self._slack.violate("late_ack" if attempt.status == 200 else "bad_ack", what)


def _name(outgoing: Outgoing) -> str:
    payload = outgoing.payload
    inner = payload.get("event", payload)
    return str(inner.get("command") or inner.get("type") or outgoing.kind)


def percentile(seconds: Iterable[float], share: float) -> float:
    """The value below which this share (0 to 1) of the measurements lies."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
