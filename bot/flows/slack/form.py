"""The form that asks for a run: opened, followed as it is filled in, and, once it is sent in, made a run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.catalog import Catalog
from bot.chat.slack import forms, submission
from bot.chat.slack.buttons import Action
from bot.chat.slack.client import SlackApi
from bot.chat.slack.fields import block_id
from bot.chat.slack.following import Following
from bot.chat.slack.forms import Preview, RunForm
from bot.chat.slack.submission import Picked
from bot.errors import NotAllowed, NotUnderstood, Refused, SignalboxError, UnknownName
from bot.flows.converse import Converse
from bot.flows.places import usable_runbooks
from bot.flows.slack.prefill import Prefill
from bot.flows.start import Start
from bot.guards import Reach
from bot.model.command import AskDeny, AskRun
from bot.model.incoming import Incoming, IncomingKind
from bot.model.people import Conversation
from bot.model.request import Answer, Request, SecretsNeeded
from bot.model.runbook import Runbook
from bot.targets import Inventories

NOTE = 800
LONGEST_NUMBER = 10
TEXT = 1_400
"""So many characters travel with a form: Slack carries 3,000, and each may be written as two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The flow with the stations it passes."""

    catalog: Catalog
    inventories: Inventories
    converse: Converse
    start: Start
    api: SlackApi
    following: Following

    @property
    def prefill(self) -> Prefill:
        """What texts mean for a form."""
        return Prefill(catalog=self.catalog, inventories=self.inventories)

    def warm(self) -> None:
        """Read runbooks and inventories, so that nobody waits for them."""
        self.catalog.runbooks()
        for name in self.inventories.names():
            self.inventories.describe(name)

    def open(self, incoming: Incoming, request: Request, runbook: str = "", ask: AskRun | None = None) -> None:
        """Show the form; a message that it was opened for stands above it, and fills it where it can."""
        self.converse.permission.to_ask(request)
        note = incoming.text[:NOTE] if incoming.kind is IncomingKind.MESSAGE_SHORTCUT else ""
        ask = ask or (self.prefill.command(note) if note else None)
        found = self._runbook(ask.runbook if ask else runbook)
        form = self._form(self._reach(request), found, _carried(incoming, note=note), note)
        if ask and found:
            chosen = Picked(environment=ask.environment, pattern=ask.limit or "", check=ask.options.check)
            form = self._filled(form, found, chosen, {**ask.parameters, **_values_of(ask)})
        self.api.call("views.open", {"trigger_id": incoming.trigger, "view": forms.run_form(form)})

    def changed(self, incoming: Incoming, request: Request) -> None:
        """Something was picked: show the fields that belong to it, and the hosts that it means by now."""
        self.converse.permission.to_ask(request)
        choice = submission.picked(incoming.view)
        runbook, note = self._runbook(choice.runbook), _context(incoming.view).get("note", "")
        form = self._form(self._reach(request), runbook, choice.context, note)
        if runbook:
            choice = self._named(choice, incoming.view, form, note)
            form = self._filled(form, runbook, choice, submission.values(incoming.view, runbook))
        self.following.show(incoming.view, incoming.at, forms.run_form(form))

    def problems(self, incoming: Incoming) -> dict[str, str]:
        """What is wrong in a form that is being sent in, by field; quick, for Slack waits for it."""
        choice = submission.picked(incoming.view)
        runbook = None
        try:
            if incoming.action in {forms.SECRETS_CALLBACK, forms.DENY_CALLBACK}:
                return {}
            runbook = self.catalog.get(choice.runbook)
            command, secrets = submission.asked(incoming.view, runbook)
            self.start.target(runbook, command)
            self.catalog.validate(runbook, {**command.parameters, **secrets})
        except SignalboxError as error:
            return submission.field_errors(error, runbook, incoming.view)
        return {}

    def submitted(self, incoming: Incoming, request: Request) -> None:
        """Run what the form says; what comes of it is shown where the form was opened, else to the person alone."""
        there = request if request.conversation.channel else self._direct(incoming, request)
        if incoming.action == forms.SECRETS_CALLBACK:
            carried = _context(incoming.view)
            runbook = self.catalog.get(carried.get("runbook", ""))
            secrets = _answered(runbook, submission.secrets(incoming.view, runbook))
            answer: Answer = self.converse.handle(replace(there, text=carried.get("text", ""), secrets=secrets))
        else:
            runbook = self.catalog.get(submission.picked(incoming.view).runbook)
            command, secrets = submission.asked(incoming.view, runbook)
            answer = self._started(command, replace(there, secrets=_answered(runbook, secrets)))
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
        if len(text) > TEXT:
            raise NotUnderstood("The command is too long for a form.", "Say `run` and fill in the form.")
        carried = _carried(incoming, text=text, runbook=needed.runbook)
        view = forms.secrets_form(needed.runbook, needed.questions, carried)
        view["blocks"] = _optional(self.catalog.get(needed.runbook), view["blocks"])
        self.api.call("views.open", {"trigger_id": incoming.trigger, "view": view})

    def ask_why_not(self, incoming: Incoming, run_id: int) -> None:
        """The form for the reason of a no."""
        view = forms.deny_form(run_id, _carried(incoming, run=str(run_id)))
        self.api.call("views.open", {"trigger_id": incoming.trigger, "view": view})

    def denied(self, incoming: Incoming) -> AskDeny | None:
        """The no that was sent in; None when the view does not say of which run."""
        run = _context(incoming.view).get("run", "")
        if not (run.isascii() and run.isdigit() and len(run) < LONGEST_NUMBER):
            return None
        return AskDeny(run_id=int(run), reason=submission.reason(incoming.view))

    def choices(self, incoming: Incoming) -> dict[str, Any]:
        """What can be picked for what was typed so far; from what is loaded, for Slack waits for it."""
        if incoming.action == Action.FORM_RUNBOOK:
            reach = self.converse.permission.reach_of_anybody(incoming.user, self.placed(incoming).channel)
            return forms.runbook_options(self._runbooks(reach), incoming.text)
        environment = submission.picked(incoming.view).environment
        names = (environment,) if environment else self.inventories.names()
        known = dict.fromkeys(name for each in names for name in self.inventories.known_names(each))
        groups = [group for each in names if self._loaded(each) for group, _ in self.inventories.describe(each).groups]
        hosts = [name for name in known if name not in set(groups)]
        return forms.host_options(dict.fromkeys(groups), hosts, incoming.text)

    def placed(self, incoming: Incoming) -> Incoming:
        """The same, where its form was opened: Slack itself does not say where that was."""
        carried = _context(incoming.view)
        if incoming.channel or not carried.get("channel"):
            return incoming
        return replace(incoming, channel=carried["channel"], thread=carried.get("thread", ""))

    def _started(self, command: AskRun, request: Request) -> Answer:
        try:
            return self.start.handle(command, request)
        except Refused as refusal:
            self.converse.journal.refused(request, refusal, "run")
            raise

    def _filled(self, form: RunForm, runbook: Runbook, choice: Picked, values: Mapping[str, Any]) -> RunForm:
        """The form with what is chosen; a secret stays in the field it was typed into."""
        return replace(
            form,
            environment=choice.environment,
            hosts=choice.hosts,
            pattern=choice.pattern,
            check=choice.check,
            values={name: value for name, value in values.items() if name not in runbook.secrets},
            preview=self._preview(runbook, choice),
        )

    def _named(self, choice: Picked, view: Mapping[str, Any], form: RunForm, note: str) -> Picked:
        """With the hosts that the message names, when the fields for them have just come."""
        blocks = view.get("blocks")
        there = any(isinstance(each, Mapping) and each.get("block_id") == forms.HOSTS for each in blocks or ())
        if there or not note:
            return choice
        found = {name: hosts for name in form.environments if (hosts := self.prefill.hosts(name, note))}
        if len(found) != 1:
            return choice
        environment, hosts = next(iter(found.items()))
        return replace(choice, environment=environment, hosts=hosts)

    def _loaded(self, environment: str) -> bool:
        return bool(self.inventories.known_names(environment))

    def _form(self, reach: Reach, runbook: Runbook | None, context: str, note: str = "") -> RunForm:
        """The form with what the person may pick; what they pick all the same, the guards judge."""
        names = self.inventories.names()
        usable = tuple(name for name in names if runbook is None or reach.usable(runbook, name))
        runbooks = self._runbooks(reach)
        return RunForm(runbooks=runbooks, environments=usable, runbook=runbook, note=note, context=context)

    def _reach(self, request: Request) -> Reach:
        return self.converse.permission.reach(request)

    def _runbooks(self, reach: Reach) -> tuple[tuple[str, str], ...]:
        usable = usable_runbooks(self.catalog, self.inventories, reach)
        return tuple((runbook.id, runbook.summary) for runbook in usable)

    def _runbook(self, name: str) -> Runbook | None:
        try:
            return self.catalog.get(name) if name else None
        except UnknownName:
            return None

    def _preview(self, runbook: Runbook, choice: Picked) -> Preview:
        ask = AskRun(runbook=runbook.id, limit=choice.limit, environment=choice.environment)
        try:
            return Preview(hosts=self.start.target(runbook, ask).hosts)
        except SignalboxError as error:
            return Preview(problem=str(error))

    def _direct(self, incoming: Incoming, request: Request) -> Request:
        """The request in the direct messages with the person."""
        opened = self.api.call("conversations.open", {"users": incoming.user})
        there = Conversation(transport="slack", channel=str(opened["channel"]["id"]))
        return replace(request, conversation=there)


def _answered(runbook: Runbook, secrets: Mapping[str, str]) -> dict[str, str]:
    """What was typed; a secret that need not be given and was left blank is answered with nothing."""
    return {p.name: "" for p in runbook.parameters if p.no_log and not p.required} | dict(secrets)


def _optional(runbook: Runbook, blocks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The fields of a form, those that may be left blank marked so."""
    blank = {block_id(runbook.id, p.name) for p in runbook.parameters if not p.required}
    return [{**block, **({"optional": True} if block.get("block_id") in blank else {})} for block in blocks]


def _values_of(ask: AskRun) -> dict[str, str]:
    """What a phrase said of parameters."""
    return {name: value for name, value in ask.fixed.items() if name not in {"limit", "environment"}}


def _carried(incoming: Incoming, **more: str) -> str:
    said = {"channel": incoming.channel, "thread": incoming.thread, **more}
    return json.dumps({name: value for name, value in said.items() if value}, ensure_ascii=False)


def _context(view: Mapping[str, Any]) -> dict[str, str]:
    """What the form carried along; it comes back from Slack, and is checked like everything that does."""
    try:
        carried = json.loads(view.get("private_metadata") or "{}")
    except (TypeError, ValueError):
        return {}
    return {str(k): v for k, v in carried.items() if isinstance(v, str)} if isinstance(carried, dict) else {}
