"""An incident's number enters; what its post-mortem begins with leaves: Markdown for people, JSON for programs."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.chat.text import line
from bot.flows.inquire_incidents import moment_text
from bot.flows.timeline import Story, Timeline
from bot.ledger import Incidents, Ledger
from bot.model.codec import to_plain
from bot.model.incident import Standing

_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+!|~&:@-])")
TEXT_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportIncident:
    """The flow with the stations it passes."""

    incidents: Incidents
    ledger: Ledger

    def handle(self, incident_id: int, kind: str) -> str:
        """The whole text; UnknownName when there is no such incident."""
        story = Timeline(incidents=self.incidents, ledger=self.ledger).handle(incident_id)
        return FORMATS[kind](story, self.incidents.alerts(incident_id))


def _markdown(story: Story, alerts: list[Standing]) -> str:
    incident = story.incident
    facts = [f"- {name}: {_shown(told)}" for name, told in story.times]
    people = sorted({entry.actor for entry in story.entries if entry.actor})
    rows = [f"| {moment_text(each.at)} | {_shown(each.actor)} | {_shown(each.text)} |" for each in story.entries]
    listed = [
        f"| {each.alert.status.value} | {_shown(each.alert.host)} | {_shown(each.alert.title)} | {each.repeats} |"
        for each in alerts
    ]
    return "\n".join(
        [
            f"# Incident {incident.id}: {_shown(incident.title)}",
            "",
            *facts,
            f"- people: {', '.join(map(_shown, people)) or 'nobody'}",
            "",
            "## Timeline",
            "",
            "| when (UTC) | who | what |",
            "|---|---|---|",
            *rows,
            "",
            "## Alerts",
            "",
            "| status | host | title | repeats |",
            "|---|---|---|---|",
            *listed,
        ]
    )


def _json(story: Story, alerts: list[Standing]) -> str:
    plain = {
        "incident": to_plain(story.incident),
        "times": dict(story.times),
        "timeline": [to_plain(each) for each in story.entries],
        "alerts": [to_plain(each) for each in alerts],
    }
    return json.dumps(plain, indent=2)


def _shown(text: str) -> str:
    """One line in which nothing acts as markup."""
    return _MARKUP.sub(r"\\\1", line(text, TEXT_CHARACTERS))


FORMATS: Mapping[str, Callable[[Story, list[Standing]], str]] = {"md": _markdown, "json": _json}
"""What `--format` takes for an incident."""
