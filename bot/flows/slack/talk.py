"""Somebody did something in Slack: an Incoming enters, acknowledged already; an answer leaves, for that person alone.

Runs that are started this way show themselves: the relay posts their cards.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import structlog

from bot.chat.slack.buttons import NO_RUNBOOK, Action
from bot.chat.slack.forms import DENY_CALLBACK
from bot.chat.slack.message import Message
from bot.chat.slack.parts import actions, button
from bot.chat.slack.people import People
from bot.chat.slack.replies import refusal_message, reply_messages, text_message, turned
from bot.commands import to_text
from bot.errors import NotUnderstood, SignalboxError
from bot.flows.converse import Converse
from bot.flows.slack.answer import Answering
from bot.flows.slack.form import Form
from bot.flows.slack.front import Front
from bot.flows.slack.gate import Gate
from bot.flows.slack.marks import Marks
from bot.model.command import AskDeny
from bot.model.incoming import Incoming, IncomingKind
from bot.model.reply import Reply
from bot.model.request import Request, SecretsNeeded

_log = structlog.get_logger(__name__)

COMMANDS: Mapping[str, str] = {
    Action.CANCEL: "cancel {}",
    Action.LOG: "log {}",
    Action.DETAILS: "show {}",
    Action.RETRY: "retry {}",
    Action.RERUN: "rerun {}",
    Action.APPLY: "apply {}",
    Action.CONFIRM: "confirm {}",
    Action.APPROVE: "approve {}",
    Action.DENY: "deny {}",
    Action.INCIDENT_ACK: "incident {} ack",
    Action.INCIDENT_CLOSE: "incident {} close",
    Action.INCIDENT_SHOW: "incident {}",
    Action.INCIDENT_REPLAY: "incident {} replay",
    Action.TAKE: "take {}",
}
"""What a press means, said as a command; the value of the button stands in the braces."""
FORM_ACTIONS = frozenset({Action.FORM_RUNBOOK, Action.FORM_ENVIRONMENT, Action.FORM_HOSTS, Action.FORM_PATTERN})
INTERRUPTED = "I was interrupted while I dealt with this. `runs mine` tells whether it was done."


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The flow with the flows it hands over to."""

    gate: Gate
    converse: Converse
    people: People
    answering: Answering
    form: Form
    front: Front
    marks: Marks

    def handle(self, incoming: Incoming, *, again: bool = False) -> None:
        """Deal with it; `again`: a process died over it, so that what it asks for may have been done already."""
        incoming = self.form.placed(incoming)
        try:
            if incoming.kind is IncomingKind.GROUP_CHANGED:
                self.people.forget_group(incoming.value)
                return
            if incoming.kind is IncomingKind.REACTION:
                self.marks.handle(incoming)
                return
            request = self.gate.request(incoming, incoming.text)
            deed = self._looking_again if again else self._deeds()[incoming.kind]
            deed(incoming, request)
        except SignalboxError as error:
            self.answering.tell(incoming, refusal_message(error))
        except Exception as error:  # noqa: BLE001 (whatever it is, the person is told)
            _log.exception("could not answer", kind=incoming.kind.value)
            self.answering.say(incoming, f"Signalbox failed itself ({type(error).__name__}). Its log tells more.")

    def _deeds(self) -> Mapping[IncomingKind, Callable[[Incoming, Request], None]]:
        return {
            IncomingKind.COMMAND: self._said,
            IncomingKind.MENTION: self._said,
            IncomingKind.BUTTON: self._pressed,
            IncomingKind.SUBMISSION: self._submitted,
            IncomingKind.SHORTCUT: self.form.open,
            IncomingKind.MESSAGE_SHORTCUT: self.form.open,
            IncomingKind.HOME: self.front.show,
        }

    def _said(self, incoming: Incoming, request: Request) -> None:
        """A command in words; `run` alone, and one without a value that it needs, opens the form."""
        text = request.text.strip() or "help"
        ask = None if text.casefold() == "run" else self.form.prefill.incomplete(text)
        if ask is None and text.casefold() != "run":
            self._do(incoming, request, text)
        elif incoming.trigger:
            self.form.open(incoming, request, ask=ask)
        else:
            self.converse.permission.to_ask(replace(request, text=text))
            self.answering.tell(incoming, _way_to_form(ask.runbook if ask else ""))

    def _do(self, incoming: Incoming, request: Request, text: str) -> None:
        answer = self.converse.handle(replace(request, text=text))
        if isinstance(answer, Reply):
            self.answering.tell(incoming, reply_messages(answer, pager=text)[0])
        elif isinstance(answer, SecretsNeeded):
            self.form.ask_secrets(incoming, answer, text)

    def _pressed(self, incoming: Incoming, request: Request) -> None:
        """A button: what stands on it is only a name, everything is looked up and checked again."""
        if incoming.action == Action.DENY:
            self._deny(incoming, request)
        elif incoming.action in COMMANDS:
            self._do(incoming, request, COMMANDS[incoming.action].format(incoming.value))
        elif incoming.action in {Action.NEXT, Action.PREVIOUS}:
            self._turn(incoming, request)
        elif incoming.action == Action.OPEN_FORM:
            self.form.open(incoming, request, "" if incoming.value == NO_RUNBOOK else incoming.value)
        elif incoming.action in FORM_ACTIONS:
            self.form.changed(incoming, request)

    def _deny(self, incoming: Incoming, request: Request) -> None:
        """Ask for the reason, of somebody who may say no."""
        command = self.converse.understand.handle(replace(request, text=f"deny {incoming.value}"))
        if isinstance(command, AskDeny):
            self.converse.consenting.may_vote(command.run_id, request)
            self.form.ask_why_not(incoming, command.run_id)

    def _submitted(self, incoming: Incoming, request: Request) -> None:
        if incoming.action != DENY_CALLBACK:
            self.form.submitted(incoming, request)
        elif command := self.form.denied(incoming):
            self._do(incoming, request, to_text(command))

    def _looking_again(self, incoming: Incoming, request: Request) -> None:
        """Questions are answered again; of everything else nobody knows whether it was done."""
        text = request.text
        if incoming.kind is IncomingKind.HOME:
            self.front.show(incoming, request)
            return
        if incoming.kind is IncomingKind.BUTTON:
            text = COMMANDS.get(incoming.action, "run {}").format(incoming.value)
        try:
            answer = self.converse.inquire_only(replace(request, text=text))
        except NotUnderstood:
            self.answering.say(incoming, INTERRUPTED)
        else:
            self.answering.tell(incoming, reply_messages(answer, pager=text)[0])

    def _turn(self, incoming: Incoming, request: Request) -> None:
        """Another page of an answer, made anew: what has changed since shows."""
        asked = turned(incoming.value)
        if asked is None:
            return
        text, page = asked
        answer = self.converse.inquire_only(replace(request, text=text))
        pages = reply_messages(answer, pager=text)
        self.answering.replace(incoming, pages[min(page, len(pages) - 1)])


def _way_to_form(runbook: str) -> Message:
    """A form opens after something was pressed; what is only said gives no right to that."""
    said = text_message(f"{f'`{runbook}` needs more values' if runbook else 'A run is asked for'} in a form.")
    opener = button("Open the form", Action.OPEN_FORM, runbook or NO_RUNBOOK, style="primary")
    return replace(said, blocks=(*said.blocks, *actions([opener])))
