"""The name of a method enters; the pace leaves at which Slack takes it: so many at once, then one every so often.

With `burst` at once and one each `spacing` seconds, no window of WINDOW_SECONDS holds more calls than Slack allows:
at most WINDOW_SECONDS / spacing + burst - 1. The window is a little longer than Slack's minute, because calls that
left one after the other may arrive closer together.
"""

from collections.abc import Mapping
from dataclasses import dataclass

MINUTE = 60.0
TRAVEL_SECONDS = 3.0
WINDOW_SECONDS = MINUTE + TRAVEL_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`burst` calls at once (at least 1), then one each `spacing` seconds."""

    burst: int
    spacing: float


def pace(per_window: int, burst: int, window: float = WINDOW_SECONDS) -> Pace:
    """The fastest even pace with which no `window` (s) holds more than `per_window` calls."""
    return Pace(burst=burst, spacing=window / (per_window - burst + 1))


T1 = pace(1, 1)
T2 = pace(20, 4)
T3 = pace(50, 6)
T4 = pace(100, 12)
MANY = pace(240, 30)
"""For what Slack allows "several hundred" times a minute and workspace."""
IN_CHANNEL = Pace(burst=3, spacing=1.05)
"""Posts in one channel: about one a second, short bursts pass."""

PACES: Mapping[str, Pace] = {
    "apps.connections.open": T3,
    "assistant.threads.setStatus": MANY,
    "auth.test": MANY,
    "bots.info": T3,
    "chat.delete": T3,
    "chat.getPermalink": MANY,
    "chat.postEphemeral": T4,
    "chat.postMessage": MANY,
    "chat.update": T3,
    "conversations.history": T3,
    "conversations.info": T3,
    "conversations.join": T3,
    "conversations.open": T3,
    "conversations.replies": T3,
    "files.completeUploadExternal": T4,
    "files.getUploadURLExternal": T4,
    "files.send": T4,
    "reactions.add": T3,
    "team.info": T3,
    "users.info": T4,
    "users.lookupByEmail": T3,
    "views.open": T4,
    "views.publish": T4,
    "views.push": T4,
    "views.update": T4,
}
"""Every method not named here has the pace of tier 2, as `usergroups.users.list` and `users.list` have."""

CHANNEL_PACES: Mapping[str, Pace] = {"chat.postMessage": IN_CHANNEL}
