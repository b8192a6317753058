"""An IncidentCard enters; what a terminal shows of it leaves."""

from collections.abc import Iterator

from bot.chat.incident_words import about, alert_words, earlier_words, incident_facts, standing_words, status_words
from bot.chat.terminal.sheet import Sheet
from bot.chat.text import line
from bot.chat.words import many
from bot.model.incident import IncidentCard

ALERTS_SHOWN = 5


def incident_lines(card: IncidentCard) -> list[str]:
    """The card, in a few lines."""
    incident = card.incident
    hidden = card.firing + card.over - min(len(card.alerts), ALERTS_SHOWN)
    return [
        incident_line(card),
        f"  {line(incident.title)}",
        f"  {'; '.join(f'{name} {told}' for name, told in incident_facts(incident))}",
        *(f"  {alert_words(standing)}" for standing in card.alerts[:ALERTS_SHOWN]),
        *([f"  and {many(hidden, 'more alert')}"] if hidden > 0 else []),
        *_ways_out(card),
    ]


def _ways_out(card: IncidentCard) -> Iterator[str]:
    """How the last one of its kind ended, and what rules suggest, each with what to say for it."""
    if (earlier := card.earlier) is not None:
        yield f"  last time: {earlier_words(earlier)}"
        if earlier.again:
            yield f"    incident {card.incident.id} replay: {line(earlier.again)}"
    for offer in card.offers:
        yield f"  {line(offer.rule)} suggests: {line(offer.command)}"
        yield f"    take {offer.suggestion_id}"


def incident_line(card: IncidentCard) -> str:
    """The card, in one line."""
    incident = card.incident
    told = f"{incident.severity.value}, {about(incident)}: {status_words(incident)}; {standing_words(card)}"
    return f"Incident {incident.id}, {told}"


def live_incidents(cards: list[IncidentCard], width: int) -> Sheet:
    """Open incidents, a line each."""
    return Sheet(lambda ink: (ink.write(incident_line(card), "bold yellow") for card in cards), width)
