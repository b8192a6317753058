"""Processes on one machine: started together, watched, ended together; nothing stays behind, however that happens."""

from bot.supervise.alarm import Alarm
from bot.supervise.clients import Membership, Tenancy
from bot.supervise.embedded import EmbeddedRedis
from bot.supervise.forked import settle
from bot.supervise.processes import Child, Supervisor

__all__ = ["Alarm", "Child", "EmbeddedRedis", "Membership", "Supervisor", "Tenancy", "settle"]
