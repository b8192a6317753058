"""Clocks that are set while something is on its way to Slack: all is shown, once, and no later for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.flows_deliver.place import HERE, Place, over, quiet
from tests.flows_deliver.test_deliver import STORY
from tests.flows_deliver.test_faults import Killed

DAY = 86_400.0
JUMPS = [-DAY, DAY]


@dataclass
class _Around:
    """SlackApi with something that happens once a call of this method has been made."""

    api: Any
    method: str
    then: Callable[[], None]

    def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self.api.call(method, arguments)
        if method == self.method:
            self.then()
        return answer


def _around(place: Place, method: str, then: Callable[[], None]) -> None:
    """Another process that sends, to which this happens."""
    place.wrap = lambda name, part: _Around(part, method, then) if name == "api" else part
    place.next_process()
    place.wrap = lambda _, part: part


def _die() -> None:
    raise Killed


@pytest.mark.parametrize(("before", "after"), [(0.0, -DAY), (0.0, DAY), (DAY, 0.0), (-DAY, 0.0)])
def test_a_post_whose_sender_died_is_there_once(place: Place, before: float, after: float) -> None:
    """Given a sender that died after a post, when the clock was set since, either way, then all is shown, once."""
    place.ahead = before
    place.run_story()
    _around(place, "chat.postMessage", _die)
    with pytest.raises(Killed):
        place.turns(30)
    place.ahead = after
    place.next_process()
    assert place.settled(60)
    assert place.told() == STORY


@pytest.mark.parametrize("jump", JUMPS)
def test_what_a_sender_only_began_is_shown(place: Place, jump: float) -> None:
    """Given a sender that died before its post, when the clock was set since, then all is shown, once."""
    place.run_story()
    assert place.outbox.begin("card:12", place.clock.now())
    place.ahead = jump
    assert place.settled(60)
    assert place.told() == STORY


@pytest.mark.parametrize("jump", JUMPS)
def test_a_card_that_changes_while_it_is_sent_is_shown_as_it_is(place: Place, jump: float) -> None:
    """Given a card that is edited while it is sent, when the clock is set right then, then its end is shown."""
    place.chat.post_card(HERE, quiet(5), "card:12")
    _around(place, "chat.postMessage", lambda: place.chat.update_card(HERE, "card:12", over()))
    place.turns(0.01)
    place.ahead = jump
    assert place.settled(60)
    assert "failed" in place.shown("card:12")[0].text


@pytest.mark.parametrize("jump", JUMPS)
def test_who_waits_for_slack_goes_on_when_slack_does(place: Place, jump: float) -> None:
    """Given a sender that waits because Slack is away, when the clock is set, then it goes on when Slack is back."""
    place.run_story()
    place.slack.stop()
    place.turns(10)
    place.ahead = jump
    place.slack.start()
    assert place.settled(60)
    assert place.told() == STORY


@pytest.mark.parametrize("jump", JUMPS)
def test_a_limit_is_kept_to_the_second(place: Place, jump: float) -> None:
    """Given 429 with 20 seconds, when the clock is set, then the method rests for 20 seconds, and no longer."""
    place.chat.post_card(HERE, quiet(1), "card:12")
    assert place.settled()
    place.slack.faults.add(method="chat.update", kind="429", retry_after=20, times=1)
    place.chat.update_card(HERE, "card:12", over())
    place.turns(2)
    place.ahead = jump
    assert place.settled(60)
    first, second = place.slack.calls_of("chat.update")
    assert 20 <= second.at - first.at < 24


@pytest.mark.parametrize("jump", JUMPS)
def test_a_refused_token_is_tried_again(place: Place, jump: float) -> None:
    """Given a token that was refused, when the clock is set and the token healed, then all is shown."""
    place.slack.tokens.trouble(place.slack.bot_token, "token_revoked")
    place.run_story()
    place.turns(2)
    place.ahead = jump
    place.slack.tokens.trouble(place.slack.bot_token, "")
    assert place.settled(90)
    assert place.told() == STORY
