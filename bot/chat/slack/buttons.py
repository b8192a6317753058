"""A RunCard enters; the buttons that make sense for it leave, each with an action's name and the run's id."""

from enum import StrEnum
from typing import Any

from bot.chat.slack.parts import button, confirm
from bot.chat.text import line
from bot.chat.words import many
from bot.model.consent import Stage
from bot.model.incident import Earlier, Incident, IncidentStatus, Offer
from bot.model.status import RunStatus
from bot.model.view import RunCard
from bot.model.words import some

HOSTS_ASKED = 5
COMMAND_ASKED = 160
HOSTS_CHARACTERS = 120
"""Characters in the question before a run that an incident suggests: Slack takes 300 in all."""
NEVER_STARTED = frozenset({RunStatus.AWAITING_APPROVAL, RunStatus.QUEUED, RunStatus.DENIED, RunStatus.EXPIRED})


class Action(StrEnum):
    """What a press of a button, or a choice in a menu, is called in `action_id`."""

    CANCEL = "run_cancel"
    LOG = "run_log"
    DETAILS = "run_details"
    RETRY = "run_retry"
    RERUN = "run_rerun"
    APPLY = "run_apply"
    CONFIRM = "run_confirm"
    APPROVE = "run_approve"
    DENY = "run_deny"
    """Opens the form that asks for the reason."""
    DENY_REASON = "deny_reason"
    INCIDENT_ACK = "incident_ack"
    INCIDENT_CLOSE = "incident_close"
    INCIDENT_SHOW = "incident_show"
    INCIDENT_REPLAY = "incident_replay"
    TAKE = "suggestion_take"
    PREVIOUS = "page_previous"
    NEXT = "page_next"
    OPEN_FORM = "form_open"
    """Opens the form; the value is a runbook's id, or NO_RUNBOOK."""
    FORM_RUNBOOK = "form_runbook"
    FORM_ENVIRONMENT = "form_environment"
    FORM_HOSTS = "form_hosts"
    FORM_PATTERN = "form_pattern"
    FORM_CHECK = "form_check"
    FORM_VALUE = "form_value"


NO_RUNBOOK = "-"
"""The value of a button that opens the form without a runbook: Slack takes no empty value."""


def run_buttons(card: RunCard) -> list[dict[str, Any]]:
    """Buttons for the run as it is now; while it is under way none that needs its end, afterwards no Cancel."""
    if card.waiting is not None:
        return [*_answers(card, card.waiting.pending.stage), _cancel(card), details(card.run_id)]
    if card.view.asks_go:
        return [_go(card), _cancel(card), *_log(card), details(card.run_id)]
    if not card.view.status.final:
        return [_cancel(card), *_log(card), details(card.run_id)]
    return [*_log(card), *_retry(card), *_apply(card), _rerun(card), details(card.run_id)]


def _answers(card: RunCard, stage: Stage) -> list[dict[str, Any]]:
    """Yes and no to a run that waits; who may not press them is told so."""
    run_id, name, where = card.run_id, line(card.runbook, 80), line(card.environment, 80)
    if stage is Stage.CONFIRM:
        about = f"Confirm run {run_id}"
        return [button("Confirm", Action.CONFIRM, str(run_id), style="primary", about=about)]
    hosts = f"{len(card.hosts)} host{'' if len(card.hosts) == 1 else 's'}"
    ask = confirm(f"Approve run {run_id}?", f"{name} runs in {where} on {hosts}.", "Approve", "Not yet")
    about = f"Approve run {run_id}"
    return [
        button("Approve", Action.APPROVE, str(run_id), style="primary", about=about, ask=ask),
        button("Deny", Action.DENY, str(run_id), style="danger", about=f"Deny run {run_id}"),
    ]


def _go(card: RunCard) -> dict[str, Any]:
    """Lets a run go on with its next wave."""
    about = f"Let run {card.run_id} go on"
    return button("Go on", Action.CONFIRM, str(card.run_id), style="primary", about=about)


