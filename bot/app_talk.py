"""Builds and wires what people say and ask; rules and alerts are handed in as they are first needed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bot.app_stations import Stations
from bot.flows.attend import Attend
from bot.flows.cancel import Cancel
from bot.flows.consent import Consenting
from bot.flows.converse import Converse
from bot.flows.explain import Explain
from bot.flows.hold import Hold
from bot.flows.inquire import Inquire
from bot.flows.inquire_audit import InquireAudit
from bot.flows.inquire_incidents import InquireIncidents
from bot.flows.inquire_places import InquirePlaces
from bot.flows.inquire_promotions import InquirePromotions, promoted_places
from bot.flows.inquire_runbooks import InquireRunbooks
from bot.flows.inquire_runs import InquireRuns
from bot.flows.inquire_schedules import InquireSchedules
from bot.flows.inquire_stats import InquireStats
from bot.flows.inquire_suggestions import InquireSuggestions
from bot.flows.permission import Permission
from bot.flows.planning import Planning
from bot.flows.promote import Promote
from bot.flows.repeat import Repeat
from bot.flows.replace import Replace
from bot.flows.start import Start
from bot.model.incident import IncidentCard
from bot.queue import RedisTurns

if TYPE_CHECKING:
    from bot.app_rules import RulesApp
    from bot.flows.forecast import Foretell
    from bot.flows.take import Take


@dataclass(frozen=True, kw_only=True)
class TalkApp:
    """The conversation of one process; its stations are the app's."""

    stations: Stations
    rules: "Callable[[], RulesApp]"
    recall: Callable[[IncidentCard], IncidentCard]

    @cached_property
    def converse(self) -> Converse:
        """The flow for everything that is said."""
        at = self.stations
        permission = Permission(policy=at.policy, promoted=lambda: promoted_places(at.ledger))
        cancel = Cancel(ledger=at.ledger, queue=at.queue, stream=at.stream, journal=at.journal, permission=permission)
        start = Start(
            catalog=at.catalog,
            inventories=at.inventories,
            policy=at.policy,
            ledger=at.ledger,
            queue=at.queue,
            stops=at.stops,
            turns=RedisTurns(at.redis),
            replace_runs=Replace(cancel=cancel),
            brakes=at.brakes,
            journal=at.journal,
            default_timeout=at.settings.run_timeout,
            facts_hours=at.settings.facts_hours,
        )
        return Converse(
            catalog=at.catalog,
            inventories=at.inventories,
            permission=permission,
            start=start,
            repeat=Repeat(start=start),
            cancel=cancel,
            consenting=Consenting(
                ledger=at.ledger,
                queue=at.queue,
                journal=at.journal,
                permission=permission,
                planning=start.planning,
                turns=start.turns,
                replace_runs=start.replace_runs,
            ),
            attend=Attend(incidents=at.ledger.incidents(), permission=permission, journal=at.journal),
            hold=Hold(stops=at.stops, inventories=at.inventories, permission=permission, journal=at.journal),
            promote=Promote(
                catalog=at.catalog,
                inventories=at.inventories,
                ledger=at.ledger,
                permission=permission,
                journal=at.journal,
            ),
            take=lambda: self._take(start),
            next_actions=lambda: self.rules().next_actions,
            inquire=self._inquire(permission, start.planning),
            journal=at.journal,
        )

    def _inquire(self, permission: Permission, planning: Planning) -> Inquire:
        """The flow for every question."""
        at = self.stations
        return Inquire(
            runbooks=InquireRunbooks(catalog=at.catalog, inventories=at.inventories, permission=permission),
            places=InquirePlaces(
                catalog=at.catalog,
                inventories=at.inventories,
                permission=permission,
                stops=at.stops,
                aim=planning.aim,
            ),
            runs=InquireRuns(ledger=at.ledger),
            audit=InquireAudit(ledger=at.ledger, permission=permission),
            promotions=InquirePromotions(catalog=at.catalog, ledger=at.ledger, permission=permission),
            incidents=InquireIncidents(incidents=at.ledger.incidents(), ledger=at.ledger, recall=self.recall),
            suggestions=InquireSuggestions(
                suggestions=at.ledger.suggestions(), explain=Explain(planning=planning), permission=permission
            ),
            schedules=InquireSchedules(planning=planning, ledger=at.ledger, permission=permission),
            stats=InquireStats(
                ledger=at.ledger,
                incidents=at.ledger.incidents(),
                suggestions=at.ledger.suggestions(),
                permission=permission,
            ),
            explain=Explain(planning=planning),
            foretell=lambda: self._foretell(planning),
            next_actions=lambda: self.rules().next_actions,
        )

    def _foretell(self, planning: Planning) -> "Foretell":
        from bot.app_rules import foretell_of

        at = self.stations
        return foretell_of(at.settings.project_dir, planning, at.policy, at.ledger.incidents)

    def _take(self, start: Start) -> "Take":
        from bot.app_rules import take_of

        return take_of(start, self.stations.ledger.suggestions(), self.stations.ledger.incidents())
