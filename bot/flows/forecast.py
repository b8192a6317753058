"""Alerts that somebody makes up enter; what would become of them leaves: grouping, rules, and what those want.

Nothing is stored and nothing runs. What rules remember begins empty, and lives as long as the forecast.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.alerts import decider, fits, group_of, grouping_of
from bot.errors import Refused
from bot.flows.explain import Explain
from bot.flows.explained import outcome
from bot.flows.wishes import Wish, Wishes, rule_actor
from bot.guards import PolicyFile, plain_vars
from bot.ledger import Incidents, MemoryIncidents
from bot.model.alert import Alert
from bot.model.command import AskRun
from bot.model.decision import Verdict
from bot.model.forecast import AlertTold, Forecast, RuleTold, WouldDo
from bot.model.incident import Effect, Incident, Notice
from bot.model.people import Origin
from bot.model.request import Request
from bot.model.rule import Action, Notify, PostEvent, RunPlaybook, RunRunbook, SetFact, SuggestRunbook
from bot.rules import (
    Arrival,
    ArrivalKind,
    Match,
    Ready,
    RulesetState,
    Shelf,
    Tried,
    Unfilled,
    dealt_with,
    event_of,
    fill_action,
    id_of,
    scope_of,
    tried,
)

MOST_ALERTS = 100
MOST_STEPS = 50
"""Events and facts that one alert may lead to by way of `post_event` and `set_fact`."""
_WORST = (Verdict.ALLOW, Verdict.ASK, Verdict.DENY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretell:
    """The flow with the stations it passes; without `incidents` nobody knows which are open."""

    shelf: Shelf
    explain: Explain
    policy: PolicyFile
    incidents: Callable[[], Incidents | None]
    clock: Callable[[], float] = time.time

    def handle(self, alerts: Sequence[Alert], request: Request) -> Forecast:
        """Foretell them one after the other; `request` says who looks, and from where."""
        stage = _Stage(self, request)
        told = tuple(stage.play(alert) for alert in alerts[:MOST_ALERTS])
        would = [each for alert in told for each in alert.would]
        verdict = max((each.verdict for each in would), key=_WORST.index, default=Verdict.ASK)
        return Forecast(verdict=verdict, text=_text(would), alerts=told)


class _Stage:
    """One forecast: what its alerts have led to so far."""

    def __init__(self, flow: Foretell, request: Request) -> None:
        self._flow = flow
        self._request = request
        self._now = datetime.fromtimestamp(flow.clock(), UTC)
        policy = flow.policy.policy()
        self._grouping, self._variables = grouping_of(policy.alerts), plain_vars(policy.vars)
        self._twin = MemoryIncidents()
        self._states: dict[str, RulesetState] = {}
        self._rulesets = flow.shelf.rulesets()

    def play(self, alert: Alert) -> AlertTold:
        effect, grouping = self._grouped(alert)
        rules: list[RuleTold] = []
        would: list[WouldDo] = []
        if effect is not Effect.MUTED:
            event = event_of(alert)
            pending = [(ready, Arrival(id=id_of(event), data=event)) for ready in self._rulesets]
            for _ in range(MOST_STEPS):
                if not pending:
                    break
                ready, arrival = pending.pop(0)
                self._try(ready, arrival, rules, would, pending)
        return AlertTold(
            **{name: getattr(alert, name) for name in ("title", "service", "symptom", "host")},
            severity=alert.severity.value,
            status=alert.status.value,
            effect=effect.value,
            grouping=grouping,
            rules=tuple(rules),
            would=tuple(would),
        )

    def _try(
        self,
        ready: Ready,
        arrival: Arrival,
        rules: list[RuleTold],
        would: list[WouldDo],
        pending: list[tuple[Ready, Arrival]],
    ) -> None:
        name = ready.ruleset.name
        before = self._states.get(name, RulesetState())
        decided, each = tried(ready, before, arrival, self._now.timestamp(), self._variables)
        rules += [_rule_told(name, one) for one in each]
        state = decided.state
        for match in decided.matches:
            state = dealt_with(state, match.id)
            for action in _actions(ready, match):
                done, further = self._would(ready, match, action)
                would.append(done)
                pending += further
        self._states[name] = state

    def _would(self, ready: Ready, match: Match, written: Action) -> tuple[WouldDo, list[tuple[Ready, Arrival]]]:
        """What becomes of one action, and what it hands to rulesets."""
        actor, kind = rule_actor(match.ruleset, match.rule), _kind(written)
        try:
            action = fill_action(written, scope_of(match, self._variables), ready.ruleset.hosts)
            if isinstance(action, RunRunbook | SuggestRunbook | RunPlaybook):
                return self._run(action, str(actor), kind), []
        except (Unfilled, Refused) as error:
            text = f"It would be refused. {error}"
            return WouldDo(actor=str(actor), action=kind, verdict=Verdict.DENY, text=text), []
        done = WouldDo(actor=str(actor), action=kind, verdict=Verdict.ALLOW, text=_said(action))
        return done, list(self._further(action, match))

    def _run(self, wish: Wish, actor: str, kind: str) -> WouldDo:
        ask = Wishes(planning=self._flow.explain.planning).ask(wish)
        why = self._left_to_people(wish, ask)
        looker = self._request if why else self._as_rule(actor)
        explained = self._flow.explain.handle(ask, looker)
        if why:
            text = f"It would be offered to people. {why}{looker.actor} asking: {outcome(explained)}"
            return WouldDo(actor=actor, action=kind, verdict=Verdict.ASK, text=text, explanation=explained)
        verdict = Verdict.DENY if explained.problem else explained.decision.verdict
        return WouldDo(actor=actor, action=kind, verdict=verdict, text=outcome(explained), explanation=explained)

    def _left_to_people(self, wish: Wish, ask: AskRun) -> str:
        """Why a rule would not ask for it itself; empty when it would, one space when it says so itself."""
        if isinstance(wish, SuggestRunbook):
            return " "
        catalog = self._flow.explain.planning.catalog
        runbook = catalog.get(ask.runbook)
        if not runbook.safety.automation_safe:
            return f"{runbook.id} is not declared `automation: safe`. "
        return "It asks for secrets. " if catalog.missing_secrets(runbook, ask.parameters) else ""

    def _as_rule(self, actor: str) -> Request:
        transport, _, name = actor.partition(":")
        who = replace(self._request.actor, transport=transport, name=name)
        where = replace(self._request.conversation, transport=transport)
        return replace(self._request, actor=who, conversation=where, origin=Origin.ALERT, groups=())

    def _further(self, action: Action, match: Match) -> Iterator[tuple[Ready, Arrival]]:
        if not isinstance(action, SetFact | PostEvent):
            return
        kind = ArrivalKind.FACT if isinstance(action, SetFact) else ArrivalKind.EVENT
        data: Any = action.fact if isinstance(action, SetFact) else action.event
        wanted = action.ruleset or match.ruleset
        for ready in self._rulesets:
            if ready.ruleset.name == wanted:
                yield ready, Arrival(id=f"{match.id}/{id_of(data)}", kind=kind, data=data)

    def _grouped(self, alert: Alert) -> tuple[Effect, str]:
        """What it does to incidents, those that are open now and those of this forecast."""
        notice = Notice(alert=alert, group=group_of(alert, self._grouping), at=self._now)
        incidents = self._flow.incidents()
        if incidents is not None and any(fits(mute, alert, self._now) for mute in incidents.mutes(self._now)):
            return Effect.MUTED, "It is muted: rules would not be asked, and nobody would be told."
        (made,) = self._twin.take([notice], decider(self._grouping))
        there = self._open(incidents, notice)
        if made.effect is Effect.OPENED and there is not None:
            return Effect.JOINED, f"It would join incident {there.id}, which is open."
        return made.effect, f"{_GROUPED[made.effect]} Grouped by {', '.join(self._grouping.by)}."

    def _open(self, incidents: Incidents | None, notice: Notice) -> Incident | None:
        """The incident that is open now for its group."""
        found = () if incidents is None else incidents.find(last=1000)
        within = (each for each in found if (self._now - each.last_at).total_seconds() <= self._grouping.window)
        return next((each for each in within if each.group == notice.group), None)


_GROUPED = {
    Effect.OPENED: "It would open an incident.",
    Effect.JOINED: "It would join the incident of an alert before it.",
    Effect.REOPENED: "It would open the incident of an alert before it again.",
    Effect.REPEATED: "It says again what an alert before it said: it would be counted.",
    Effect.FLAPPING: "It comes and goes: its incident would stay open until it is quiet.",
    Effect.RESOLVED: "It would be over, its incident not.",
    Effect.CLOSED: "It would close its incident.",
    Effect.IGNORED: "It ends what never began here: nothing would change.",
}


def _actions(ready: Ready, match: Match) -> tuple[Action, ...]:
    return next((rule.actions for rule in ready.ruleset.rules if rule.name == match.rule), ())


def _rule_told(ruleset: str, one: Tried) -> RuleTold:
    rule = one.rule
    return RuleTold(ruleset=ruleset, rule=rule.name, file=rule.file, line=rule.line, matched=one.matched, why=one.why)


def _kind(action: Action) -> str:
    """The action's name as rulebooks write it."""
    name = type(action).__name__.replace("Nothing", "None")
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name).strip("_")


def _said(action: Action) -> str:
    if isinstance(action, Notify):
        return f"It would say{f' in {action.channel}' if action.channel else ''}: {action.text}"
    return "It would be done."


def _text(would: Sequence[WouldDo]) -> str:
    """All in a sentence."""
    if not would:
        return "No rule wants anything: people would see the incident, and nothing else would be done."
    words = {Verdict.ALLOW: "done by itself", Verdict.ASK: "left to people", Verdict.DENY: "refused"}
    counted = [(sum(each.verdict is verdict for each in would), word) for verdict, word in words.items()]
    return f"{', '.join(f'{count} would be {word}' for count, word in counted if count)}."
