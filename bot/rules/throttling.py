"""Throttles: what a rule remembers and an event that its condition fits enter; the new memory, and who fires, leave.

Windows begin with the first event of a group and do not move. `now` and all times are seconds since the epoch.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any

from bot.model.rule import Throttle, ThrottleKind
from bot.rules.closures import Scope
from bot.rules.operators import UNDEFINED
from bot.rules.ready import ReadyRule
from bot.rules.state import RuleState, Window

_UNTIL = attrgetter("until")
MOST_WINDOWS = 5_000
"""Groups that a rule tells apart at a time; the oldest are forgotten first."""


def throttled(
    rule: ReadyRule, throttle: Throttle, state: RuleState, event: Mapping[str, Any], now: float
) -> tuple[RuleState, Window | None]:
    """The memory after an event, and the window of the group when the rule fires now."""
    group = _group(rule, {"event": event})
    windows = state.windows if throttle.kind is ThrottleKind.ONCE_AFTER else _open(state.windows, now)
    before = next((window for window in windows if window.group == group), None)
    window = before or Window(group=group, until=_until(throttle, windows, now), count=0, data=event)
    window = replace(window, count=window.count + 1)
    fires, stays = _verdict(throttle, window)
    if not stays:
        rest = tuple(each for each in windows if each.group != group)
    elif before is None:
        rest = (*windows, _spare(throttle, window))[-MOST_WINDOWS:]
    else:
        rest = tuple(_spare(throttle, window) if each.group == group else each for each in windows)
    return replace(state, windows=rest), window if fires else None


def due(throttle: Throttle | None, state: RuleState, now: float) -> tuple[RuleState, tuple[Window, ...]]:
    """The memory when a time has come, and the windows of `once_after` that are over."""
    if throttle is None or not state.windows:
        return state, ()
    left = _open(state.windows, now)
    if len(left) == len(state.windows):
        return state, ()
    over = tuple(window for window in state.windows if window.until <= now)
    return replace(state, windows=left), over if throttle.kind is ThrottleKind.ONCE_AFTER else ()


def _open(windows: tuple[Window, ...], now: float) -> tuple[Window, ...]:
    if now < min(map(_UNTIL, windows), default=now):  # mostly none is over
        return windows
    return tuple(window for window in windows if now < window.until)


def _until(throttle: Throttle, windows: tuple[Window, ...], now: float) -> float:
    """`once_after` has one window for all groups, so that one action can deal with them together."""
    if throttle.kind is ThrottleKind.ONCE_AFTER and windows:
        return windows[0].until
    return now + throttle.seconds


def _verdict(throttle: Throttle, window: Window) -> tuple[bool, bool]:
    """Whether the rule fires, and whether the window stays."""
    match throttle.kind:
        case ThrottleKind.ONCE_WITHIN:
            return window.count == 1, True
        case ThrottleKind.ONCE_AFTER:
            return False, True
        case ThrottleKind.ACCUMULATE_WITHIN:
            reached = window.count >= throttle.threshold
            return reached, not reached


def _spare(throttle: Throttle, window: Window) -> Window:
    """Only `once_after` has a use for the event later."""
    return window if throttle.kind is ThrottleKind.ONCE_AFTER else replace(window, data={})


def _group(rule: ReadyRule, scope: Scope) -> str:
    """A text that is the same for events of one group: the values, and [] for what is not there."""
    values = [look(scope) for look in rule.groups]
    return json.dumps([[] if value is UNDEFINED else [value] for value in values], sort_keys=True, default=str)
