"""What a rule remembers enters when the clock may have been set back; it leaves with no time that is still to come.

Else a throttle would keep a rule silent, and events wait, for as long as the clock was set back.
"""

from dataclasses import replace

from bot.model.rule import Throttle
from bot.rules.ready import ReadyRule
from bot.rules.state import RuleState

SKEW_SECONDS = 60.0
"""How far the clocks of two relays may be apart without anything being taken for a clock set back."""


def rewound(rule: ReadyRule, state: RuleState, now: float) -> RuleState:
    """The memory, and the same one unless it is from before the clock was set back: then all of it began just now."""
    return _windows(rule.rule.throttle, _kept(state, now), now)


def _kept(state: RuleState, now: float) -> RuleState:
    """Events stand in the order of their coming: the last one tells."""
    if not state.kept or state.kept[-1].at <= now + SKEW_SECONDS:
        return state
    return replace(state, kept=tuple(replace(each, at=min(each.at, now)) for each in state.kept))


def _windows(throttle: Throttle | None, state: RuleState, now: float) -> RuleState:
    """Windows of one rule are equally long: the one that was opened last is the last to end."""
    if throttle is None or not state.windows:
        return state
    latest = now + throttle.seconds
    if state.windows[-1].until <= latest + SKEW_SECONDS:
        return state
    return replace(state, windows=tuple(replace(each, until=min(each.until, latest)) for each in state.windows))
