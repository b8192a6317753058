"""Alerts: body and headers of a request enter; whether to trust it, its Alerts, and what they change, leave.

Pure throughout: nothing here reads an environment, a clock or a socket.
"""

from bot.alerts.auth import Auth, Verdict, judge, once
from bot.alerts.config import SourceConfig, auth_of, grouping_of, sources_of
from bot.alerts.configured import AlertConfig, configured
from bot.alerts.grouping import Grouping, decide, decider, fits, group_of, quiet, selected
from bot.alerts.payload import LONGEST_BODY, parse
from bot.alerts.secrets import secret_flaws
from bot.alerts.sensed import sensed
from bot.alerts.showing import StepConfig
from bot.alerts.sources import SOURCES, read
from bot.alerts.steps import Said, acknowledge, assign, close, close_quiet, escalate, mark, note

__all__ = [
    "LONGEST_BODY",
    "SOURCES",
    "AlertConfig",
    "Auth",
    "Grouping",
    "Said",
    "SourceConfig",
    "StepConfig",
    "Verdict",
    "acknowledge",
    "assign",
    "auth_of",
    "close",
    "close_quiet",
    "configured",
    "decide",
    "decider",
    "escalate",
    "fits",
    "group_of",
    "grouping_of",
    "judge",
    "mark",
    "note",
    "once",
    "parse",
    "quiet",
    "read",
    "secret_flaws",
    "selected",
    "sensed",
    "sources_of",
]
