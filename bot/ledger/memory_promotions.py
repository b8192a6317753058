"""The promotions of the ledger's twin: of each runbook in each environment one at most is not ended."""
# ruff: noqa: D102 (what each method does is told once, at `Ledger`)

import threading
from dataclasses import replace
from datetime import UTC, datetime

from bot.ledger.values import NAME_LENGTH, SUPERSEDED, clean, utc
from bot.model.promotion import Promotion


class MemoryPromotions:
    """A part of `MemoryLedger`."""

    def __init__(self) -> None:
        self._promoting = threading.RLock()
        self._promotions: list[Promotion] = []

    def promote(self, promotion: Promotion) -> Promotion:
        with self._promoting:
            self._end(promotion.runbook, promotion.environment, promotion.actor, SUPERSEDED)
            kept = replace(
                promotion,
                id=len(self._promotions) + 1,
                runbook=clean(promotion.runbook, NAME_LENGTH),
                environment=clean(promotion.environment, NAME_LENGTH),
                evidence=clean(promotion.evidence),
                actor=clean(promotion.actor),
                at=utc(promotion.at),
            )
            self._promotions.append(kept)
            return kept

    def promotions(self, runbook: str | None = None, environment: str | None = None) -> list[Promotion]:
        with self._promoting:
            standing = [each for each in self._promotions if each.ended_at is None][::-1]
        return [
            each for each in standing if runbook in (None, each.runbook) and environment in (None, each.environment)
        ]

    def demote(self, runbook: str, environment: str, actor: str, why: str) -> bool:
        with self._promoting:
            return self._end(runbook, environment, actor, why)

    def _end(self, runbook: str, environment: str, actor: str, why: str) -> bool:
        found = False
        for place, each in enumerate(self._promotions):
            if each.ended_at is None and (each.runbook, each.environment) == (runbook, environment):
                now, by, reason = datetime.now(UTC), clean(actor), clean(why)
                self._promotions[place] = replace(each, ended_at=now, ended_by=by, ended_why=reason)
                found = True
        return found
