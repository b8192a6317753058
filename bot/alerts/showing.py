"""Where incidents are shown, who is told when nobody acts, which reaction notes: three mappings below `alerts`."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from bot.alerts.config import Duration, Part, one_or_more
from bot.model.people import PEOPLE

CARDS, ESCALATION, NOTE_REACTION = "cards", "escalation", "note_reaction"

Place = Annotated[str, StringConstraints(pattern=r"\A(slack:[CG][A-Z0-9]{2,40}|terminal:[^\s:]{1,80})\Z")]
Called = Annotated[str, StringConstraints(pattern=rf"\A({PEOPLE})\Z")]


def bare(written: Any) -> Any:
    """The name of an emoji, also of `:name:`."""
    return written.strip(":") if isinstance(written, str) else written


Emoji = Annotated[str, BeforeValidator(bare), StringConstraints(pattern=r"\A[a-z0-9_+'-]{1,100}\Z")]


class StepConfig(Part):
    """One step of the escalation: so long after the beginning, `to` is told, unless somebody has acted."""

    after: Duration
    to: Called


class ShowingConfig(Part):
    """Where, who, and by which reaction people in Slack mark what belongs into an incident's story."""

    cards: Annotated[tuple[Place, ...], BeforeValidator(one_or_more), Field(max_length=5)] = ()
    escalation: Annotated[tuple[StepConfig, ...], Field(max_length=10)] = ()
    note_reaction: Emoji | None = None

    @model_validator(mode="after")
    def _later_and_later(self) -> Self:
        times = [step.after for step in self.escalation]
        if times != sorted(set(times)):
            raise ValueError("each step of the escalation comes later than the one before")
        if self.escalation and not self.cards:
            raise ValueError("an escalation needs cards, which say where it is told")
        return self
