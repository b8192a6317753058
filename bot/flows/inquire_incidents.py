"""alerts, incident: what is wrong now, what is silent, and the story of one incident."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.alerts.grouping import ANY
from bot.chat.incident_words import about, earlier_words, incident_facts, standing_words, status_words
from bot.flows.await_consent import utc_now
from bot.flows.timeline import Timeline
from bot.ledger import Incidents, Ledger
from bot.model.command import AskAlerts, AskIncident, AskTimeline
from bot.model.incident import Incident, IncidentCard, Mute
from bot.model.reply import Facts, Part, Reply, Table, Text

ALERTS_SHOWN = 50
STORY_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class InquireIncidents:
    """The questions about alerts; whoever has a role may ask them."""

    incidents: Incidents
    ledger: Ledger
    recall: Callable[[IncidentCard], IncidentCard]
    clock: Callable[[], datetime] = utc_now

    def listed(self, ask: AskAlerts) -> Reply:
        """Incidents, the newest first, and what is silent."""
        found = self.incidents.find(also_closed=ask.closed, last=ask.last)
        parts: list[Part] = [_incidents(found, ask)] if found else [Text(text=_nothing(ask))]
        return Reply(parts=(*parts, *self._silent()))

    def mutes(self) -> Reply:
        """What is silent."""
        return Reply(parts=self._silent() or (Text(text="Nothing is muted."),))

    def shown(self, ask: AskIncident) -> Reply:
        """One incident, with its alerts."""
        card = self.recall(self.incidents.card(ask.incident_id, most=ALERTS_SHOWN))
        return Reply(parts=(_facts(card), _alerts(card)))

    def timeline(self, ask: AskTimeline) -> Reply:
        """Its story, oldest first, and how long it took to acknowledge, to mitigate, to resolve."""
        story = Timeline(incidents=self.incidents, ledger=self.ledger).handle(ask.incident_id)
        rows = tuple((moment_text(each.at), each.actor, each.text) for each in story.entries)
        left = len(rows) - STORY_SHOWN
        parts: list[Part] = [
            Facts(title=f"Incident {ask.incident_id}", pairs=story.times),
            Table(title="Timeline", columns=("when", "who", "what"), rows=rows[:STORY_SHOWN]),
        ]
        if left > 0:
            export = f"`python -m bot export --incident {ask.incident_id} --format md` has them."
            parts.append(Text(text=f"And {left} more lines; {export}"))
        return Reply(parts=tuple(parts))

    def _silent(self) -> tuple[Part, ...]:
        found = self.incidents.mutes(self.clock())
        if not found:
            return ()
        columns = ("mute", "what", "until", "who", "why")
        return (Table(title="Muted", columns=columns, rows=tuple(_mute(each) for each in found)),)


def matchers_text(matchers: Mapping[str, str]) -> str:
    """`payments`, `service=db host=db*`."""
    return " ".join(glob if name == ANY else f"{name}={glob}" for name, glob in matchers.items())


def moment_text(moment: datetime) -> str:
    """`2026-03-01 02:00:00`, UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _nothing(ask: AskAlerts) -> str:
    return "There has been no incident yet." if ask.closed else "No incident is open."


def _incidents(found: list[Incident], ask: AskAlerts) -> Table:
    columns = ("incident", "severity", "status", "what", "whose", "opened (UTC)", "last change")
    title = "Incidents" if ask.closed else "Open incidents"
    return Table(title=title, columns=columns, rows=tuple(_row(each) for each in found))


def _row(incident: Incident) -> tuple[str, ...]:
    status = incident.status.value + (", flapping" if incident.flapping and not incident.closed else "")
    opened, last = moment_text(incident.opened_at), moment_text(incident.last_at)
    return (str(incident.id), incident.severity.value, status, about(incident), incident.assignee, opened, last)


def _mute(mute: Mute) -> tuple[str, ...]:
    return (str(mute.id), matchers_text(mute.matchers), moment_text(mute.until), mute.by, mute.why)


def _facts(card: IncidentCard) -> Facts:
    incident = card.incident
    pairs = (
        ("what", about(incident)),
        ("title", incident.title),
        ("severity", incident.severity.value),
        ("status", status_words(incident)),
        ("alerts", standing_words(card)),
        ("from", incident.source),
        *incident_facts(incident),
        *_ways_out(card),
    )
    return Facts(title=f"Incident {incident.id}", pairs=pairs)


def _ways_out(card: IncidentCard) -> Iterator[tuple[str, str]]:
    """How the last one of its kind ended, and what to say for what is suggested."""
    if card.earlier is not None:
        yield "last time", earlier_words(card.earlier)
        if card.earlier.again:
            yield "the same now", f"`incident {card.incident.id} replay`: {card.earlier.again}"
    for offer in card.offers:
        yield "suggested", f"`take {offer.suggestion_id}`: {offer.command}, by {offer.rule}"


def _alerts(card: IncidentCard) -> Table:
    rows = tuple(
        (
            each.alert.status.value,
            each.alert.host,
            each.alert.title,
            moment_text(each.first_at),
            moment_text(each.last_at),
            str(each.repeats),
            each.alert.url,
        )
        for each in card.alerts
    )
    columns = ("status", "host", "title", "first (UTC)", "last", "repeats", "url")
    hidden = card.firing + card.over - len(rows)
    return Table(title=f"Alerts, {hidden} more not shown" if hidden > 0 else "Alerts", columns=columns, rows=rows)
