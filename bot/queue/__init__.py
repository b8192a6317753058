"""From a plan to a worker: plans enter, sealed; a worker takes each once; cancel flags and signs of life travel too."""

from bot.queue.box import SealedBox, installation_key
from bot.queue.interface import Envelope, RunQueue
from bot.queue.lease import Leases
from bot.queue.memory import MemoryQueue
from bot.queue.redis_queue import RedisQueue

__all__ = ["Envelope", "Leases", "MemoryQueue", "RedisQueue", "RunQueue", "SealedBox", "installation_key"]
