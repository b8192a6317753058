"""Alerts: body and headers of a request enter; whether to trust it, its Alerts, and what they change, leave.

Pure throughout: nothing here reads an environment, a clock or a socket.
"""

from bot.alerts.auth import Auth, Verdict, judge, once
from bot.alerts.config import SourceConfig, grouping_of, sources_of
from bot.alerts.grouping import Grouping, decide, decider, fits, group_of, quiet, selected
from bot.alerts.payload import LONGEST_BODY, parse
from bot.alerts.sensed import sensed
from bot.alerts.sources import SOURCES, read
from bot.alerts.steps import acknowledge, assign, close, close_quiet, note

__all__ = [
    "LONGEST_BODY",
    "SOURCES",
    "Auth",
    "Grouping",
    "SourceConfig",
    "Verdict",
    "acknowledge",
    "assign",
    "close",
    "close_quiet",
    "decide",
    "decider",
    "fits",
    "group_of",
    "grouping_of",
    "judge",
    "note",
    "once",
    "parse",
    "quiet",
    "read",
    "selected",
    "sensed",
    "sources_of",
]
