"""From a plan to a worker: plans enter, sealed; a worker takes each once; what stops runs is here too."""

from bot.queue.agenda import Agenda, Mark, MemoryAgenda, RedisAgenda
from bot.queue.answering import why
from bot.queue.bell import RULES, Bell, MemoryBell, RedisBell
from bot.queue.box import SealedBox, installation_key
from bot.queue.interface import CANCELED, Envelope, RunQueue
from bot.queue.lease import Leases
from bot.queue.memory import MemoryQueue
from bot.queue.redis_queue import RedisQueue
from bot.queue.stops import MemoryStops, RedisStops, Stops
from bot.queue.turn import MemoryTurns, RedisTurns, Turns

__all__ = [
    "CANCELED",
    "RULES",
    "Agenda",
    "Bell",
    "Envelope",
    "Leases",
    "Mark",
    "MemoryAgenda",
    "MemoryBell",
    "MemoryQueue",
    "MemoryStops",
    "MemoryTurns",
    "RedisAgenda",
    "RedisBell",
    "RedisQueue",
    "RedisStops",
    "RedisTurns",
    "RunQueue",
    "SealedBox",
    "Stops",
    "Turns",
    "installation_key",
    "why",
]
