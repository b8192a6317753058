"""An IncidentCard, or a line of an incident's story, enters; the Message that shows it in Slack leaves."""

import re
from collections.abc import Iterator

from bot.chat.incident_words import about, alert_words, called, deed, incident_facts, standing_words, when
from bot.chat.slack import limits
from bot.chat.slack.buttons import again_button, incident_buttons, offer_button
from bot.chat.slack.message import Block, Message
from bot.chat.slack.mrkdwn import code, words
from bot.chat.slack.parts import actions, context, section
from bot.chat.slack.signs import who
from bot.chat.words import NAME_CHARACTERS, many
from bot.model.alert import AlertStatus, Severity
from bot.model.incident import Earlier, Incident, IncidentCard, IncidentEvent, IncidentStatus, Standing
from bot.model.people import EVERYBODY
from bot.model.words import duration

ALERTS_SHOWN = 10
_SEVERITY = {
    Severity.CRITICAL: "\U0001f534",
    Severity.ERROR: "\U0001f7e0",
    Severity.WARNING: "\U0001f7e1",
    Severity.INFO: "\U0001f535",
    Severity.UNKNOWN: "\u26aa",
}
_STATUS = {IncidentStatus.ACKNOWLEDGED: "\U0001f440", IncidentStatus.CLOSED: "\u2705"}
_GROUP = re.compile(r"slack-group:(S[A-Z0-9]{1,40})")
_MEMBER = re.compile(r"slack:([UW][A-Z0-9]{1,40})")


def incident_message(card: IncidentCard) -> Message:
    """The one message of an incident, to be edited in place."""
    blocks = [*_heading(card), *_alerts(card), *_ways_out(card), *actions(incident_buttons(card.incident))]
    return limits.message(incident_summary(card), blocks)


def incident_summary(card: IncidentCard) -> str:
    """The card in one line of mrkdwn, as notifications and screen readers tell it."""
    incident = card.incident
    flapping = ", flapping" if incident.flapping and not incident.closed else ""
    return (
        f"Incident {incident.id}, {incident.severity.value}, {words(about(incident), 300)}: "
        f"{incident.status.value}{flapping}, {standing_words(card)}"
    )


def incident_line_message(event: IncidentEvent) -> Message:
    """A line of its story; who is named by the policy of the place is called, nobody else can be."""
    said = f"{who(event.actor)} {words(deed(event), 800)}" if event.actor else words(deed(event), 800)
    if to := called(event):
        title = words(str(event.data.get("title", "")), 300)
        said = f"{_calling(to)} *Incident {event.incident_id}*: {title}\nNobody has acted yet."
    return limits.message(said, [section(said)])


def calling_message(to: str, text: str) -> Message:
    """A sentence that calls people whom a file of the project names; the sentence itself calls nobody."""
    said = f"{_calling(to)} {words(text, 2_000)}"
    return limits.message(said, [section(said)])


def _heading(card: IncidentCard) -> Iterator[Block]:
    incident = card.incident
    title = f"{_SEVERITY[incident.severity]} *Incident {incident.id}* {code(incident.symptom, 120)}"
    yield section(f"{title} \u00b7 {_status(incident)}\n{words(incident.title, 500)}")
    service = [f"service {code(incident.service, NAME_CHARACTERS)}"] if incident.service else []
    yield context(" \u00b7 ".join([*service, incident.severity.value, f"from {code(incident.source, 40)}"]))
    yield context(f"*{standing_words(card)}*", " \u00b7 ".join(_facts(incident)))


def _status(incident: Incident) -> str:
    sign = _STATUS.get(incident.status, "\U0001f6a8")
    flapping = ", flapping" if incident.flapping and not incident.closed else ""
    by = f" by {who(incident.acknowledged_by)}" if incident.status is IncidentStatus.ACKNOWLEDGED else ""
    return f"{sign} *{incident.status.value}*{by}{flapping}"


def _facts(incident: Incident) -> Iterator[str]:
    for name, told in incident_facts(incident):
        yield f"assigned to {who(incident.assignee)}" if name == "assigned to" else f"{name} {words(told, 200)}"


def _alerts(card: IncidentCard) -> Iterator[Block]:
    rows = [_row(standing) for standing in card.alerts[:ALERTS_SHOWN]]
    hidden = card.firing + card.over - len(rows)
    if hidden > 0:
        rows.append(f"and {many(hidden, 'more alert')}: `incident {card.incident.id}`")
    if rows:
        yield section("\n".join(rows))


def _ways_out(card: IncidentCard) -> Iterator[Block]:
    """What rules suggest, and how the last one of its kind ended, each with a button that does it."""
    if (earlier := card.earlier) is not None:
        button = again_button(card.incident.id, earlier) if earlier.again else None
        yield section(f"*Last time*: {_last_time(earlier)}", button)
    for offer in card.offers:
        yield section(f"*Suggested* by {code(offer.rule, 80)}: {code(offer.command)}", offer_button(offer))


def _last_time(earlier: Earlier) -> str:
    last = f"incident {earlier.incident_id}, closed {when(earlier.closed_at)}"
    if earlier.command:
        within = duration(earlier.seconds)
        return f"{last}. {code(earlier.command)} by {who(earlier.actor)} ended it within {within}."
    return f"{last} by {who(earlier.closed_by)}." if earlier.closed_by else f"{last}, its alerts were over."


def _row(standing: Standing) -> str:
    sign = "\U0001f525" if standing.alert.status is AlertStatus.FIRING else "\u2705"
    return f"{sign} {words(alert_words(standing), 400)}"


def _calling(to: str) -> str:
    """A mention for what signalbox.yml or a rulebook names; anything else is only read."""
    if to == EVERYBODY:
        return "<!channel>"
    if group := _GROUP.fullmatch(to):
        return f"<!subteam^{group[1]}>"
    member = _MEMBER.fullmatch(to)
    return f"<@{member[1]}>" if member else code(to, NAME_CHARACTERS)
