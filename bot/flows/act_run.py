"""A run that a rule wants enters; it leaves asked for as the rule, where that may be, or offered to people.

The rule asks as a person would, through the same flow: roles, guards, cooldowns, brakes and approvals hold for it. It
only offers what is not declared safe, what asks for secrets, what the guards deny, and what did not help here before.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import structlog

from bot.commands import to_text
from bot.errors import AskedBefore, CouldNotRun, Misconfigured, Refused, SignalboxError
from bot.flows.incident_story import Story
from bot.flows.journal import Journal
from bot.flows.start import Start
from bot.flows.wishes import Wish, Wishes, rule_actor
from bot.ledger import Suggestions
from bot.metrics import Counters
from bot.model.alert import AlertStatus
from bot.model.command import AskRun
from bot.model.people import Actor, Conversation, Origin
from bot.model.request import Request
from bot.model.rule import RunRunbook, SuggestRunbook
from bot.model.run import Run
from bot.model.suggestion import Suggestion, SuggestionState
from bot.model.words import some
from bot.rules import Match, alert_of, incident_of

_log = structlog.get_logger(__name__)

STOPPED_SECONDS = 3600
"""How long a rule whose fix did not help stays stopped for these hosts where no incident says when that is over."""
METRIC = "signalbox_automatic_runs_total"
REFUSED = "refused"
CANNOT = (Refused, CouldNotRun, Misconfigured)
"""What is no better when it is tried again at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRun:
    """The flow with the stations it passes; `where` is the conversation of an incident, or of none."""

    start: Start
    suggestions: Suggestions
    story: Story
    journal: Journal
    counters: Counters
    where: Callable[[int | None], Conversation]
    clock: Callable[[], float] = time.time

    def handle(self, wish: Wish, match: Match, key: str) -> None:
        """Ask for it or offer it, once for each key."""
        actor, incident = rule_actor(match.ruleset, match.rule), incident_of(match)
        request = Request(text="", actor=actor, conversation=self.where(incident), origin=Origin.ALERT)
        try:
            ask = Wishes(planning=self.start.planning).ask(wish)
            runbook = self.start.catalog.get(ask.runbook)
            hosts = self.start.planning.target(runbook, ask).hosts
        except CANNOT as refusal:
            self._refused(refusal, request, match, wish, key)
            return
        made = self._suggestion(ask, wish, actor, incident, key, hosts)
        why = self._only_offered(wish, made)
        if why is not None:
            self._offer(replace(made, state=SuggestionState.OFFERED, reason=why))
        elif self._over(match, incident):
            self.story.tell(incident, "rule_refused", match, "The incident is over already.", key=key)
        else:
            self._ask(made, request)

    def _suggestion(  # noqa: PLR0917 (what it is made of)
        self, ask: AskRun, wish: Wish, actor: Actor, incident: int | None, key: str, hosts: tuple[str, ...]
    ) -> Suggestion:
        now = datetime.fromtimestamp(self.clock(), UTC)
        return Suggestion(
            key=key,
            incident_id=incident,
            actor=str(actor),
            ask=ask,
            hosts=hosts,
            state=SuggestionState.STARTING,
            verify=wish.verify if isinstance(wish, RunRunbook) else None,
            at=now,
            changed_at=now,
        )

    def _over(self, match: Match, incident: int | None) -> bool:
        """Whether the trouble that the rule matched is over by now, as when no relay was there for a while."""
        ended = alert_of(match).get("status") == AlertStatus.RESOLVED.value
        return incident is not None and not ended and self.story.open(incident) is None

    def _only_offered(self, wish: Wish, made: Suggestion) -> str | None:
        """Why the rule does not ask for it itself; None when it does."""
        if isinstance(wish, SuggestRunbook):
            return ""
        runbook = self.start.catalog.get(made.ask.runbook)
        if not runbook.safety.automation_safe:
            return f"{runbook.id} is not declared `automation: safe`."
        if self.start.catalog.missing_secrets(runbook, made.ask.parameters):
            return f"{runbook.id} asks for secrets."
        stopped = self._stopped(made)
        return f"Its last run did not help on {some(stopped)}, so the rule has stopped there." if stopped else None

    def _stopped(self, made: Suggestion) -> tuple[str, ...]:
        """The hosts for which the rule has stopped."""
        found = self.suggestions.find(SuggestionState.UNVERIFIED, actor=made.actor)
        hosts = {host for each in found if self._holds(each, made.at) for host in each.hosts}
        return tuple(host for host in made.hosts if host in hosts)

    def _holds(self, failed: Suggestion, now: datetime) -> bool:
        """Whether a fix that did not help still counts: as long as its incident is open."""
        if failed.incident_id is not None:
            return self.story.open(failed.incident_id) is not None
        return now - failed.changed_at < timedelta(seconds=STOPPED_SECONDS)

    def _offer(self, offered: Suggestion) -> None:
        """Once for each incident, however often its alerts come."""
        if offered.incident_id is not None and any(
            (each.actor, each.ask, each.state) == (offered.actor, offered.ask, SuggestionState.OFFERED)
            for each in self.suggestions.of_incidents([offered.incident_id])
        ):
            return
        made, _ = self.suggestions.add(offered)
        text = " ".join(part for part in (to_text(made.ask), made.reason) if part)
        self.story.add(made.incident_id, "suggested", made.actor, text, key=made.key, suggestion=made.id)

    def _ask(self, wanted: Suggestion, request: Request) -> None:
        made, new = self.suggestions.add(wanted)
        if made.state is not SuggestionState.STARTING or made.taken_by:
            return
        request = replace(request, once=f"rule {made.key}")
        run = None if new else self._asked_before(made, request)
        try:
            run = run or self._started(made, request)
        except CANNOT as refusal:
            self.journal.refused(request, _as_refused(refusal), made.ask.runbook, made.ask.environment or "")
            self.counters.count(METRIC, REFUSED)
            self._left_to_people(made, str(refusal))
            return
        started = replace(made, state=SuggestionState.STARTED, run_id=run.id, changed_at=self._now())
        self.suggestions.change(started, SuggestionState.STARTING)
        _log.info("a rule asked for a run", run_id=run.id, runbook=made.ask.runbook, actor=made.actor)
        self.story.add(made.incident_id, "run_asked", made.actor, to_text(made.ask), key=made.key, run=run.id)

    def _started(self, made: Suggestion, request: Request) -> Run:
        try:
            return self.start.run_only(made.ask, request)
        except AskedBefore as before:  # another relay, that was taken for dead
            return self.start.ledger.get(before.run_id)

    def _asked_before(self, made: Suggestion, request: Request) -> Run | None:
        """The run that was asked for by who died before it could write that down, of this version or the one before."""
        ledger, actor = self.start.ledger, request.actor
        if (run_id := ledger.asked(request.once)) is not None:
            return ledger.get(run_id)
        taken = {each.run_id for each in self.suggestions.find(*SuggestionState, actor=made.actor)}
        mine = (run for run in ledger.find("mine", actor, 100) if run.created_at >= made.at and run.id not in taken)
        return next((run for run in mine if run.command == to_text(made.ask)), None)

    def _left_to_people(self, made: Suggestion, why: str) -> None:
        """What the rule may not do now a person perhaps may."""
        offered = replace(made, state=SuggestionState.OFFERED, reason=why, changed_at=self._now())
        self.suggestions.change(offered, SuggestionState.STARTING)
        text = f"{to_text(made.ask)} {why}"
        self.story.add(made.incident_id, "suggested", made.actor, text, key=made.key, suggestion=made.id)

    def _refused(self, refusal: SignalboxError, request: Request, match: Match, wish: Wish, key: str) -> None:
        """What runs nowhere, and can be offered to nobody."""
        if not isinstance(wish, SuggestRunbook):
            self.counters.count(METRIC, REFUSED)
        action = getattr(wish, "runbook", "run_playbook")
        self.journal.refused(request, _as_refused(refusal), action, wish.environment)
        self.story.tell(incident_of(match), "rule_refused", match, str(refusal), key=key)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)


def _as_refused(error: SignalboxError) -> Refused:
    return error if isinstance(error, Refused) else Refused(error.what, error.remedy)
