"""An incident in a terminal: what is wrong, how the last one ended, and what to say to do something about it."""

from dataclasses import replace

from bot.chat.terminal.incident import incident_lines
from bot.model.incident import Earlier

from .incidents import NOON, OFFER, earlier, incident_card


def test_the_card_says_what_could_be_done() -> None:
    """Given an offer and an earlier incident, when the card is shown, then each says what to type."""
    last = earlier("terminal:anna")
    last = replace(last, again=f"{last.again}\x1b[2J")
    ended = "run restart on web1 in prod ended it within 5 min, asked for by terminal:anna"
    assert incident_lines(replace(incident_card(), offers=(OFFER,), earlier=last))[-4:] == [
        f"  last time: incident 7, closed 2026-03-01 12:00:00 UTC: {ended}",
        "    incident 12 replay: run restart on web2 in prod",
        "  rule:town/mend suggests: run restart on web2 in prod",
        "    take 3",
    ]


def test_the_card_says_how_the_last_one_ended_without_a_run() -> None:
    """Given earlier incidents that somebody closed or that were over, when the card is shown, then it says so."""
    last = Earlier(incident_id=7, closed_at=NOON)
    said = incident_lines(replace(incident_card(), earlier=last))[-1]
    assert said == "  last time: incident 7, closed 2026-03-01 12:00:00 UTC, its alerts were over"
    said = incident_lines(replace(incident_card(), earlier=replace(last, closed_by="terminal:anna")))[-1]
    assert said == "  last time: incident 7, closed 2026-03-01 12:00:00 UTC by terminal:anna"
