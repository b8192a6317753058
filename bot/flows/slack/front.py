"""The App Home: whoever opens it enters; what concerns them now leaves for Slack, which shows it to them alone."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice

from bot.catalog import Catalog
from bot.chat.slack.client import SlackApi
from bot.chat.slack.home import SHOWN, Home, home_view
from bot.flows.cards import card_of
from bot.flows.permission import Permission
from bot.flows.places import usable_runbooks
from bot.flows.waiting import waiting_card
from bot.ledger import Ledger
from bot.model.consent import Stage
from bot.model.incoming import Incoming
from bot.model.request import Request
from bot.model.run import Run
from bot.model.view import RunCard, RunView
from bot.progress import Progress
from bot.targets import Inventories

MINE = 10
FAVORITES = 50
"""More than are shown: runbooks that are gone by now are left out."""
OFTEN = timedelta(days=90)
ACTIVE = 50
EVENTS = 20_000
"""Of a run with more events only the status is shown: reading them takes too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The flow with the stations it passes."""

    catalog: Catalog
    inventories: Inventories
    ledger: Ledger
    permission: Permission
    api: SlackApi

    def show(self, incoming: Incoming, request: Request) -> None:
        """Show it, as things are now; NotAllowed for people who may not ask what runs."""
        self.permission.to_ask(request)
        active = self.ledger.find("active", last=ACTIVE)
        mine = self.ledger.find("mine", actor=request.actor, last=MINE)
        usable = usable_runbooks(self.catalog, self.inventories, self.permission.reach(request))
        summaries = {runbook.id: runbook.summary for runbook in usable}
        often = self.ledger.often(request.actor, datetime.now(UTC) - OFTEN, last=FAVORITES)
        home = Home(
            active=tuple(card_of(run, self._view(run, full=place < SHOWN)) for place, run in enumerate(active)),
            waiting=tuple(islice(self._waiting(request), SHOWN + 1)),
            mine=tuple(mine),
            favorites=tuple((name, summaries[name]) for name in often if name in summaries)[:SHOWN],
            runbook_count=len(summaries),
        )
        self.api.call("views.publish", {"user_id": incoming.user, "view": home_view(home, time.time())})

    def _waiting(self, request: Request) -> Iterator[RunCard]:
        """Runs that wait for this person: to confirm what they asked for, to approve what others did."""
        for pending in self.ledger.awaiting():
            run = self.ledger.get(pending.run_id)
            voted = any(vote.actor == str(request.actor) for vote in pending.votes)
            approvable = pending.stage is Stage.APPROVE and self.permission.could_approve(request, run, pending)
            theirs = pending.stage is Stage.CONFIRM and run.actor == request.actor
            if theirs or (approvable and not voted):
                yield waiting_card(self.ledger, run, pending)

    def _view(self, run: Run, *, full: bool) -> RunView:
        """How a run is doing, by what the relay has stored of it."""
        progress, after = Progress(run.id, run.plan.target.hosts), 0
        while full and run.cursor <= EVENTS and (events := self.ledger.events(run.id, after=after)):
            for event in events:
                progress.apply(event)
            after = events[-1].counter
        started = run.started_at.timestamp() if run.started_at else None
        return replace(progress.view(), status=run.status, started_at=started)
