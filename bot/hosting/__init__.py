"""Environments that can be brought up and down: a wish enters, reports of machines leave one by one."""

from bot.hosting.door import Canceled, Hosting, TimedOut
from bot.hosting.memory import MemoryHosting
from bot.hosting.real import ProcessHosting

__all__ = ["Canceled", "Hosting", "MemoryHosting", "ProcessHosting", "TimedOut"]
