"""An incident in Slack: its card within all limits, its lines, and nothing in either that an alert could make act."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.slack.chat import SlackChat
from bot.chat.slack.incident import incident_line_message, incident_message
from bot.ledger import MemoryOutbox
from bot.model.alert import Severity
from bot.model.incident import Earlier, IncidentEvent, IncidentStatus, Offer
from bot.model.people import Conversation
from tests.chat.incidents import NOON, OFFER, earlier, incident_card, standing
from tests.chat_slack.looks import assert_sound, buttons, elements, read
from tests.chat_slack.strange import texts

TAKE, AGAIN = "suggestion_take", "incident_replay"
OPS = Conversation(transport="slack", channel="C1")


def line(kind: str, **more: Any) -> IncidentEvent:
    """A line of incident 12."""
    return IncidentEvent(**{"kind": kind, "at": NOON, "id": 3, "incident_id": 12, **more})


def test_a_card_tells_what_is_wrong_where_and_whose_it_is() -> None:
    """Given an incident that somebody looks after, when it is shown, then everything one needs stands in words."""
    alerts = (standing(2), standing(1, "resolved"))
    card = incident_card(
        *alerts, over=1, status=IncidentStatus.ACKNOWLEDGED, acknowledged_at=NOON, acknowledged_by="slack:U1"
    )
    message = incident_message(card)
    assert_sound(message)
    shown = read(message)
    for said in (
        "Incident 12 HighErrors",
        "acknowledged by @U1",
        "service payments · critical · from alertmanager",
        "1 alert fires, 1 is over",
        "opened 2026-03-01 12:00:00 UTC",
        "firing on web2: Errors are high, repeated 1 time",
        "resolved on web1: Errors are high",
    ):
        assert said in shown
    assert message.text.startswith("Incident 12, critical, HighErrors of payments: acknowledged")


def test_what_could_be_done_is_a_button_with_a_question() -> None:
    """Given an offer and an earlier incident, when the card is made, then each has its button, which asks first."""
    message = incident_message(replace(incident_card(), offers=(OFFER,), earlier=earlier("slack:U1")))
    assert_sound(message)
    shown = read(message)
    assert (
        "incident 7, closed 2026-03-01 12:00:00 UTC. run restart on web1 in prod by @U1 ended it within 5 min" in shown
    )
    assert "Suggested by rule:town/mend: run restart on web2 in prod" in shown
    again, take = (each for each in elements(message.blocks, "button") if each["action_id"] in {TAKE, AGAIN})
    assert (again["value"], take["value"]) == ("12", "3")
    assert again["confirm"]["text"]["text"] == "run restart on web2 in prod"
    assert take["confirm"]["text"]["text"] == "run restart on web2 in prod\nOn 1 host: web2."


def test_an_earlier_one_that_ended_by_itself_has_no_button() -> None:
    """Given an earlier incident that no run ended, when the card is made, then it only tells."""
    message = incident_message(replace(incident_card(), earlier=Earlier(incident_id=7, closed_at=NOON)))
    assert "incident 7, closed 2026-03-01 12:00:00 UTC, its alerts were over" in read(message)
    assert "Do the same" not in buttons(message)


def test_a_storm_is_counted() -> None:
    """Given 500 alerts, when the card is made, then it shows some and counts the rest."""
    message = incident_message(incident_card(*(standing(n) for n in range(1, 16)), firing=500))
    assert_sound(message)
    assert "and 490 more alerts: incident 12" in read(message)


@settings(max_examples=60, deadline=None)
@given(texts, texts, texts, st.sampled_from(Severity))
def test_what_an_alert_says_never_acts(title: str, symptom: str, host: str, severity: Severity) -> None:
    """Given hostile text in every field, when card and lines are made, then Slack only shows it, within its limits."""
    alerts = tuple(standing(n, title=title, host=host) for n in range(1, 16))
    told = {"title": title, "symptom": symptom, "service": host, "assignee": title, "source": symptom}
    offer = Offer(suggestion_id=1, rule=title, command=symptom, hosts=(host, title))
    last = Earlier(incident_id=1, closed_at=NOON, closed_by=title, command=host, actor=symptom, again=title)
    card = incident_card(*alerts, firing=99, severity=severity, **told)
    assert_sound(incident_message(replace(card, offers=(offer, offer), earlier=last)))
    for kind in ("note", "assigned", "reopened", "closed", symptom or "x"):
        assert_sound(incident_line_message(line(kind, text=title, actor=host)))


@pytest.mark.parametrize(
    ("to", "called"),
    [
        ("channel", "<!channel>"),
        ("slack-group:S0OPS", "<!subteam^S0OPS>"),
        ("slack:U1", "<@U1>"),
        ("slack-group:S1> <!channel", None),
        ("<!here>", None),
    ],
)
def test_an_escalation_calls_whom_the_policy_names(to: str, called: str | None) -> None:
    """Given a step, when it is told, then group, person or channel are mentioned, and what is none of them is text."""
    event = line("escalated", data={"step": 1, "to": to, "title": "<!channel> *x*"})
    said = incident_line_message(event).text
    mentions = [word for word in ("<!channel>", "<!here>", "<!subteam^S0OPS>", "<@U1>") if word in said]
    assert mentions == ([called] if called else [])


@given(texts)
@settings(max_examples=50, deadline=None)
def test_a_call_mentions_whom_the_rulebook_names_and_nobody_else(text: str) -> None:
    """Given hostile text, when a rule calls a group, then that group alone is mentioned, in the channel itself."""
    outbox = MemoryOutbox()
    SlackChat(outbox).call(OPS, "slack-group:S0OPS", f"{text} <!channel> <@U9>", "k")
    found = outbox.get("call:C1:k")
    assert found is not None
    assert (found.delivery.parent, found.delivery.thread, found.delivery.urgent) == ("", "", True)
    said = json.loads(found.delivery.payload)["text"]
    assert said.startswith("<!subteam^S0OPS> ")
    assert said.count("<") == 1


def test_a_fix_that_did_not_help_calls_nobody() -> None:
    """Given the line of a rule whose run did not help, when it is told, then it stands in the thread, in its words."""
    outbox = MemoryOutbox()
    event = replace(line("escalated", actor="rule:Town/mend", text="Run 3 failed."), id=5)
    SlackChat(outbox).tell_incident(OPS, event)
    found = outbox.get("incident:12:C1:5")
    assert found is not None
    assert (found.delivery.parent, found.delivery.urgent) == ("incident:12:C1", False)
    assert "has not helped, and stops: Run 3 failed." in json.loads(found.delivery.payload)["text"]


def test_a_card_is_edited_and_its_lines_follow_in_its_thread() -> None:
    """Given an incident that changes, when it is shown, then the newest card is one delivery."""
    outbox = MemoryOutbox()
    chat = SlackChat(outbox)
    chat.show_incident(OPS, incident_card())
    chat.tell_incident(OPS, line("note", text="hm", actor="slack:U1"))
    chat.show_incident(OPS, incident_card(edition=9, status=IncidentStatus.CLOSED, closed_at=NOON))
    chat.show_incident(OPS, incident_card(edition=8))
    card, note = outbox.get("incident:12:C1"), outbox.get("incident:12:C1:3")
    assert card is not None
    assert note is not None
    assert (card.delivery.version, "closed" in json.loads(card.delivery.payload)["text"]) == (9, True)
    assert note.delivery.parent == "incident:12:C1"


def test_an_escalation_stands_in_the_channel() -> None:
    """Given an escalation, when it is told, then it is no line of a thread that nobody reads."""
    outbox = MemoryOutbox()
    SlackChat(outbox).tell_incident(OPS, replace(line("escalated", data={"to": "channel"}), id=4))
    found = outbox.get("incident:12:C1:4")
    assert found is not None
    assert (found.delivery.parent, found.delivery.urgent) == ("", True)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, ["Acknowledge", "Close", "Details"]),
        ({"status": IncidentStatus.ACKNOWLEDGED, "acknowledged_by": "slack:U1"}, ["Close", "Details"]),
        ({"status": IncidentStatus.CLOSED}, ["Details"]),
    ],
)
def test_buttons_are_those_that_make_sense(fields: dict[str, Any], shown: list[str]) -> None:
    """Given an incident, when its card is made, then nobody takes what is taken, or closes what is closed."""
    assert buttons(incident_message(incident_card(**fields))) == shown
