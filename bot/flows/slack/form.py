"""The form that asks for a run: opened, followed as it is filled in, and, once it is sent in, made a run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.catalog import Catalog
from bot.chat.slack import forms, submission
from bot.chat.slack.buttons import Action
from bot.chat.slack.client import SlackApi
from bot.chat.slack.forms import Preview, RunForm
from bot.errors import NotAllowed, SignalboxError, UnknownName
from bot.flows.converse import Converse
from bot.flows.start import Start
from bot.model.incoming import Incoming
from bot.model.people import Conversation
from bot.model.request import Request, SecretsNeeded
from bot.model.runbook import Runbook
from bot.targets import Inventories


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The flow with the stations it passes."""

    catalog: Catalog
    inventories: Inventories
    converse: Converse
    start: Start
    api: SlackApi

    def open(self, incoming: Incoming, request: Request, runbook: str = "") -> None:
        """Show the form; what it was opened for (a message's text) stands above it."""
        self.converse.permission.to_ask(request)
        form = self._form(self._runbook(runbook), _carried(incoming), note=incoming.text if not runbook else "")
        self.api.call("views.open", {"trigger_id": incoming.trigger, "view": forms.run_form(form)})

    def changed(self, incoming: Incoming, request: Request) -> None:
        """Something was picked: show the fields that belong to it, and the hosts that it means by now."""
        self.converse.permission.to_ask(request)
        choice = submission.picked(incoming.view)
        runbook = self._runbook(choice.runbook)
        form = replace(
            self._form(runbook, choice.context),
            environment=choice.environment,
            hosts=choice.hosts,
            pattern=choice.pattern,
            check=choice.check,
            values={} if runbook is None else _shown(submission.values(incoming.view, runbook), runbook),
        )
        form = replace(form, preview=self._preview(incoming.view, runbook))
        shown = {"view_id": incoming.view.get("id"), "hash": incoming.view.get("hash"), "view": forms.run_form(form)}
        self.api.call("views.update", shown)

    def problems(self, incoming: Incoming) -> dict[str, str]:
        """What is wrong in a form that is being sent in, by field; quick, for Slack waits for it."""
        choice = submission.picked(incoming.view)
        runbook = None
        try:
            if incoming.action == forms.SECRETS_CALLBACK:
                return {}
            runbook = self.catalog.get(choice.runbook)
            command, secrets = submission.asked(incoming.view, runbook)
            self.start.target(runbook, command)
            self.catalog.validate(runbook, {**command.parameters, **secrets})
        except SignalboxError as error:
            return submission.field_errors(error, runbook, incoming.view)
        return {}

    def submitted(self, incoming: Incoming, request: Request) -> None:
        """Run what the form says; what comes of it is shown where the form was opened."""
        there = self._in_conversation(incoming, request)
        if incoming.action == forms.SECRETS_CALLBACK:
            text = _context(incoming.view).get("text", "")
            found = self._runbook(_context(incoming.view).get("runbook", ""))
            secrets = {} if found is None else submission.secrets(incoming.view, found)
            self.converse.handle(replace(there, text=text, secrets=secrets))
            return
        runbook = self.catalog.get(submission.picked(incoming.view).runbook)
        command, secrets = submission.asked(incoming.view, runbook)
        answer = self.start.handle(command, replace(there, secrets=secrets))
        if isinstance(answer, SecretsNeeded):
            names = ", ".join(name for name, _ in answer.questions)
            raise NotAllowed(f"{runbook.id} needs a value for {names}.", "Open the form again and fill it in.")

    def ask_secrets(self, incoming: Incoming, needed: SecretsNeeded, text: str) -> None:
        """The form for secrets; there is no other place in Slack where they may be typed."""
        if not incoming.trigger:
            raise NotAllowed(
                f"{needed.runbook} needs a secret, which can be typed into a form only.",
                f"Say `/ansible {text}`: the form opens by itself.",
            )
        carried = json.dumps({**json.loads(_carried(incoming)), "text": text, "runbook": needed.runbook})
        view = forms.secrets_form(needed.runbook, needed.questions, carried)
        self.api.call("views.open", {"trigger_id": incoming.trigger, "view": view})

    def choices(self, incoming: Incoming) -> dict[str, Any]:
        """What can be picked for what was typed so far; from what is loaded, for Slack waits for it."""
        if incoming.action == Action.FORM_RUNBOOK:
            return forms.runbook_options(self._runbooks(), incoming.text)
        environment = submission.picked(incoming.view).environment
        names = (environment,) if environment else self.inventories.names()
        known = dict.fromkeys(name for each in names for name in self.inventories.known_names(each))
        groups = [group for each in names if self._loaded(each) for group, _ in self.inventories.describe(each).groups]
        hosts = [name for name in known if name not in set(groups)]
        return forms.host_options(dict.fromkeys(groups), hosts, incoming.text)

    def _loaded(self, environment: str) -> bool:
        return bool(self.inventories.known_names(environment))

    def _form(self, runbook: Runbook | None, context: str, note: str = "") -> RunForm:
        names = self.inventories.names()
        scopes = runbook.safety.scopes if runbook else None
        usable = tuple(name for name in names if scopes is None or name in scopes)
        return RunForm(runbooks=self._runbooks(), environments=usable, runbook=runbook, note=note, context=context)

    def _runbooks(self) -> tuple[tuple[str, str], ...]:
        return tuple((runbook.id, runbook.summary) for runbook in self.catalog.runbooks())

    def _runbook(self, name: str) -> Runbook | None:
        try:
            return self.catalog.get(name) if name else None
        except UnknownName:
            return None

    def _preview(self, view: Mapping[str, Any], runbook: Runbook | None) -> Preview | None:
        if runbook is None:
            return None
        try:
            command, _ = submission.asked(view, runbook)
            return Preview(hosts=self.start.target(runbook, command).hosts)
        except SignalboxError as error:
            return Preview(problem=str(error))

    def _in_conversation(self, incoming: Incoming, request: Request) -> Request:
        """The request in the conversation where the form was opened; elsewhere a direct message with the person."""
        carried = _context(incoming.view)
        channel, thread = carried.get("channel", ""), carried.get("thread", "")
        if not channel:
            opened = self.api.call("conversations.open", {"users": incoming.user})
            channel = str(opened["channel"]["id"])
        return replace(request, conversation=Conversation(transport="slack", channel=channel, thread=thread))


def _shown(values: Mapping[str, Any], runbook: Runbook) -> dict[str, Any]:
    """Values to be shown again; a secret stays in the field it was typed into."""
    return {name: value for name, value in values.items() if name not in runbook.secrets}


def _carried(incoming: Incoming) -> str:
    return json.dumps({"channel": incoming.channel, "thread": incoming.thread})


def _context(view: Mapping[str, Any]) -> dict[str, str]:
    """What the form carried along; it comes back from Slack, and is checked like everything that does."""
    try:
        carried = json.loads(view.get("private_metadata") or "{}")
    except (TypeError, ValueError):
        return {}
    return {str(k): v for k, v in carried.items() if isinstance(v, str)} if isinstance(carried, dict) else {}
