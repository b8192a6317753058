"""Alerts: the body and headers of a request enter; whether its sender is who it should be, and Alerts, leave.

Pure throughout: nothing here reads an environment, a clock or a socket.
"""

from bot.alerts.auth import Auth, Verdict, judge, once
from bot.alerts.config import SourceConfig, sources_of
from bot.alerts.payload import LONGEST_BODY, parse
from bot.alerts.sources import SOURCES, read

__all__ = [
    "LONGEST_BODY",
    "SOURCES",
    "Auth",
    "SourceConfig",
    "Verdict",
    "judge",
    "once",
    "parse",
    "read",
    "sources_of",
]