def incident_buttons(incident: Incident) -> list[dict[str, Any]]:
    """Buttons for an incident as it is now: nobody takes what is taken, or closes what is closed."""
    number = str(incident.id)
    show = button("Details", Action.INCIDENT_SHOW, number, about=f"Details of incident {number}")
    if incident.closed:
        return [show]
    about, text = f"Close incident {number}", "It is over, whatever its alerts say; the same will not open it again."
    ask = confirm(f"Close incident {number}?", text, "Close it", "Leave it open", danger=True)
    close = button("Close", Action.INCIDENT_CLOSE, number, style="danger", about=about, ask=ask)
    if incident.status is IncidentStatus.ACKNOWLEDGED:
        return [close, show]
    take = f"Acknowledge incident {number}"
    return [button("Acknowledge", Action.INCIDENT_ACK, number, style="primary", about=take), close, show]


def offer_button(offer: Offer) -> dict[str, Any]:
    """Asks for a run that a rule suggests, in the name of who presses it, after a question with its hosts."""
    hosts = f"On {many(len(offer.hosts), 'host')}: {some(offer.hosts, HOSTS_ASKED)}." if offer.hosts else ""
    question = f"{line(offer.command, COMMAND_ASKED)}\n{line(hosts, HOSTS_CHARACTERS)}"
    ask = confirm("Run this?", question, "Run it", "Leave it")
    about = f"Run what suggestion {offer.suggestion_id} says"
    return button("Run it", Action.TAKE, str(offer.suggestion_id), style="primary", about=about, ask=ask)


def again_button(incident_id: int, earlier: Earlier) -> dict[str, Any]:
    """Asks for the run that ended the earlier incident, with today's hosts."""
    ask = confirm("Do the same again?", line(earlier.again, COMMAND_ASKED), "Run it", "Leave it")
    about = f"Do the same as in incident {earlier.incident_id}"
    return button("Do the same", Action.INCIDENT_REPLAY, str(incident_id), about=about, ask=ask)


def details(run_id: int) -> dict[str, Any]:
    """The button that shows everything known about a run."""
    return button("Details", Action.DETAILS, str(run_id), about=f"Details of run {run_id}")


def _log(card: RunCard) -> list[dict[str, Any]]:
    if card.view.status in NEVER_STARTED:
        return []
    return [button("Log", Action.LOG, str(card.run_id), about=f"Log of run {card.run_id}")]


def _cancel(card: RunCard) -> dict[str, Any]:
    question = f"Run {card.run_id} of {line(card.runbook, 80)} ends. What it has changed stays changed."
    ask = confirm(f"Cancel run {card.run_id}?", question, "Cancel the run", "Let it go on", danger=True)
    about = f"Cancel run {card.run_id}"
    return button("Cancel", Action.CANCEL, str(card.run_id), style="danger", about=about, ask=ask)


def _retry(card: RunCard) -> list[dict[str, Any]]:
    bad = sum(outcome.bad for outcome in card.view.outcomes)
    if not bad:
        return []
    hosts = f"{bad} host{'s' if bad > 1 else ''}"
    question = f"{line(card.runbook, 80)} runs again on {hosts} that failed or could not be reached."
    ask = confirm(f"Retry run {card.run_id}?", question, "Retry", "Leave it")
    about = f"Retry run {card.run_id} on {hosts}"
    return [button("Retry failed", Action.RETRY, str(card.run_id), style="primary", about=about, ask=ask)]


def _apply(card: RunCard) -> list[dict[str, Any]]:
    if not card.check or card.view.status is not RunStatus.SUCCESSFUL:
        return []
    question = f"What check {card.run_id} showed is done for real in {line(card.environment, 80)}."
    ask = confirm(f"Apply check {card.run_id}?", question, "Apply", "Leave it")
    about = f"Apply check {card.run_id}"
    return [button("Apply", Action.APPLY, str(card.run_id), style="primary", about=about, ask=ask)]


def _rerun(card: RunCard) -> dict[str, Any]:
    hosts = f"{len(card.hosts)} host{'' if len(card.hosts) == 1 else 's'}"
    question = f"{line(card.runbook, 80)} runs again in {line(card.environment, 80)}, last time on {hosts}."
    ask = confirm(f"Run {card.run_id} again?", question, "Run again", "Leave it")
    return button("Run again", Action.RERUN, str(card.run_id), about=f"Run {card.run_id} again", ask=ask)
