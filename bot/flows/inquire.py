"""Questions that change nothing: a command enters, a Reply leaves."""

from dataclasses import dataclass

from bot.flows.explain import Explain
from bot.flows.explained import explanation_reply
from bot.flows.inquire_audit import InquireAudit
from bot.flows.inquire_incidents import InquireIncidents
from bot.flows.inquire_places import InquirePlaces
from bot.flows.inquire_promotions import InquirePromotions
from bot.flows.inquire_runbooks import InquireRunbooks
from bot.flows.inquire_runs import InquireRuns
from bot.model.command import (
    AskAlerts,
    AskAudit,
    AskDescribe,
    AskEnvironments,
    AskHelp,
    AskHosts,
    AskIncident,
    AskLog,
    AskMutes,
    AskPromotions,
    AskRunbooks,
    AskRuns,
    AskShow,
    AskTimeline,
    AskWhy,
    Command,
)
from bot.model.reply import Reply
from bot.model.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquire:
    """The groups of questions: runbooks, places, runs, audit, promotions, incidents, and why something may be done."""

    runbooks: InquireRunbooks
    places: InquirePlaces
    runs: InquireRuns
    audit: InquireAudit
    promotions: InquirePromotions
    incidents: InquireIncidents
    explain: Explain

    def handle(self, command: Command, request: Request) -> Reply:  # noqa: C901, PLR0911, PLR0912 (one line a question)
        """Answer a question."""
        match command:
            case AskHelp():
                return self.runbooks.help(command, request)
            case AskRunbooks():
                return self.runbooks.search(command, request)
            case AskDescribe():
                return self.runbooks.describe(command, request)
            case AskEnvironments():
                return self.places.environments(request)
            case AskHosts():
                return self.places.hosts(command, request)
            case AskRuns():
                return self.runs.search(command, request)
            case AskShow():
                return self.runs.show(command)
            case AskLog():
                return self.runs.log(command)
            case AskAudit():
                return self.audit.search(command, request)
            case AskPromotions():
                return self.promotions.listed(request)
            case AskAlerts():
                return self.incidents.listed(command)
            case AskMutes():
                return self.incidents.mutes()
            case AskIncident():
                return self.incidents.shown(command)
            case AskTimeline():
                return self.incidents.timeline(command)
            case AskWhy():
                return explanation_reply(self.explain.handle(command.command, request))
        raise TypeError(f"{type(command).__name__} is no question")
