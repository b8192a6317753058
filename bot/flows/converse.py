"""One thing said to the bot: text enters, the parser decides what it is, the flow that it means answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from bot.catalog import Catalog
from bot.errors import AskedBefore, NotUnderstood, Refused
from bot.flows.attend import Attend
from bot.flows.cancel import Cancel
from bot.flows.consent import Consenting
from bot.flows.hold import Hold
from bot.flows.inquire import Inquire
from bot.flows.journal import Journal
from bot.flows.permission import Permission
from bot.flows.promote import Promote
from bot.flows.repeat import Repeat
from bot.flows.start import Start
from bot.flows.understand import Understand
from bot.model.command import (
    AskApply,
    AskApprove,
    AskCancel,
    AskConfirm,
    AskDemote,
    AskDeny,
    AskMute,
    AskPromote,
    AskReplay,
    AskRerun,
    AskRetry,
    AskRun,
    AskTake,
    AskUnmute,
    Attending,
    Command,
    Deed,
    Holding,
)
from bot.model.reply import Reply
from bot.model.request import Answer, Request
from bot.model.run import Run
from bot.targets import Inventories

if TYPE_CHECKING:  # rules take their time to be imported
    from bot.flows.next_action import NextActions
    from bot.flows.take import Take

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Converse:
    """The flow with the flows it hands over to."""

    catalog: Catalog
    inventories: Inventories
    permission: Permission
    start: Start
    repeat: Repeat
    cancel: Cancel
    consenting: Consenting
    attend: Attend
    hold: Hold
    promote: Promote
    take: "Callable[[], Take]"
    next_actions: "Callable[[], NextActions]"
    inquire: Inquire
    journal: Journal

    def handle(self, request: Request) -> Answer:
        """Answer; Refused (its sentence is safe to show) when nothing was done."""
        return self._answer(request, self._flow)

    def run_only(self, request: Request) -> Run:
        """The run that is asked for, where nobody sits who could answer a question; Refused for all else."""

        def flow(command: Command) -> Callable[[Request], Run]:
            if not isinstance(command, AskRun):
                raise NotUnderstood("That asks for no run.", "Say `run`, and a runbook.")
            return lambda request: self.start.run_only(command, request)

        return self._answer(request, flow)

    def _answer(self, request: Request, flow: Callable[[Command], Callable[[Request], T]]) -> T:
        action, environment = "parse", ""
        try:
            self.permission.to_ask(request)
            command = self.understand.handle(request)
            action, environment = _asked(command)
            return flow(command)(request)
        except AskedBefore:  # it runs: that is no refusal
            raise
        except Refused as refusal:
            self.journal.refused(request, refusal, action, environment)
            raise

    def inquire_only(self, request: Request) -> Reply:
        """Answer a question; NotUnderstood for a command that does something."""
        self.permission.to_ask(request)
        command = self.understand.handle(request)
        if isinstance(command, Deed):
            raise NotUnderstood("That is no question.", "Say it as a command.")
        return self.inquire.handle(command, request)

    @property
    def understand(self) -> Understand:
        """What text means, to whom."""
        return Understand(catalog=self.catalog, inventories=self.inventories, permission=self.permission)

    def _flow(self, command: Command) -> Callable[[Request], Answer]:  # noqa: C901, PLR0911 (one line a command)
        match command:
            case AskRun():
                return lambda request: self.start.handle(command, request)
            case AskRerun():
                return lambda request: self.repeat.handle("rerun", command.run_id, request)
            case AskRetry():
                return lambda request: self.repeat.handle("retry", command.run_id, request)
            case AskApply():
                return lambda request: self.repeat.handle("apply", command.run_id, request)
            case AskConfirm() | AskApprove() | AskDeny():
                return lambda request: self.consenting.handle(command, request)
            case AskTake():
                return lambda request: self.take().handle(command.suggestion_id, request)
            case AskReplay():
                return lambda request: self.next_actions().replay(command.incident_id, request)
            case AskCancel():
                return lambda request: self.cancel.handle(command.run_id, request)
            case AskPromote() | AskDemote():
                return lambda request: self.promote.handle(command, request)
            case _ if isinstance(command, Attending):
                return lambda request: self.attend.handle(command, request)
            case _ if isinstance(command, Holding):
                return lambda request: self.hold.handle(command, request)
            case _:
                return lambda request: self.inquire.handle(command, request)


def _asked(command: Command) -> tuple[str, str]:
    """What the audit calls it: the runbook and the environment as named, else the command's word."""
    if isinstance(command, AskRun | AskPromote | AskDemote):
        return command.runbook, command.environment or ""
    if isinstance(command, Attending):
        return "alerts" if isinstance(command, AskMute | AskUnmute) else "incident", ""
    if isinstance(command, Holding):
        return type(command).__name__.removeprefix("Ask").lower(), command.environment or ""
    return type(command).__name__.removeprefix("Ask").lower(), ""
