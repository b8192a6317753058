"""promotions: what may run beyond its own scopes, on what evidence, and whether that still holds."""

from dataclasses import dataclass

from bot.catalog import Catalog
from bot.errors import Unavailable, UnknownName
from bot.flows.permission import Permission
from bot.ledger import Ledger
from bot.model.promotion import Promotion
from bot.model.reply import Reply, Table, Text
from bot.model.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class InquirePromotions:
    """Questions about promotions."""

    catalog: Catalog
    ledger: Ledger
    permission: Permission

    def listed(self, request: Request) -> Reply:
        """What stands, as far as the actor may use it, and whether it holds for the content as it is now."""
        seen = [each for each in self.ledger.promotions() if self._may_see(each, request)]
        if not seen:
            return Reply(parts=(Text(text="Nothing is promoted that you may use from here."),))
        columns = ("runbook", "environment", "holds", "because", "by", "when", "content")
        return Reply(parts=(Table(title="Promotions", columns=columns, rows=tuple(self._row(each) for each in seen)),))

    def _may_see(self, promotion: Promotion, request: Request) -> bool:
        return self.permission.may_act(request, promotion.runbook, promotion.environment)

    def _row(self, promotion: Promotion) -> tuple[str, ...]:
        when = promotion.at.astimezone().strftime("%Y-%m-%d %H:%M")
        what = (self._holds(promotion), promotion.evidence, promotion.actor, when, promotion.content_hash[:8])
        return (promotion.runbook, promotion.environment, *what)

    def _holds(self, promotion: Promotion) -> str:
        try:
            now = self.catalog.revision(self.catalog.get(promotion.runbook)).content_hash
        except UnknownName:
            return "no: the runbook is gone"
        return "yes" if now == promotion.content_hash else f"no: its content is {now[:8]} now"


def promoted_places(ledger: Ledger) -> frozenset[tuple[str, str]]:
    """Runbooks and environments beyond the runbooks' scopes, for lists; none when SQL is away."""
    try:
        return frozenset((each.runbook, each.environment) for each in ledger.promotions())
    except Unavailable:
        return frozenset()
