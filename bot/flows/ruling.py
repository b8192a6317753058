"""An event enters, what rules want because of it is done; when a time has come, the same for what they waited for.

A match is in the rules' memory before anything is done for it, and leaves it when all is done. Whoever dies in between
leaves it to the next turn, and what was done already is known by its key.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from bot.errors import SignalboxError, Unavailable
from bot.flows.act import Act
from bot.metrics import Counters
from bot.model.codec import to_plain
from bot.model.rule import Action, PostEvent, RetractFact, SetFact
from bot.queue import Turns
from bot.rules import (
    Arrival,
    ArrivalKind,
    Decided,
    Match,
    Ready,
    RulesetState,
    RuleStates,
    Shelf,
    Unfilled,
    arrived,
    dealt_with,
    due,
    fill_action,
    id_of,
    next_due,
    scope_of,
    with_incident,
)

_log = structlog.get_logger(__name__)

POSTED = "/posted"
MOST_POSTED = 10
"""How often an event may lead to another one."""
MOST_ROUNDS = 20
"""How often one event sets rulesets to work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The flow with the stations it passes; `clock` in seconds since the epoch, `variables` what rules call vars."""

    shelf: Shelf
    states: RuleStates
    turns: Turns
    act: Act
    counters: Counters
    variables: Callable[[], Mapping[str, Any]] = dict
    clock: Callable[[], float] = time.time

    def handle(self, event: Mapping[str, Any], incident_id: int | None, ruleset: str | None = None) -> None:
        """Decide on one event; one that comes again changes nothing. Unavailable when it has to come again.

        With `ruleset` it is for that one alone, as events of its own sources are.
        """
        marked = with_incident(to_plain(event), incident_id)
        arrival = Arrival(id=id_of(event), data=marked)
        asked = [ready for ready in self.shelf.rulesets() if ruleset in (None, ready.ruleset.name)]
        concerned = [ready for ready in asked if self._concerned(ready, arrival)]
        for ready in concerned:
            self._note(ready, arrival)
        if concerned:
            self._settle()

    def tick(self) -> float:
        """What has become due, and what somebody died over; in how many seconds something else will be due."""
        now, later = self.clock(), math.inf
        for ready in self.shelf.rulesets():
            at = next_due(ready, self.states.read(ready.ruleset.name), now)
            if at is not None and at <= now:
                self._record(ready, partial(_due, ready, now))
                later = 0.0
            elif at is not None:
                later = min(later, at - now)
        self._settle()
        return later

    def _concerned(self, ready: Ready, arrival: Arrival) -> bool:
        """Whether there is anything to remember: a ruleset that does not match and needs no memory is left alone."""
        return ready.remembers or bool(arrived(ready, RulesetState(), arrival, self.clock(), self.variables()).matches)

    def _note(self, ready: Ready, arrival: Arrival) -> None:
        now = self.clock()
        self._record(ready, lambda state: arrived(ready, state, arrival, now, self.variables()))

    def _record(self, ready: Ready, decide: Callable[[RulesetState], Decided]) -> None:
        """Put what rules make of it into their memory, and count what matched."""

        def edit(state: RulesetState) -> tuple[RulesetState, tuple[Match, ...]]:
            decided = decide(state)
            return decided.state, decided.matches

        for match in self.states.change(ready.ruleset.name, edit):
            self.counters.count("signalbox_rule_matches_total", f"{match.ruleset}/{match.rule}")

    def _settle(self) -> None:
        """Deal with every match that is open, also those that this leads to."""
        for _ in range(MOST_ROUNDS):
            open_ = [ready for ready in self.shelf.rulesets() if self.states.read(ready.ruleset.name).open]
            if not open_:
                return
            for ready in open_:
                for match in self.states.read(ready.ruleset.name).open:
                    self._take_turn(ready, match)
        _log.warning("rules lead to ever more events", rulesets=len(open_))

    def _take_turn(self, ready: Ready, match: Match) -> None:
        """Deal with a match, alone, if nobody else has done so meanwhile."""
        name = ready.ruleset.name
        with self.turns.turn(f"rules:{name}"):
            if any(each.id == match.id for each in self.states.read(name).open):
                self._deal(ready, match)

    def _deal(self, ready: Ready, match: Match) -> None:
        actions = next((rule.rule.actions for rule in ready.rules if rule.rule.name == match.rule), ())
        for number, written in enumerate(actions):
            try:
                self._do(fill_action(written, scope_of(match, self.variables()), ready.ruleset.hosts), match, number)
            except Unavailable:
                raise
            except (Unfilled, SignalboxError) as error:  # what cannot be done must not hold up what can
                self.act.cannot(match, number, written, str(error))
        self.states.change(ready.ruleset.name, lambda state: (dealt_with(state, match.id), None))

    def _do(self, action: Action, match: Match, number: int) -> None:
        if isinstance(action, SetFact | RetractFact | PostEvent):
            self._hand_on(action, match, number)
        else:
            self.act.handle(action, match, number)

    def _hand_on(self, action: Action, match: Match, number: int) -> None:
        """A fact or an event for a ruleset."""
        arrival, wanted = _arrival(action, match, number)
        if arrival.id.count(POSTED) > MOST_POSTED:
            _log.warning("an event leads to ever more events", ruleset=match.ruleset, rule=match.rule)
            return
        for ready in self.shelf.rulesets():
            if ready.ruleset.name == (wanted or match.ruleset):
                self._note(ready, arrival)


def _due(ready: Ready, now: float, state: RulesetState) -> Decided:
    return due(ready, state, now)


def _arrival(action: Action, match: Match, number: int) -> tuple[Arrival, str]:
    """What arrives, and at which ruleset; the rule's own when that is empty."""
    name = f"{match.id}{POSTED}{number}"
    match action:
        case SetFact(fact=fact, ruleset=ruleset):
            return Arrival(id=name, kind=ArrivalKind.FACT, data=to_plain(fact)), ruleset
        case RetractFact(fact=fact, ruleset=ruleset, partial=partial):
            gone = {"fact": to_plain(fact), "partial": partial}
            return Arrival(id=name, kind=ArrivalKind.RETRACTED, data=gone), ruleset
        case PostEvent(event=event, ruleset=ruleset):
            return Arrival(id=name, data=to_plain(event)), ruleset
    raise TypeError(f"{type(action).__name__} hands nothing on")
