"""Who feeds the counters: the relay with its lags, Slack's calls with how they came out."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.chat.slack.counted import CountedApi
from bot.chat.slack.refusals import rate_limited, unknown_outcome
from bot.chat.slack.trouble import NotSent, PlaceRefused, SlackTrouble
from tests.flows.conftest import here, quiet, world
from tests.flows.world import World

__all__ = ["here", "quiet", "world"]


class _Api:
    def __init__(self, error: SlackTrouble | None) -> None:
        self.error = error

    def call(self, _method: str, _arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if self.error:
            raise self.error
        return {"ok": True}

    def send_file(self, url: str, _content: bytes) -> None:
        self.call(url, {})


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "ok"),
        (rate_limited("chat.update", 3.0), "rate_limited"),
        (unknown_outcome("chat.update", "TimeoutError"), "unknown"),
        (NotSent("No.", method="chat.update"), "not_sent"),
        (PlaceRefused("No.", method="chat.update"), "refused"),
    ],
)
def test_every_call_is_counted_as_it_came_out(error: SlackTrouble | None, outcome: str) -> None:
    """Given calls of each outcome, when they are made, then they are counted, and the error goes on as it is."""
    noted: list[tuple[str, str]] = []
    api = CountedApi(_Api(error), lambda method, how: noted.append((method, how)))
    for make in (lambda: api.call("chat.update", {}), lambda: api.send_file("https://x", b"")):
        if error is None:
            make()
            continue
        with pytest.raises(type(error)) as raised:
            make()
        assert raised.value is error
    assert noted == [("chat.update", outcome), ("files.send", outcome)]


def test_the_relay_tells_how_late_events_are(world: World) -> None:
    """Given a run with events, when a relay stores them, then their lag is told, and the first event once."""
    told: list[str] = []
    world.run("run ping on web")
    world.work()
    relay = world.new_relay()
    relay.observe = lambda metric, seconds: told.append(metric) if seconds < 60 else None
    world.turn(relay, times=3)
    assert "signalbox_event_lag_seconds" in told
    assert told.count("signalbox_run_first_event_seconds") <= 1
