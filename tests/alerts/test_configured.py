"""`alerts` in signalbox.yml as a whole: what may be written, and the sentence for what may not."""

from typing import Any

import pytest

from bot.alerts import configured
from bot.errors import Misconfigured
from bot.model.people import Conversation
from tests.alerts.samples import AUTH


def test_nothing_is_let_in_and_shown_by_default() -> None:
    """Given no word on alerts, when it is read, then there is no source, no place and nobody to call."""
    config = configured({})
    assert (dict(config.sources), config.places, config.escalation) == ({}, (), ())


def test_what_is_written_is_in_force() -> None:
    """Given sources, places and steps, when they are read, then they are there, durations in seconds."""
    config = configured(
        {
            "grafana": {"auth": AUTH},
            "cards": ["slack:C0OPS", "terminal:ops", "slack:C0OPS"],
            "escalation": [{"after": "5m", "to": "channel"}, {"after": "1h", "to": "slack-group:S0OPS"}],
        }
    )
    assert list(config.sources) == ["grafana"]
    assert config.places == (
        Conversation(transport="slack", channel="C0OPS"),
        Conversation(transport="terminal", channel="ops"),
    )
    assert [(step.after, step.to) for step in config.escalation] == [(300, "channel"), (3600, "slack-group:S0OPS")]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"nagios": {}}, "no source alerts.nagios"),
        ({"grafana": {}}, "alerts.grafana.auth"),
        ({"cards": "ops"}, "alerts.cards"),
        ({"cards": ["slack:<!channel>"]}, "alerts.cards"),
        ({"cards": ["terminal:a:b"]}, "alerts.cards"),
        ({"cards": ["slack:C0OPS"], "escalation": [{"after": "5m", "to": "slack:everyone"}]}, "alerts.escalation"),
        ({"cards": ["slack:C0OPS"], "escalation": [{"after": "soon", "to": "channel"}]}, "alerts.escalation"),
        ({"escalation": [{"after": "5m", "to": "channel"}]}, "needs cards"),
        (
            {
                "cards": "slack:C0OPS",
                "escalation": [{"after": "5m", "to": "channel"}, {"after": "5m", "to": "channel"}],
            },
            "later than the one before",
        ),
    ],
)
def test_what_is_wrong_is_said(written: dict[str, Any], said: str) -> None:
    """Given something that cannot be meant, when it is read, then a sentence names its place, with a remedy."""
    with pytest.raises(Misconfigured) as caught:
        configured(written)
    assert said in caught.value.what
    assert caught.value.remedy
