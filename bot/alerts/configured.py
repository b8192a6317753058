"""All of `alerts` in signalbox.yml: plain values enter, what is in force leaves; Misconfigured when any is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.alerts.config import SourceConfig, checked, grouping_of, sources_of
from bot.alerts.grouping import Grouping
from bot.alerts.showing import CARDS, ESCALATION, NOTE_REACTION, ShowingConfig, StepConfig
from bot.model.people import Conversation


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertConfig:
    """Who may send, what belongs together, where incidents are shown, who is told when nobody acts.

    `note_reaction` is the name of the emoji by which messages are marked for an incident's story, empty for none.
    """

    sources: Mapping[str, SourceConfig] = field(default_factory=dict)
    grouping: Grouping = field(default_factory=Grouping)
    places: tuple[Conversation, ...] = ()
    escalation: tuple[StepConfig, ...] = ()
    note_reaction: str = ""


def configured(written: Mapping[str, Any]) -> AlertConfig:
    """What is written, checked as a whole."""
    sources = sources_of(written)
    told = {name: written[name] for name in (CARDS, ESCALATION, NOTE_REACTION) if name in written}
    right = "Write cards: ['slack:C0OPS'] and escalation: [{after: 10m, to: 'slack-group:S0ONCALL'}]."
    showing = checked(ShowingConfig, told, "", right)
    return AlertConfig(
        sources=sources,
        grouping=grouping_of(written),
        places=tuple(place(each) for each in dict.fromkeys(showing.cards)),
        escalation=showing.escalation,
        note_reaction=showing.note_reaction or "",
    )


def place(written: str) -> Conversation:
    """The conversation that `slack:C0OPS` or `terminal:ops` names."""
    transport, _, channel = written.partition(":")
    return Conversation(transport=transport, channel=channel)
