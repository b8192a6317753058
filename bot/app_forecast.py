"""Builds and wires forecasts: they need the project alone, and look into SQL where that is there."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bot.app_stations import Stations
from bot.flows.explain import Explain
from bot.flows.permission import Permission
from bot.flows.planning import Planning
from bot.flows.simulate import Simulate
from bot.flows.understand import Understand

if TYPE_CHECKING:
    from bot.flows.forecast import Foretell


@dataclass(frozen=True, kw_only=True)
class ForecastApp:
    """What would become of a command or an alert; nothing is done."""

    stations: Stations

    @cached_property
    def simulate(self) -> Simulate:
        """The flow of a command's forecast."""
        at = self.stations
        permission = Permission(policy=at.policy)
        return Simulate(
            permission=permission,
            understand=Understand(catalog=at.catalog, inventories=at.inventories, permission=permission),
            explain=Explain(planning=self._planning),
        )

    @cached_property
    def foretell(self) -> "Foretell":
        """The flow of an alert's forecast."""
        from bot.app_rules import foretell_of

        at = self.stations
        ledger = at.ledger_as_it_is
        incidents = (lambda: None) if ledger is None else ledger.incidents
        return foretell_of(at.settings.project_dir, self._planning, at.policy, incidents)

    @cached_property
    def _planning(self) -> Planning:
        """What can be planned without Redis, and where SQL is not there without it."""
        at = self.stations
        return Planning(
            catalog=at.catalog,
            inventories=at.inventories,
            policy=at.policy,
            ledger=at.ledger_as_it_is,
            stops=None,
            default_timeout=at.settings.run_timeout,
            facts_hours=at.settings.facts_hours,
        )
