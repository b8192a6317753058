"""Questions that change nothing: a command enters, a Reply leaves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.flows.explain import Explain
from bot.flows.explained import explanation_reply
from bot.flows.inquire_audit import InquireAudit
from bot.flows.inquire_incidents import InquireIncidents
from bot.flows.inquire_places import InquirePlaces
from bot.flows.inquire_promotions import InquirePromotions
from bot.flows.inquire_runbooks import InquireRunbooks
from bot.flows.inquire_runs import InquireRuns
from bot.flows.inquire_schedules import InquireSchedules
from bot.flows.inquire_stats import InquireStats
from bot.flows.inquire_suggestions import InquireSuggestions
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
    AskNext,
    AskPromotions,
    AskRunbooks,
    AskRuns,
    AskSchedules,
    AskShow,
    AskSimulate,
    AskStats,
    AskSuggestions,
    AskTimeline,
    AskWhy,
    Command,
)
from bot.model.reply import Reply
from bot.model.request import Request

if TYPE_CHECKING:
    from bot.flows.forecast import Foretell
    from bot.flows.next_action import NextActions


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquire:
    """The groups of questions; the last ones are about what would become of a command, and of an alert."""

    runbooks: InquireRunbooks
    places: InquirePlaces
    runs: InquireRuns
    audit: InquireAudit
    promotions: InquirePromotions
    incidents: InquireIncidents
    suggestions: InquireSuggestions
    schedules: InquireSchedules
    stats: InquireStats
    explain: Explain
    foretell: "Callable[[], Foretell]"
    next_actions: "Callable[[], NextActions]"

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
            case AskStats():
                return self.stats.handle(command, request)
            case AskNext():
                return self._next(command, request)
            case AskWhy():
                return explanation_reply(self.explain.handle(command.command, request))
            case AskSuggestions():
                return self.suggestions.listed(request)
            case AskSchedules():
                return self.schedules.listed(request)
            case AskSimulate():
                return self._foretold(command, request)
        raise TypeError(f"{type(command).__name__} is no question")

    def _next(self, command: AskNext, request: Request) -> Reply:
        from bot.flows.next_text import next_reply

        return next_reply(command.incident_id, self.next_actions().handle(command.incident_id, request))

    def _foretold(self, command: AskSimulate, request: Request) -> Reply:
        from bot.flows.forecast_text import forecast_reply
        from bot.flows.made_up import from_words  # rules take their time to be imported

        said = {name: getattr(command, name) for name in ("service", "symptom", "host", "severity")}
        return forecast_reply(self.foretell().handle((from_words(**said),), request))
